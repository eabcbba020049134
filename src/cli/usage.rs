//! What the command line cannot mean, and what `--help` shows.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use anstream::AutoStream;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Exit;
use crate::model::Fault;
use crate::render::{fault, json};

/// Writes clap's help to standard output, or its complaint to standard error, as JSON too where that was asked for.
pub(super) fn report(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let text = error.render();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A closed pipe is not an error.
        let _ = write!(AutoStream::auto(io::stdout()), "{}", text.ansi());
        return Exit::Success;
    }
    let mut stderr = AutoStream::auto(io::stderr());
    let _ = write!(stderr, "{}", text.ansi());
    let advice = advice(error);
    if let Some(advice) = &advice {
        let _ = writeln!(stderr, "\n  tip: {advice}");
    }
    if let Some(one_line) = wants_json(arguments) {
        let object = fault::json(&as_fault(&text.to_string(), advice), id(arguments));
        let object = if one_line {
            json::line(&object)
        } else {
            json::pretty(&object)
        };
        let _ = io::stdout().write_all(object.as_bytes());
    }
    Exit::Usage
}

/// A file where a question is wanted.
fn advice(error: &clap::Error) -> Option<String> {
    let ContextValue::String(word) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let path = word.split(':').next()?;
    let is_model = Path::new(path).extension().is_some_and(|extension| {
        ["py", "ipynb", "json"]
            .iter()
            .any(|known| extension == *known)
    });
    is_model.then(|| format!("ask a question about it, such as `gradus receptive-field {word}`"))
}

/// clap's prose as a fault: its first line is the message, its tips are the help.
fn as_fault(text: &str, advice: Option<String>) -> Fault {
    let mut lines = text.lines().map(str::trim);
    let message = lines.next().unwrap_or("the command line cannot be read");
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let more: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let message = [&[message], more.as_slice()].concat().join(" ");
    let mut fault = Fault::new("usage", message);
    for line in lines {
        if let Some(tip) = line.strip_prefix("tip: ") {
            fault = fault.help(tip);
        } else if line.starts_with("Usage: ") {
            fault = fault.help(line);
        }
    }
    match advice {
        Some(advice) => fault.help(advice),
        None => fault,
    }
}

/// Whether the arguments that clap could not read ask for JSON, and whether on one line.
fn wants_json(arguments: &[OsString]) -> Option<bool> {
    let format = value_of(arguments, "--format");
    match format {
        Some("ndjson") => Some(true),
        Some("json") => Some(false),
        _ => arguments
            .iter()
            .any(|word| word == "--json")
            .then_some(false),
    }
}

fn id(arguments: &[OsString]) -> Option<&str> {
    value_of(arguments, "--id")
}

/// What follows an option, in either form: `--id 7` or `--id=7`.
fn value_of<'a>(arguments: &'a [OsString], option: &str) -> Option<&'a str> {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        match word.strip_prefix(option) {
            Some("") => return words.next(),
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}
