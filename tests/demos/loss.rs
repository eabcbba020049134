//! `loss-demo`: figures of another implementation, both answers of the sentence, mistakes, nonsense.

use super::asked::{Outcome, ask, close, reference, refused};

const QUESTION: &str = "loss-demo";

#[test]
fn losses_and_gradients_are_those_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/losses.json"))?;
    let rows = figures["rows"].as_array().ok_or("no rows")?;
    assert_eq!(rows.len(), 7);
    for row in rows {
        let (label, z) = (row["y"].to_string(), row["z"].to_string());
        let asked = ask(QUESTION, &["--label", &label, "--logits", &z])?;
        for (key, known) in [
            ("probability", "p"),
            ("l2", "l2"),
            ("bce", "bce"),
            ("gradient.l2", "dl2_dz"),
            ("gradient.bce", "dbce_dz"),
        ] {
            close(&asked.numbers(key)?, &row[known], &format!("{key} at {z}"));
        }
        assert!(asked.witnessed());
    }
    Ok(())
}

#[test]
fn steps_and_curvatures_are_those_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/losses.json"))?;
    let asked = ask(QUESTION, &[])?;
    let known = figures["steps_to_cross_half"]
        .as_object()
        .ok_or("no steps")?;
    let (square, entropy) = (asked.numbers("steps.l2")?, asked.numbers("steps.bce")?);
    assert_eq!(known.len(), 4);
    for ((name, known), both) in known.iter().zip(entropy.iter().zip(&square)) {
        close(&[*both.0, *both.1], known, name);
    }
    let known = &figures["l2_curvature_negative_fraction_on_pm10"];
    close(&asked.numbers("negative_share.counted")?, known, "share");
    close(
        &asked.numbers("curvature.bce_least")?,
        &figures["bce_curvature_min"],
        "least",
    );
    close(
        &asked.numbers("l2.bound")?,
        &figures["l2_max_possible"],
        "bound",
    );
    assert!(asked.witnessed());
    Ok(())
}

#[test]
fn the_sentence_comes_out_either_way() -> Outcome {
    for (arguments, expected) in [
        (&[][..], "false"),
        (&["--start", "-0.1,-0.2"], "true"),
        (&["--start", "-2"], "false"),
        (&["--start", "-1"], "open"),
        (&["--start", "-0.1,-0.5"], "open"),
        // Right already: nobody has to take a step.
        (&["--start", "1"], "open"),
        (&["--start", "10", "--label", "0"], "false"),
        // More steps than are allowed.
        (&["--start", "-20", "--most", "1000"], "false"),
    ] {
        let asked = ask(QUESTION, arguments)?;
        assert_eq!(asked.finding("l2_suits")?, expected, "{arguments:?}");
        assert!(asked.witnessed(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_claim_is_judged_and_its_mistake_named() -> Outcome {
    for (arguments, verdict, code) in [
        (&["--expect", "false"][..], "right", None),
        (
            &["--expect", "true"],
            "wrong",
            Some("gradient-in-the-output"),
        ),
        (&["--start", "-0.1", "--expect", "true"], "right", None),
        (&["--claim", "steps.l2.3=11034"], "right", None),
        (&["--claim", "steps.l2.3=11"], "wrong", None),
        (
            &["--logits", "-10", "--claim", "gradient.l2=-9.08e-5"],
            "right",
            None,
        ),
        (
            &["--logits", "-10", "--claim", "gradient.l2=-1.9999"],
            "wrong",
            Some("gradient-in-the-output"),
        ),
        (
            &["--logits", "0", "--claim", "gradient.l2=-0.125"],
            "wrong",
            Some("square-without-two"),
        ),
        (
            &["--logits", "0", "--claim", "gradient.bce=-0.125"],
            "wrong",
            Some("slope-not-cancelled"),
        ),
    ] {
        let asked = ask(QUESTION, arguments)?;
        let (found, codes) = asked.verdict();
        assert_eq!(found, verdict, "{arguments:?}");
        assert_eq!(codes, Vec::from_iter(code), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_in_words() -> Outcome {
    refused(
        QUESTION,
        &[
            &["--logits", "nan"],
            &["--logits", "1e9"],
            &["--start", ""],
            &["--start", "-501"],
            &["--label", "2"],
            &["--label", "-1"],
            &["--lr", "0"],
            &["--lr", "-1"],
            &["--lr", "1e9"],
            &["--range", "0"],
            &["--range", "inf"],
            &["--most", "0"],
            &["--most", "1000000000"],
        ],
    )
}
