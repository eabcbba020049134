//! `residual-demo`: figures of another implementation, both answers of each sentence, mistakes, nonsense.

use super::asked::{Outcome, ask, close, reference, refused};

const QUESTION: &str = "residual-demo";

#[test]
fn both_filters_are_those_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/residual.json"))?;
    let asked = ask(QUESTION, &[])?;
    close(&asked.numbers("theta")?, &figures["theta_plain"], "theta");
    close(
        &asked.numbers("theta.residual")?,
        &figures["theta_res"],
        "theta_res",
    );
    close(
        &asked.numbers("difference")?,
        &figures["theta_minus_theta_res"],
        "difference",
    );
    close(
        &asked.numbers("cosine")?,
        &figures["cosine_of_filters"],
        "cosine",
    );
    let losses = [asked.numbers("loss")?, asked.numbers("loss.residual")?];
    close(&losses.concat(), &figures["losses"], "losses");
    assert!(asked.numbers("outputs_apart")?[0] < 1e-12);
    let rows = asked.rows("taps")?;
    for (column, known) in [
        ("trained", "gd_theta"),
        ("trained_residual", "gd_theta_res"),
    ] {
        let taps: Option<Vec<f64>> = rows.iter().map(|row| row[column].as_f64()).collect();
        close(&taps.ok_or("no taps")?, &figures[known], known);
    }
    assert!(asked.witnessed());
    Ok(())
}

#[test]
fn with_weight_decay_the_difference_is_that_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/residual.json"))?;
    let asked = ask(QUESTION, &["--decay", "0.1"])?;
    close(
        &asked.numbers("difference")?,
        &figures["with_weight_decay_diff"],
        "difference",
    );
    assert!(asked.witnessed());
    Ok(())
}

#[test]
fn each_sentence_comes_out_either_way() -> Outcome {
    for (arguments, same, identity) in [
        (&[][..], "false", "true"),
        (&["--decay", "0.1"], "false", "false"),
        (&["--decay", "1e-5"], "false", "open"),
        (&["--shortcut", "0"], "true", "false"),
        (&["--shortcut", "1e-5"], "open", "false"),
        (&["--filter", "0,1,0", "--noise", "0"], "false", "true"),
    ] {
        let asked = ask(QUESTION, arguments)?;
        assert_eq!(asked.finding("same_filters")?, same, "{arguments:?}");
        assert_eq!(
            asked.finding("difference_is_identity")?,
            identity,
            "{arguments:?}"
        );
        assert!(asked.witnessed(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn descent_that_has_not_settled_is_no_contradiction() -> Outcome {
    let asked = ask(QUESTION, &["--updates", "3"])?;
    assert_eq!(asked.report["witnesses"][0]["agreement"], "alone");
    assert_eq!(asked.finding("same_filters")?, "false");
    Ok(())
}

#[test]
fn a_claim_is_judged_and_its_mistake_named() -> Outcome {
    for (arguments, verdict, code) in [
        (&["--expect", "false"][..], "right", None),
        (
            &["--expect", "true"],
            "wrong",
            Some("same-output-same-filter"),
        ),
        (&["--claim", "difference_is_identity=true"], "right", None),
        (
            &["--claim", "difference_is_identity=false"],
            "wrong",
            Some("training-blamed"),
        ),
        (
            &["--decay", "0.1", "--claim", "difference_is_identity=true"],
            "wrong",
            Some("decay-left-out"),
        ),
        (&["--claim", "theta.residual.2=-0.3018"], "right", None),
        (
            &[
                "--claim",
                "theta.residual=0.2000,-0.5018,0.6982,0.1001,0.4019",
            ],
            "wrong",
            Some("same-output-same-filter"),
        ),
        (
            &[
                "--claim",
                "theta.residual=0.2000,-0.5018,1.6982,0.1001,0.4019",
            ],
            "wrong",
            Some("identity-added"),
        ),
    ] {
        let asked = ask(QUESTION, arguments)?;
        let (found, codes) = asked.verdict();
        assert_eq!(found, verdict, "{arguments:?}: {}", asked.report["checks"]);
        assert_eq!(codes, Vec::from_iter(code), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_in_words() -> Outcome {
    refused(
        QUESTION,
        &[
            &["--filter", "1,2"],
            &["--filter", "1*33"],
            &["--filter", "nan"],
            &["--filter", "1e300"],
            &["--length", "0"],
            &["--length", "2", "--filter", "1,2,3"],
            &["--length", "100000000"],
            &["--noise", "inf"],
            &["--decay", "-1"],
            &["--decay", "1e300"],
            &["--lr", "0"],
            &["--lr", "100"],
            &["--updates", "0"],
            &[
                "--updates",
                "20000",
                "--length",
                "10000",
                "--filter",
                "1*31",
            ],
            &["--shortcut", "nan"],
        ],
    )
}
