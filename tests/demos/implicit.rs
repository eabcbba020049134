//! `implicit-demo`: derivatives as another implementation has them, and a bisection that stops too early.

use serde_json::Value;

use super::told::{ask, finding, judged, number, refused, repeats, rows, witnesses_agree};
use gradus::theory::implicit::{Projection, Ridge};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const REFERENCE: &str = include_str!("../../fixtures/reference/bilevel.json");

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

/// To 1e-10 of the largest entry.
fn close(found: &[f64], known: &Value, what: &str) {
    let known = numbers(known);
    assert_eq!(found.len(), known.len(), "{what}");
    assert!(!known.is_empty(), "{what}");
    let size = known.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    for (found, known) in found.iter().zip(&known) {
        assert!(
            (found - known).abs() <= 1e-10 * size,
            "{what}: {found} {known}"
        );
    }
}

#[test]
fn ridge_gradients_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let known = &reference["ridge"];
    let solved = Ridge::of_sines(0.3).solved().ok_or("singular")?;
    close(&solved.weights, &known["w"], "w");
    close(&[solved.value], &known["L"], "L");
    close(&[solved.after_lambda], &known["dlam"], "dlam");
    close(&solved.after_targets, &known["dy"], "dy");
    close(&solved.after_inputs.concat(), &known["dA"], "dA");
    let report = ask(&["implicit-demo"])?;
    close(
        &[number(&report, "dlam.autograd")],
        &known["dlam"],
        "reverse mode",
    );
    close(
        &[number(&report, "contraction")],
        &known["contraction_rho"],
        "contraction",
    );
    assert!((number(&report, "dlam.difference") - number(&report, "dlam")).abs() < 1e-9);
    let unrolled = rows(&report, "unrolled");
    assert_eq!(unrolled.len(), 8);
    for row in unrolled {
        let known = &known["unrolled_gd K: [dL/dlam, error]"][row["steps"].to_string()][0];
        let pair = row["derivative"].as_f64().zip(known.as_f64());
        let (found, known) = pair.ok_or("no such number of steps")?;
        assert!((found - known).abs() < 1e-10, "{row}: {known}");
    }
    assert!(witnesses_agree(&report));
    Ok(())
}

#[test]
fn projection_gradients_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let known = &reference["projection"];
    let solved = Projection::of_sines().solved().ok_or("singular")?;
    close(&solved.nearest, &known["y"], "y");
    close(&[solved.value], &known["L"], "L");
    close(&solved.after_point, &known["dx"], "dx");
    close(&solved.after_bounds, &known["db"], "db");
    close(&solved.after_inputs.concat(), &known["dA"], "dA");
    Ok(())
}

#[test]
fn bisection_gives_the_derivative_that_descent_gives() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let known = &reference["bisection inner (no descent)"];
    let report = ask(&["implicit-demo"])?;
    close(&[number(&report, "y")], &known["y"], "y");
    close(&[number(&report, "dydx")], &known["dydx_ift"], "dydx");
    close(&[number(&report, "dydc")], &known["dydc_ift"], "dydc");
    for (measured, theorem) in [("dydx.measured", "dydx"), ("dydc.measured", "dydc")] {
        let off = number(&report, measured) - number(&report, theorem);
        assert!(off.abs() < 1e-8, "{measured}: {off}");
    }
    assert_eq!(finding(&report, "needs_descent"), "false");
    Ok(())
}

#[test]
fn a_bisection_that_stops_early_refutes_nothing() -> Outcome {
    let early = ask(&["implicit-demo", "--inner-tolerance", "0.5"])?;
    assert_eq!(finding(&early, "needs_descent"), "open");
    let (verdict, _) = judged(
        &["implicit-demo", "--inner-tolerance", "0.5"],
        "needs_descent=true",
    )?;
    assert_eq!(verdict, "undecided");
    let better = ask(&["implicit-demo", "--inner-tolerance", "1e-9"])?;
    assert_eq!(finding(&better, "needs_descent"), "false");
    Ok(())
}

#[test]
fn other_inner_problems_are_refuted_too() -> Outcome {
    for arguments in [
        &["--x", "-3", "--c", "2"][..],
        &["--x", "0.1", "--c", "0"],
        &["--lambda", "1e-3"],
        &["--lambda", "100"],
    ] {
        let report = ask(&[&["implicit-demo"], arguments].concat())?;
        assert_eq!(finding(&report, "needs_descent"), "false", "{arguments:?}");
        assert!(witnesses_agree(&report), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    for (claim, verdict, code) in [
        ("needs_descent=false", "right", None),
        ("needs_descent=true", "wrong", Some("through-the-steps")),
        ("dlam=-0.0483", "right", None),
        ("dlam=-0.01045888", "wrong", Some("unrolled-too-short")),
        ("dlam=0.0483", "wrong", Some("implicit-sign")),
        ("dydx=-0.46447", "wrong", Some("implicit-sign")),
        ("dydx=0.000", "wrong", Some("inner-held-fixed")),
        ("dydx=7", "wrong", None),
    ] {
        let (found, codes) = judged(&["implicit-demo"], claim)?;
        assert_eq!(found, verdict, "{claim}");
        assert_eq!(codes.first().map(String::as_str), code, "{claim}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_and_the_rest_repeats() -> Outcome {
    refused(
        "implicit-demo",
        &[
            &["--inner-tolerance=-1"],
            &["--inner-tolerance=nan"],
            &["--x=1e9"],
            &["--c=-1"],
            &["--lambda=0"],
            &["--unrolled=0"],
            &["--unrolled=1.5"],
            &["--unrolled=1e9"],
            &["--unrolled=1*21"],
        ],
    )?;
    repeats(&["implicit-demo"])
}
