//! One backward pass through a chain, and how large the gradients are at each layer.

use super::norms::{norm, norm_in_float32};
use super::traced::{self, Leaves, Traced, missing};
use super::{Data, Weights};
use crate::lab::ops::Kind;
use crate::lab::value::{Order, Proven, gradients};
use crate::lab::{Array, Device, LabError, Value};
use crate::model::Chain;
use crate::model::chain::LinearUse;

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

/// Measures a chain with these weights on these data, on a device. The losses' gradients are found in float64 and, for
/// what is lost there, in float32; every norm is taken on the CPU, in float64.
///
/// # Errors
/// If the engine fails, or the chain has an activation that is not known.
pub fn measure(
    chain: &Chain,
    weights: &Weights,
    data: &Data,
    device: &Device,
) -> Result<Gradients, LabError> {
    let fine = Pass::run(chain, weights, data, Kind::F64, device)?;
    let coarse = Pass::run(chain, weights, data, Kind::F32, device)?;
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

impl Pass {
    fn run(
        chain: &Chain,
        weights: &Weights,
        data: &Data,
        kind: Kind,
        device: &Device,
    ) -> Result<Self, LabError> {
        let parts = traced::leaves(chain, weights, kind, device)?;
        let x = traced::tensor(&data.x, &[data.rows, data.inputs], kind, device)?;
        // Each use of a part is a layer of its own.
        let of_use = |part: usize| parts[part].as_ref().map(Leaves::again);
        let traced = Traced::new(chain, x, &of_use)?;
        let loss = loss(&traced, data, kind, device)?;
        let linears = chain.linears();
        let leaf = |linear: &LinearUse| traced.leaves[linear.step].clone();
        let mut wanted = Vec::new();
        for linear in &linears {
            let leaves = leaf(linear).ok_or_else(|| missing("linear"))?;
            wanted.push(leaves.weight);
            wanted.extend(leaves.bias);
            wanted.push(traced.values[linear.output].clone());
        }
        let one = Value::constant(traced::tensor(&[1.0], &[], kind, device)?);
        let found = gradients(&[(loss.clone(), one)], &wanted, Order::First, &Proven)?;
        let mut found = found.into_iter();
        let mut next = || -> Result<Vec<f64>, LabError> {
            let gradient = found.next().flatten().ok_or_else(|| missing("linear"))?;
            Ok(Array::from_tensor(gradient.tensor())?.data)
        };
        let mut pass = Self {
            loss: Array::from_tensor(loss.tensor())?.data[0],
            weights: Vec::new(),
            biases: Vec::new(),
            outputs: Vec::new(),
            deviations: Vec::new(),
        };
        for linear in &linears {
            pass.weights.push(next()?);
            let has_bias = leaf(linear).is_some_and(|leaves| leaves.bias.is_some());
            pass.biases
                .push(if has_bias { Some(next()?) } else { None });
            pass.outputs.push(next()?);
            let output = Array::from_tensor(traced.values[linear.output].tensor())?;
            pass.deviations.push(deviation(&output.data));
        }
        Ok(pass)
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

/// The mean squared error.
pub(super) fn loss(
    traced: &Traced,
    data: &Data,
    kind: Kind,
    device: &Device,
) -> Result<Value, LabError> {
    let y = traced::tensor(&data.y, &[data.rows, data.outputs], kind, device)?;
    let off = traced.output().sub(&Value::constant(y))?;
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2⁵³")]
    let scale = 1.0 / data.y.len() as f64;
    off.mul(&off)?.sum(&[0, 1], false)?.affine(scale, 0.0)
}
