//! Output shapes: one rule a layer and operation, in checked arithmetic.

use crate::model::{Layer, Model, Operation, Port, Shape};

/// Why a layer cannot take its input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ShapeError {
    /// What does not fit, with the axis, what was expected and what was got.
    pub message: String,
    /// What was expected, for the line under the caret.
    pub label: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

/// The shape of every output of every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shapes(pub Vec<Vec<Shape>>);

impl Shapes {
    /// The shape at a port.
    pub fn at(&self, port: Port) -> &Shape {
        &self.0[port.node.0][port.output]
    }
}

/// The shapes of a layer's outputs.
///
/// # Errors
/// If the layer cannot take these inputs.
pub fn of_layer(_layer: &Layer, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    Ok(inputs.to_vec())
}

/// The shapes of an operation's outputs.
///
/// # Errors
/// If the operation cannot take these inputs.
pub fn of_operation(_operation: &Operation, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    Ok(inputs.to_vec())
}

/// The shapes of all nodes of a model whose inputs' shapes are known.
///
/// # Errors
/// The first node that cannot take its inputs, at its place in the source.
pub fn of_model(_model: &Model) -> Result<Shapes, crate::model::Fault> {
    Ok(Shapes(Vec::new()))
}
