//! `gradus schema`: what is read and written, as JSON Schemas.

use clap::{ArgMatches, ValueEnum};
use serde_json::json;

use super::exit::Exit;
use super::output::Output;
use crate::grade::assignment;
use crate::read;
use crate::render::{fault, grades, json};

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The answer to a question.
    Report,
    /// A failure.
    Error,
    /// A model as JSON.
    Model,
    /// An assignment.
    Assignment,
    /// What came of an assignment.
    Grade,
}

/// Prints a schema.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(arguments: &ArgMatches, output: &Output) -> anyhow::Result<Exit> {
    let kind = arguments.get_one::<Kind>("kind").expect("clap requires it");
    let schema = match kind {
        Kind::Report => json!(json::schema()),
        Kind::Error => json!(fault::schema()),
        Kind::Model => read::json::schema(),
        Kind::Assignment => json!(assignment::schema()),
        Kind::Grade => json!(grades::schema()),
    };
    output.write(&json::pretty(&schema))?;
    Ok(Exit::Success)
}
