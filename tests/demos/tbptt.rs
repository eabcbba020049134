//! `tbptt-demo`.

use super::asked::{Outcome, ask, close, reference, refused};

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../../fixtures/reference/tbptt.json");

const NAME: &str = "tbptt-demo";

#[test]
fn gradients_and_outputs_are_those_of_another_implementation() -> Outcome {
    let reference = reference(REFERENCE)?;
    for chunk in [1_u32, 2, 3, 4, 6] {
        for (state, words) in [("carry", "carry+detach"), ("reset", "reset to 0")] {
            let figures = &reference[format!("S={chunk} {words}")];
            let known = |key: &str| &figures[key];
            let what = format!("S={chunk} {state}");
            let report = ask(NAME, &["--chunk", &chunk.to_string(), "--state", state])?;
            assert_eq!(report.code, Some(0), "{what}");
            close(
                &report.numbers("gradient.error")?,
                known("grad_rel_err"),
                &what,
            );
            close(&report.numbers("gradient.norm")?, known("grad_fro"), &what);
            if known("grad_fro") != 0.0 {
                close(
                    &report.numbers("gradient.cosine")?,
                    known("grad_cos"),
                    &what,
                );
            }
            let seen = report.value("reach.gradient")?.as_u64().unwrap_or(99) + 1;
            assert_eq!(Some(seen), figures["nonzero_dx_steps"].as_u64(), "{what}");
            let difference = report.numbers(&format!("outputs.{state}"))?[0];
            let equal = figures["outputs_equal_full"] == true;
            assert_eq!(difference < 1e-12, equal, "{what}");
        }
    }
    Ok(())
}

#[test]
fn the_carried_state_reaches_the_first_input_and_the_gradient_does_not() -> Outcome {
    let reference = reference(REFERENCE)?;
    let report = ask(NAME, &[])?;
    let known = &reference["full"]["d_out_last_d_x"][0];
    close(&report.numbers("first.difference")?, known, "d out/dx_0");
    assert!(report.numbers("first.gradient")?[0].abs() < f64::MIN_POSITIVE);
    let known = &reference["full"]["fro"];
    close(&report.numbers("gradient.norm_full")?, known, "|g|");
    assert_eq!(report.value("reach.forward")?, 11);
    Ok(())
}

#[test]
fn the_decay_is_learned_with_a_carried_state_and_missed_with_a_reset_one() -> Outcome {
    let report = ask(NAME, &["--chunk", "1"])?;
    assert!((report.numbers("learned.carry")?[0] - 0.9).abs() < 1e-9);
    assert!(report.numbers("learned.reset")?[0].abs() < 1e-12);
    for chunk in ["2", "5"] {
        let report = ask(NAME, &["--chunk", chunk])?;
        assert!((report.numbers("learned.carry")?[0] - 0.9).abs() < 1e-9);
        let off = (report.numbers("learned.reset")?[0] - 0.9).abs();
        assert!(off > 1e-3, "{chunk}: {off}");
    }
    Ok(())
}

#[test]
fn every_statement_comes_out_either_way() -> Outcome {
    for (arguments, modified, limit, most) in [
        (&[][..], "arguable", "false", "false"),
        (&["--chunk", "12"], "false", "true", "open"),
        (&["--chunk", "50"], "false", "true", "open"),
        (&["--state", "reset"], "arguable", "false", "true"),
        (&["--recurrence", "0"], "false", "true", "false"),
        (
            &["--recurrence", "0", "--decay", "0"],
            "false",
            "true",
            "true",
        ),
        (&["--chunk", "1"], "arguable", "false", "false"),
        (
            &["--length", "60", "--chunk", "7"],
            "arguable",
            "false",
            "false",
        ),
    ] {
        let report = ask(NAME, arguments)?;
        assert_eq!(report.code, Some(0), "{arguments:?}");
        for (key, expected) in [
            ("modified", modified),
            ("limit_suffices", limit),
            ("at_most_s", most),
        ] {
            assert_eq!(report.finding(key)?, expected, "{arguments:?} {key}");
        }
    }
    Ok(())
}

#[test]
fn claims_are_judged_and_the_mistake_is_named() -> Outcome {
    for (claim, expected, code, diagnosis) in [
        ("at_most_s=false", "right", 0, None),
        (
            "at_most_s=true",
            "wrong",
            1,
            Some("gradient-reach-for-memory"),
        ),
        ("limit_suffices=true", "wrong", 1, Some("state-not-carried")),
        ("modified=true", "undecided", 3, None),
        ("modified=false", "undecided", 3, None),
        ("gradient.error=0.566", "right", 0, None),
        ("gradient.error=0", "wrong", 1, Some("truncated-for-exact")),
        (
            "gradient.error=1.0007585562",
            "wrong",
            1,
            Some("state-not-carried"),
        ),
        (
            "reach.forward=3",
            "wrong",
            1,
            Some("gradient-reach-for-memory"),
        ),
        ("reach.forward=11", "right", 0, None),
        // It rounds to 0, and 0 is also what the cut graph says.
        ("first.difference=0", "undecided", 3, None),
        (
            "first.difference=0.00000",
            "wrong",
            1,
            Some("gradient-reach-for-memory"),
        ),
    ] {
        let report = ask(NAME, &["--claim", claim])?;
        let (verdict, codes) = report.verdict();
        assert_eq!((verdict, report.code), (expected, Some(code)), "{claim}");
        let named = diagnosis.is_none_or(|code| codes.contains(&code));
        assert!(named, "{claim}: {codes:?}");
    }
    Ok(())
}

#[test]
fn the_witnesses_agree_in_many_settings() -> Outcome {
    for arguments in [
        &["--length", "3", "--chunk", "1"][..],
        &["--length", "100", "--chunk", "7", "--hidden", "16"],
        &["--recurrence", "-1.5", "--chunk", "5"],
        &["--decay", "-0.8", "--chunk", "4", "--seed", "3"],
        &["--hidden", "1", "--length", "13"],
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
        &["--length", "2"],
        &["--length", "100000"],
        &["--chunk", "0"],
        &["--hidden", "0"],
        &["--recurrence", "nan"],
        &["--recurrence", "1e9"],
        &["--decay", "1"],
        &["--decay", "inf"],
        &["--state", "forget"],
    ];
    refused(NAME, all)
}
