//! `grad-check` as a person or a script runs it: reading, the sandbox, both witnesses, verdicts and mistakes.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::process::gradus;

type Outcome = Result<(), Box<dyn Error>>;

const FIGURES: &str = include_str!("../fixtures/reference/gradients.json");

fn run(arguments: &[&str]) -> Result<(Option<i32>, Value, String), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .arg("grad-check")
        .args(arguments)
        .arg("--json")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/grad_check"))
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{arguments:?}: {error}: {complaint}"))?;
    Ok((output.status.code(), report, complaint))
}

fn quantity(report: &Value, key: &str) -> Value {
    let all = report["quantities"].as_array();
    let found = all.and_then(|all| all.iter().find(|one| one["key"] == key));
    found.map_or(Value::Null, |one| one["value"].clone())
}

/// The codes of all diagnoses.
fn codes(report: &Value) -> Vec<String> {
    let mut codes = Vec::new();
    for check in report["checks"].as_array().into_iter().flatten() {
        for diagnosis in check["diagnoses"].as_array().into_iter().flatten() {
            codes.push(diagnosis["code"].as_str().unwrap_or_default().to_owned());
        }
    }
    codes
}

fn near(report: &Value, key: &str, expected: f64) {
    let value = quantity(report, key).as_f64().unwrap_or(f64::NAN);
    assert!(
        (value - expected).abs() <= 1e-10 * expected.abs(),
        "{key}: {value} for {expected}"
    );
}

#[test]
fn a_right_backward_passes_and_its_norms_are_those_of_another_implementation() -> Outcome {
    let (code, report, _) = run(&["affine_right.py"])?;
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["answer"], "right");
    let figures: Value = serde_json::from_str(FIGURES)?;
    let known = &figures["affine"]["weighted_grads"];
    near(
        &report,
        "X.norm",
        known["X_fro"].as_f64().unwrap_or(f64::NAN),
    );
    for input in ["W", "b"] {
        near(&report, &format!("{input}.norm"), norm(&known[input]));
    }
    Ok(())
}

/// The root of the sum of squares of nested lists.
fn norm(value: &Value) -> f64 {
    fn squares(value: &Value) -> f64 {
        match value {
            Value::Array(values) => values.iter().map(squares).sum(),
            other => other.as_f64().unwrap_or(f64::NAN).powi(2),
        }
    }
    squares(value).sqrt()
}

#[test]
fn the_networks_in_closed_form_are_right_and_as_another_implementation_has_them() -> Outcome {
    let figures: Value = serde_json::from_str(FIGURES)?;
    let cases = figures["network"]["cases"].as_object().ok_or("cases")?;
    assert_eq!(cases.len(), 9);
    for (name, case) in cases {
        let parts: Vec<&str> = name.split('_').collect();
        let &[samples, inputs, hidden, activation, head] = parts.as_slice() else {
            return Err(format!("{name} is no case").into());
        };
        let head = head.trim_start_matches("head-");
        let subject = format!(
            "network.py:case('{activation}', '{head}', {}, {}, {})",
            &samples[1..],
            &inputs[1..],
            &hidden[1..]
        );
        let (code, report, complaint) = run(&[&subject])?;
        assert_eq!(code, Some(0), "{name}: {complaint} {}", report["checks"]);
        assert_eq!(report["answer"], "right", "{name}");
        for input in ["X", "W1", "b1", "W2", "b2"] {
            let known = case["grad_fro"][input].as_f64().unwrap_or(f64::NAN);
            near(&report, &format!("{input}.norm"), known);
        }
    }
    Ok(())
}

#[test]
fn wrong_backwards_are_named_although_a_test_with_ones_passes_them() -> Outcome {
    for (file, code) in [
        ("affine_bias_unsummed.py", "unsummed"),
        ("affine_input_transposed.py", "transposed"),
        ("affine_input_without_half.py", "factor-missing"),
        ("affine_upstream_ignored.py", "upstream-ignored"),
        ("affine_input_absent.py", "absent"),
    ] {
        let (exit, report, _) = run(&[file])?;
        assert_eq!(exit, Some(1), "{file}");
        assert_eq!(report["answer"], "wrong", "{file}");
        let codes = codes(&report);
        let fits = codes
            .iter()
            .any(|one| one == code || (code == "factor-missing" && one == "constant-factor"));
        assert!(fits, "{file}: {codes:?}");
    }
    for file in ["affine_input_transposed.py", "affine_bias_unsummed.py"] {
        let (_, report, _) = run(&[file, "--upstream", "ones", "--only", "W,b"])?;
        assert_eq!(quantity(&report, "weak_test"), true, "{file}");
        assert_eq!(report["answer"], "wrong", "{file}");
    }
    Ok(())
}

#[test]
fn formulas_are_claims_and_the_mistake_in_them_has_a_name() -> Outcome {
    let function = [
        "-c",
        "lambda X, W, b: 0.5 * X @ W.T + b",
        "--arg",
        "X=10x4",
        "--arg",
        "W=3x4",
        "--arg",
        "b=3",
        "--claim",
    ];
    for (claim, exit) in [
        ("W = 0.5 * G.T @ X", 0),
        ("W = G.T @ X", 1),
        ("dX = 0.5 * G @ W", 0),
        ("b = G.sum(0)", 0),
        ("b = G.mean(0)", 1),
        ("b = G", 1),
    ] {
        let mut arguments = function.to_vec();
        arguments.push(claim);
        let (code, report, complaint) = run(&arguments)?;
        assert_eq!(code, Some(exit), "{claim}: {complaint}");
        assert_eq!(codes(&report).is_empty(), exit == 0, "{claim}: {report}");
    }
    Ok(())
}

#[test]
fn nonsense_is_refused_in_clear_words() -> Outcome {
    let affine = "lambda X, W: X @ W.T";
    let shapes = ["--arg", "X=10x4", "--arg", "W=3x4"];
    for (more, words) in [
        (vec!["--claim", "W = G.T @"], "not Python"),
        (vec!["--claim", "Q = G"], "Q"),
        (vec!["--arg", "Z=2"], "Z"),
    ] {
        let arguments: Vec<&str> = ["-c", affine]
            .iter()
            .chain(&shapes)
            .chain(&more)
            .copied()
            .collect();
        let output = gradus(&[&["grad-check"], arguments.as_slice()].concat())?;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
    }
    // Nothing says what W is.
    let (code, report, _) = run(&["-c", affine, "--arg", "X=10x4"])?;
    assert_eq!(code, Some(2));
    let message = report["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("`W`"), "{report}");
    Ok(())
}

#[test]
fn a_random_function_and_one_that_changes_its_input_are_told() -> Outcome {
    let (_, report, _) = run(&["-c", "lambda X: F.dropout(X, 0.5, True)", "--arg", "X=5x4"])?;
    assert!(report.to_string().contains("\"random\""), "{report}");
    let (_, report, _) = run(&["-c", "lambda X: X.clone().add_(1) * 2", "--arg", "X=5"])?;
    assert_eq!(report["answer"], Value::Null.clone(), "{report}");
    Ok(())
}
