//! The engine's own backward pass beside the lab's rules. Nothing but this table ever runs it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{DType, Result, Tensor, Var};

use super::differences;
use super::draw::Draw;
use super::faults::{self, Asked, Sample};
use crate::lab::value::{Order, Proven, Value, gradients};
use crate::lab::{Array, LabError};

/// What came of a computation.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The true numbers, with this error: the largest difference over the largest true number, or over 1 where all of
    /// them are 0.
    Right(f64),
    /// Other numbers.
    Wrong {
        /// The error, as above.
        error: f64,
        /// What all of the true ones are multiplied by, if it is one number.
        factor: Option<f64>,
    },
    /// No gradient, and no word about it.
    Absent,
    /// An error or a panic: its first line.
    Fails(String),
}

/// One operation in one setting, by the engine and by gradus.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The operation.
    pub operation: &'static str,
    /// On what.
    pub setting: &'static str,
    /// What the engine is judged by: `values`, `gradient` or `second derivative`. Where a gradient is asked for and the
    /// values are wrong already, it is the values.
    pub asked: &'static str,
    /// What the engine gives.
    pub engine: Finding,
    /// What the lab's operations give.
    pub own: Finding,
}

/// The engine and the lab on operations that the engine is right at, wrong at, silent about and fails at. The truth is
/// measured: by central differences, or by a convention where there is no derivative.
///
/// # Errors
/// If a sample cannot be drawn or measured.
pub fn comparisons(seed: u64) -> std::result::Result<Vec<Comparison>, LabError> {
    let mut draw = Draw::new(seed, u64::from(u32::MAX));
    let samples = faults::samples(&mut draw).map_err(|error| LabError::engine("draw", &error))?;
    samples
        .iter()
        .map(|sample| {
            let trial = Trial::new(sample, &mut draw)?;
            let (engine, asked) = trial.engine();
            Ok(Comparison {
                operation: sample.operation,
                setting: sample.setting,
                asked,
                engine,
                own: trial.own(),
            })
        })
        .collect()
}

/// What the engine puts out.
enum Found {
    /// Other values than the true ones: their gradient is that of another function.
    OtherValues(Array),
    /// What was asked for, or nothing.
    Asked(Option<Array>),
}

/// A sample with upstream gradients and with what is true.
struct Trial<'a> {
    sample: &'a Sample,
    values: Array,
    upstream: Tensor,
    /// The upstream gradient of the gradient, where that is differentiated again.
    again: Tensor,
    truth: Array,
}

impl<'a> Trial<'a> {
    fn new(sample: &'a Sample, draw: &mut Draw) -> std::result::Result<Self, LabError> {
        let drawn = |error: candle_core::Error| LabError::engine("draw", &error);
        let forward = |inputs: &[Tensor]| {
            let inputs: Vec<Value> = inputs.iter().cloned().map(Value::constant).collect();
            Ok((sample.own)(&inputs)?.tensor().clone())
        };
        let values = forward(&sample.inputs)?;
        let upstream = draw.dyadic(values.dims()).map_err(drawn)?;
        let twice = sample.asked == Asked::SecondDerivative;
        let dims = sample.inputs[sample.input].dims();
        let again = draw.dyadic(if twice { dims } else { &[] }).map_err(drawn)?;
        let values = Array::from_tensor(&values)?;
        let weights = Array::from_tensor(&upstream)?;
        let truth = match &sample.asked {
            Asked::Values => values.clone(),
            Asked::Gradient => {
                differences::gradient(&forward, &sample.inputs, &weights, sample.input)?
            }
            // By convention, one number for every entry.
            Asked::AtKink(slope) => {
                let slopes = weights.data.iter().map(|weight| weight * slope);
                Array::new(&weights.dims, slopes.collect())
            }
            Asked::SecondDerivative => {
                let slope = |inputs: &[Tensor]| {
                    differences::gradient(&forward, inputs, &weights, sample.input)?.to_tensor()
                };
                let again = Array::from_tensor(&again)?;
                differences::gradient(&slope, &sample.inputs, &again, sample.input)?
            }
        };
        Ok(Self {
            sample,
            values,
            upstream,
            again,
            truth,
        })
    }

    /// By the engine's own backward pass, and what that is a finding of.
    fn engine(&self) -> (Finding, &'static str) {
        let finding = match catch_unwind(AssertUnwindSafe(|| self.by_engine())) {
            Ok(Ok(Found::OtherValues(values))) => {
                return (self.judged(&values, &self.values), Asked::Values.name());
            }
            Ok(Ok(Found::Asked(Some(found)))) => self.judged(&found, &self.truth),
            Ok(Ok(Found::Asked(None))) => Finding::Absent,
            Ok(Err(error)) => Finding::Fails(first_line(&error.to_string())),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Finding::Fails(format!("panic: {}", first_line(text.unwrap_or_default())))
            }
        };
        (finding, self.sample.asked.name())
    }

    fn by_engine(&self) -> Result<Found> {
        let kind = self.sample.kind;
        let inputs = self.sample.inputs.iter().map(|input| {
            if input.dtype().is_float() {
                Ok(Var::from_tensor(&input.to_dtype(kind)?)?.into_inner())
            } else {
                Ok(input.clone())
            }
        });
        let inputs: Vec<Tensor> = inputs.collect::<Result<_>>()?;
        let x = &inputs[self.sample.input];
        let result = (self.sample.engine)(&inputs)?;
        let array = |tensor: &Tensor| Array::from_tensor(tensor).map_err(candle_core::Error::wrap);
        let values = array(&result)?;
        if self.sample.asked == Asked::Values {
            return Ok(Found::Asked(Some(values)));
        }
        if !self.close(&values, &self.values) {
            return Ok(Found::OtherValues(values));
        }
        let loss = (result * self.upstream.to_dtype(kind)?)?.sum_all()?;
        let first = loss.backward()?.get(x).cloned();
        let found = match (first, &self.sample.asked) {
            (Some(first), Asked::SecondDerivative) => {
                let loss = (first * self.again.to_dtype(kind)?)?.sum_all()?;
                loss.backward()?.get(x).cloned()
            }
            (first, _) => first,
        };
        found.as_ref().map(array).transpose().map(Found::Asked)
    }

    /// By the rules of the lab.
    fn own(&self) -> Finding {
        match self.by_lab() {
            Ok(Some(found)) => self.judged(&found, &self.truth),
            Ok(None) => Finding::Absent,
            Err(error) => Finding::Fails(first_line(&error.to_string())),
        }
    }

    fn by_lab(&self) -> std::result::Result<Option<Array>, LabError> {
        let inputs = self.sample.inputs.iter().map(|input| {
            if input.dtype().is_float() {
                Value::leaf(input.clone())
            } else {
                Value::constant(input.clone())
            }
        });
        let inputs: Vec<Value> = inputs.collect();
        let x = std::slice::from_ref(&inputs[self.sample.input]);
        let result = (self.sample.own)(&inputs)?;
        if self.sample.asked == Asked::Values {
            return Array::from_tensor(result.tensor()).map(Some);
        }
        let upstream = Value::constant(self.upstream.clone());
        let mut found = gradients(&[(result, upstream)], x, Order::Higher, &Proven)?;
        if self.sample.asked == Asked::SecondDerivative
            && let [Some(first)] = &found[..]
        {
            let again = (first.clone(), Value::constant(self.again.clone()));
            found = gradients(&[again], x, Order::First, &Proven)?;
        }
        let [found] = &found[..] else {
            return Ok(None);
        };
        found
            .as_ref()
            .map(|found| Array::from_tensor(found.tensor()))
            .transpose()
    }

    fn judged(&self, found: &Array, truth: &Array) -> Finding {
        let error = differences::largest(found, truth);
        if self.close(found, truth) {
            return Finding::Right(error);
        }
        Finding::Wrong {
            error,
            factor: factor(found, truth),
        }
    }

    fn close(&self, found: &Array, truth: &Array) -> bool {
        // In float32 rounding alone is larger.
        let tolerance = if self.sample.kind == DType::F32 {
            1e-4
        } else {
            super::TOLERANCE
        };
        differences::distance(found, truth) <= tolerance
    }
}

/// The number that every true one is multiplied by.
fn factor(found: &Array, truth: &Array) -> Option<f64> {
    if found.dims != truth.dims {
        return None;
    }
    let products = found.data.iter().zip(&truth.data).map(|(a, b)| a * b);
    let squares = truth.data.iter().map(|b| b * b);
    let factor = products.sum::<f64>() / squares.sum::<f64>();
    let scaled = truth.data.iter().map(|b| factor * b).collect();
    let fits = differences::distance(found, &Array::new(&truth.dims, scaled)) <= 1e-6;
    (fits && factor.is_finite() && factor != 0.0).then_some(factor)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
