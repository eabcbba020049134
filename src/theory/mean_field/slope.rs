//! The activations that the theory knows, with their slopes, and their moments under a normal number.

use super::gauss::expectation;
use crate::model::layer::Activation;

/// A function of one number and its slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// x.
    Identity,
    /// 1/(1+e^{−x}).
    Sigmoid,
    /// tanh x.
    Tanh,
    /// x above 0, this times x below: 0 for ReLU.
    Leaky(f64),
    /// x·Φ(x).
    Gelu,
    /// x·σ(x).
    Silu,
    /// x above 0, this times (eˣ−1) below.
    Elu(f64),
}

/// Moments of φ(√q z) and φ′(√q z), z standard normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// E[φ].
    pub mean: f64,
    /// E[φ²].
    pub second: f64,
    /// E[φ′²].
    pub slope_second: f64,
    /// E[φ′⁴].
    pub slope_fourth: f64,
    /// E[φ″], at a kink too: by Stein's identity E[z φ′(√q z)]/√q.
    pub curvature: f64,
    /// A bound on the errors of these, as a share of each.
    pub error: f64,
}

impl Curve {
    /// The curve of an activation; `None` where the theory does not know it.
    pub fn of(activation: &Activation) -> Option<Self> {
        Some(match activation {
            Activation::Sigmoid => Self::Sigmoid,
            Activation::Tanh => Self::Tanh,
            Activation::Relu => Self::Leaky(0.0),
            Activation::LeakyRelu { negative_slope } => Self::Leaky(*negative_slope),
            Activation::Gelu { tanh: false } => Self::Gelu,
            Activation::Silu => Self::Silu,
            Activation::Elu { alpha } => Self::Elu(*alpha),
            _ => return None,
        })
    }

    /// φ(x).
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Identity => x,
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
            Self::Leaky(slope) => x.max(0.0) + slope * x.min(0.0),
            Self::Gelu => x * normal(x),
            Self::Silu => x * sigmoid(x),
            Self::Elu(alpha) => x.max(0.0) + alpha * x.min(0.0).exp_m1(),
        }
    }

    /// φ′(x); at a kink the one that PyTorch has.
    pub fn slope(self, x: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            // Not σ(1−σ): where σ rounds to 1 that is 0.
            Self::Sigmoid => sigmoid(x) * sigmoid(-x),
            Self::Tanh => 1.0 / x.cosh().powi(2),
            Self::Leaky(slope) => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Gelu => {
                normal(x) + x * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
            }
            Self::Silu => {
                let s = sigmoid(x);
                s + x * s * sigmoid(-x)
            }
            Self::Elu(alpha) => {
                if x > 0.0 {
                    1.0
                } else {
                    alpha * x.exp()
                }
            }
        }
    }

    /// The largest |φ′|: the bound that a slope alone sets.
    pub fn steepest(self) -> f64 {
        match self {
            Self::Identity | Self::Tanh => 1.0,
            Self::Sigmoid => 0.25,
            Self::Leaky(slope) => slope.abs().max(1.0),
            Self::Elu(alpha) => alpha.abs().max(1.0),
            Self::Gelu | Self::Silu => self.steepest_searched(),
        }
    }

    /// By golden section: the slope of these has one maximum, between 0 and 5.
    fn steepest_searched(self) -> f64 {
        let (mut low, mut high) = (0.0_f64, 5.0_f64);
        for _ in 0..200 {
            let (left, right) = (low + (high - low) * 0.382, low + (high - low) * 0.618);
            if self.slope(left) < self.slope(right) {
                low = left;
            } else {
                high = right;
            }
        }
        self.slope(low)
    }

    /// Moments at the variance `q` of what it is given.
    pub fn moments(self, q: f64) -> Moments {
        // Piecewise linear: E[max(x,0)²] = q/2 and so on, exactly.
        let leaky = match self {
            Self::Identity => Some(1.0),
            Self::Leaky(slope) => Some(slope),
            _ => None,
        };
        if let Some(slope) = leaky {
            let half = |power: i32| f64::midpoint(1.0, slope.powi(power));
            return Moments {
                mean: (1.0 - slope) * (q / (2.0 * std::f64::consts::PI)).sqrt(),
                second: q * half(2),
                slope_second: half(2),
                slope_fourth: half(4),
                curvature: (1.0 - slope) / (2.0 * std::f64::consts::PI * q).sqrt(),
                error: 0.0,
            };
        }
        let root = q.sqrt();
        let scale = 1.0 / root;
        let mean = expectation(&|z| self.value(root * z), scale);
        let second = expectation(&|z| self.value(root * z).powi(2), scale);
        let slope_second = expectation(&|z| self.slope(root * z).powi(2), scale);
        let slope_fourth = expectation(&|z| self.slope(root * z).powi(4), scale);
        let curvature = expectation(&|z| z * self.slope(root * z), scale);
        let share = |of: super::Expectation| of.error / of.value.abs().max(f64::MIN_POSITIVE);
        Moments {
            mean: mean.value,
            second: second.value,
            slope_second: slope_second.value,
            slope_fourth: slope_fourth.value,
            curvature: curvature.value / root,
            error: share(second)
                .max(share(slope_second))
                .max(share(slope_fourth)),
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The normal distribution function.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVES: [Curve; 8] = [
        Curve::Identity,
        Curve::Sigmoid,
        Curve::Tanh,
        Curve::Leaky(0.0),
        Curve::Leaky(0.1),
        Curve::Gelu,
        Curve::Silu,
        Curve::Elu(1.0),
    ];

    #[test]
    fn every_slope_is_the_difference_quotient() {
        for curve in CURVES {
            for x in [-7.3, -2.0, -0.4, 0.3, 1.1, 4.0] {
                let h = 1e-5;
                let quotient = (curve.value(x + h) - curve.value(x - h)) / (2.0 * h);
                assert!((quotient - curve.slope(x)).abs() < 1e-9, "{curve:?} at {x}");
                assert!(
                    curve.slope(x).abs() <= curve.steepest() + 1e-12,
                    "{curve:?} at {x}"
                );
            }
        }
    }

    /// The integrals by a plain sum over a fine grid, which shares nothing with the quadrature.
    #[test]
    fn moments_are_those_of_a_fine_sum() {
        for curve in CURVES {
            for q in [1e-4_f64, 0.08, 1.0, 7.0] {
                let step = 1e-3;
                let mut sums = [0.0; 4];
                for number in -12_000..=12_000 {
                    let z = f64::from(number) * step;
                    let weight = (-0.5 * z * z).exp() * step / (2.0 * std::f64::consts::PI).sqrt();
                    let (value, mut slope) = (curve.value(q.sqrt() * z), curve.slope(q.sqrt() * z));
                    if number == 0 && matches!(curve, Curve::Leaky(_)) {
                        // The grid has the kink on it: half of either side.
                        let Curve::Leaky(below) = curve else { continue };
                        slope = f64::midpoint(1.0, below.powi(2)).sqrt();
                    }
                    for (sum, term) in
                        sums.iter_mut()
                            .zip([value, value * value, slope.powi(2), slope.powi(4)])
                    {
                        *sum += weight * term;
                    }
                }
                let found = curve.moments(q);
                let found = [
                    found.mean,
                    found.second,
                    found.slope_second,
                    found.slope_fourth,
                ];
                for (place, (found, sum)) in found.into_iter().zip(sums).enumerate() {
                    let off = (found - sum).abs();
                    assert!(
                        off < 2e-4 * sum.abs().max(1e-3),
                        "{curve:?}, q {q}, moment {place}: {found}, {sum}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_saturated_sigmoid_still_has_a_slope() {
        assert!(Curve::Sigmoid.slope(40.0) > 0.0);
        assert!(Curve::Tanh.slope(30.0) > 0.0);
    }
}
