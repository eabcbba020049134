//! Gradient descent by all samples, by batches and by one: gradients, memory and ways out of a local minimum, measured.

mod batches;
mod memory;
mod wells;

pub use batches::{Samples, Spread, enumerate};
pub use memory::saved_bytes;
pub use wells::{Noise, Run};
