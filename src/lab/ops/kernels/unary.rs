//! Functions of one number.

use std::f64::consts::FRAC_1_SQRT_2;

use candle_core::{DType, Result, Tensor, WithDType};
use num_traits::Float;
use rayon::prelude::*;

use super::{Number, made, read_flat, undefined};
use crate::lab::ops::Unary;

/// From this many numbers on they are shared among the cores; the result does not depend on how.
const MANY: usize = 1 << 15;

/// What floats of both sizes have.
trait Real: Number + Float {
    fn erf(self) -> Self;

    /// To the nearest integer, halves to the even one.
    fn to_nearest(self) -> Self;
}

impl Real for f64 {
    fn erf(self) -> Self {
        libm::erf(self)
    }

    fn to_nearest(self) -> Self {
        self.round_ties_even()
    }
}

impl Real for f32 {
    fn erf(self) -> Self {
        libm::erff(self)
    }

    fn to_nearest(self) -> Self {
        self.round_ties_even()
    }
}

/// `f` of every number.
fn map<T: Number, U: Number>(x: &Tensor, f: impl Fn(T) -> U + Sync) -> Result<Tensor> {
    read_flat::<T, _>(x, |data| {
        let mut values = vec![U::from_f64(0.0); data.len()];
        fill(data, &mut values, &|data, values| {
            for (value, &x) in values.iter_mut().zip(data) {
                *value = f(x);
            }
        });
        made(values, x.dims())
    })
}

/// Fills values part by part. The parts' function is not known here: for each of them the machinery of threads would be
/// compiled anew, which costs minutes.
fn fill<T: Sync, U: Send>(data: &[T], values: &mut [U], part: &(dyn Fn(&[T], &mut [U]) + Sync)) {
    if data.len() < MANY {
        part(data, values);
    } else {
        data.par_chunks(MANY / 4)
            .zip(values.par_chunks_mut(MANY / 4))
            .for_each(|(data, values)| part(data, values));
    }
}

/// `f(x)`, element by element.
pub(in crate::lab::ops) fn unary(function: Unary, x: &Tensor) -> Result<Tensor> {
    match x.dtype() {
        DType::F64 => floats::<f64>(function, x),
        DType::F32 => floats::<f32>(function, x),
        DType::I64 => integers(function, x),
        kind => truths(function, x, kind),
    }
}

fn integers(function: Unary, x: &Tensor) -> Result<Tensor> {
    match function {
        Unary::Neg => map(x, i64::wrapping_neg),
        Unary::Abs => map(x, i64::wrapping_abs),
        Unary::Sign => map(x, i64::signum),
        Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => Ok(x.clone()),
        Unary::Relu => map(x, |x: i64| x.max(0)),
        Unary::Not => map(x, |x: i64| u8::from(x == 0)),
        Unary::IsNan => map(x, |_: i64| 0_u8),
        Unary::IsFinite => map(x, |_: i64| 1_u8),
        _ => undefined(function.name(), x.dtype()),
    }
}

fn truths(function: Unary, x: &Tensor, kind: DType) -> Result<Tensor> {
    match function {
        Unary::Not => map(x, |x: u8| u8::from(x == 0)),
        Unary::IsNan => map(x, |_: u8| 0_u8),
        Unary::IsFinite => map(x, |_: u8| 1_u8),
        _ => undefined(function.name(), kind),
    }
}

fn floats<T: Real>(function: Unary, x: &Tensor) -> Result<Tensor> {
    match function {
        Unary::Neg => map(x, |x: T| -x),
        Unary::Abs => map(x, T::abs),
        Unary::Sign => map(x, |x: T| if x == T::zero() { x } else { x.signum() }),
        Unary::Exp => map(x, T::exp),
        Unary::Expm1 => map(x, T::exp_m1),
        Unary::Log => map(x, T::ln),
        Unary::Log1p => map(x, T::ln_1p),
        Unary::Sqrt => map(x, T::sqrt),
        Unary::Reciprocal => map(x, T::recip),
        Unary::Sin => map(x, T::sin),
        Unary::Cos => map(x, T::cos),
        Unary::Tan => map(x, T::tan),
        Unary::Asin => map(x, T::asin),
        Unary::Acos => map(x, T::acos),
        Unary::Atan => map(x, T::atan),
        Unary::Sinh => map(x, T::sinh),
        Unary::Cosh => map(x, T::cosh),
        Unary::Asinh => map(x, T::asinh),
        Unary::Acosh => map(x, T::acosh),
        Unary::Atanh => map(x, T::atanh),
        Unary::Tanh => map(x, T::tanh),
        Unary::Sigmoid => map(x, sigmoid::<T>),
        Unary::Relu => map(x, relu::<T>),
        Unary::Softplus => map(x, softplus::<T>),
        Unary::Erf => map(x, T::erf),
        Unary::Gelu => map(x, |x: T| x * normal(x)),
        Unary::Silu => map(x, |x: T| x * sigmoid(x)),
        Unary::Floor => map(x, <T as Float>::floor),
        Unary::Ceil => map(x, <T as Float>::ceil),
        Unary::Round => map(x, T::to_nearest),
        Unary::Trunc => map(x, <T as Float>::trunc),
        Unary::Not => map(x, |x: T| u8::from(x == T::zero())),
        Unary::IsNan => map(x, |x: T| u8::from(x.is_nan())),
        Unary::IsFinite => map(x, |x: T| u8::from(x.is_finite())),
    }
}

/// Without overflow on either side.
fn sigmoid<T: Real>(x: T) -> T {
    let exp = (-x.abs()).exp();
    let small = exp / (T::one() + exp);
    if x < T::zero() {
        small
    } else {
        T::one() / (T::one() + exp)
    }
}

/// A NaN stays one.
fn relu<T: Real>(x: T) -> T {
    if x < T::zero() { T::zero() } else { x }
}

/// log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|)
fn softplus<T: Real>(x: T) -> T {
    relu(x) + (-x.abs()).exp().ln_1p()
}

/// The normal distribution function.
fn normal<T: Real>(x: T) -> T {
    let half = <T as WithDType>::from_f64(0.5);
    half * (T::one() + (x * <T as WithDType>::from_f64(FRAC_1_SQRT_2)).erf())
}

/// `xᶜ`, element by element.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole exponents below 64 are exact in any kind; a 32-bit tensor has a 32-bit exponent"
)]
pub(in crate::lab::ops) fn power(exponent: f64, x: &Tensor) -> Result<Tensor> {
    let whole = exponent.fract() == 0.0 && exponent.abs() < 64.0;
    // Only small powers are products: more factors would gather rounding errors.
    let product = whole && exponent.abs() <= 3.0;
    match x.dtype() {
        DType::F64 if product => map(x, |x: f64| x.powi(exponent as i32)),
        DType::F64 => map(x, |x: f64| x.powf(exponent)),
        DType::F32 if product => map(x, |x: f32| x.powi(exponent as i32)),
        DType::F32 => map(x, |x: f32| x.powf(exponent as f32)),
        DType::I64 if whole && exponent >= 0.0 => map(x, |x: i64| x.wrapping_pow(exponent as u32)),
        kind => undefined("pow with this exponent", kind),
    }
}

/// `scale·x + shift` of integers.
#[expect(clippy::cast_possible_truncation, reason = "both are whole")]
pub(in crate::lab::ops) fn affine(x: &Tensor, scale: f64, shift: f64) -> Result<Tensor> {
    let whole = scale.fract() == 0.0 && shift.fract() == 0.0;
    if x.dtype() != DType::I64 || !whole {
        return undefined("a product with fractions", x.dtype());
    }
    let (scale, shift) = (scale as i64, shift as i64);
    map(x, |x: i64| x.wrapping_mul(scale).wrapping_add(shift))
}

/// `x` between two bounds, the upper one first; a NaN stays one.
pub(in crate::lab::ops) fn clamp(
    x: &Tensor,
    low: Option<f64>,
    high: Option<f64>,
) -> Result<Tensor> {
    match x.dtype() {
        DType::F64 => clamped::<f64>(x, low, high),
        DType::F32 => clamped::<f32>(x, low, high),
        DType::I64 => clamped::<i64>(x, low, high),
        kind => undefined("clamp", kind),
    }
}

fn clamped<T: Number>(x: &Tensor, low: Option<f64>, high: Option<f64>) -> Result<Tensor> {
    let (low, high) = (low.map(T::from_f64), high.map(T::from_f64));
    map(x, |x: T| match (low, high) {
        (_, Some(high)) if x > high || low > Some(high) => high,
        (Some(low), _) if x < low => low,
        _ => x,
    })
}

/// `x` above 0, `slope·x` elsewhere.
pub(in crate::lab::ops) fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    bent(x, slope, |x| x, |x| x)
}

/// `x` above 0, `alpha·(eˣ − 1)` elsewhere.
pub(in crate::lab::ops) fn elu(x: &Tensor, alpha: f64) -> Result<Tensor> {
    bent(x, alpha, f64::exp_m1, f32::exp_m1)
}

/// `x` above 0, a multiple of a function elsewhere.
fn bent(
    x: &Tensor,
    scale: f64,
    wide: impl Fn(f64) -> f64 + Sync,
    narrow: impl Fn(f32) -> f32 + Sync,
) -> Result<Tensor> {
    let scale32 = f32::from_f64(scale);
    match x.dtype() {
        DType::F64 => map(x, |x: f64| if x > 0.0 { x } else { scale * wide(x) }),
        DType::F32 => map(x, |x: f32| if x > 0.0 { x } else { scale32 * narrow(x) }),
        kind => undefined("this function", kind),
    }
}
