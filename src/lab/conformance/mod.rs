//! The proof of the rules that gradus differentiates with, and what the engine's own backward pass makes of the same.
//!
//! A rule is held against central differences on random configurations: shapes of every rank with axes of size 1 and 0,
//! operands that broadcast and that lie in memory transposed or in pieces. The gradient itself is differentiated again
//! and held against differences of the gradient.

mod cases;
mod composed;
mod differences;
mod draw;
mod engine;
mod faults;
#[cfg(test)]
mod plain;
mod structures;
#[cfg(test)]
mod tests;

use candle_core::Tensor;
use rayon::prelude::*;

pub use engine::{Comparison, Finding, comparisons};

use super::ops::{Op, Unary, evaluate, is_moved};
use super::value::{Order, Rules, Value, gradients};
use super::{Array, Device, LabError};
use cases::{Case, Family};
use draw::Draw;

/// A rule holds when no entry is further than this from the measured one, relative to it (but to no less than a
/// thousandth of the largest entry, or of 1). Rounding and extrapolation stay a hundred times below it, mistakes far above.
pub const TOLERANCE: f64 = 1e-8;

/// How many configurations of each operation are drawn.
pub const CONFIGURATIONS: usize = 24;

/// What came of one operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proof {
    /// As PyTorch calls it.
    pub operation: &'static str,
    /// Whether a gradient passes through it at all.
    pub passes_gradient: bool,
    /// The number of configurations.
    pub configurations: usize,
    /// The largest relative error of a gradient.
    pub first: f64,
    /// The largest relative error of a gradient of the gradient.
    pub second: f64,
    /// What another device made of the same; `None` on the CPU.
    pub elsewhere: Option<Elsewhere>,
}

/// What another device than the CPU makes of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elsewhere {
    /// The largest relative difference of its values from the CPU's.
    pub values: f64,
    /// Whether the operation is computed on the CPU for it, and moved.
    pub moved: bool,
}

impl Proof {
    /// Whether the rule is right.
    pub fn holds(&self) -> bool {
        let values = self.elsewhere.map_or(0.0, |elsewhere| elsewhere.values);
        [self.first, self.second, values]
            .iter()
            .all(|error| *error <= TOLERANCE)
    }
}

/// Every operation of the lab on a device, held against central differences that are measured on the CPU. The same seed
/// gives the same configurations.
///
/// # Errors
/// If an operation fails on a configuration.
pub fn proofs(
    rules: &(dyn Rules + Sync),
    seed: u64,
    device: &Device,
) -> Result<Vec<Proof>, LabError> {
    let families: Vec<(u64, Family)> = (0..).zip(Family::all()).collect();
    let proof = |&(purpose, family): &(u64, Family)| proof(family, purpose, rules, seed, device);
    if device.is_cpu() {
        families.par_iter().map(proof).collect()
    } else {
        // The engine gives each thread a stream of its own on a card, and nothing orders two of them.
        families.iter().map(proof).collect()
    }
}

/// One operation's proof.
fn proof(
    family: Family,
    purpose: u64,
    rules: &dyn Rules,
    seed: u64,
    device: &Device,
) -> Result<Proof, LabError> {
    let mut draw = Draw::new(seed, purpose);
    let engine = |error: candle_core::Error| LabError::engine("draw", &error);
    let mut case = family.draw(&mut draw).map_err(engine)?;
    let mut proof = Proof {
        operation: family.name(&case.op),
        passes_gradient: passes_gradient(&case.op),
        configurations: CONFIGURATIONS,
        first: 0.0,
        second: 0.0,
        elsewhere: None,
    };
    for _ in 0..CONFIGURATIONS {
        let measured = Trial::new(&case, &mut draw, device)?;
        proof.first = proof.first.max(measured.first(rules)?);
        proof.second = proof.second.max(measured.second(rules, &mut draw)?);
        if !device.is_cpu() {
            let found = measured.elsewhere()?;
            proof.elsewhere = Some(match proof.elsewhere {
                Some(before) => Elsewhere {
                    values: before.values.max(found.values),
                    moved: before.moved || found.moved,
                },
                None => found,
            });
        }
        case = family.draw(&mut draw).map_err(engine)?;
    }
    Ok(proof)
}

/// Whether a gradient can pass: not through a comparison, nor through numbers of places.
fn passes_gradient(op: &Op) -> bool {
    !matches!(
        op,
        Op::Compare(_)
            | Op::Detach
            | Op::ArgExtreme { .. }
            | Op::ArgSort { .. }
            | Op::Unary(Unary::Not | Unary::IsNan | Unary::IsFinite)
    )
}

/// One configuration with an upstream gradient, and the device that is on trial.
struct Trial<'a> {
    case: &'a Case,
    device: Device,
    /// The places of the operands that a gradient may reach.
    floats: Vec<usize>,
    upstream: Tensor,
}

impl<'a> Trial<'a> {
    fn new(case: &'a Case, draw: &mut Draw, device: &Device) -> Result<Self, LabError> {
        let floats = (0..case.inputs.len()).filter(|&place| case.inputs[place].dtype().is_float());
        let output = evaluate(&case.op, &case.inputs.iter().collect::<Vec<_>>())?;
        let upstream = draw.dyadic(output.dims());
        // No memory of a card can be had for no numbers at all: these stay on the CPU.
        let tensors = case.inputs.iter().chain([&output]);
        let empty = tensors.into_iter().any(|tensor| tensor.elem_count() == 0);
        Ok(Self {
            case,
            device: if empty {
                Device::default()
            } else {
                device.clone()
            },
            floats: floats.collect(),
            upstream: upstream.map_err(|error| LabError::engine("draw", &error))?,
        })
    }

    /// The gradients of the float operands. These and the upstream gradient come in `leaves`, in this order; the other
    /// operands are taken where these are.
    fn gradients(
        &self,
        leaves: &[Value],
        device: &Device,
        order: Order,
        rules: &dyn Rules,
    ) -> Result<Vec<Option<Value>>, LabError> {
        let mut operands = held(device, &self.case.inputs, Value::constant)?;
        for (&place, leaf) in self.floats.iter().zip(leaves) {
            operands[place] = leaf.clone();
        }
        let result = Value::apply(self.case.op.clone(), &operands.iter().collect::<Vec<_>>())?;
        let upstream = leaves[self.floats.len()].clone();
        let wrt = &leaves[..self.floats.len()];
        gradients(&[(result, upstream)], wrt, order, rules)
    }

    /// The float operands and the upstream gradient.
    fn leaves(&self) -> Vec<Tensor> {
        let operands = self
            .floats
            .iter()
            .map(|&place| self.case.inputs[place].clone());
        operands.chain([self.upstream.clone()]).collect()
    }

    /// The largest relative error of a gradient.
    fn first(&self, rules: &dyn Rules) -> Result<f64, LabError> {
        let leaves = held(&self.device, &self.leaves(), Value::leaf)?;
        let found = self.gradients(&leaves, &self.device, Order::First, rules)?;
        if !passes_gradient(&self.case.op) {
            let none = found.iter().all(Option::is_none);
            return Ok(if none { 0.0 } else { f64::INFINITY });
        }
        let function = |inputs: &[Tensor]| {
            let inputs: Vec<&Tensor> = inputs.iter().collect();
            evaluate(&self.case.op, &inputs)
        };
        let upstream = Array::from_tensor(&self.upstream)?;
        let mut worst = 0.0_f64;
        for (found, &place) in found.iter().zip(&self.floats) {
            let measured = differences::gradient(&function, &self.case.inputs, &upstream, place)?;
            let error = match found {
                Some(found) => {
                    differences::distance(&Array::from_tensor(found.tensor())?, &measured)
                }
                None => f64::INFINITY,
            };
            worst = worst.max(error);
        }
        Ok(worst)
    }

    /// The largest relative error of a gradient of the gradients. Where no path leads to an operand, it is 0.
    fn second(&self, rules: &dyn Rules, draw: &mut Draw) -> Result<f64, LabError> {
        if !passes_gradient(&self.case.op) {
            return Ok(0.0);
        }
        let leaves = self.leaves();
        let values = held(&self.device, &leaves, Value::leaf)?;
        let mut weighed = Vec::new();
        let mut weights = Vec::new();
        for gradient in self
            .gradients(&values, &self.device, Order::Higher, rules)?
            .into_iter()
            .flatten()
        {
            let weight = draw
                .dyadic(gradient.dims())
                .map_err(|error| LabError::engine("draw", &error))?;
            weights.extend(Array::from_tensor(&weight)?.data);
            weighed.push((gradient, Value::constant(self.device.hold(&weight)?)));
        }
        let found = gradients(&weighed, &values, Order::First, rules)?;
        let function = |inputs: &[Tensor]| {
            let inputs: Vec<Value> = inputs.iter().cloned().map(Value::leaf).collect();
            let mut numbers = Vec::new();
            for gradient in self
                .gradients(&inputs, &Device::default(), Order::First, rules)?
                .into_iter()
                .flatten()
            {
                numbers.extend(Array::from_tensor(gradient.tensor())?.data);
            }
            Array::new(&[numbers.len()], numbers).to_tensor()
        };
        let weights = Array::new(&[weights.len()], weights);
        let mut worst = 0.0_f64;
        for (place, found) in found.into_iter().enumerate() {
            let measured = differences::gradient(&function, &leaves, &weights, place)?;
            let error = match found {
                Some(found) => {
                    differences::distance(&Array::from_tensor(found.tensor())?, &measured)
                }
                None => differences::distance(&zeros(&measured), &measured),
            };
            worst = worst.max(error);
        }
        Ok(worst)
    }

    /// The values that the device gives, beside the CPU's.
    fn elsewhere(&self) -> Result<Elsewhere, LabError> {
        let here: Vec<&Tensor> = self.case.inputs.iter().collect();
        let there = held(&self.device, &self.case.inputs, |tensor| tensor)?;
        let there = evaluate(&self.case.op, &there.iter().collect::<Vec<_>>())?;
        let known = Array::from_tensor(&evaluate(&self.case.op, &here)?)?;
        Ok(Elsewhere {
            values: differences::distance(&Array::from_tensor(&there)?, &known),
            moved: is_moved(&self.case.op, &here)?,
        })
    }
}

/// Tensors moved to a device.
fn held<T>(device: &Device, tensors: &[Tensor], made: fn(Tensor) -> T) -> Result<Vec<T>, LabError> {
    let held = tensors.iter().map(|tensor| device.hold(tensor).map(made));
    held.collect()
}

fn zeros(like: &Array) -> Array {
    Array::new(&like.dims, vec![0.0; like.data.len()])
}
