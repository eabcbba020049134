//! The model that a question is asked about, from the arguments.

use clap::ArgMatches;

use super::shared;
use crate::model::{Fault, Model, Shape, Source};
use crate::read::{json, values};

/// Reads the model that the arguments name.
///
/// # Errors
/// If a shape or the model cannot be read.
pub(super) fn model(arguments: &ArgMatches) -> Result<Model, Fault> {
    let inputs = inputs(arguments)?;
    let path = arguments
        .get_one::<String>(shared::MODEL)
        .map_or("-", String::as_str);
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fault::new("read", format!("`{path}` cannot be read: {error}")))?;
    let source = Source {
        name: path.to_owned(),
        text,
    };
    json::model(&source, inputs.as_deref())
}

/// The shapes of `--input`; `None` where none is given.
fn inputs(arguments: &ArgMatches) -> Result<Option<Vec<Shape>>, Fault> {
    arguments
        .get_many::<String>(shared::INPUT)
        .map(|texts| texts.map(|text| Ok(values::shape(text)?)).collect())
        .transpose()
}
