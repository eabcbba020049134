//! A chain's forward and backward pass on the engine's tensors, without a tape: what training runs.
//!
//! Each linear layer is one matrix product forward and two backward; the bias, the activation and its slope are swept
//! in place. `tests` holds the gradients against those of [`crate::lab::value::gradients`].

use candle_core::{DType, Device, Tensor};

use super::Weights;
use super::kernels::{self, Curve, Real};
use crate::lab::LabError;
use crate::model::Chain;
use crate::model::chain::{NORM_EPSILON, Over, Part, Step};

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

/// What the forward pass keeps.
pub(super) struct Kept {
    values: Vec<Tensor>,
    norms: Vec<Option<Normed>>,
}

/// What a norm keeps: x̂, and 1/√(variance + ε) for each row or feature.
struct Normed {
    hat: Vec<f64>,
    inverse: Vec<f64>,
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

    /// Zeros of the shapes of all parts.
    pub(super) fn zeros(&self) -> Result<Vec<Tensors>, LabError> {
        let zeros = |tensor: &Tensor| tensor.zeros_like().map_err(engine("zeros"));
        let parts = self.parts.iter().map(|part| {
            Ok(Tensors {
                weight: zeros(&part.weight)?,
                bias: part.bias.as_ref().map(zeros).transpose()?,
            })
        });
        parts.collect()
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
        let z = part
            .weight
            .t()
            .and_then(|weight| x.matmul(&weight))
            .map_err(engine("linear"))?;
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

    /// The gradients of all parts from that of the output, added to `sums`.
    pub(super) fn backward<R: Real>(
        &self,
        kept: &Kept,
        output: Tensor,
        sums: &[Tensors],
    ) -> Result<(), LabError> {
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
                    let weight = gradient
                        .t()
                        .and_then(|g| g.matmul(input))
                        .map_err(engine("linear"))?;
                    kernels::add_scaled::<R>(&sums[part].weight, &weight, 1.0)?;
                    if let Some(bias) = &sums[part].bias {
                        kernels::add_rows::<R>(bias, &gradient)?;
                    }
                    if step > 0 {
                        gradient = gradient
                            .matmul(&self.parts[part].weight)
                            .map_err(engine("linear"))?;
                    }
                }
                Stage::Norm(part) => {
                    let normed = kept.norms[step]
                        .as_ref()
                        .ok_or_else(|| LabError::NoGradient {
                            operation: "norm",
                            message: "nothing was kept of its forward pass".to_owned(),
                        })?;
                    gradient = self.norm_back::<R>(part, normed, &gradient, &sums[part])?;
                }
            }
        }
        Ok(())
    }

    fn norm<R: Real>(&self, part: usize, x: &Tensor) -> Result<(Tensor, Normed), LabError> {
        let (over, affine) = self.over(part);
        let (rows, features) = x.dims2().map_err(engine("norm"))?;
        let numbers = to_real(x)?;
        let mut hat = vec![0.0; numbers.len()];
        let mut inverse = Vec::new();
        for group in groups(over, rows, features) {
            let count = group.len_real();
            let mean = group.places().map(|place| numbers[place]).sum::<f64>() / count;
            let variance = group
                .places()
                .map(|place| (numbers[place] - mean).powi(2))
                .sum::<f64>()
                / count;
            let inverted = 1.0 / (variance + NORM_EPSILON).sqrt();
            for place in group.places() {
                hat[place] = (numbers[place] - mean) * inverted;
            }
            inverse.push(inverted);
        }
        let value = if affine {
            let (scale, shift) = (to_real(&self.parts[part].weight)?, self.shift(part)?);
            let of = |(place, hat): (usize, &f64)| {
                hat * scale[place % features] + shift[place % features]
            };
            hat.iter().enumerate().map(of).collect()
        } else {
            hat.clone()
        };
        Ok((
            from_real::<R>(&value, rows, features)?,
            Normed { hat, inverse },
        ))
    }

    fn norm_back<R: Real>(
        &self,
        part: usize,
        normed: &Normed,
        gradient: &Tensor,
        sums: &Tensors,
    ) -> Result<Tensor, LabError> {
        let (over, affine) = self.over(part);
        let (rows, features) = gradient.dims2().map_err(engine("norm"))?;
        let mut upstream = to_real(gradient)?;
        if affine {
            let (mut of_scale, mut of_shift) = (vec![0.0; features], vec![0.0; features]);
            let scale = to_real(&self.parts[part].weight)?;
            for (place, g) in upstream.iter_mut().enumerate() {
                of_scale[place % features] += *g * normed.hat[place];
                of_shift[place % features] += *g;
                *g *= scale[place % features];
            }
            kernels::add_rows::<R>(&sums.weight, &from_real::<R>(&of_scale, 1, features)?)?;
            if let Some(bias) = &sums.bias {
                kernels::add_rows::<R>(bias, &from_real::<R>(&of_shift, 1, features)?)?;
            }
        }
        let mut back = vec![0.0; upstream.len()];
        for (group, inverse) in groups(over, rows, features).zip(&normed.inverse) {
            let count = group.len_real();
            let mean = group.places().map(|place| upstream[place]).sum::<f64>() / count;
            let along = group
                .places()
                .map(|place| upstream[place] * normed.hat[place])
                .sum::<f64>()
                / count;
            for place in group.places() {
                back[place] = inverse * (upstream[place] - mean - normed.hat[place] * along);
            }
        }
        from_real::<R>(&back, rows, features)
    }

    fn over(&self, part: usize) -> (Over, bool) {
        match self.chain.parts[part] {
            Part::Norm { over, affine, .. } => (over, affine),
            Part::Linear { .. } => (Over::Row, false),
        }
    }

    fn shift(&self, part: usize) -> Result<Vec<f64>, LabError> {
        match &self.parts[part].bias {
            Some(bias) => to_real(bias),
            None => Ok(vec![0.0; self.parts[part].weight.elem_count()]),
        }
    }
}

impl Kept {
    pub(super) fn output(&self) -> &Tensor {
        &self.values[self.values.len() - 1]
    }
}

/// The numbers that a norm takes together: a row, or a feature over the batch.
struct Group {
    start: usize,
    step: usize,
    count: usize,
}

impl Group {
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let (start, step) = (self.start, self.step);
        (0..self.count).map(move |number| start + number * step)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch and a width are far below 2⁵³"
    )]
    fn len_real(&self) -> f64 {
        self.count as f64
    }
}

fn groups(over: Over, rows: usize, features: usize) -> impl Iterator<Item = Group> {
    let of = move |number: usize| match over {
        Over::Row => Group {
            start: number * features,
            step: 1,
            count: features,
        },
        Over::Batch => Group {
            start: number,
            step: features,
            count: rows,
        },
    };
    let count = match over {
        Over::Row => rows,
        Over::Batch => features,
    };
    (0..count).map(of)
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
