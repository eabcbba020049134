//! `relu-demo`: figures of another implementation, both answers of each sentence, mistakes, nonsense.

use super::asked::{Outcome, ask, close, reference, refused};

const QUESTION: &str = "relu-demo";

#[test]
fn chains_slopes_and_the_dead_unit_are_those_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/relu.json"))?;
    let asked = ask(QUESTION, &["--blocks", "2"])?;
    close(
        &asked.numbers("chain.gradient")?,
        &figures["relu chain w=0.5 depth 50: d out/d w_1"],
        "chain",
    );
    close(
        &asked.numbers("slope")?,
        &figures["relu grad at -2,-1e-9,0,1e-9,.5,1,2,4"],
        "slope",
    );
    let unit = [
        "unit.activation",
        "unit.gradient.weight",
        "unit.gradient.bias",
        "unit.loss",
    ];
    let unit: Result<Vec<Vec<f64>>, _> = unit.iter().map(|key| asked.numbers(key)).collect();
    close(
        &unit?.concat(),
        &figures["dead unit b=-5: max activation, grads, loss"],
        "state",
    );
    let end = [
        asked.numbers("unit.weight")?,
        asked.numbers("unit.bias")?,
        asked.numbers("unit.loss")?,
    ];
    close(
        &end.concat(),
        &figures["dead unit after 1000 SGD steps (w,b,loss)"],
        "trained",
    );
    assert!(asked.witnessed());
    Ok(())
}

#[test]
fn the_networks_gradient_is_that_of_another_implementation() -> Outcome {
    let figures = reference(include_str!("../../fixtures/reference/deep.json"))?;
    let known = &figures["rows"]["relu untied torch_default"]["gW"][0];
    assert!(
        known.is_number(),
        "{:?}",
        figures["rows"]
            .as_object()
            .map(|rows| rows.keys().collect::<Vec<_>>())
    );
    let asked = ask(QUESTION, &["--init", "formula"])?;
    close(&asked.numbers("network.gradient")?, known, "first layer");
    Ok(())
}

#[test]
fn vanishing_comes_out_either_way() -> Outcome {
    for (arguments, expected) in [
        (&[][..], "false"),
        (&["--weight", "1", "--init", "he", "--bias", "0"], "true"),
        (&["--depth", "5", "--blocks", "3", "--bias", "0"], "true"),
        // Each of the three is a counter-example by itself.
        (&["--weight", "0.5", "--init", "he", "--bias", "0"], "false"),
        (
            &["--weight", "1", "--init", "pytorch", "--bias", "0"],
            "false",
        ),
        (&["--weight", "1", "--init", "he", "--bias", "-5"], "false"),
        // 10^-3 is the threshold itself.
        (
            &[
                "--weight", "0.1", "--depth", "4", "--blocks", "3", "--bias", "0",
            ],
            "open",
        ),
    ] {
        let asked = ask(QUESTION, arguments)?;
        assert_eq!(asked.finding("no_vanishing")?, expected, "{arguments:?}");
        assert!(asked.witnessed(), "{arguments:?}");
    }
    let dead = ask(QUESTION, &["--blocks", "2"])?.numbers("dead.gradient")?;
    assert!(dead[0].abs() < f64::MIN_POSITIVE);
    Ok(())
}

#[test]
fn linear_slopes_and_dead_units_come_out_either_way() -> Outcome {
    for (key, arguments, expected) in [
        ("linear_gradient", &[][..], "false"),
        ("linear_gradient", &["--power", "2"], "true"),
        ("linear_gradient", &["--power", "1.5"], "false"),
        ("linear_gradient", &["--points", "3"], "open"),
        ("linear_gradient", &["--points", "-3,0"], "open"),
        ("dead_neurons", &[], "true"),
        ("dead_neurons", &["--bias", "0"], "false"),
        ("dead_neurons", &["--leak", "0.01"], "false"),
        ("dead_neurons", &["--bias", "0.5", "--target", "-1"], "true"),
    ] {
        let asked = ask(QUESTION, &[&["--blocks", "2"], arguments].concat())?;
        assert_eq!(asked.finding(key)?, expected, "{key} {arguments:?}");
        assert!(asked.witnessed(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_claim_is_judged_and_its_mistake_named() -> Outcome {
    for (claim, verdict, code) in [
        ("no_vanishing=false", "right", None),
        ("no_vanishing=true", "wrong", Some("slope-without-weights")),
        ("linear_gradient=true", "wrong", Some("function-for-slope")),
        ("linear_gradient=false", "right", None),
        ("dead_neurons=true", "right", None),
        ("dead_neurons=false", "wrong", Some("dead-unit-wakes-up")),
        ("chain.gradient=1.776e-15", "right", None),
        (
            "chain.gradient=8.882e-16",
            "wrong",
            Some("own-weight-counted"),
        ),
        ("chain.gradient=1", "wrong", Some("slope-without-weights")),
    ] {
        let asked = ask(QUESTION, &["--blocks", "2", "--claim", claim])?;
        let (found, codes) = asked.verdict();
        assert_eq!(found, verdict, "{claim}");
        assert_eq!(codes, Vec::from_iter(code), "{claim}");
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bytes() -> Outcome {
    let run = |seed: &str| {
        crate::process::gradus(&[
            QUESTION, "--blocks", "3", "--bias", "0.5", "--seed", seed, "--json",
        ])
    };
    assert_eq!(run("3")?.stdout, run("3")?.stdout);
    assert_ne!(run("3")?.stdout, run("4")?.stdout);
    Ok(())
}

#[test]
fn nonsense_is_refused_in_words() -> Outcome {
    refused(
        QUESTION,
        &[
            &["--depth", "0"],
            &["--depth", "1001"],
            &["--weight", "nan"],
            &["--weight", "10", "--depth", "1000"],
            &["--blocks", "0"],
            &["--width", "0"],
            &["--width", "100000"],
            &["--blocks", "200", "--width", "512", "--max-memory", "200"],
            &["--init", "kaiming"],
            &["--seeds", "0"],
            &["--points", ""],
            &["--points", "1e300"],
            &["--power", "0"],
            &["--power", "-1"],
            &["--bias", "inf"],
            &["--lr", "0"],
            &["--lr", "100"],
            &["--leak", "1000"],
            &["--samples", "1"],
            &["--updates", "0"],
        ],
    )
}
