//! The replay of what is touched against plain evaluation, the derivatives against known ones and against reverse mode.

mod kinks;
mod known;
mod random;
mod replays;

use super::*;
use crate::lab::value::{Order, Proven, Rules, Value, gradients};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn constant(array: &Array) -> Result<Value, LabError> {
    Ok(Value::constant(array.to_tensor()?))
}

fn leaf(array: &Array) -> Result<Value, LabError> {
    Ok(Value::leaf(array.to_tensor()?))
}

/// A function of some inputs, written down.
fn captured(
    inputs: &[Array],
    function: impl Fn(&[Value]) -> Result<Vec<Value>, LabError>,
) -> Result<Program, LabError> {
    let leaves = inputs.iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
    let outputs = function(&leaves)?;
    let named: Vec<(String, Value)> = leaves
        .into_iter()
        .enumerate()
        .map(|(number, value)| (format!("x{number}"), value))
        .collect();
    Program::capture(&named, &outputs)
}

/// The gradients of every input by reverse mode; zeros where there is no path.
fn reverse(
    program: &Program,
    inputs: &[Array],
    upstream: &[Array],
    rules: &dyn Rules,
) -> Result<Vec<Array>, LabError> {
    let leaves = inputs.iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
    let values = program.replay(&leaves)?;
    let mut ends = Vec::new();
    for (&slot, gradient) in program.outputs.iter().zip(upstream) {
        ends.push((values[slot].clone(), constant(gradient)?));
    }
    let found = gradients(&ends, &leaves, Order::First, rules)?;
    found
        .into_iter()
        .zip(inputs)
        .map(|(gradient, input)| match gradient {
            Some(gradient) => Array::from_tensor(gradient.tensor()),
            None => Ok(Array::new(&input.dims, vec![0.0; input.data.len()])),
        })
        .collect()
}

/// Σ ⟨upstream, output⟩ by carrying out the whole program.
fn plainly(program: &Program, inputs: &[Array], upstream: &[Array]) -> Result<f64, LabError> {
    let values = inputs.iter().map(constant).collect::<Result<Vec<_>, _>>()?;
    let values = program.replay(&values)?;
    let mut total = 0.0;
    for (&slot, gradient) in program.outputs.iter().zip(upstream) {
        let output = Array::from_tensor(values[slot].tensor())?;
        total += output
            .data
            .iter()
            .zip(&gradient.data)
            .map(|(a, b)| a * b)
            .sum::<f64>();
    }
    Ok(total)
}

/// Ones for every output.
fn ones(program: &Program, inputs: &[Array]) -> Result<Vec<Array>, LabError> {
    let point = Point::new(program, inputs)?;
    let one = |&slot: &usize| {
        let value = point.value(slot)?;
        Ok(Array::new(&value.dims, vec![1.0; value.data.len()]))
    };
    program.outputs.iter().map(one).collect()
}
