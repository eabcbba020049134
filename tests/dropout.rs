//! `dropout-expectation`: the figures of another implementation, every mistake, what is asked wrongly, and its picture.

use std::error::Error;
use std::process::{Command, Output};

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// The figures of another implementation (`fixtures/reference/README.md`).
const REFERENCE: &str = include_str!("../fixtures/reference/dropout.json");

fn run(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradus"));
    command.arg("dropout-expectation").args(arguments);
    Ok(command
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .output()?)
}

/// Its one JSON object, valid against the schema that it names, and the exit code.
fn ask(arguments: &[&str]) -> Result<(Value, Option<i32>), Box<dyn Error>> {
    let output = run(&[arguments, &["--json"]].concat())?;
    let object: Value = serde_json::from_slice(&output.stdout)?;
    let schema = serde_json::json!(match object["schema"].as_str() {
        Some("gradus.report/1") => gradus::render::json::schema(),
        _ => gradus::render::fault::schema(),
    });
    let validator = jsonschema::validator_for(&schema)?;
    let errors: Vec<String> = validator
        .iter_errors(&object)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
    Ok((object, output.status.code()))
}

fn quantity(report: &Value, key: &str) -> Value {
    let quantities = report["quantities"].as_array().into_iter().flatten();
    let mut found = quantities.filter(|quantity| quantity["key"] == key);
    found
        .next()
        .map_or(Value::Null, |found| found["value"].clone())
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_f64).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

fn close(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (numbers(found), numbers(expected));
    assert_eq!(found.len(), expected.len(), "{what}");
    assert!(!found.is_empty(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        let width = 1e-10 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= width,
            "{what}: {found} {expected}"
        );
    }
}

#[test]
fn expectations_and_variances_are_those_of_another_implementation() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let cases = reference["exact_a_1_m2_05_3"]
        .as_object()
        .ok_or("no cases")?;
    assert_eq!(cases.len(), 3);
    for (p, case) in cases {
        let vector = ["--p", p, "--value", "1,-2,0.5,3", "--draws", "1000"];
        let (scaled, _) = ask(&vector)?;
        close(&quantity(&scaled, "expectation"), &case["mean_scaled"], p);
        close(&quantity(&scaled, "variance"), &case["var_scaled"], p);
        let (plain, _) = ask(&[&vector[..], &["--scale", "none"]].concat())?;
        close(&quantity(&plain, "expectation"), &case["mean_unscaled"], p);
        close(&quantity(&plain, "variance"), &case["var_unscaled"], p);
    }
    Ok(())
}

#[test]
fn before_or_after_a_non_linearity_is_as_another_implementation_has_it() -> Outcome {
    let reference: Value = serde_json::from_str(REFERENCE)?;
    let order = &reference["order"];
    for (name, argument) in [
        ("relu", "relu"),
        ("tanh", "tanh"),
        ("sigmoid", "sigmoid"),
        ("leaky", "leaky-relu"),
    ] {
        let (report, _) = ask(&[
            "--p",
            "0.5",
            "--value",
            "-2,-0.5,0.5,2",
            "--activation",
            argument,
            "--draws",
            "10000",
        ])?;
        let key = format!("{name}: p=.5 exact E[f(drop(z))]-f(z) at z=-2,-.5,.5,2");
        close(&quantity(&report, "bias"), &order[key], name);
        let key = format!("{name}: max |f(drop(z)) - drop(f(z))| over all masks");
        close(&quantity(&report, "difference"), &order[key], name);
        let homogeneous = matches!(name, "relu" | "leaky");
        assert_eq!(quantity(&report, "same"), homogeneous, "{name}");
    }
    Ok(())
}

#[test]
fn the_two_witnesses_agree_in_every_form() -> Outcome {
    for arguments in [
        &["--p", "0.3"][..],
        &["--p", "0.5", "--value", "1.7"],
        &["--p", "0.999", "--draws", "100"],
        &["--p", "0.2", "--then", "0.5"],
        &["--p", "0"],
        &["--p", "1"],
        &["--p", "0.5", "--eval"],
        &["--p", "0.1", "--scale", "1/p"],
        &["--p", "0.5", "--value", "1,0,-3e49"],
        &["--p", "0.3", "--value", "1*30"],
        &[
            "--p",
            "0.4",
            "--weights",
            "1,-2,0.5",
            "--inputs",
            "2,1,3",
            "--activation",
            "gelu",
        ],
        &[
            "--p",
            "0.4",
            "--weights",
            "0.1*30",
            "--inputs",
            "1*30",
            "--activation",
            "sigmoid",
        ],
        &[
            "--p",
            "0.4",
            "--weights",
            "1,-2,0.5",
            "--inputs",
            "2,1,3",
            "--input-deviation",
            "0",
        ],
    ] {
        for seed in ["0", "1", "2"] {
            let seeded = [arguments, &["--seed", seed]].concat();
            let (report, code) = ask(&seeded)?;
            assert_eq!(code, Some(0), "{seeded:?}");
            let witnesses = report["witnesses"].as_array().ok_or("no witnesses")?;
            assert!(
                witnesses
                    .iter()
                    .any(|witness| witness["agreement"] == "agree")
            );
            assert!(
                witnesses
                    .iter()
                    .all(|witness| witness["agreement"] != "disagree")
            );
        }
    }
    Ok(())
}

const LINEAR: &[&str] = &["--weights", "1,-2,0.5", "--inputs", "2,1,3"];
const TANH: &[&str] = &["--value", "2", "--activation", "tanh"];
const SIGMOID: &[&str] = &["--value", "2", "--activation", "sigmoid"];

/// What is asked, what is claimed, and the mistake that gives it; none where it is right.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const CASES: &[Case] = &[
    ("0.5", &["--value", "1.7"], "expectation=1.7", ""),
    (
        "0.5",
        &["--value", "1.7"],
        "expectation=0.85",
        "dropout-no-scaling",
    ),
    ("0.2", &[], "variance=4.0", "keep-for-drop"),
    ("0.2", &[], "variance=0.16", "dropout-no-scaling"),
    ("0.2", &[], "expectation=0.64", "scale-upside-down"),
    ("0.2", &[], "expectation=0.25", "keep-for-drop"),
    ("0.2", &[], "scale=0.8", "scale-upside-down"),
    ("0.2", &[], "scale=0.2", "scale-by-drop"),
    ("0.2", &[], "keep=0.2", "keep-for-drop"),
    ("0.2", &["--then", "0.5"], "p=0.6", ""),
    ("0.2", &["--then", "0.5"], "p=0.7", "drops-added"),
    ("0.2", &["--then", "0.5"], "p=0.1", "drops-multiplied"),
    (
        "0.2",
        &["--then", "0.5"],
        "expectation=0.8",
        "one-scale-of-two",
    ),
    ("0.3", &["--scale", "none"], "expectation=0.7", ""),
    (
        "0.3",
        &["--scale", "none"],
        "expectation=1.0",
        "inverted-assumed",
    ),
    ("0.3", &["--eval"], "expectation=1.0", ""),
    (
        "0.3",
        &["--eval"],
        "expectation=0.7",
        "scaled-in-evaluation",
    ),
    ("1", &[], "expectation=0", ""),
    ("1", &[], "expectation=1", "formula-at-one"),
    ("1", &[], "expectation=nan", "formula-at-one"),
    ("0.8", &[], "variance=4.00", ""),
    ("0.8", &[], "variance=2.00", "deviation-for-variance"),
    ("0.8", &[], "variance=5.00", "second-moment"),
    (
        "0.5",
        &["--value", "3"],
        "variance=4.5",
        "factor-not-squared",
    ),
    ("0.5", LINEAR, "variance=10.25", ""),
    ("0.5", LINEAR, "variance=2.25", "one-mask-for-all"),
    ("0.5", TANH, "same=false", ""),
    (
        "0.5",
        TANH,
        "before.expectation=0.964",
        "expectation-through-function",
    ),
    ("0.5", SIGMOID, "before.expectation=0.741", ""),
    (
        "0.5",
        SIGMOID,
        "before.expectation=0.491",
        "zero-after-function",
    ),
];

#[test]
fn claims_are_judged_and_mistakes_named() -> Outcome {
    let mut named = Vec::new();
    for (p, more, claim, code) in CASES {
        let arguments = [&["--p", p, "--draws", "10000"], *more, &["--claim", claim]].concat();
        let (report, exit) = ask(&arguments)?;
        assert_eq!(exit, Some(i32::from(!code.is_empty())), "{arguments:?}");
        let diagnoses = report["checks"][0]["diagnoses"]
            .as_array()
            .ok_or("no diagnoses")?;
        let codes: Vec<&str> = diagnoses
            .iter()
            .filter_map(|d| d["code"].as_str())
            .collect();
        if code.is_empty() {
            assert!(codes.is_empty(), "{arguments:?}: {codes:?}");
        } else {
            assert!(codes.contains(code), "{arguments:?}: {codes:?}");
            named.push(*code);
        }
    }
    let question = gradus::questions::QUESTIONS
        .iter()
        .find(|question| question.name() == "dropout-expectation")
        .ok_or("no such question")?;
    for mistake in question.mistakes() {
        assert!(
            named.contains(&mistake.code),
            "{} is never met",
            mistake.code
        );
    }
    Ok(())
}

#[test]
fn a_claim_that_only_rounds_to_the_truth_and_is_a_mistake_s_own_number_is_open() -> Outcome {
    let (report, code) = ask(&["--p", "0.3", "--scale", "none", "--expect", "1"])?;
    assert_eq!(code, Some(3));
    let reason = report["checks"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("write more digits"), "{reason}");
    Ok(())
}

/// The expectation behind a sigmoid of thirty inputs has no formula: it is measured alone.
const MEASURED: [&str; 8] = [
    "--p",
    "0.5",
    "--weights",
    "0.3*30",
    "--inputs",
    "0.5,-0.4*29",
    "--activation",
    "sigmoid",
];

#[test]
fn what_is_only_measured_is_undecided_until_enough_is_drawn() -> Outcome {
    let (report, _) = ask(&[&MEASURED[..], &["--draws", "1000000"]].concat())?;
    let truth = quantity(&report, "before.expectation")
        .as_f64()
        .ok_or("not measured")?;
    let claim = format!("before.expectation={truth} ± 0.002");
    let with = |draws: &str| ask(&[&MEASURED[..], &["--claim", &claim, "--draws", draws]].concat());
    let (open, code) = with("1000")?;
    assert_eq!(code, Some(3), "{open}");
    let reason = open["checks"][0]["reason"].as_str().ok_or("no reason")?;
    let enough = reason
        .split("n = ")
        .nth(1)
        .and_then(|rest| rest.strip_suffix(" would do"))
        .ok_or_else(|| format!("no number in {reason}"))?
        .replace(',', "");
    assert!(enough.parse::<f64>()? < 1e8, "{enough}");
    let (_, code) = with(&enough)?;
    assert_eq!(code, Some(0), "{enough} draws decide it");
    let wrong = format!("before.expectation={} ± 0.002", truth + 0.05);
    let (_, code) = ask(&[&MEASURED[..], &["--claim", &wrong]].concat())?;
    assert_eq!(code, Some(1));
    Ok(())
}

#[test]
fn the_seed_decides_every_digit() -> Outcome {
    let bytes = |seed: &str| Ok::<_, Box<dyn Error>>(run(&["--p", "0.3", "--seed", seed])?.stdout);
    assert_eq!(bytes("7")?, bytes("7")?);
    assert_ne!(bytes("7")?, bytes("8")?);
    Ok(())
}

#[test]
fn nonsense_is_told_and_nothing_aborts() -> Outcome {
    let many = format!("1*{}", 2000);
    for (arguments, says) in [
        (&["--p", "1.5"][..], "between 0 and 1"),
        (&["--p", "-0.1"], "-0.1"),
        (&["--p", "nan"], "finite"),
        (&["--p", "half"], "number"),
        (&[], "--p"),
        (&["--p", "0.5", "--value", ""], "number"),
        (&["--p", "0.5", "--value", "1,,2"], "missing"),
        (&["--p", "0.5", "--value", "1e60"], "1e50"),
        (&["--p", "0.5", "--value", "1e-60"], "1e-50"),
        (&["--p", "0.5", "--value", "inf"], "finite"),
        (&["--p", "0.5", "--value", &many], "1000"),
        (&["--p", "0.5", "--value", "1*1000000000000"], "times"),
        (&["--p", "0.5", "--draws", "0"], "two draws"),
        (&["--p", "0.5", "--draws", "1"], "two draws"),
        (&["--p", "0.5", "--draws", "1e15"], "1e11 masks"),
        (&["--p", "0.5", "--draws", "1e300"], "whole number"),
        (&["--p", "0.5", "--draws", "2.5"], "whole number"),
        (&["--p", "0.5", "--weights", "1,2"], "--inputs"),
        (
            &["--p", "0.5", "--weights", "1,2", "--inputs", "1"],
            "2 weights",
        ),
        (&["--p", "0", "--scale", "1/p"], "no value at p = 0"),
        (&["--p", "0.5", "--scale", "twice"], "inverted"),
        (
            &["--p", "0.5", "--scale", "1e40", "--value", "1e40"],
            "1e50",
        ),
        (&["--p", "0.5", "--activation", "swish9"], "relu"),
        (&["--p", "0.5", "--then", "2"], "between 0 and 1"),
        (&["--p", "0.5", "--claim", "nothing=1"], "nothing"),
        (&["--p", "0.5", "--plot", "mean.gif"], "SVG"),
        (
            &["--p", "0.5", "--plot", "no/such/folder/mean.svg"],
            "cannot be written",
        ),
        (&["--p", "1", "--plot", "mean.svg"], "nothing to draw"),
    ] {
        let output = run(&[arguments, &["--json"]].concat())?;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let prose = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(prose.contains(says), "{arguments:?}: {prose}");
        let object: Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!(object["schema"], "gradus.error/1", "{arguments:?}");
    }
    Ok(())
}

#[test]
fn the_proof_is_shown_with_the_numbers_at_hand() -> Outcome {
    let output = run(&["--p", "0.5", "--value", "1.7", "--steps"])?;
    let text = String::from_utf8(output.stdout)?;
    for line in [
        "E[m] = 1·0.5 + 0·0.5 = 0.5",
        "E[c·m·x] = c·E[m]·x = 2·0.5·1.7 = 1.7: x itself",
        "E[(c·m·x)²] = c²·E[m]·x² = 4·0.5·2.89 = 5.78",
        "p/(1−p)·x² = 1·2.89 = 2.89",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    Ok(())
}
