//! Deep chains, measured: gradients layer by layer at initialisation, and training by gradient descent.
//!
//! | module | holds |
//! |---|---|
//! | `weights` | initialisations, drawn from seeded streams or from a formula |
//! | `data` | the synthetic data |
//! | `traced` | a chain as [`super::Value`]s, on any device |
//! | `measure` | one backward pass through it, in float64 and in float32, and its norms |
//! | `kernels` | fused activations, norms and updates on the engine's tensors, on the CPU |
//! | `product` | matrix products on one thread |
//! | `dense` | a forward and a backward pass on these, proven against `Value`'s gradients |
//! | `train` | gradient descent |
//! | `fused` | a step of it on the CPU with `dense`, the batch in fixed parts side by side |
//! | `taped` | a step of it on any device with `traced`, held against `fused` |
//! | `scalar` | chains of numbers: products of weights, nested activations |
//! | `unit` | single ReLU units: a chain of them, their slopes, one in training |

pub mod data;
mod dense;
#[cfg(test)]
mod drawn;
mod fused;
mod kernels;
pub mod measure;
mod norms;
pub mod scalar;
mod taped;
mod traced;
pub mod train;
pub mod unit;
pub mod weights;

pub use data::Data;
pub use measure::{Gradients, LayerGradient, measure};
pub use train::{Plan, Trained, train};
pub use weights::{Initial, Weights};

use crate::model::layer::Activation;

/// Whether an activation can be measured here.
pub fn knows(activation: &Activation) -> bool {
    kernels::Curve::of(activation).is_some()
}
