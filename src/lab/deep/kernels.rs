//! Fused element-wise work on the engine's tensors, in place: a bias added and an activation applied in one sweep, a
//! gradient multiplied by a slope, an update.
//!
//! As the engine comes, each of these is a new tensor and a sweep of its own, and its exponential is one number at a
//! time: together they cost more than the matrix products of a narrow network.

use std::marker::PhantomData;

use candle_core::{CpuStorage, InplaceOp2, Layout, Tensor, WithDType};

use crate::lab::LabError;
use crate::model::layer::Activation;

/// An activation that can be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Curve {
    Sigmoid,
    Tanh,
    Relu,
    Leaky(f64),
    Elu(f64),
    Gelu,
    Silu,
}

impl Curve {
    pub(super) fn of(activation: &Activation) -> Option<Self> {
        Some(match activation {
            Activation::Sigmoid => Self::Sigmoid,
            Activation::Tanh => Self::Tanh,
            Activation::Relu => Self::Relu,
            Activation::LeakyRelu { negative_slope } => Self::Leaky(*negative_slope),
            Activation::Elu { alpha } => Self::Elu(*alpha),
            Activation::Gelu { tanh: false } => Self::Gelu,
            Activation::Silu => Self::Silu,
            _ => return None,
        })
    }

    /// Whether its slope can be had from its value, so that what it was given need not be kept.
    pub(super) fn slope_from_value(self) -> bool {
        match self {
            Self::Sigmoid | Self::Tanh | Self::Relu => true,
            Self::Leaky(slope) => slope > 0.0,
            Self::Elu(_) | Self::Gelu | Self::Silu => false,
        }
    }
}

/// A float of the engine, with the functions that activations need.
pub(super) trait Real:
    WithDType + std::ops::Neg<Output = Self> + ndarray::LinalgScalar
{
    /// The numbers of a storage.
    fn numbers(storage: &mut CpuStorage) -> Option<&mut [Self]>;
    /// eˣ.
    fn exp(self) -> Self;
    /// eˣ − 1.
    fn exp_m1(self) -> Self;
    /// tanh x.
    fn tanh(self) -> Self;
    /// The normal distribution function.
    fn normal(self) -> Self {
        Self::from_f64(0.5 * libm::erfc(-self.to_f64() / std::f64::consts::SQRT_2))
    }
    /// 1/(1+e^{−x}).
    fn sigmoid(self) -> Self {
        Self::one() / (Self::one() + (-self).exp())
    }
    /// The larger of it and 0; a NaN stays one.
    fn above_zero(self) -> Self {
        if self <= Self::zero() {
            Self::zero()
        } else {
            self
        }
    }
}

impl Real for f64 {
    fn numbers(storage: &mut CpuStorage) -> Option<&mut [Self]> {
        match storage {
            CpuStorage::F64(numbers) => Some(numbers),
            _ => None,
        }
    }

    fn exp(self) -> Self {
        self.exp()
    }

    fn exp_m1(self) -> Self {
        self.exp_m1()
    }

    fn tanh(self) -> Self {
        self.tanh()
    }
}

/// 2ⁿ and e^r − 1 with x = n·ln 2 + r, |r| ≤ ln 2 / 2: no branches, so that the compiler does several at once.
///
/// The polynomial is Taylor's to the eighth power: off by less than 10⁻⁹ of the result.
fn reduced(x: f32) -> (f32, f32) {
    // Adding 1.5·2²³ rounds to an integer, and leaves it in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first with few bits, so that n times it is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut p = 1.0 / 40_320.0;
    for factorial in [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0] {
        p = p * r + 1.0 / factorial;
    }
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    (power, p * r)
}

impl Real for f32 {
    fn numbers(storage: &mut CpuStorage) -> Option<&mut [Self]> {
        match storage {
            CpuStorage::F32(numbers) => Some(numbers),
            _ => None,
        }
    }

    fn exp(self) -> Self {
        // Beyond these the result would be subnormal or infinite; a NaN stays one.
        let (power, rest) = reduced(self.clamp(-87.0, 88.0));
        power + power * rest
    }

    fn exp_m1(self) -> Self {
        let (power, rest) = reduced(self.clamp(-87.0, 88.0));
        power * rest + (power - 1.0)
    }

    fn tanh(self) -> Self {
        // Of a positive number, so that nothing cancels; from 20 on it is 1 in float32.
        let twice = (2.0 * self.abs()).clamp(0.0, 40.0);
        let (power, rest) = reduced(twice);
        let less_one = power * rest + (power - 1.0);
        (less_one / (less_one + 2.0)).copysign(self)
    }
}

/// φ of every number.
fn apply<R: Real>(curve: Curve, numbers: &mut [R]) {
    match curve {
        Curve::Sigmoid => each(numbers, R::sigmoid),
        Curve::Tanh => each(numbers, R::tanh),
        Curve::Relu => each(numbers, R::above_zero),
        Curve::Leaky(slope) => {
            let slope = R::from_f64(slope);
            each(numbers, |x| if x > R::zero() { x } else { slope * x });
        }
        Curve::Elu(alpha) => {
            let alpha = R::from_f64(alpha);
            each(
                numbers,
                |x| if x > R::zero() { x } else { alpha * x.exp_m1() },
            );
        }
        Curve::Gelu => each(numbers, |x| x * x.normal()),
        Curve::Silu => each(numbers, |x| x * x.sigmoid()),
    }
}

fn each<R: Real>(numbers: &mut [R], f: impl Fn(R) -> R) {
    for number in numbers {
        *number = f(*number);
    }
}

/// The gradient times φ′; `from` is φ's value where the slope can be had from it, else what φ was given.
fn slope<R: Real>(curve: Curve, gradient: &mut [R], from: &[R]) {
    let one = R::one();
    match curve {
        Curve::Sigmoid => pairs(gradient, from, |a| a * (one - a)),
        Curve::Tanh => pairs(gradient, from, |a| one - a * a),
        Curve::Relu => pairs(
            gradient,
            from,
            |a| if a > R::zero() { one } else { R::zero() },
        ),
        Curve::Leaky(below) => {
            let below = R::from_f64(below);
            pairs(gradient, from, |a| if a > R::zero() { one } else { below });
        }
        Curve::Elu(alpha) => {
            let alpha = R::from_f64(alpha);
            pairs(gradient, from, |x| {
                if x > R::zero() { one } else { alpha * x.exp() }
            });
        }
        Curve::Gelu => pairs(gradient, from, |x| {
            let density = (-(x.to_f64().powi(2)) / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            x.normal() + x * R::from_f64(density)
        }),
        Curve::Silu => pairs(gradient, from, |x| {
            let s = x.sigmoid();
            s + x * s * (one - s)
        }),
    }
}

fn pairs<R: Real>(gradient: &mut [R], from: &[R], f: impl Fn(R) -> R) {
    for (gradient, from) in gradient.iter_mut().zip(from) {
        *gradient *= f(*from);
    }
}

/// A sweep over a tensor's numbers beside another's, in place.
struct Sweep<R, F> {
    name: &'static str,
    work: F,
    kind: PhantomData<R>,
}

impl<R: Real, F: Fn(&mut [R], &[R])> InplaceOp2 for Sweep<R, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(
        &self,
        first: &mut CpuStorage,
        of_first: &Layout,
        second: &CpuStorage,
        of_second: &Layout,
    ) -> candle_core::Result<()> {
        let (Some((from, to)), Some((start, end))) = (
            of_first.contiguous_offsets(),
            of_second.contiguous_offsets(),
        ) else {
            candle_core::bail!("{} needs its numbers in a row", self.name)
        };
        let second = R::cpu_storage_as_slice(second)?;
        let Some(first) = R::numbers(first) else {
            candle_core::bail!("{} has another kind of numbers", self.name)
        };
        (self.work)(&mut first[from..to], &second[start..end]);
        Ok(())
    }
}

fn sweep<R: Real>(
    name: &'static str,
    first: &Tensor,
    second: &Tensor,
    work: impl Fn(&mut [R], &[R]),
) -> Result<(), LabError> {
    let sweep = Sweep {
        name,
        work,
        kind: PhantomData,
    };
    first
        .inplace_op2(second, &sweep)
        .map_err(|error| LabError::engine(name, &error))
}

/// `z ← φ(z + b)`, a row of b for each row of z; without a curve the bias alone.
pub(super) fn add_bias<R: Real>(
    z: &Tensor,
    bias: &Tensor,
    curve: Option<Curve>,
) -> Result<(), LabError> {
    sweep::<R>("bias", z, bias, |z, bias| {
        for row in z.chunks_exact_mut(bias.len().max(1)) {
            for (z, b) in row.iter_mut().zip(bias) {
                *z += *b;
            }
            if let Some(curve) = curve {
                apply(curve, row);
            }
        }
    })
}

/// `a ← φ(z)`.
pub(super) fn activate<R: Real>(a: &Tensor, z: &Tensor, curve: Curve) -> Result<(), LabError> {
    sweep::<R>("activation", a, z, |a, z| {
        a.copy_from_slice(z);
        apply(curve, a);
    })
}

/// `g ← g·φ′`.
pub(super) fn through_slope<R: Real>(
    g: &Tensor,
    from: &Tensor,
    curve: Curve,
) -> Result<(), LabError> {
    sweep::<R>("slope", g, from, |g, from| slope(curve, g, from))
}

/// `sum ← sum + scale·x`.
pub(super) fn add_scaled<R: Real>(sum: &Tensor, x: &Tensor, scale: f64) -> Result<(), LabError> {
    let scale = R::from_f64(scale);
    sweep::<R>("update", sum, x, |sum, x| {
        for (sum, x) in sum.iter_mut().zip(x) {
            *sum += scale * *x;
        }
    })
}

/// `sum ← sum + Σ rows`.
pub(super) fn add_rows<R: Real>(sum: &Tensor, rows: &Tensor) -> Result<(), LabError> {
    sweep::<R>("sum", sum, rows, |sum, rows| {
        for row in rows.chunks_exact(sum.len().max(1)) {
            for (sum, x) in sum.iter_mut().zip(row) {
                *sum += *x;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float32_functions_are_as_good_as_float32() {
        let mut worst = [0.0_f64; 4];
        for number in -80_000..=80_000_i32 {
            #[expect(clippy::cast_precision_loss, reason = "a grid")]
            let x = number as f32 * 1e-3 + 1.7e-4;
            let exact = f64::from(x);
            let found = [Real::exp(x), Real::exp_m1(x), Real::tanh(x), x.sigmoid()].map(f64::from);
            let known = [
                exact.exp(),
                exact.exp_m1(),
                exact.tanh(),
                1.0 / (1.0 + (-exact).exp()),
            ];
            for ((worst, found), known) in worst.iter_mut().zip(found).zip(known) {
                *worst = worst.max(((found - known) / known).abs());
            }
        }
        assert!(worst.iter().all(|worst| *worst < 4e-7), "{worst:?}");
        assert!(Real::exp(f32::NAN).is_nan() && Real::tanh(f32::NAN).is_nan());
        assert!(f32::NAN.above_zero().is_nan());
    }
}
