//! The functions that a dropout stands before or after.

use std::f64::consts::FRAC_1_SQRT_2;

/// A non-linearity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// max(0, z).
    Relu,
    /// z where it is positive, else this slope times z.
    LeakyRelu(f64),
    /// 1/(1 + e^−z).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// z·Φ(z) with the normal distribution function Φ: PyTorch's default, not its approximation by tanh.
    Gelu,
    /// z·σ(z).
    Silu,
    /// z where it is positive, else e^z − 1.
    Elu,
}

impl Activation {
    /// φ(z).
    pub fn at(self, z: f64) -> f64 {
        match self {
            Self::Relu => z.max(0.0),
            Self::LeakyRelu(slope) => {
                if z > 0.0 {
                    z
                } else {
                    slope * z
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-z)),
            Self::Tanh => libm::tanh(z),
            Self::Silu => z / (1.0 + libm::exp(-z)),
            Self::Elu => {
                if z > 0.0 {
                    z
                } else {
                    libm::expm1(z)
                }
            }
            Self::Gelu => z * 0.5 * libm::erfc(-z * FRAC_1_SQRT_2),
        }
    }

    /// Whether φ(c·z) = c·φ(z) for every c ≥ 0: exactly then a dropout may stand on either side.
    pub fn is_homogeneous(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_definitions() {
        for (activation, z, value) in [
            (Activation::Relu, -2.0, 0.0),
            (Activation::Relu, 2.0, 2.0),
            (Activation::LeakyRelu(0.01), -2.0, -0.02),
            (Activation::Sigmoid, 0.0, 0.5),
            (Activation::Sigmoid, 2.0, 0.880_797_077_977_882_3),
            (Activation::Tanh, 2.0, 0.964_027_580_075_816_9),
            (Activation::Gelu, 1.0, 0.841_344_746_068_542_9),
            (Activation::Gelu, -1.0, -0.158_655_253_931_457_05),
            (Activation::Silu, -1.0, -0.268_941_421_369_995_1),
            (Activation::Elu, -1.0, -0.632_120_558_828_557_7),
            (Activation::Elu, 2.0, 2.0),
        ] {
            let got = activation.at(z);
            assert!((got - value).abs() < 1e-15, "{activation:?} {z}: {got}");
        }
    }

    #[test]
    fn a_far_argument_stays_finite() {
        for z in [-1e50, 1e50] {
            for activation in [
                Activation::Sigmoid,
                Activation::Tanh,
                Activation::Gelu,
                Activation::Silu,
                Activation::Elu,
            ] {
                assert!(activation.at(z).is_finite(), "{activation:?} {z}");
            }
        }
    }

    #[test]
    fn homogeneous_functions_and_no_others_let_a_factor_through() {
        for activation in [
            Activation::Relu,
            Activation::LeakyRelu(0.2),
            Activation::Sigmoid,
            Activation::Tanh,
            Activation::Gelu,
            Activation::Silu,
            Activation::Elu,
        ] {
            let lets_through = [-2.0, -0.5, 0.5, 2.0].iter().all(|z| {
                [0.0, 0.5, 2.0, 3.0].iter().all(|c| {
                    let difference = activation.at(c * z) - c * activation.at(*z);
                    difference.abs() < 1e-12
                })
            });
            assert_eq!(lets_through, activation.is_homogeneous(), "{activation:?}");
        }
    }
}
