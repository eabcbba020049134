//! The command, run as a person or a script runs it.

use std::process::{Command, Output};

use serde_json::Value;

/// Runs the command without colours, in a terminal of unknown width.
pub(crate) fn gradus(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .output()
}

/// Its one JSON object and its exit code.
pub(crate) fn json(arguments: &[&str]) -> Result<(Value, Option<i32>), Box<dyn std::error::Error>> {
    let output = gradus(&[arguments, &["--json"]].concat())?;
    let json = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((json, output.status.code()))
}
