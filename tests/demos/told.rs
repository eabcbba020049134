//! What a report says, looked up by key.

use serde_json::Value;

use super::asked::entry;
pub(super) use super::asked::number;
use crate::process::{gradus, json};

type Any = Box<dyn std::error::Error>;

/// A report as JSON, valid against its schema.
pub(crate) fn ask(arguments: &[&str]) -> Result<Value, Any> {
    let (report, _) = json(arguments)?;
    assert_eq!(
        report["schema"], "gradus.report/1",
        "{arguments:?}: {report}"
    );
    let validator = jsonschema::validator_for(&serde_json::json!(gradus::render::json::schema()))?;
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
    Ok(report)
}

/// The value of a quantity; null where there is none.
pub(crate) fn quantity(report: &Value, key: &str) -> Value {
    entry(report, "quantities", key)["value"].clone()
}

/// What the numbers say of a sentence: `true`, `false`, `open`, `arguable`.
pub(crate) fn finding(report: &Value, key: &str) -> String {
    let finding = &entry(report, "statements", key)["finding"];
    finding.as_str().unwrap_or("no such sentence").to_owned()
}

/// A table's rows.
pub(crate) fn rows(report: &Value, key: &str) -> Vec<Value> {
    let rows = entry(report, "tables", key)["rows"].as_array();
    rows.cloned().unwrap_or_default()
}

/// Verdict and the codes of the diagnoses of one claim.
pub(crate) fn judged(arguments: &[&str], claim: &str) -> Result<(String, Vec<String>), Any> {
    let report = ask(&[arguments, &["--claim", claim]].concat())?;
    let check = &report["checks"][0];
    let codes = check["diagnoses"].as_array().into_iter().flatten();
    Ok((
        check["verdict"].as_str().unwrap_or_default().to_owned(),
        codes
            .filter_map(|diagnosis| diagnosis["code"].as_str())
            .map(str::to_owned)
            .collect(),
    ))
}

/// Whether every pair of witnesses agrees, or one of a pair stands alone.
pub(crate) fn witnesses_agree(report: &Value) -> bool {
    let all = report["witnesses"].as_array();
    all.is_some_and(|all| !all.is_empty() && all.iter().all(|w| w["agreement"] != "disagree"))
}

/// That each of these is refused, with a usage error that names the argument.
pub(crate) fn refused(command: &str, cases: &[&[&str]]) -> Result<(), Any> {
    for case in cases {
        let output = gradus(&[&[command], *case].concat())?;
        assert_eq!(output.status.code(), Some(2), "{case:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let name = case[0].split('=').next().unwrap_or_default();
        assert!(text.contains(name), "{case:?}: {text}");
    }
    Ok(())
}

/// That a command says the same twice, to the byte.
pub(crate) fn repeats(arguments: &[&str]) -> Result<(), Any> {
    let once = gradus(arguments)?;
    let again = gradus(arguments)?;
    assert!(once.status.success(), "{arguments:?}");
    assert_eq!(once.stdout, again.stdout, "{arguments:?}");
    Ok(())
}
