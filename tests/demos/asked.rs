//! One question's answer, as a script reads it.

use std::error::Error;

use serde_json::Value;

use crate::process::{gradus, json};

pub(super) type Outcome = Result<(), Box<dyn Error>>;

/// The JSON of a report and the exit code.
pub(super) struct Asked {
    pub(super) report: Value,
    pub(super) code: Option<i32>,
}

/// Asks a question.
pub(super) fn ask(question: &str, arguments: &[&str]) -> Result<Asked, Box<dyn Error>> {
    let (report, code) = json(&[&[question], arguments].concat())?;
    Ok(Asked { report, code })
}

/// The JSON of a report and the exit code, for arguments written in one line.
pub(super) fn line(
    question: &str,
    arguments: &str,
) -> Result<(Value, Option<i32>), Box<dyn Error>> {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    json(&[&[question], &words[..]].concat())
}

/// The entry of a list with this key; null where there is none.
pub(super) fn entry<'a>(report: &'a Value, list: &str, key: &str) -> &'a Value {
    let mut entries = report[list].as_array().into_iter().flatten();
    entries
        .find(|entry| entry["key"] == key)
        .unwrap_or(&Value::Null)
}

/// A quantity's number; NaN where there is none.
pub(super) fn number(report: &Value, key: &str) -> f64 {
    entry(report, "quantities", key)["value"]
        .as_f64()
        .unwrap_or(f64::NAN)
}

impl Asked {
    fn keyed<'a>(&'a self, list: &str, key: &str) -> Result<&'a Value, Box<dyn Error>> {
        let list = self.report[list].as_array().ok_or("no list")?;
        let found = list.iter().find(|entry| entry["key"] == key);
        found.ok_or_else(|| format!("nothing has the key `{key}`: {}", self.report).into())
    }

    /// A quantity's value.
    pub(super) fn value(&self, key: &str) -> Result<&Value, Box<dyn Error>> {
        Ok(&self.keyed("quantities", key)?["value"])
    }

    /// A quantity's numbers, one or a list.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<f64>, Box<dyn Error>> {
        let value = self.value(key)?;
        let list = value
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![value.clone()]);
        let numbers: Option<Vec<f64>> = list.iter().map(Value::as_f64).collect();
        numbers.ok_or_else(|| format!("`{key}` is {value}").into())
    }

    /// What the numbers say of a sentence.
    pub(super) fn finding(&self, key: &str) -> Result<&str, Box<dyn Error>> {
        let finding = &self.keyed("statements", key)?["finding"];
        finding.as_str().ok_or_else(|| "no finding".into())
    }

    /// A table's rows.
    pub(super) fn rows(&self, key: &str) -> Result<&Vec<Value>, Box<dyn Error>> {
        let rows = &self.keyed("tables", key)?["rows"];
        rows.as_array().ok_or_else(|| "no rows".into())
    }

    /// The verdict over the first claim, and the mistakes that are named.
    pub(super) fn verdict(&self) -> (&str, Vec<&str>) {
        let check = &self.report["checks"][0];
        let named = check["diagnoses"].as_array().into_iter().flatten();
        let codes = named.filter_map(|diagnosis| diagnosis["code"].as_str());
        (
            check["verdict"].as_str().unwrap_or_default(),
            codes.collect(),
        )
    }

    /// Whether witnesses agree and none disagrees; one may stand alone.
    pub(super) fn witnessed(&self) -> bool {
        let witnesses = self.report["witnesses"].as_array();
        let say = |word: &str| {
            witnesses
                .into_iter()
                .flatten()
                .any(|one| one["agreement"] == word)
        };
        self.code != Some(4) && say("agree") && !say("disagree")
    }
}

/// A section of the figures of another implementation.
pub(super) fn reference(text: &str) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_str(text)?)
}

/// Numbers that are the same to 1e-10 of their size.
pub(super) fn close(found: &[f64], known: &Value, what: &str) {
    let known: Vec<f64> = match known {
        Value::Array(list) => list.iter().filter_map(Value::as_f64).collect(),
        one => one.as_f64().into_iter().collect(),
    };
    assert_eq!(found.len(), known.len(), "{what}");
    assert!(!found.is_empty(), "{what}");
    let size = known.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    for (found, known) in found.iter().zip(&known) {
        assert!(
            (found - known).abs() <= 1e-10 * size,
            "{what}: {found:e}, not {known:e}"
        );
    }
}

/// Arguments that are refused in words: exit 2, and no panic.
pub(super) fn refused(question: &str, all: &[&[&str]]) -> Outcome {
    for arguments in all {
        let output = gradus(&[&[question], *arguments].concat())?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(
            !error.is_empty() && !error.contains("panicked"),
            "{arguments:?}: {error}"
        );
    }
    Ok(())
}
