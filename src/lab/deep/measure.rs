//! One backward pass through a chain, and how large the gradients are at each layer.

use candle_core::{Device, Tensor};

use super::norms::{norm, norm_in_float32};
use super::{Data, Weights, kernels};
use crate::lab::ops::{Kind, Op, Unary};
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, LabError, Value};
use crate::model::Chain;
use crate::model::chain::{LinearUse, NORM_EPSILON, Over, Part, Step};
use kernels::Curve;

/// The gradients of a chain at its initial weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// The loss, in float64.
    pub loss: f64,
    /// The linear layers, in order.
    pub layers: Vec<LayerGradient>,
    /// For each part that is a linear layer: the norm of the gradient of its weights, summed over its uses.
    pub summed: Vec<Option<f64>>,
}

/// The gradients at one linear layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerGradient {
    /// The norm of the gradient of its weights through this use of them alone.
    pub weight: f64,
    /// The norm of the gradient of its bias, likewise; `None` where it has none.
    pub bias: Option<f64>,
    /// The norm of the gradient of what it leads to: the numbers that the next linear layer reads.
    pub output: f64,
    /// The share of the weights' gradient that is 0 in float32 and not in float64.
    pub lost: f64,
    /// The norm of the float32 gradient, taken in float32 too, as a program reports it.
    pub in_float32: f64,
    /// The standard deviation of what it leads to.
    pub deviation: f64,
}

/// Measures a chain with these weights on these data. The losses' gradients are found in float64 and, for what is lost
/// there, in float32; every norm is taken in float64.
///
/// # Errors
/// If the engine fails, or the chain has an activation that is not known.
pub fn measure(chain: &Chain, weights: &Weights, data: &Data) -> Result<Gradients, LabError> {
    let fine = Pass::run(chain, weights, data, Kind::F64)?;
    let coarse = Pass::run(chain, weights, data, Kind::F32)?;
    let linears = chain.linears();
    let mut layers = Vec::with_capacity(linears.len());
    for number in 0..linears.len() {
        let weight = &fine.weights[number];
        let single = &coarse.weights[number];
        let lost = weight
            .iter()
            .zip(single)
            .filter(|(fine, coarse)| **coarse == 0.0 && **fine != 0.0);
        layers.push(LayerGradient {
            weight: norm(weight),
            bias: fine.biases[number].as_deref().map(norm),
            output: norm(&fine.outputs[number]),
            lost: share(lost.count(), weight.len()),
            in_float32: norm_in_float32(single),
            deviation: fine.deviations[number],
        });
    }
    let summed = (0..chain.parts.len()).map(|part| {
        let mut uses = linears
            .iter()
            .zip(&fine.weights)
            .filter(|(linear, _)| linear.part == part);
        let mut sum = uses.next()?.1.clone();
        for (_, more) in uses {
            for (sum, more) in sum.iter_mut().zip(more) {
                *sum += more;
            }
        }
        Some(norm(&sum))
    });
    Ok(Gradients {
        loss: fine.loss,
        layers,
        summed: summed.collect(),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of numbers are far below 2⁵³"
)]
fn share(some: usize, all: usize) -> f64 {
    some as f64 / all.max(1) as f64
}

/// Forward and backward in one kind of numbers; the gradients by linear layer.
struct Pass {
    loss: f64,
    weights: Vec<Vec<f64>>,
    biases: Vec<Option<Vec<f64>>>,
    outputs: Vec<Vec<f64>>,
    deviations: Vec<f64>,
}

/// A chain as values: what each step gives, and a leaf for each use of a linear layer's weights.
pub(super) struct Traced {
    pub(super) values: Vec<Value>,
    pub(super) loss: Value,
    /// The leaves of each step that has weights: weight and bias.
    pub(super) leaves: Vec<Option<(Value, Option<Value>)>>,
}

impl Pass {
    fn run(chain: &Chain, weights: &Weights, data: &Data, kind: Kind) -> Result<Self, LabError> {
        let traced = Traced::new(chain, weights, data, kind)?;
        let linears = chain.linears();
        let leaf = |linear: &LinearUse| traced.leaves[linear.step].clone();
        let mut wanted = Vec::new();
        for linear in &linears {
            let (weight, bias) = leaf(linear).ok_or_else(|| missing("linear"))?;
            wanted.push(weight);
            wanted.extend(bias);
            wanted.push(traced.values[linear.output].clone());
        }
        let one = Value::constant(tensor(&[1.0], &[], kind)?);
        let found = gradients(
            &[(traced.loss.clone(), one)],
            &wanted,
            Order::First,
            &Proven,
        )?;
        let mut found = found.into_iter();
        let mut next = || -> Result<Vec<f64>, LabError> {
            let gradient = found.next().flatten().ok_or_else(|| missing("linear"))?;
            Ok(Array::from_tensor(gradient.tensor())?.data)
        };
        let mut pass = Self {
            loss: Array::from_tensor(traced.loss.tensor())?.data[0],
            weights: Vec::new(),
            biases: Vec::new(),
            outputs: Vec::new(),
            deviations: Vec::new(),
        };
        for linear in &linears {
            pass.weights.push(next()?);
            let has_bias = leaf(linear).is_some_and(|(_, bias)| bias.is_some());
            pass.biases
                .push(if has_bias { Some(next()?) } else { None });
            pass.outputs.push(next()?);
            let output = Array::from_tensor(traced.values[linear.output].tensor())?;
            pass.deviations.push(deviation(&output.data));
        }
        Ok(pass)
    }
}

fn missing(operation: &'static str) -> LabError {
    LabError::NoGradient {
        operation,
        message: "the loss does not depend on it".to_owned(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of numbers are far below 2⁵³"
)]
fn deviation(numbers: &[f64]) -> f64 {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
}

fn tensor(data: &[f64], dims: &[usize], kind: Kind) -> Result<Tensor, LabError> {
    Tensor::from_slice(data, dims, &Device::Cpu)
        .and_then(|tensor| tensor.to_dtype(kind.dtype()))
        .map_err(|error| LabError::engine("tensor", &error))
}

impl Traced {
    pub(super) fn new(
        chain: &Chain,
        weights: &Weights,
        data: &Data,
        kind: Kind,
    ) -> Result<Self, LabError> {
        let x = tensor(&data.x, &[data.rows, data.inputs], kind)?;
        let mut values = vec![Value::constant(x)];
        let mut leaves = Vec::with_capacity(chain.steps.len());
        for step in &chain.steps {
            let last = &values[values.len() - 1];
            let mut leaf = None;
            let value = match step {
                Step::Add(from) => last.add(&values[*from])?,
                Step::Activation(activation) => {
                    let curve = Curve::of(activation).ok_or_else(|| missing("activation"))?;
                    activate(curve, last)?
                }
                Step::Apply(part) => {
                    let numbers = &weights.parts[*part];
                    let dims = match chain.parts[*part] {
                        Part::Linear {
                            inputs, outputs, ..
                        } => vec![outputs, inputs],
                        Part::Norm { features, .. } => vec![features],
                    };
                    let made = |data: &[f64], dims: &[usize]| -> Result<Option<Value>, LabError> {
                        Ok(if data.is_empty() {
                            None
                        } else {
                            Some(Value::leaf(tensor(data, dims, kind)?))
                        })
                    };
                    let weight = made(&numbers.weight, &dims)?;
                    let bias = made(&numbers.bias, &dims[..1])?;
                    let value = match chain.parts[*part] {
                        Part::Linear { .. } => {
                            let weight = weight.as_ref().ok_or_else(|| missing("linear"))?;
                            last.matmul(&weight.transposed()?)?
                        }
                        Part::Norm { over, .. } => {
                            let value = normalised(last, over)?;
                            match &weight {
                                Some(scale) => value.mul(scale)?,
                                None => value,
                            }
                        }
                    };
                    let value = match &bias {
                        Some(bias) => value.add(bias)?,
                        None => value,
                    };
                    leaf = weight.map(|weight| (weight, bias));
                    value
                }
            };
            leaves.push(leaf);
            values.push(value);
        }
        let y = Value::constant(tensor(&data.y, &[data.rows, data.outputs], kind)?);
        let off = values[values.len() - 1].sub(&y)?;
        #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2⁵³")]
        let scale = 1.0 / data.y.len() as f64;
        let loss = off.mul(&off)?.sum(&[0, 1], false)?.affine(scale, 0.0)?;
        Ok(Self {
            values,
            loss,
            leaves,
        })
    }
}

fn activate(curve: Curve, value: &Value) -> Result<Value, LabError> {
    let unary = match curve {
        Curve::Sigmoid => Unary::Sigmoid,
        Curve::Tanh => Unary::Tanh,
        Curve::Relu => Unary::Relu,
        Curve::Gelu => Unary::Gelu,
        Curve::Silu => Unary::Silu,
        Curve::Leaky(slope) => return Value::apply(Op::LeakyRelu(slope), &[value]),
        Curve::Elu(alpha) => return Value::apply(Op::Elu(alpha), &[value]),
    };
    value.unary(unary)
}

/// (x − mean)/√(variance + ε), over the batch or over a row.
fn normalised(value: &Value, over: Over) -> Result<Value, LabError> {
    let axis = match over {
        Over::Batch => 0,
        Over::Row => 1,
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch and a width are far below 2⁵³"
    )]
    let scale = 1.0 / value.dims()[axis] as f64;
    let mean = |value: &Value| value.sum(&[axis], true)?.affine(scale, 0.0);
    let centred = value.sub(&mean(value)?)?;
    let variance = mean(&centred.mul(&centred)?)?;
    centred.div(&variance.affine(1.0, NORM_EPSILON)?.unary(Unary::Sqrt)?)
}
