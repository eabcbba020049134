//! Functions of two numbers that the engine has not, or not for every kind.

use candle_core::{DType, Result, Tensor, bail};
use num_traits::Float;

use super::{Number, made, read_flat, undefined};
use crate::lab::ops::Binary;

/// `f(a, b)`, element by element, on tensors of one shape.
pub(in crate::lab::ops) fn binary(function: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match (a.dtype(), b.dtype()) {
        (DType::F64, DType::F64) => floats::<f64>(function, a, b),
        (DType::F32, DType::F32) => floats::<f32>(function, a, b),
        (DType::I64, DType::I64) => integers(function, a, b),
        (DType::U8, DType::U8) => truths(function, a, b),
        (a, b) => bail!(
            "{} takes numbers of one kind, not {a:?} and {b:?}",
            function.name()
        ),
    }
}

fn map<T: Number>(a: &Tensor, b: &Tensor, f: impl Fn(T, T) -> T) -> Result<Tensor> {
    read_flat::<T, _>(a, |left| {
        read_flat::<T, _>(b, |right| {
            let pairs = left.iter().zip(right);
            made(pairs.map(|(&a, &b)| f(a, b)).collect(), a.dims())
        })
    })
}

fn floats<T: Number + Float>(function: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match function {
        Binary::Add => map(a, b, |a: T, b: T| a + b),
        Binary::Sub => map(a, b, |a: T, b: T| a - b),
        Binary::Mul => map(a, b, |a: T, b: T| a * b),
        Binary::Div => map(a, b, |a: T, b: T| a / b),
        Binary::Pow => map(a, b, |a: T, b: T| a.powf(b)),
        // A NaN among the two is the result.
        Binary::Maximum => map(a, b, |a: T, b: T| if a > b || a.is_nan() { a } else { b }),
        Binary::Minimum => map(a, b, |a: T, b: T| if a < b || a.is_nan() { a } else { b }),
        Binary::Remainder => map(a, b, remainder::<T>),
        Binary::Atan2 => map(a, b, |a: T, b: T| a.atan2(b)),
    }
}

/// a − b·⌊a/b⌋: it has b's sign. By way of the exact remainder, since the formula itself loses digits.
fn remainder<T: Number + Float>(a: T, b: T) -> T {
    let rest = a % b;
    if rest != T::zero() && (rest < T::zero()) != (b < T::zero()) {
        rest + b
    } else {
        rest
    }
}

fn integers(function: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let fails =
        |fault: fn(i64) -> bool| read_flat::<i64, _>(b, |b| Ok(b.iter().copied().any(fault)));
    match function {
        Binary::Add => map(a, b, i64::wrapping_add),
        Binary::Sub => map(a, b, i64::wrapping_sub),
        Binary::Mul => map(a, b, i64::wrapping_mul),
        Binary::Maximum => map(a, b, |a: i64, b| a.max(b)),
        Binary::Minimum => map(a, b, |a: i64, b| a.min(b)),
        Binary::Pow if fails(|exponent| u32::try_from(exponent).is_err())? => {
            bail!("Integers to negative integer powers are not allowed.")
        }
        Binary::Pow => map(a, b, |a: i64, b| {
            a.wrapping_pow(u32::try_from(b).unwrap_or(0))
        }),
        Binary::Remainder if fails(|divisor| divisor == 0)? => bail!("ZeroDivisionError"),
        Binary::Remainder => map(a, b, |a: i64, b| {
            let rest = a.wrapping_rem(b);
            if rest != 0 && (rest < 0) != (b < 0) {
                rest + b
            } else {
                rest
            }
        }),
        Binary::Div | Binary::Atan2 => undefined(function.name(), DType::I64),
    }
}

/// A sum of truth values is "or", a product "and".
fn truths(function: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match function {
        Binary::Add | Binary::Maximum => map(a, b, |a: u8, b| a | b),
        Binary::Mul | Binary::Minimum => map(a, b, |a: u8, b| a & b),
        _ => undefined(function.name(), DType::U8),
    }
}
