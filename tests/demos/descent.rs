//! `descent-demo`: bytes and minima as another implementation has them, both answers of each sentence where there are two.

use serde_json::Value;

use super::told::{
    ask, finding, judged, number, quantity, refused, repeats, rows, witnesses_agree,
};
use gradus::lab::descent::saved_bytes;
use gradus::theory::ravine::stationary;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const REFERENCE: &str = include_str!("../../fixtures/reference/optim.json");

#[test]
fn bytes_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    for batch in [1, 32, 1024] {
        let known = &reference["saved_bytes_by_batch"][batch.to_string()];
        assert_eq!(Some(saved_bytes(8, 256, batch)?), known.as_u64(), "{batch}");
    }
    let large = gradus::theory::descent::saved_bytes(8, 256, 16384);
    assert_eq!(
        Some(large),
        reference["saved_bytes_by_batch"]["16384"].as_u64()
    );
    Ok(())
}

#[test]
fn minima_and_ends_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let roots = stationary(0.2);
    let known: Vec<f64> = reference["double_well_roots"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(known.len(), 3);
    for known in known {
        assert!(
            roots.iter().any(|root| (root - known).abs() < 1e-12),
            "{known}"
        );
    }
    let report = ask(&["descent-demo"])?;
    let end = reference["double_well"]["GD end"]
        .as_f64()
        .ok_or("no end")?;
    assert!((number(&report, "end.gd") - end).abs() < 1e-10);
    assert_eq!(quantity(&report, "place.saddle"), "saddle");
    assert!(witnesses_agree(&report));
    Ok(())
}

/// The other implementation drew other noise: as there, none gets out with little, about half with some, nearly all with more.
#[test]
fn the_share_that_gets_out_grows_with_the_noise() -> Outcome {
    let stuck = |noise: &str| -> Result<f64, Box<dyn std::error::Error>> {
        Ok(number(
            &ask(&["descent-demo", "--noise", noise])?,
            "stuck.sgd",
        ))
    };
    assert!((stuck("0")? - 1.0).abs() < 1e-12);
    assert!((stuck("0.5")? - 1.0).abs() < 1e-12);
    let some = stuck("1")?;
    assert!(some > 0.3 && some < 0.9, "{some}");
    assert!(stuck("2")? < 0.15);
    Ok(())
}

#[test]
fn each_sentence_comes_out_as_its_setting_has_it() -> Outcome {
    for (arguments, key, expected) in [
        (&[][..], "step_per_sample", "arguable"),
        (&["--batch", "1"], "step_per_sample", "true"),
        (&["--batch", "4"], "step_per_sample", "false"),
        (&[], "less_variance", "false"),
        (&["--batch", "12"], "less_variance", "open"),
        (&[], "less_stuck", "true"),
        (&["--noise", "0"], "less_stuck", "open"),
        (&["--batch", "12"], "less_stuck", "open"),
        (&["--start", "-1.5", "--noise", "3"], "less_stuck", "false"),
        (&[], "more_memory", "false"),
        (&["--batch", "12"], "more_memory", "open"),
        (&["--batch", "4", "--chunk", "1"], "more_memory", "true"),
        (&[], "guaranteed", "false"),
        (&["--function", "bowl"], "guaranteed", "true"),
    ] {
        let report = ask(&[&["descent-demo"], arguments].concat())?;
        assert_eq!(finding(&report, key), expected, "{arguments:?}: {key}");
        assert!(witnesses_agree(&report), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn every_batch_is_gone_through_and_the_formula_agrees() -> Outcome {
    let report = ask(&["descent-demo", "--samples", "9"])?;
    let rows = rows(&report, "batches");
    let sizes: Vec<u64> = rows
        .iter()
        .filter_map(|row| row["batch"].as_u64())
        .collect();
    assert_eq!(sizes, [1, 2, 4, 8, 9]);
    for row in &rows {
        let pair = row["formula"].as_f64().zip(row["enumerated"].as_f64());
        let (formula, enumerated) = pair.ok_or("no variance")?;
        assert!((formula - enumerated).abs() < 1e-12, "{row}");
    }
    assert_eq!(rows[2]["batches"], 126);
    let many = ask(&["descent-demo", "--samples", "100", "--runs", "2"])?;
    assert!(witnesses_agree(&many));
    Ok(())
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    let none: &[&str] = &["descent-demo"];
    let four = &["descent-demo", "--batch", "4"];
    for (arguments, claim, verdict, code) in [
        (none, "more_memory=false", "right", None),
        (
            none,
            "more_memory=true",
            "wrong",
            Some("memory-of-all-steps"),
        ),
        (
            none,
            "less_variance=true",
            "wrong",
            Some("noise-taken-for-quiet"),
        ),
        (none, "less_stuck=false", "wrong", Some("noise-only-harms")),
        (none, "guaranteed=true", "wrong", Some("as-if-convex")),
        (none, "step_per_sample=true", "undecided", None),
        (four, "steps.sgd=3", "right", None),
        (four, "steps.sgd=1", "wrong", Some("step-an-epoch")),
        (
            four,
            "bytes.sgd=110592",
            "wrong",
            Some("memory-of-all-steps"),
        ),
    ] {
        let (found, codes) = judged(arguments, claim)?;
        assert_eq!(found, verdict, "{claim}");
        assert_eq!(codes.first().map(String::as_str), code, "{claim}");
    }
    let single = number(&ask(none)?, "variance.sgd");
    let (_, codes) = judged(four, &format!("variance.sgd={}", single / 4.0))?;
    assert_eq!(codes, ["no-finite-correction"]);
    Ok(())
}

#[test]
fn nonsense_is_refused_and_the_rest_repeats() -> Outcome {
    refused(
        "descent-demo",
        &[
            &["--samples=1"],
            &["--samples=100000"],
            &["--batch=0"],
            &["--batch=13"],
            &["--chunk=99"],
            &["--noise=-1"],
            &["--noise=nan"],
            &["--lr=0"],
            &["--lr=1e9"],
            &["--start=1e9"],
            &["--tilt=inf"],
            &["--runs=1"],
            &["--runs=1000000"],
            &["--iterations=0"],
            &["--width=100000"],
            &["--depth=0"],
        ],
    )?;
    // A rate that runs away is an answer too.
    let wild = ask(&["descent-demo", "--lr", "10", "--noise", "1000"])?;
    assert_eq!(finding(&wild, "guaranteed"), "false");
    repeats(&["descent-demo", "--seed", "7"])
}
