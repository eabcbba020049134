//! Chains of single numbers: what depth alone does to a derivative.

use candle_core::{Device, Tensor};

use super::kernels::Curve;
use crate::lab::ops::Unary;
use crate::lab::value::Order;
use crate::lab::{LabError, Value};
use crate::model::layer::Activation;

/// A leaf of rank 0.
pub(super) fn number(x: f64) -> Result<Value, LabError> {
    let tensor =
        Tensor::new(x, &Device::Cpu).map_err(|error| LabError::engine("tensor", &error))?;
    Ok(Value::leaf(tensor))
}

/// The derivative of `output` after the leaf `from`.
fn derivative(output: &Value, from: &Value) -> Result<f64, LabError> {
    let found = output.gradients(std::slice::from_ref(from), Order::First)?;
    Ok(found[0].numbers()?[0])
}

/// The derivative of w_L ⋯ w_2 w_1 x after w_1, every factor w and x = 1: `w^(L−1)`.
///
/// # Errors
/// If the engine fails.
pub fn product(weight: f64, depth: usize) -> Result<f64, LabError> {
    let first = number(weight)?;
    let mut value = first.clone();
    for _ in 1..depth {
        value = value.mul(&number(weight)?)?;
    }
    derivative(&value, &first)
}

/// φ(φ(…φ(x))) with `depth` of them, and its derivative after x.
///
/// # Errors
/// If the engine fails, or the activation is not one of the plain ones.
pub fn nested(activation: &Activation, x: f64, depth: usize) -> Result<(f64, f64), LabError> {
    let unary = match Curve::of(activation) {
        Some(Curve::Sigmoid) => Unary::Sigmoid,
        Some(Curve::Tanh) => Unary::Tanh,
        Some(Curve::Relu) => Unary::Relu,
        Some(Curve::Gelu) => Unary::Gelu,
        Some(Curve::Silu) => Unary::Silu,
        _ => {
            return Err(LabError::Foreign(
                "only plain activations are nested".to_owned(),
            ));
        }
    };
    let start = number(x)?;
    let mut value = start.clone();
    for _ in 0..depth {
        value = value.unary(unary)?;
    }
    let output = value.numbers()?[0];
    Ok((output, derivative(&value, &start)?))
}
