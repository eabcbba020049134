//! `ravine-demo`: steps as another implementation counts them, both answers of its sentence, and where Newton fails.

use serde_json::Value;

use super::told::{
    ask, finding, judged, number, quantity, refused, repeats, rows, witnesses_agree,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const REFERENCE: &str = include_str!("../../fixtures/reference/optim.json");
const KEY: &str = "momentum_beats_newton";

#[test]
fn steps_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let report = ask(&["ravine-demo"])?;
    let rows = rows(&report, "steps");
    let known = &reference["ravine_steps"];
    let names = [
        "kappa=10",
        "kappa=100",
        "kappa=1000",
        "kappa=10000",
        "rosenbrock lr=.001",
    ];
    for (name, row) in names.iter().zip(&rows) {
        for method in ["gd", "momentum", "newton"] {
            assert!(row[method].is_number(), "{name}: {row}");
            assert_eq!(row[method], known[*name][method], "{name}, {method}");
        }
    }
    assert_eq!(rows.len(), 6);
    assert!(witnesses_agree(&report));
    Ok(())
}

#[test]
fn the_sentence_is_false_in_ravines_and_true_where_newton_fails() -> Outcome {
    for arguments in [
        &["ravine-demo"][..],
        &["ravine-demo", "--kappa", "100"],
        &["ravine-demo", "--function", "rosenbrock"],
        &["ravine-demo", "--function", "double-well", "--start", "1.5"],
    ] {
        assert_eq!(finding(&ask(arguments)?, KEY), "false", "{arguments:?}");
    }
    let well = ask(&["ravine-demo", "--function", "double-well"])?;
    assert_eq!(finding(&well, KEY), "true");
    assert_eq!(quantity(&well, "place.newton"), "maximum");
    assert!(number(&well, "steps.momentum") > 1.0);
    assert!(quantity(&well, "steps.newton").is_null());
    Ok(())
}

#[test]
fn a_round_bowl_leaves_it_open() -> Outcome {
    let report = ask(&["ravine-demo", "--kappa", "1"])?;
    assert_eq!(finding(&report, KEY), "open");
    for key in ["steps.gd", "steps.momentum", "steps.newton"] {
        assert_eq!(quantity(&report, key), 1, "{key}");
    }
    let (verdict, _) = judged(
        &["ravine-demo", "--kappa", "1"],
        "momentum_beats_newton=true",
    )?;
    assert_eq!(verdict, "undecided");
    Ok(())
}

#[test]
fn newton_ends_at_the_maximum() -> Outcome {
    let ends = rows(&ask(&["ravine-demo"])?, "ends");
    let places: Vec<&str> = ends
        .iter()
        .filter_map(|row| row["place"].as_str())
        .collect();
    assert_eq!(places, ["minimum", "minimum", "maximum"]);
    assert!(
        ends[2]["value"]
            .as_f64()
            .is_some_and(|value| value.abs() < 1e-12)
    );
    Ok(())
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    let hundred = ["ravine-demo", "--kappa", "100"];
    let well = ["ravine-demo", "--function", "double-well"];
    for (arguments, claim, verdict, code) in [
        (&hundred[..], "momentum_beats_newton=false", "right", None),
        (
            &hundred,
            "momentum_beats_newton=true",
            "wrong",
            Some("descent-for-newton"),
        ),
        (
            &well,
            "momentum_beats_newton=false",
            "wrong",
            Some("newton-always-descends"),
        ),
        (&hundred, "steps.momentum=105", "right", None),
        (
            &hundred,
            "steps.momentum=789",
            "wrong",
            Some("kappa-without-root"),
        ),
        (
            &hundred,
            "steps.gd=1578",
            "wrong",
            Some("distance-for-value"),
        ),
        (&hundred, "steps.gd=5", "wrong", None),
    ] {
        let (found, codes) = judged(arguments, claim)?;
        assert_eq!(found, verdict, "{claim}");
        assert_eq!(codes.first().map(String::as_str), code, "{claim}");
    }
    Ok(())
}

#[test]
fn what_diverges_or_takes_too_long_is_no_number() -> Outcome {
    let report = ask(&["ravine-demo", "--kappa", "100", "--lr", "1"])?;
    assert!(quantity(&report, "steps.gd").is_null());
    assert!(witnesses_agree(&report));
    let report = ask(&["ravine-demo", "--kappa", "1e6", "--limit", "1000"])?;
    assert!(quantity(&report, "steps.momentum").is_null());
    assert_eq!(finding(&report, KEY), "false");
    Ok(())
}

#[test]
fn nonsense_is_refused_and_the_rest_repeats() -> Outcome {
    refused(
        "ravine-demo",
        &[
            &["--kappa=0.5"],
            &["--kappa=nan"],
            &["--kappa=1e9"],
            &["--kappa=2*100"],
            &["--kappa=3", "--function=rosenbrock"],
            &["--start=1"],
            &["--start=1e300,1"],
            &["--lr=0"],
            &["--lr=-1"],
            &["--momentum=1"],
            &["--tolerance=0"],
            &["--limit=0"],
            &["--limit=1.5"],
            &["--limit=1e12"],
        ],
    )?;
    repeats(&["ravine-demo"])
}
