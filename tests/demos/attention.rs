//! `attention-demo`.

use gradus::model::attention::{Attention, Queries};
use gradus::theory::attention::context;
use serde_json::Value;

use super::asked::{Outcome, ask, close, reference, refused};

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../../fixtures/reference/attention.json");

const NAME: &str = "attention-demo";

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

#[test]
fn contexts_and_weights_are_those_of_another_implementation() -> Outcome {
    let reference = reference(REFERENCE)?;
    let flat = |key: &str| Value::from(numbers(&reference[key]));
    let example = Attention::by_formula();
    let cross = context(&example, Queries::Decoder);
    close(
        &cross.weights.concat(),
        &flat("cross_attention_weights"),
        "weights",
    );
    close(&cross.context.concat(), &flat("cross_context"), "context");
    let own = context(&example, Queries::Encoder);
    close(&own.context.concat(), &flat("self_context"), "self");
    let report = ask(NAME, &[])?;
    assert_eq!(report.code, Some(0));
    close(
        &report.numbers("context")?,
        &reference["cross_context"][0],
        "shown",
    );
    let known = &reference["|d context / d decoder| cross"];
    close(
        &report.numbers("decoder.cross")?,
        known,
        "d context/d decoder",
    );
    assert!(report.numbers("decoder.self")?[0].abs() < f64::MIN_POSITIVE);
    Ok(())
}

#[test]
fn a_path_decays_and_attention_shortens_it_as_in_another_implementation() -> Outcome {
    // Its weights are not known: only the order of magnitude is to be had.
    let reference = reference(REFERENCE)?;
    let known = |key: &str| numbers(&reference[key]);
    let plain = known("|d out/d x_t|, t=0,10,20,29: last state only");
    let attentive = known("... with attention");
    let report = ask(NAME, &[])?;
    let tenth = plain[0] / plain[3];
    assert!(report.numbers("share.without")?[0] < tenth.sqrt());
    let with = report.numbers("share.with")?[0] / (attentive[0] / attentive[3]);
    assert!((0.01..100.0).contains(&with), "{with}");
    Ok(())
}

#[test]
fn a_linear_orthogonal_path_is_a_power_of_the_gain() -> Outcome {
    for (gain, power) in [("1", 1.0), ("0.5", 0.5_f64.powi(29))] {
        let report = ask(NAME, &["--cell", "linear", "--gain", gain])?;
        close(&report.numbers("share.without")?, &power.into(), gain);
    }
    Ok(())
}

#[test]
fn every_statement_comes_out_either_way() -> Outcome {
    let linear = ["--cell", "linear", "--gain", "1"];
    let short = [&linear[..], &["--length", "6"]].concat();
    for (arguments, key, expected) in [
        (&[][..], "shortens_path", "true"),
        (&linear, "shortens_path", "false"),
        (&[], "last_state_holds_all", "false"),
        (&short, "last_state_holds_all", "true"),
        (&[], "states_hold_own", "true"),
        (
            &["--cell", "linear", "--gain", "1", "--length", "100"],
            "states_hold_own",
            "false",
        ),
        (&[], "self_attention_sees_decoder", "false"),
        (
            &["--queries", "decoder"],
            "self_attention_sees_decoder",
            "true",
        ),
        (&[], "permutation_equivariant", "true"),
        (&["--mask", "causal"], "permutation_equivariant", "false"),
        (&["--positions"], "permutation_equivariant", "false"),
        (&[], "order_matters_to_cross", "false"),
        (&["--mask", "causal"], "order_matters_to_cross", "false"),
        (&["--positions"], "order_matters_to_cross", "true"),
        // A path of ten steps loses a part, and not enough of it to say so.
        (
            &["--length", "10", "--cell", "linear"],
            "shortens_path",
            "open",
        ),
    ] {
        let report = ask(NAME, arguments)?;
        assert_eq!(
            report.code,
            Some(0),
            "{arguments:?}: {}",
            report.report["witnesses"]
        );
        assert_eq!(report.finding(key)?, expected, "{arguments:?} {key}");
    }
    Ok(())
}

#[test]
fn codes_of_positions_can_be_read() -> Outcome {
    let without = ask(NAME, &[])?;
    let with = ask(NAME, &["--positions"])?;
    assert!(without.numbers("position.own")?[0] < 0.1);
    assert!(with.numbers("position.own")?[0] > 0.8);
    Ok(())
}

#[test]
fn claims_are_judged_and_the_mistake_is_named() -> Outcome {
    for (claim, expected, diagnosis) in [
        (
            "self_attention_sees_decoder=true",
            "wrong",
            Some("cross-for-self-attention"),
        ),
        ("self_attention_sees_decoder=false", "right", None),
        (
            "decoder.self=5.063453971086605",
            "wrong",
            Some("cross-for-self-attention"),
        ),
        ("decoder.self=0", "right", None),
        (
            "permutation_equivariant=false",
            "wrong",
            Some("order-assumed"),
        ),
        (
            "order_matters_to_cross=true",
            "wrong",
            Some("order-assumed"),
        ),
        (
            "last_state_holds_all=true",
            "wrong",
            Some("last-state-holds-all"),
        ),
        ("shortens_path=true", "right", None),
    ] {
        let report = ask(NAME, &["--claim", claim])?;
        let (verdict, codes) = report.verdict();
        assert_eq!(verdict, expected, "{claim}");
        let named = diagnosis.is_none_or(|code| codes.contains(&code));
        assert!(named, "{claim}: {codes:?}");
    }
    Ok(())
}

#[test]
fn the_witnesses_agree_in_many_settings() -> Outcome {
    for arguments in [
        &["--length", "2"][..],
        &["--length", "100", "--hidden", "32", "--gain", "0.01"],
        &["--gain", "1", "--seed", "5"],
        &["--hidden", "2", "--mask", "causal", "--positions"],
    ] {
        let report = ask(NAME, arguments)?;
        assert_eq!(
            report.code,
            Some(0),
            "{arguments:?}: {}",
            report.report["witnesses"]
        );
    }
    Ok(())
}

#[test]
fn nonsense_is_refused() -> Outcome {
    let all: &[&[&str]] = &[
        &["--length", "1"],
        &["--length", "1000000"],
        &["--gain", "0"],
        &["--gain", "2"],
        &["--gain", "nan"],
        &["--hidden", "1"],
        &["--cell", "lstm"],
        &["--queries", "nobody"],
    ];
    refused(NAME, all)
}
