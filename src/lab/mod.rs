//! The witness by measurement: candle tensors.
//!
//! | module | holds |
//! |---|---|
//! | `ops` | the closed set of operations: evaluation, shapes, vector-Jacobian products |
//! | `value` | tensors that remember how they were made, and reverse mode over them |
//! | `program` | a computation as data: captured, replayed, changed at a step |
//! | `differences` | derivatives by measurement: central differences of a program |
//! | `conformance` | the proof of the operations, and the faults of the engine's own backward pass |
//! | `array`, `random`, `estimate` | tensors as plain data; seeded numbers; a mean with its standard error |
//! | `attention` | attention and a recurrent encoder: gradients and linear readings |
//! | `batch_size` | stochastic gradient descent on a linear regression |
//! | `deep` | gradients by layer in deep chains, and their training |
//! | `descent` | gradients of batches, memory of a chain, ways out of a local minimum |
//! | `device` | where tensors lie: the CPU, or a CUDA device |
//! | `dropout` | masks drawn and averaged in one pass |
//! | `effective` | where in the input a unit's gradient lies, averaged |
//! | `embedding` | a lookup beside one-hots, and small trainings |
//! | `gan` | generator against discriminator: losses, gradients, training on one number |
//! | `gcn` | a graph layer on tensors, and what its nodes depend on, exactly |
//! | `vae` | an autoencoder with variation: loss by quadrature, draws, training |
//! | `forward` | a model carried out with small random weights |
//! | `implicit` | gradients of inner minima, through a solution and through steps |
//! | `landscape` | functions of one or two numbers, and ways down them |
//! | `losses` | two losses behind a sigmoid, along the logit |
//! | `residual` | a convolution with a shortcut round it, in training |
//! | `support` | which inputs a unit depends on, measured |
//! | `tape` | plain numbers in, plain gradients out: what a small experiment needs |
//! | `tbptt` | a recurrent network run in chunks |

mod array;
pub mod attention;
pub mod batch_size;
pub mod conformance;
pub mod deep;
pub mod descent;
pub mod device;
pub mod differences;
pub mod dropout;
pub mod effective;
pub mod embedding;
mod error;
mod estimate;
pub mod forward;
pub mod gan;
pub mod gcn;
pub mod implicit;
pub mod landscape;
pub mod losses;
pub mod ops;
mod product;
pub mod program;
pub mod random;
pub mod residual;
pub mod support;
mod tape;
pub mod tbptt;
pub mod vae;
pub mod value;

pub use array::Array;
pub use device::Device;
pub use error::LabError;
pub use estimate::Estimate;
pub use program::Program;
pub use value::Value;
