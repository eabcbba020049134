//! Studies as the sandbox would send them, from functions and claims written with [`super::tensor::T`].

use super::tensor::T;
use crate::lab::ops::Kind;
use crate::lab::random::Stream;
use crate::lab::{Array, LabError, Program, Value};
use crate::torch::study::{Claimed, Draw, Given, Study};

/// From what an input is drawn.
#[derive(Clone, Copy)]
pub(super) enum From {
    Normal,
    /// Evenly.
    Between(f64, f64),
}

/// An input: name, shape, numbers.
pub(super) type In = (&'static str, &'static [usize], From);

/// A function of its inputs; constants are made inside.
pub(super) type Forward = fn(&[T]) -> T;

/// A claimed gradient: of which input, which code it is to be told by (empty: it is right), its formula over the
/// function's inputs and, after them, G.
pub(super) type Formula = (&'static str, &'static str, fn(&[T], &T) -> T);

/// A function with claims about it.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) inputs: &'static [In],
    pub(super) forward: Forward,
    pub(super) claims: &'static [Formula],
}

const DRAWS: u64 = 3;

/// The study of a function with one claim, or none.
pub(super) fn study(function: &Function, claims: &[Formula]) -> Result<Study, LabError> {
    let mut draws = Vec::new();
    for draw in 0..DRAWS {
        draws.push(drawn(function, claims, draw)?);
    }
    Ok(Study {
        name: function.name.to_owned(),
        kind: "a function".to_owned(),
        draws,
        notes: Vec::new(),
        sources: Vec::new(),
    })
}

fn drawn(function: &Function, claims: &[Formula], draw: u64) -> Result<Draw, LabError> {
    let mut inputs = Vec::new();
    for (number, (_, dims, from)) in (0..).zip(function.inputs) {
        let stream = Stream::seeded(draw, number);
        let count = dims.iter().product::<usize>() as u64;
        let data = (0..count).map(|place| match from {
            From::Normal => stream.normal(place),
            From::Between(low, high) => low + (high - low) * stream.uniform(place),
        });
        inputs.push(Array::new(dims, data.collect()));
    }
    study_of(function, claims, inputs, |dims| {
        let stream = Stream::seeded(draw, 99);
        let count = dims.iter().product::<usize>() as u64;
        Array::new(dims, (0..count).map(|place| stream.normal(place)).collect())
    })
}

/// A draw with these inputs and this upstream gradient.
pub(super) fn study_of(
    function: &Function,
    claims: &[Formula],
    inputs: Vec<Array>,
    upstream: impl Fn(&[usize]) -> Array,
) -> Result<Draw, LabError> {
    let leaves = |arrays: &[Array]| -> Result<Vec<Value>, LabError> {
        arrays
            .iter()
            .map(|array| Ok(Value::leaf(array.to_tensor()?)))
            .collect()
    };
    let called = function
        .inputs
        .iter()
        .map(|(name, _, _)| (*name).to_owned());
    let tensors = |values: &[Value]| values.iter().cloned().map(T).collect::<Vec<T>>();
    let values = leaves(&inputs)?;
    let output = (function.forward)(&tensors(&values)).0;
    let named: Vec<(String, Value)> = called.clone().zip(values).collect();
    let forward = Program::capture(&named, std::slice::from_ref(&output))?;
    let upstream = upstream(output.dims());
    let mut claimed = Vec::new();
    for (input, code, formula) in claims {
        let values = leaves(&inputs)?;
        let g = Value::leaf(upstream.to_tensor()?);
        let gradient = formula(&tensors(&values), &T(g.clone())).0;
        let mut named: Vec<(String, Value)> = called.clone().zip(values).collect();
        named.push(("G".to_owned(), g));
        let program = Program::capture(&named, &[gradient])?;
        claimed.push(Claimed {
            input: (*input).to_owned(),
            written: format!("the {} one", if code.is_empty() { "right" } else { code }),
            given: Given::Gradient(program),
        });
    }
    assert!(inputs.iter().all(|input| input.kind == Kind::F64));
    Ok(Draw {
        forward,
        inputs,
        upstream: vec![upstream],
        domain: String::new(),
        claims: claimed,
        reference: None,
    })
}
