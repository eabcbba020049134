//! A chain's forward and backward pass on the engine's tensors, without a tape: what training runs.
//!
//! Each linear layer is one matrix product forward and two backward; the bias, the activation and its slope are swept
//! in place. `tests` holds the gradients against those of [`crate::lab::value::gradients`].

mod norm;

use candle_core::{DType, Device, Tensor};

use super::Weights;
use super::kernels::{self, Curve, Real};
use crate::lab::LabError;
use crate::lab::product::{self, Form};
use crate::model::Chain;
use crate::model::chain::{Part, Step};
use norm::Normed;

/// A chain with weights on the engine's tensors.
pub(super) struct Dense<'a> {
    chain: &'a Chain,
    pub(super) parts: Vec<Tensors>,
    plan: Vec<Stage>,
}

/// The tensors of a part, or their gradients.
#[derive(Clone)]
pub(super) struct Tensors {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
}

/// How a step is carried out.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// A linear layer, with the activation of the step after it where that can be had in the same sweep.
    Linear(usize, Option<Curve>),
    /// A norm.
    Norm(usize),
    /// An activation.
    Activation(Curve),
    /// Already done by the step before.
    Done(Curve),
    /// A shortcut.
    Add(usize),
}

fn product<R: Real>(a: &Tensor, b: &Tensor, form: Form) -> Result<Tensor, LabError> {
    product::product::<R>(a, b, form).map_err(engine("linear"))
}

/// What the forward pass keeps.
pub(super) struct Kept {
    values: Vec<Tensor>,
    norms: Vec<Option<Normed>>,
}

fn engine(operation: &'static str) -> impl Fn(candle_core::Error) -> LabError {
    move |error| LabError::engine(operation, &error)
}

impl<'a> Dense<'a> {
    pub(super) fn new<R: Real>(chain: &'a Chain, weights: &Weights) -> Result<Self, LabError> {
        let made = |data: &[f64], dims: &[usize]| {
            let data: Vec<R> = data.iter().map(|x| R::from_f64(*x)).collect();
            Tensor::from_vec(data, dims, &Device::Cpu).map_err(engine("tensor"))
        };
        let parts = chain
            .parts
            .iter()
            .zip(&weights.parts)
            .map(|(part, numbers)| {
                let dims = match *part {
                    Part::Linear {
                        inputs, outputs, ..
                    } => vec![outputs, inputs],
                    Part::Norm { .. } => vec![numbers.weight.len()],
                };
                let bias = match numbers.bias.len() {
                    0 => None,
                    length => Some(made(&numbers.bias, &[length])?),
                };
                Ok(Tensors {
                    weight: made(&numbers.weight, &dims)?,
                    bias,
                })
            });
        Ok(Self {
            chain,
            parts: parts.collect::<Result<_, LabError>>()?,
            plan: plan(chain)?,
        })
    }

    /// The output for a batch, and what the backward pass needs.
    pub(super) fn forward<R: Real>(&self, x: &Tensor) -> Result<Kept, LabError> {
        let mut kept = Kept {
            values: Vec::with_capacity(self.plan.len() + 1),
            norms: Vec::with_capacity(self.plan.len()),
        };
        kept.values.push(x.clone());
        for stage in &self.plan {
            let last = &kept.values[kept.values.len() - 1];
            let mut norm = None;
            let value = match *stage {
                Stage::Linear(part, curve) => self.linear::<R>(part, curve, last)?,
                Stage::Norm(part) => {
                    let (value, normed) = self.norm::<R>(part, last)?;
                    norm = Some(normed);
                    value
                }
                Stage::Activation(curve) => {
                    let value = last.zeros_like().map_err(engine("zeros"))?;
                    kernels::activate::<R>(&value, last, curve)?;
                    value
                }
                Stage::Done(_) => last.clone(),
                Stage::Add(from) => (last + &kept.values[from]).map_err(engine("add"))?,
            };
            kept.norms.push(norm);
            kept.values.push(value);
        }
        Ok(kept)
    }

    fn linear<R: Real>(
        &self,
        part: usize,
        curve: Option<Curve>,
        x: &Tensor,
    ) -> Result<Tensor, LabError> {
        let part = &self.parts[part];
        let z = product::<R>(x, &part.weight, Form::SecondTransposed)?;
        match (&part.bias, curve) {
            (Some(bias), curve) => kernels::add_bias::<R>(&z, bias, curve)?,
            (None, Some(curve)) => {
                let a = z.zeros_like().map_err(engine("zeros"))?;
                kernels::activate::<R>(&a, &z, curve)?;
                return Ok(a);
            }
            (None, None) => {}
        }
        Ok(z)
    }

    /// The gradients of all parts from that of the output; a shared part has the sum over its uses.
    pub(super) fn backward<R: Real>(
        &self,
        kept: &Kept,
        output: Tensor,
    ) -> Result<Vec<Option<Tensors>>, LabError> {
        let mut sums: Vec<Option<Tensors>> = vec![None; self.parts.len()];
        let mut shortcuts: Vec<Option<Tensor>> = vec![None; self.plan.len() + 1];
        let mut gradient = output;
        for (step, stage) in self.plan.iter().enumerate().rev() {
            if let Some(more) = shortcuts[step + 1].take() {
                kernels::add_scaled::<R>(&gradient, &more, 1.0)?;
            }
            let input = &kept.values[step];
            match *stage {
                Stage::Done(curve) => {
                    kernels::through_slope::<R>(&gradient, &kept.values[step + 1], curve)?;
                }
                Stage::Activation(curve) => {
                    let from = if curve.slope_from_value() {
                        &kept.values[step + 1]
                    } else {
                        input
                    };
                    kernels::through_slope::<R>(&gradient, from, curve)?;
                }
                Stage::Add(from) => {
                    let copy = gradient.copy().map_err(engine("copy"))?;
                    match &shortcuts[from] {
                        Some(sum) => kernels::add_scaled::<R>(sum, &copy, 1.0)?,
                        None => shortcuts[from] = Some(copy),
                    }
                }
                Stage::Linear(part, _) => {
                    let weight = product::<R>(&gradient, input, Form::FirstTransposed)?;
                    let bias = self.parts[part].bias.as_ref().map(|bias| {
                        let sum = bias.zeros_like().map_err(engine("zeros"))?;
                        kernels::add_rows::<R>(&sum, &gradient)?;
                        Ok(sum)
                    });
                    let bias = bias.transpose()?;
                    collect::<R>(&mut sums[part], Tensors { weight, bias })?;
                    if step > 0 {
                        gradient = product::<R>(&gradient, &self.parts[part].weight, Form::Plain)?;
                    }
                }
                Stage::Norm(part) => {
                    let normed = kept.norms[step]
                        .as_ref()
                        .ok_or_else(|| LabError::NoGradient {
                            operation: "norm",
                            message: "nothing was kept of its forward pass".to_owned(),
                        })?;
                    let (back, own) = self.norm_back::<R>(part, normed, &gradient)?;
                    gradient = back;
                    if let Some(own) = own {
                        collect::<R>(&mut sums[part], own)?;
                    }
                }
            }
        }
        Ok(sums)
    }
}

/// Adds a use's gradients to those of the uses before.
fn collect<R: Real>(sum: &mut Option<Tensors>, more: Tensors) -> Result<(), LabError> {
    let Some(sum) = sum else {
        *sum = Some(more);
        return Ok(());
    };
    kernels::add_scaled::<R>(&sum.weight, &more.weight, 1.0)?;
    if let (Some(sum), Some(more)) = (&sum.bias, &more.bias) {
        kernels::add_scaled::<R>(sum, more, 1.0)?;
    }
    Ok(())
}

impl Kept {
    pub(super) fn output(&self) -> &Tensor {
        &self.values[self.values.len() - 1]
    }
}

/// The numbers of a tensor in float64.
pub(super) fn to_real(tensor: &Tensor) -> Result<Vec<f64>, LabError> {
    let flat = tensor
        .flatten_all()
        .and_then(|flat| flat.to_dtype(DType::F64)?.to_vec1());
    flat.map_err(engine("to"))
}

fn from_real<R: Real>(numbers: &[f64], rows: usize, columns: usize) -> Result<Tensor, LabError> {
    let numbers: Vec<R> = numbers.iter().map(|x| R::from_f64(*x)).collect();
    Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).map_err(engine("tensor"))
}

/// How each step is carried out.
fn plan(chain: &Chain) -> Result<Vec<Stage>, LabError> {
    let read_by_shortcut = |value: usize| chain.steps.contains(&Step::Add(value));
    let curve_of = |step: usize| match chain.steps.get(step) {
        Some(Step::Activation(activation)) => Curve::of(activation),
        _ => None,
    };
    let mut stages: Vec<Stage> = Vec::with_capacity(chain.steps.len());
    for (step, what) in chain.steps.iter().enumerate() {
        let stage = match what {
            Step::Apply(part) => match chain.parts[*part] {
                Part::Norm { .. } => Stage::Norm(*part),
                Part::Linear { .. } => {
                    let fused = curve_of(step + 1).filter(|curve| curve.slope_from_value());
                    Stage::Linear(*part, fused.filter(|_| !read_by_shortcut(step + 1)))
                }
            },
            Step::Activation(_) => {
                let curve = curve_of(step).ok_or_else(|| {
                    LabError::Foreign("an activation that is not known".to_owned())
                })?;
                match stages.last() {
                    Some(Stage::Linear(_, Some(_))) => Stage::Done(curve),
                    _ => Stage::Activation(curve),
                }
            }
            Step::Add(from) => Stage::Add(*from),
        };
        stages.push(stage);
    }
    Ok(stages)
}

#[cfg(test)]
mod tests;
