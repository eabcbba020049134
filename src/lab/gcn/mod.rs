//! A graph layer on dense tensors, and what its nodes depend on: as the support of a gradient, and exactly.

mod dense;
mod field;

pub use dense::{deleted, dense, gradient_supports, layer, zeroed};
pub use field::{Exact, support};

use super::random::Stream;

/// Layers of order q, one after the other: `Σ_k Δᵏ X α_k` with k from 0 or 1 to q, and a function of each number between.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// How many layers.
    pub layers: usize,
    /// q.
    pub order: usize,
    /// The order of the first term: 0 or 1.
    pub from: usize,
    /// α_k of each order as a multiple of one and the same α; without them every α is drawn by itself.
    pub coefficients: Option<Vec<f64>>,
    /// Where everything drawn comes from.
    pub stream: Stream,
}
