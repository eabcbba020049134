//! How a gradient's size changes from layer to layer in a wide network with random weights: mean-field theory.
//!
//! With weights of mean 0 and variance σ_w²/fan-in and biases of variance σ_b², what a layer adds up is nearly normal
//! with variance `q = σ_w² E[h²] + σ_b²`, and on the way back the squared norm of the gradient is multiplied by
//! `χ = σ_w² E[φ′(√q z)²]` (Poole and others 2016, Schoenholz and others 2017). A shortcut adds 1 to χ (Yang and
//! Schoenholz 2017); a layer norm divides it by the variance that it takes away. The theory is exact for infinite
//! width; the leading correction, of the order of 1/width, is given beside it.

mod gauss;
mod slope;

pub use gauss::{Expectation, expectation};
pub use slope::{Curve, Moments};

use crate::model::chain::{LinearUse, NORM_EPSILON, Over, Part, Step};
use crate::model::{Chain, layer::Activation};

/// How the weights of a linear layer are drawn, as far as the theory looks at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// fan-in · Var(W).
    pub weight: f64,
    /// Var(b).
    pub bias: f64,
    /// Whether W keeps norms (a scaled orthogonal matrix): then only the slopes fluctuate.
    pub orthogonal: bool,
}

/// What a linear layer, with all up to the next one, does to a gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Through {
    /// The variance of what it adds up.
    pub q: f64,
    /// What the squared norm of the gradient is multiplied by on the way back.
    pub chi: f64,
    /// The expected shift of ln √χ in a network of finite width, at most: of the order of 1/width, and downwards.
    pub bias: f64,
    /// A bound on the quadrature's error, as a share.
    pub error: f64,
    /// What becomes of the part of a gradient whose entries are all equal.
    pub common: Common,
}

/// The direction of equal entries.
///
/// The slopes depend on the weights: `E[W_ij φ′(z_i)] = σ_w²/N · E[φ″] h_j`. Where φ bends on average and the numbers h have
/// a mean, this one direction is treated apart: in a plain network a share of 1/N of the whole, but with shortcuts it can outgrow the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    /// What its squared norm is multiplied by.
    pub along: f64,
    /// What of its squared norm goes into the whole, beside χ's.
    pub into: f64,
    /// What of the whole goes into it: χ of the branch over the width.
    pub from: f64,
}

/// ln of the ratio of the gradient's norm at each hidden layer to that at the next, from the first on, as a network of this width has it
/// on average: `inner` are the linear layers between hidden layers, and `width` is that of the last hidden layer.
pub fn log_ratios(inner: &[Through], width: usize) -> Vec<f64> {
    // Of a squared norm of 1, the last layer's random weights put 1/width into the common direction.
    let mut common = 1.0 / to_real(width);
    let mut ratios: Vec<f64> = Vec::with_capacity(inner.len());
    for through in inner.iter().rev() {
        let whole = through.chi + through.common.into * common;
        common = (through.common.along * common + through.common.from) / whole;
        ratios.push(whole.ln() / 2.0);
    }
    ratios.reverse();
    ratios
}

/// Why there is no theory.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoTheory {
    /// An activation that is not known.
    #[error("no closed form is known here for {0:?}")]
    Activation(Activation),
    /// A batch norm.
    #[error("a batch norm ties the rows of a batch together, which this theory does not follow")]
    BatchNorm,
    /// Another order of steps.
    #[error("this order of steps is not one that the theory follows")]
    Order,
    /// Something overflowed.
    #[error("the variances leave the range of a float64")]
    Range,
}

/// The moments of a value's numbers.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    mean: f64,
    second: f64,
}

/// Follows a chain from inputs whose squares have the mean `second`: one entry for each linear layer.
///
/// `spreads` has an entry for each part; those of norms are not read.
///
/// # Errors
/// If the theory does not know a step.
pub fn follow(chain: &Chain, spreads: &[Spread], second: f64) -> Result<Vec<Through>, NoTheory> {
    let mut input = Numbers { mean: 0.0, second };
    let linears = chain.linears();
    if linears.first().is_none_or(|first| first.step != 0) {
        return Err(NoTheory::Order);
    }
    let mut found = Vec::with_capacity(linears.len());
    for linear in &linears {
        let (through, output) = block(chain, linear, &spreads[linear.part], input)?;
        if !(through.q.is_finite() && through.chi.is_finite() && output.second.is_finite()) {
            return Err(NoTheory::Range);
        }
        found.push(through);
        input = output;
    }
    Ok(found)
}

/// A linear layer and all up to the next one.
fn block(
    chain: &Chain,
    linear: &LinearUse,
    spread: &Spread,
    input: Numbers,
) -> Result<(Through, Numbers), NoTheory> {
    let Part::Linear {
        inputs, outputs, ..
    } = chain.parts[linear.part]
    else {
        return Err(NoTheory::Order);
    };
    let q = spread.weight * input.second + spread.bias;
    let mut through = Through {
        q,
        chi: spread.weight,
        bias: 0.0,
        error: 0.0,
        common: Common {
            along: 0.0,
            into: 0.0,
            from: 0.0,
        },
    };
    let mut bend = 0.0;
    let mut shortcut = false;
    // ‖Wᵀδ‖² fluctuates by 2/fan-in as a chi-squared number does.
    let mut spread_of_norm = if spread.orthogonal {
        0.0
    } else {
        2.0 / to_real(inputs)
    };
    let mut numbers = Numbers {
        mean: 0.0,
        second: q,
    };
    let mut normal = true;
    // A layer norm takes the common direction out.
    let mut normed = false;
    for step in linear.step + 1..linear.output {
        match &chain.steps[step] {
            Step::Activation(activation) if normal => {
                let curve = Curve::of(activation)
                    .ok_or_else(|| NoTheory::Activation(activation.clone()))?;
                let moments = curve.moments(numbers.second);
                through.chi *= moments.slope_second;
                through.error += moments.error;
                let kurtosis = moments.slope_fourth / moments.slope_second.powi(2);
                // Which slopes a gradient meets fluctuates too; for ReLU this is 3/width.
                bend = if normed {
                    0.0
                } else {
                    spread.weight * moments.curvature
                };
                spread_of_norm += 3.0 * (kurtosis - 1.0) / to_real(outputs);
                numbers = Numbers {
                    mean: moments.mean,
                    second: moments.second,
                };
                normal = false;
            }
            Step::Apply(part) if normal => match chain.parts[*part] {
                Part::Norm {
                    over: Over::Row, ..
                } => {
                    let kept = numbers.second + NORM_EPSILON;
                    through.chi /= kept;
                    normed = true;
                    numbers.second /= kept;
                    // Two directions of the row are projected out.
                    spread_of_norm += 2.0 / to_real(outputs);
                }
                Part::Norm {
                    over: Over::Batch, ..
                } => return Err(NoTheory::BatchNorm),
                Part::Linear { .. } => return Err(NoTheory::Order),
            },
            Step::Add(from) if *from == linear.step && !shortcut => {
                shortcut = true;
                let branch = through.chi;
                numbers = Numbers {
                    mean: input.mean + numbers.mean,
                    second: input.second + numbers.second + 2.0 * input.mean * numbers.mean,
                };
                through.chi = 1.0 + branch;
                let share = branch / through.chi;
                spread_of_norm =
                    share.powi(2) * spread_of_norm + 4.0 * share / through.chi / to_real(inputs);
                normal = false;
            }
            _ => return Err(NoTheory::Order),
        }
    }
    through.bias = spread_of_norm / 4.0;
    let kept = f64::from(u8::from(shortcut));
    through.common = Common {
        along: (kept + bend * input.mean).powi(2),
        into: 2.0 * kept * bend * input.mean + bend * bend * input.second,
        from: (through.chi - kept) / to_real(inputs),
    };
    Ok((through, numbers))
}

/// The variance that stays the same from layer to layer, and χ there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    /// q*.
    pub q: f64,
    /// χ at q*.
    pub chi: f64,
    /// 1/|ln χ|: the layers over which the squared norm changes by the factor e (Schoenholz and others 2017).
    pub depth_scale: f64,
}

/// Layers that a fixed point is looked for.
const MOST_LAYERS: usize = 20_000;

/// Where the variance of a plain layer (linear, then φ) settles; `None` where it grows without bound, or has not settled
/// after twenty thousand layers.
pub fn fixed_point(curve: Curve, spread: &Spread) -> Option<FixedPoint> {
    let mut q = 1.0;
    for _ in 0..MOST_LAYERS {
        let next = spread.weight * curve.moments(q).second + spread.bias;
        if !next.is_finite() {
            return None;
        }
        let settled = (next - q).abs() <= 1e-13 * q.abs();
        // Below any number that matters the variance dies out.
        if settled || next < 1e-30 {
            let q = if next < 1e-30 { 0.0 } else { next };
            let chi = spread.weight * curve.moments(q.max(1e-30)).slope_second;
            let depth_scale = 1.0 / chi.ln().abs();
            return Some(FixedPoint {
                q,
                chi,
                depth_scale,
            });
        }
        q = next;
    }
    None
}

#[expect(clippy::cast_precision_loss, reason = "a width is far below 2⁵³")]
fn to_real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
