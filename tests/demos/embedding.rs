//! `embedding-demo`.

use serde_json::json;

use super::asked::{Outcome, ask, close, reference, refused};

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../../fixtures/reference/embedding.json");

const NAME: &str = "embedding-demo";

#[test]
fn sizes_and_losses_are_those_of_another_implementation() -> Outcome {
    let reference = reference(REFERENCE)?;
    let report = ask(NAME, &[])?;
    assert_eq!(report.code, Some(0));
    assert_eq!(report.value("shape")?, &reference["sheet shape"]);
    assert_eq!(report.value("bytes")?, &reference["sheet Y bytes"]);
    assert_eq!(report.value("parameters")?, &reference["sheet params"]);
    for (name, case) in [
        ("raw", "linear classifier on raw ids /10"),
        ("one_hot", "... on one-hot (= a trained 1-d embedding)"),
    ] {
        let known = |key: &str| &reference[case][key];
        close(
            &report.numbers(&format!("{name}.loss"))?,
            known("loss"),
            name,
        );
        close(
            &report.numbers(&format!("{name}.accuracy"))?,
            known("acc"),
            name,
        );
    }
    let small = ask(NAME, &["--dim", "6"])?;
    assert_eq!(small.value("shape")?, &reference["shape (dim 6)"]);
    Ok(())
}

#[test]
fn each_form_of_a_gather_does_what_another_implementation_does() -> Outcome {
    let reference = reference(REFERENCE)?;
    for (form, case) in [
        ("x", "student: torch.gather(E, 0, X)"),
        ("flat", "gather(E,0,X.flatten())"),
        ("column", "gather(E,0,X.view(-1,1))"),
        ("repeated", "gather(E,0,X.view(-1,1).expand(-1,D)).view"),
    ] {
        let known = &reference["ways"][case];
        let report = ask(NAME, &["--index", form, "--dim", "6"])?;
        assert_eq!(report.code, Some(0), "{form}");
        let works = known["equal"] == true;
        assert_eq!(report.finding("gather_works")?, works.to_string(), "{form}");
        let told = report.report["statements"].to_string();
        if let Some(error) = known["error"].as_str() {
            assert!(told.contains(error), "{form}: {told}");
        }
    }
    Ok(())
}

#[test]
fn an_index_of_two_axes_is_compared_with_the_vector() -> Outcome {
    for (arguments, works) in [
        // As many axes, too long.
        (["--shape", "4x9", "--dim", "8", "--index", "x"], "false"),
        // It runs, and a vector is missing at every position.
        (["--shape", "4x9", "--dim", "9", "--index", "x"], "false"),
        (["--shape", "4x900", "--dim", "17", "--index", "x"], "false"),
        // A column is all there is of vectors of one number.
        (
            ["--shape", "4x9", "--dim", "1", "--index", "column"],
            "true",
        ),
    ] {
        let report = ask(NAME, &arguments)?;
        assert_eq!(
            report.code,
            Some(0),
            "{arguments:?}: {}",
            report.report["witnesses"]
        );
        assert_eq!(report.finding("gather_works")?, works, "{arguments:?}");
    }
    Ok(())
}

#[test]
fn every_statement_comes_out_either_way() -> Outcome {
    for (arguments, key, expected) in [
        (&[][..], "needs_embedding", "false"),
        (&["--without", "raw"], "needs_embedding", "true"),
        (
            &["--without", "raw", "--labels", "0*5,1*5"],
            "needs_embedding",
            "false",
        ),
        (&[], "raw_as_good", "false"),
        (&["--labels", "0*5,1*5"], "raw_as_good", "true"),
        (&[], "gather_works", "false"),
        (&["--index", "repeated"], "gather_works", "true"),
        (&[], "one_hot_is_lookup", "true"),
        (&["--padding", "2"], "one_hot_is_lookup", "false"),
        (&["--padding", "7"], "one_hot_is_lookup", "true"),
        (&[], "alike_near", "true"),
        (&["--corpus", "unlike"], "alike_near", "false"),
        (&["--seed", "7"], "alike_near", "true"),
        (
            &["--seed", "7", "--corpus", "unlike"],
            "alike_near",
            "false",
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
fn what_is_too_near_to_tell_stays_open() -> Outcome {
    // After few epochs something is gained on the constant, and not enough to say so.
    let arguments = ["--epochs", "10", "--labels", "0*5,1*5", "--without", "raw"];
    let report = ask(NAME, &arguments)?;
    let gain = report.numbers("gain")?[0];
    assert!((0.03..0.07).contains(&gain), "{gain}");
    assert_eq!(report.finding("needs_embedding")?, "open");
    Ok(())
}

#[test]
fn claims_are_judged_and_the_mistake_is_named() -> Outcome {
    for (claim, expected, diagnosis) in [
        ("shape=5x6x7x8x42000", "right", None),
        ("shape=1680x42000", "wrong", Some("positions-flattened")),
        ("shape=5x6x7x42000", "wrong", Some("last-axis-replaced")),
        ("shape=42000x5x6x7x8", "wrong", Some("vector-in-front")),
        ("shape=42x42000", "wrong", Some("table-for-output")),
        ("parameters=1764000", "right", None),
        (
            "parameters=70560000",
            "wrong",
            Some("output-for-parameters"),
        ),
        ("parameters=1806000", "wrong", Some("embedding-bias")),
        ("bytes=564480000", "wrong", Some("eight-bytes-a-number")),
        ("received=3", "right", None),
        ("received=1", "wrong", Some("repeated-token-counted-once")),
        (
            "needs_embedding=true",
            "wrong",
            Some("tokens-are-no-numbers"),
        ),
        ("gather_works=true", "wrong", Some("gather-for-lookup")),
        ("one_hot_is_lookup=true", "right", None),
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
fn sizes_that_nobody_could_allocate_are_counted() -> Outcome {
    let report = ask(NAME, &["--shape", "1000000x1000000", "--dim", "1000000"])?;
    assert_eq!(report.code, Some(0));
    assert_eq!(report.value("numbers")?, &json!("1000000000000000000"));
    Ok(())
}

#[test]
fn nonsense_is_refused() -> Outcome {
    let all: &[&[&str]] = &[
        &["--shape", "5x0"],
        &["--shape", "five"],
        &[
            "--shape",
            "1000000000000x1000000000000x1000000000000x1000000000000",
        ],
        &["--tokens", "0"],
        &["--dim", "-1"],
        &["--sequence", "1.5"],
        &["--sequence", "-1"],
        &["--sequence", "1e9"],
        &["--labels", "0,0"],
        &["--labels", "0,2"],
        &["--labels", "nan"],
        &["--epochs", "0"],
        &["--index", "rows"],
    ];
    refused(NAME, all)
}
