//! What goes wrong on tensors.

use crate::model::Fault;

/// Why a computation on tensors has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabError {
    /// The shapes do not go together, or an index lies outside.
    #[error("{operation}: {message}")]
    Shape {
        /// The operation, as PyTorch calls it.
        operation: &'static str,
        /// What does not fit, with the shapes.
        message: String,
    },
    /// The engine below refused or failed.
    #[error("{operation} failed: {message}")]
    Engine {
        /// The operation, as PyTorch calls it.
        operation: &'static str,
        /// What the engine said, its first line.
        message: String,
    },
    /// There is no derivative, or none that gradus has proven.
    #[error("{operation} has no gradient here: {message}")]
    NoGradient {
        /// The operation, as PyTorch calls it.
        operation: &'static str,
        /// Why.
        message: String,
    },
    /// It would take more memory than is allowed.
    #[error("{operation} would take {bytes} bytes, above the limit of {limit}")]
    TooLarge {
        /// What was to be done.
        operation: &'static str,
        /// The bytes that it would take.
        bytes: u64,
        /// Those that are allowed.
        limit: u64,
    },
    /// A backward function of somebody's own failed.
    #[error("{0}")]
    Foreign(String),
}

impl From<LabError> for Fault {
    fn from(error: LabError) -> Self {
        Self::new("measurement", error.to_string())
    }
}

impl LabError {
    /// Shapes that do not go together.
    pub fn shape(operation: &'static str, message: impl Into<String>) -> Self {
        Self::Shape {
            operation,
            message: message.into(),
        }
    }

    /// A failure of the engine; it puts a backtrace below its first line, which is left out.
    pub fn engine(operation: &'static str, error: &candle_core::Error) -> Self {
        let text = error.to_string();
        Self::Engine {
            operation,
            message: text.lines().next().unwrap_or_default().to_owned(),
        }
    }
}
