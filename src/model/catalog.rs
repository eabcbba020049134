//! From a class name and its arguments, as PyTorch's constructors take them, to a [`Layer`].
//!
//! The one place that knows PyTorch's signatures, defaults and rules: Python sources and JSON models both come
//! through here, so that they accept and refuse the same things.

use serde_json::{Map, Value};

use super::Layer;

/// A constructor: the class and its parameters in order.
#[derive(Debug)]
pub struct Signature {
    /// The class, such as `Conv2d`.
    pub class: &'static str,
    /// The parameters.
    pub parameters: &'static [Parameter],
}

/// A parameter of a constructor.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it has to be given.
    pub required: bool,
}

/// Why a layer could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CatalogError {
    /// No such class.
    #[error("there is no layer `{class}`")]
    UnknownClass {
        /// As written.
        class: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
    },
    /// No such parameter.
    #[error("{class} has no argument `{argument}`")]
    UnknownArgument {
        /// The class.
        class: String,
        /// As written.
        argument: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
    },
    /// A required argument is not there.
    #[error("{class} needs `{argument}`")]
    MissingArgument {
        /// The class.
        class: String,
        /// The parameter.
        argument: &'static str,
    },
    /// An argument that the layer cannot have.
    #[error("{class}: `{argument}` is {got}, but has to be {expected}")]
    Invalid {
        /// The class.
        class: String,
        /// The parameter.
        argument: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        got: String,
    },
}

/// The constructor of a class.
pub fn signature(class: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.class == class)
}

/// Every class that can be made.
pub fn classes() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().map(|signature| signature.class)
}

/// The layer that a constructor makes.
///
/// # Errors
/// As [`CatalogError`] says: an unknown class or argument, a missing one, or one that the layer cannot have.
pub fn build(class: &str, _arguments: &Map<String, Value>) -> Result<Layer, CatalogError> {
    match class {
        "Identity" => Ok(Layer::Identity),
        _ => Err(CatalogError::UnknownClass {
            class: class.to_owned(),
            suggestion: None,
        }),
    }
}

static SIGNATURES: &[Signature] = &[Signature {
    class: "Identity",
    parameters: &[],
}];
