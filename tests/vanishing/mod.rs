//! Vanishing gradients: as a person asks for them, beside the figures of another implementation, and beside theory.

mod command;
mod figures;
mod theory;

use std::error::Error;
use std::process::Command;

use serde_json::Value;

type Outcome = Result<(), Box<dyn Error>>;

/// The exit code and the JSON of the question.
fn ask(arguments: &[&str]) -> Result<(Option<i32>, Value), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .arg("vanishing-demo")
        .args(arguments)
        .arg("--json")
        .output()?;
    let report = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((output.status.code(), report))
}

fn quantity<'a>(report: &'a Value, key: &str) -> Result<&'a Value, Box<dyn Error>> {
    let quantities = report["quantities"].as_array().ok_or("no quantities")?;
    let found = quantities.iter().find(|quantity| quantity["key"] == key);
    Ok(&found.ok_or_else(|| format!("no quantity `{key}`"))?["value"])
}

/// What the numbers say of a sentence.
fn finding<'a>(report: &'a Value, key: &str) -> Result<&'a str, Box<dyn Error>> {
    let statements = report["statements"].as_array().ok_or("no statements")?;
    let found = statements.iter().find(|statement| statement["key"] == key);
    let found = found.ok_or_else(|| format!("no statement `{key}`"))?;
    found["finding"].as_str().ok_or_else(|| "no finding".into())
}

fn real(report: &Value, key: &str) -> Result<f64, Box<dyn Error>> {
    let value = quantity(report, key)?;
    value
        .as_f64()
        .ok_or_else(|| format!("`{key}` is {value}").into())
}

fn table<'a>(report: &'a Value, key: &str) -> Result<&'a Vec<Value>, Box<dyn Error>> {
    let tables = report["tables"].as_array().ok_or("no tables")?;
    let found = tables.iter().find(|table| table["key"] == key);
    let found = found.ok_or_else(|| format!("no table `{key}`"))?;
    found["rows"].as_array().ok_or_else(|| "no rows".into())
}
