//! A linear-Gaussian autoencoder with variation in closed form: z ~ N(0, I), x given z ~ N(Wz + m, s²I).
//!
//! Everything is normal, so the posterior, log p(x), the loss and the divergences are formulas. Two latent and three
//! visible numbers; and beside it a model of one number each, with its best parameters.

mod line;
mod linear;

pub use line::{Best, Line, LineLosses};
pub use linear::{Latent, Linear, Losses};

/// 2π.
const TWO_PI: f64 = 2.0 * std::f64::consts::PI;

/// The divergence of N(0, b) from N(0, a), variances: `KL(N(0, a) ‖ N(0, b))`.
pub fn divergence(a: f64, b: f64) -> f64 {
    0.5 * (a / b - 1.0 - (a / b).ln())
}
