//! `dropout-placement`: figures of another implementation, both answers of each sentence, mistakes, nonsense.

use super::asked::{Outcome, ask, close, reference, refused};

const QUESTION: &str = "dropout-placement";

#[test]
fn biases_and_differences_are_those_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/dropout.json"))?;
    let both = ask(QUESTION, &[])?;
    let half = ask(QUESTION, &["--p", "0.5"])?;
    for (name, key) in [
        ("relu", "relu"),
        ("leaky", "leaky_relu"),
        ("sigmoid", "sigmoid"),
        ("tanh", "tanh"),
    ] {
        let order = &figures["order"];
        let known = &order[format!("{name}: max |f(drop(z)) - drop(f(z))| over all masks")];
        close(&both.numbers(&format!("difference.{key}"))?, known, name);
        let known = &order[format!("{name}: p=.5 exact E[f(drop(z))]-f(z) at z=-2,-.5,.5,2")];
        close(&half.numbers(&format!("bias.{key}"))?, known, name);
    }
    assert!(both.witnessed() && half.witnessed());
    assert_eq!(both.rows("bias")?.len(), 8);
    Ok(())
}

#[test]
fn each_sentence_comes_out_either_way() -> Outcome {
    for (arguments, only_after, no_difference) in [
        (&[][..], "false", "false"),
        (&["--activation", "sigmoid"], "true", "false"),
        (&["--activation", "tanh,gelu,silu,elu"], "true", "false"),
        (&["--activation", "relu,leaky-relu"], "false", "true"),
        // Without a factor a kept unit is the same in front and behind, and tanh(0) = 0.
        (
            &["--activation", "tanh", "--scale", "none"],
            "false",
            "true",
        ),
        (&["--p", "0"], "false", "true"),
        // So near to 0 a tanh is a line, all but a share of 1e-8.
        (&["--activation", "tanh", "--value", "1e-4"], "open", "open"),
    ] {
        let asked = ask(QUESTION, arguments)?;
        assert_eq!(asked.finding("only_after")?, only_after, "{arguments:?}");
        assert_eq!(
            asked.finding("no_difference")?,
            no_difference,
            "{arguments:?}"
        );
        assert!(asked.witnessed(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_claim_is_judged_and_its_mistake_named() -> Outcome {
    let tanh = ["--p", "0.5", "--value", "-2", "--claim"];
    for (claim, verdict, code) in [
        (&["--expect", "false"][..], "right", None),
        (
            &["--expect", "true"],
            "wrong",
            Some("one-activation-for-all"),
        ),
        (
            &["--claim", "no_difference=true"],
            "wrong",
            Some("one-activation-for-all"),
        ),
        (
            &["--activation", "sigmoid", "--expect", "true"],
            "right",
            None,
        ),
        (
            &[
                "--activation",
                "tanh",
                "--value",
                "1e-4",
                "--expect",
                "true",
            ],
            "undecided",
            None,
        ),
        (&[&tanh[..], &["bias.tanh=0.4644"]].concat(), "right", None),
        (
            &[&tanh[..], &["bias.tanh=-0.0353"]].concat(),
            "wrong",
            Some("kept-unit-alone"),
        ),
    ] {
        let asked = ask(QUESTION, claim)?;
        let (found, codes) = asked.verdict();
        assert_eq!(found, verdict, "{claim:?}");
        assert_eq!(codes, Vec::from_iter(code), "{claim:?}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_in_words() -> Outcome {
    refused(
        QUESTION,
        &[
            &["--p", "1.5"],
            &["--p", "-0.1"],
            &["--p", "nan"],
            &["--p", ""],
            &["--value", "inf"],
            &["--value", "1e60"],
            &["--value", "1*11"],
            &["--p", "0.1*21"],
            &["--activation", "swish"],
            &["--slope", "1e300"],
            &["--scale", "1/p", "--p", "0"],
            &["--scale", "half"],
        ],
    )
}
