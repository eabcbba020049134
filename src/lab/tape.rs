//! Plain numbers in, plain gradients out: what a small experiment needs of reverse mode.

use super::value::{Order, Proven, gradients};
use super::{Array, LabError, Value};

/// A tensor that gradients may be asked for.
pub(super) fn leaf(dims: &[usize], numbers: &[f64]) -> Result<Value, LabError> {
    tensor(dims, numbers).map(Value::leaf)
}

/// A tensor that no gradient is asked for.
pub(super) fn constant(dims: &[usize], numbers: &[f64]) -> Result<Value, LabError> {
    tensor(dims, numbers).map(Value::constant)
}

fn tensor(dims: &[usize], numbers: &[f64]) -> Result<candle_core::Tensor, LabError> {
    Array::new(dims, numbers.to_vec()).to_tensor()
}

/// A value's numbers, in row-major order.
pub(super) fn numbers(value: &Value) -> Result<Vec<f64>, LabError> {
    Ok(Array::from_tensor(value.tensor())?.data)
}

/// The gradient of the sum of `output` after each leaf; `None` where no path leads back to it.
pub(super) fn slopes(output: &Value, leaves: &[Value]) -> Result<Vec<Option<Vec<f64>>>, LabError> {
    let ones = vec![1.0; output.dims().iter().product()];
    let seed = constant(output.dims(), &ones)?;
    let found = gradients(&[(output.clone(), seed)], leaves, Order::First, &Proven)?;
    let read = |found: Option<Value>| found.map(|value| numbers(&value)).transpose();
    found.into_iter().map(read).collect()
}

/// The gradient after one leaf that a path must lead to.
pub(super) fn slope(output: &Value, leaf: &Value) -> Result<Vec<f64>, LabError> {
    let found = slopes(output, std::slice::from_ref(leaf))?.pop().flatten();
    found.ok_or_else(|| LabError::NoGradient {
        operation: "backward",
        message: "nothing leads back".to_owned(),
    })
}
