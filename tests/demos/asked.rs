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

/// What each setting makes of a sentence: arguments, key, finding.
pub(super) fn findings(question: &str, all: &[(&str, &str, &str)]) -> Outcome {
    for (arguments, key, expected) in all {
        let (report, code) = line(question, arguments)?;
        assert_eq!(code, Some(0), "{arguments}");
        let found = &entry(&report, "statements", key)["finding"];
        assert_eq!(found, expected, "{arguments}: {key}");
    }
    Ok(())
}

/// What becomes of claims: arguments, claim, and the mistake that is named; a claim without one is right. Every mistake of
/// the question has to be met.
pub(super) fn claims(question: &str, all: &[(&str, &str, &str)]) -> Outcome {
    let mut named = Vec::new();
    for &(arguments, claim, code) in all {
        let (report, exit) = line(question, &format!("{arguments} --claim {claim}"))?;
        assert_eq!(
            exit,
            Some(i32::from(!code.is_empty())),
            "{arguments} {claim}"
        );
        let diagnoses = report["checks"][0]["diagnoses"]
            .as_array()
            .into_iter()
            .flatten();
        let codes: Vec<&str> = diagnoses.filter_map(|one| one["code"].as_str()).collect();
        assert_eq!(codes.is_empty(), code.is_empty(), "{claim}: {codes:?}");
        if !code.is_empty() {
            assert!(codes.contains(&code), "{claim}: {codes:?}");
            named.push(code);
        }
    }
    let mut questions = gradus::questions::QUESTIONS.iter();
    let found = questions.find(|one| one.name() == question);
    for mistake in found.ok_or("no such question")?.mistakes() {
        let code = mistake.code;
        assert!(named.contains(&code), "{code} is never met");
    }
    Ok(())
}

/// Arguments that are refused, and what the message says of them.
pub(super) fn nonsense(question: &str, all: &[(&str, &str)]) -> Outcome {
    for (arguments, says) in all {
        let words = arguments.split_whitespace();
        let words: Vec<&str> = std::iter::once(question).chain(words).collect();
        let output = gradus(&words)?;
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let prose = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(prose.contains(says), "{arguments}: {prose}");
    }
    Ok(())
}
