//! `gradus engine-check` as a person or a script runs it, and with wrong rules.

use std::error::Error;

use gradus::lab::Device;
use gradus::lab::LabError;
use gradus::lab::ops::{Op, Unary};
use gradus::lab::value::{Proven, Rules, Value as Tracked};
use gradus::questions::engine_check::checked;
use gradus::report::Value as Answer;
use serde_json::Value;

use crate::process::gradus;

type Outcome = Result<(), Box<dyn Error>>;

/// The rows of a table, as objects.
fn rows(report: &Value, key: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let tables = report["tables"].as_array().ok_or("no tables")?;
    let table = tables.iter().find(|table| table["key"] == key);
    let rows = table.and_then(|table| table["rows"].as_array());
    Ok(rows.ok_or("no such table")?.clone())
}

#[test]
fn the_operations_pass_and_the_engine_s_faults_have_names() -> Outcome {
    let output = gradus(&[
        "engine-check",
        "--expect",
        "passes",
        "--claim",
        "failing=0",
        "--json",
    ])?;
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["answer"], "passes");
    let schema: Value = serde_json::from_slice(&gradus(&["schema", "report"])?.stdout)?;
    assert!(jsonschema::validator_for(&schema)?.is_valid(&report));
    assert!(rows(&report, "operations")?.len() > 70);
    let engine = rows(&report, "engine")?;
    for row in &engine {
        let text = row.to_string();
        assert!(text.contains("right"), "gradus is right everywhere: {text}");
    }
    let faulty = |operation: &str, outcome: &str| {
        let fits = |row: &&Value| {
            let text = row.to_string();
            text.contains(&format!("\"{operation}\"")) && text.contains(&format!("\"{outcome}\""))
        };
        assert!(engine.iter().any(|row| fits(&row)), "{operation} {outcome}");
    };
    faulty("max_pool2d", "wrong");
    faulty("conv1d", "wrong");
    faulty("layer_norm", "absent");
    faulty("softmax_last_dim", "absent");
    faulty("conv_transpose1d", "fails");
    faulty("upsample_bilinear2d", "fails");
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bytes() -> Outcome {
    let (first, again) = (
        gradus(&["engine-check", "--json"])?,
        gradus(&["engine-check", "--json"])?,
    );
    assert_eq!(first.stdout, again.stdout);
    let other = gradus(&["engine-check", "--json", "--seed", "5"])?;
    assert_ne!(first.stdout, other.stdout);
    assert_eq!(other.status.code(), Some(0));
    Ok(())
}

#[test]
fn a_wrong_claim_is_wrong() -> Outcome {
    let output = gradus(&["engine-check", "--expect", "fails"])?;
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn the_table_names_both_sides() -> Outcome {
    let output = gradus(&["engine-check", "--color", "never"])?;
    let text = String::from_utf8(output.stdout)?;
    for word in ["passes", "max_pool2d", "0.25", "absent", "engine"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    Ok(())
}

/// The proven rules, but for one sign.
struct Mistaken;

impl Rules for Mistaken {
    fn vjp(
        &self,
        made: &Tracked,
        op: &Op,
        inputs: &[Tracked],
        upstream: &Tracked,
        wanted: &[bool],
    ) -> Result<Vec<Option<Tracked>>, LabError> {
        let mut right = Proven.vjp(made, op, inputs, upstream, wanted)?;
        if *op == Op::Unary(Unary::Cos)
            && let Some(gradient) = &mut right[0]
        {
            *gradient = gradient.affine(-1.0, 0.0)?;
        }
        Ok(right)
    }
}

#[test]
fn one_wrong_sign_flips_the_verdict() -> Outcome {
    let report = checked(&Mistaken, 0, &Device::default())?;
    assert_eq!(report.answer(), Some(Answer::name("fails")));
    assert_eq!(
        report.quantity("failing").map(|q| &q.value),
        // The sine's own rule is a cosine: its second derivative is wrong too.
        Some(&Answer::Count(2))
    );
    assert!(report.disagrees());
    assert!(!checked(&Proven, 0, &Device::default())?.disagrees());
    Ok(())
}
