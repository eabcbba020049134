//! The model that a question is asked about, from the arguments.

use std::io::{self, Read};
use std::time::Duration;

use clap::ArgMatches;

use super::shared::{self, MEBIBYTE};
use crate::model::{Fault, Model, Shape};
use crate::questions::Subject;
use crate::read::graph::Numbering;
use crate::read::{self, ModelRequest, Origin, values};
use crate::torch::Interpreter;

/// Reads the model that the arguments name.
///
/// # Errors
/// If an argument or the model cannot be read.
pub(super) fn model(arguments: &ArgMatches) -> Result<Model, Fault> {
    let request = ModelRequest {
        inputs: inputs(arguments)?,
        assume: assumed(arguments)?,
        interpreter: interpreter(arguments)?,
        origin: origin(arguments)?,
    };
    read::model(&request)
}

/// The graph of `--graph FILE`; nothing where no file is named.
///
/// # Errors
/// If it cannot be read.
pub(super) fn graph(arguments: &ArgMatches) -> Result<Subject, Fault> {
    let Some(path) = arguments.get_one::<String>("graph") else {
        return Ok(Subject::Nothing);
    };
    let numbering = if arguments.get_flag("one_based") {
        Numbering::FromOne
    } else if arguments.get_flag("zero_based") {
        Numbering::FromZero
    } else {
        Numbering::Detected
    };
    let origin = match path.as_str() {
        "-" => stdin(None)?,
        path => Origin::Path {
            path: path.into(),
            expression: None,
        },
    };
    let read = read::graph::graph(&origin, numbering)?;
    Ok(Subject::Graph(Box::new(read)))
}

/// Where the model, or the program, stands.
///
/// # Errors
/// If none is given, or standard input cannot be read.
pub(super) fn origin(arguments: &ArgMatches) -> Result<Origin, Fault> {
    if let Some(snippet) = arguments.get_one::<String>(shared::CODE) {
        return Ok(Origin::Snippet(snippet.clone()));
    }
    let model = arguments.get_one::<String>(shared::MODEL).ok_or_else(|| {
        Fault::new("usage", "nothing is given to ask about")
            .help("give a file, `-`, or `-c SNIPPET`")
    })?;
    let expression = match model.as_str() {
        "-" => None,
        model => match model.strip_prefix("-:") {
            Some(expression) => Some(expression.to_owned()),
            None => return Ok(Origin::path(model)),
        },
    };
    stdin(expression)
}

/// All of standard input.
fn stdin(expression: Option<String>) -> Result<Origin, Fault> {
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text).map_err(|error| {
        Fault::new(
            "unreadable-file",
            format!("standard input cannot be read: {error}"),
        )
    })?;
    Ok(Origin::Stdin { text, expression })
}

/// The shapes of `--input`; `None` where none is given.
fn inputs(arguments: &ArgMatches) -> Result<Option<Vec<Shape>>, Fault> {
    arguments
        .get_many::<String>(shared::INPUT)
        .map(|texts| texts.map(|text| Ok(values::shape(text)?)).collect())
        .transpose()
}

/// The layers of `--assume NAME=pointwise`.
fn assumed(arguments: &ArgMatches) -> Result<Vec<String>, Fault> {
    let given = arguments
        .get_many::<String>(shared::ASSUME)
        .into_iter()
        .flatten();
    given
        .map(|text| match text.split_once('=') {
            Some((name, "pointwise")) if !name.is_empty() => Ok(name.to_owned()),
            _ => Err(
                Fault::new("usage", format!("`--assume {text}` cannot be read"))
                    .help("write NAME=pointwise: the layer NAME is then taken as element-wise"),
            ),
        })
        .collect()
}

/// The sandbox with the limits that the arguments set.
///
/// # Errors
/// If gradus does not find itself.
pub(super) fn interpreter(arguments: &ArgMatches) -> Result<Interpreter, Fault> {
    let mut interpreter = Interpreter::here().map_err(|error| {
        Fault::new(
            "interpreter-unavailable",
            format!("gradus cannot find itself: {error}"),
        )
    })?;
    if let Some(&seconds) = arguments.get_one::<u64>(shared::TIME_LIMIT) {
        interpreter.time_limit = Duration::from_secs(seconds);
    }
    if let Some(&mebibytes) = arguments.get_one::<u64>(shared::MEMORY_LIMIT) {
        interpreter.memory_limit = mebibytes * MEBIBYTE;
    }
    Ok(interpreter)
}
