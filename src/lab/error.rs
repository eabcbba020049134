//! What goes wrong on tensors.

use super::device::said_by_cuda;
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
    /// The device's memory is full.
    #[error("{operation}: the device has no memory left for it")]
    DeviceFull {
        /// What was to be done.
        operation: &'static str,
    },
    /// The device, its driver or its libraries failed.
    #[error("{operation} failed on the device: {message}")]
    Device {
        /// The operation, as PyTorch calls it.
        operation: &'static str,
        /// What they said.
        message: String,
    },
    /// A backward function of somebody's own failed.
    #[error("{0}")]
    Foreign(String),
}

impl From<LabError> for Fault {
    fn from(error: LabError) -> Self {
        let message = error.to_string();
        match error {
            LabError::DeviceFull { .. } => Self::new("device", message)
                .help("ask for less at once (a smaller network, batch or input), use another card (--device cuda:N) or --device cpu"),
            LabError::Device { .. } => Self::new("device", message).help(
                "use --device cpu; docs/cuda.md says which cards a build is for, and what it needs of the machine",
            ),
            _ => Self::new("measurement", message),
        }
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

    /// A failure of the engine, or of the device that it computes on.
    pub fn engine(operation: &'static str, error: &candle_core::Error) -> Self {
        match said_by_cuda(error) {
            Some(said) if FULL.iter().any(|code| said.contains(code)) => {
                Self::DeviceFull { operation }
            }
            Some(message) => Self::Device { operation, message },
            None => Self::Engine {
                operation,
                message: first_line(error),
            },
        }
    }
}

/// How the driver and its libraries call a full memory.
const FULL: [&str; 3] = [
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CURAND_STATUS_ALLOCATION_FAILED",
];

/// What the engine said; it puts a backtrace below its first line, which is left out.
pub(super) fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
