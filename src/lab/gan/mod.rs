//! Generator against discriminator on tensors.

mod nets;

pub use nets::{Detached, detached};

use super::ops::Unary;
use super::random::Stream;
use super::value::{Order, Proven, gradients};
use super::{Array, LabError, Value};

/// The generator's loss: log(1 − D) or −log D.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// log(1 − D).
    Saturating,
    /// −log D.
    NonSaturating,
}

fn constant(dims: &[usize], data: Vec<f64>) -> Result<Value, LabError> {
    Array::new(dims, data).to_tensor().map(Value::constant)
}

fn leaf(data: Vec<f64>) -> Result<Value, LabError> {
    Array::new(&[data.len()], data).to_tensor().map(Value::leaf)
}

fn softplus(x: &Value) -> Result<Value, LabError> {
    x.unary(Unary::Softplus)
}

/// The loss of each logit to the generator.
fn cost(logit: &Value, loss: Loss) -> Result<Value, LabError> {
    match loss {
        Loss::Saturating => softplus(logit)?.affine(-1.0, 0.0),
        Loss::NonSaturating => softplus(&logit.affine(-1.0, 0.0)?),
    }
}

/// Gradients of a scalar, 0 where nothing leads.
fn slopes(of: &Value, after: &[Value]) -> Result<Vec<Vec<f64>>, LabError> {
    let outputs = [(of.clone(), Value::number_like(of, 1.0)?)];
    let found = gradients(&outputs, after, Order::First, &Proven)?;
    let found = found
        .into_iter()
        .zip(after)
        .map(|(gradient, leaf)| match gradient {
            Some(gradient) => Ok(Array::from_tensor(gradient.tensor())?.data),
            None => Ok(vec![0.0; leaf.dims().iter().product()]),
        });
    found.collect()
}

fn total(x: &Value) -> Result<Value, LabError> {
    let axes: Vec<usize> = (0..x.dims().len()).collect();
    x.sum(&axes, false)
}

/// The derivative of the generator's loss after each of these logits.
///
/// # Errors
/// If the engine fails.
pub fn logit_slopes(logits: &[f64], loss: Loss) -> Result<Vec<f64>, LabError> {
    let logit = leaf(logits.to_vec())?;
    let found = slopes(&total(&cost(&logit, loss)?)?, &[logit])?;
    Ok(found.into_iter().flatten().collect())
}

/// The discriminator's loss on a few values, and the gradient of the generator's losses (saturating, then not) after the logits of
/// a softmax.
///
/// # Errors
/// If the engine fails.
pub fn on_values(
    data: &[f64],
    generated: &[f64],
    discriminator: &[f64],
) -> Result<(f64, [Vec<f64>; 2]), LabError> {
    let values = data.len();
    let logits = discriminator
        .iter()
        .map(|d| d.ln() - (-d).ln_1p())
        .collect();
    let logit = constant(&[values], logits)?;
    let real = constant(&[values], data.to_vec())?.mul(&softplus(&logit.affine(-1.0, 0.0)?)?)?;
    let fake = constant(&[values], generated.to_vec())?.mul(&softplus(&logit)?)?;
    let loss = Array::from_tensor(total(&real.add(&fake)?)?.tensor())?.data[0];
    let gradient = |kind: Loss| {
        let weight = leaf(generated.iter().map(|g| g.ln()).collect())?;
        let raised = weight.unary(Unary::Exp)?;
        let share = raised.div(&raised.sum(&[0], true)?)?;
        let found = slopes(&total(&share.mul(&cost(&logit, kind)?)?)?, &[weight])?;
        Ok::<_, LabError>(found.into_iter().flatten().collect())
    };
    Ok((
        loss,
        [gradient(Loss::Saturating)?, gradient(Loss::NonSaturating)?],
    ))
}

/// A plan for two opponents on one number: the data's mean, where the discriminator starts, learning rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The mean of the data, N(target, 1).
    pub target: f64,
    /// The discriminator's slope at the start; its offset is 0.
    pub slope: f64,
    /// Steps of the discriminator before the generator moves.
    pub pretrain: usize,
    /// Steps of both.
    pub steps: usize,
    /// The discriminator's learning rate.
    pub discriminator_rate: f64,
    /// The generator's.
    pub generator_rate: f64,
    /// The generator's loss.
    pub loss: Loss,
}

/// z on a grid with its weights.
struct Grid {
    z: Value,
    weights: Value,
}

impl Grid {
    fn new() -> Result<Self, LabError> {
        let z: Vec<f64> = (0..257)
            .map(|point| f64::from(point) / 16.0 - 8.0)
            .collect();
        let density = 1.0 / (16.0 * (2.0 * std::f64::consts::PI).sqrt());
        let weights = z.iter().map(|z| density * (-0.5 * z * z).exp()).collect();
        Ok(Self {
            weights: constant(&[z.len()], weights)?,
            z: constant(&[z.len()], z)?,
        })
    }

    fn mean(&self, of: &Value) -> Result<Value, LabError> {
        total(&self.weights.mul(of)?)
    }
}

/// θ after every step of both, θ₀ = 0, from gradients on tensors; `told` hears of every step.
///
/// # Errors
/// If the engine fails.
pub fn opponents(plan: &Plan, mut told: impl FnMut()) -> Result<Vec<f64>, LabError> {
    let grid = Grid::new()?;
    let real = grid.z.affine(1.0, plan.target)?;
    let (mut theta, mut slope, mut offset) = (0.0, plan.slope, 0.0);
    let mut path = Vec::with_capacity(plan.steps);
    for step in 0..plan.pretrain + plan.steps {
        let (own_slope, own_offset) = (leaf(vec![slope])?, leaf(vec![offset])?);
        let logit = |x: &Value| x.mul(&own_slope)?.add(&own_offset);
        let fake = grid.z.affine(1.0, theta)?;
        let on_real = grid.mean(&softplus(&logit(&real)?.affine(-1.0, 0.0)?)?)?;
        let loss = on_real.add(&grid.mean(&softplus(&logit(&fake)?)?)?)?;
        let found = slopes(&loss, &[own_slope.clone(), own_offset.clone()])?;
        slope -= plan.discriminator_rate * found[0][0];
        offset -= plan.discriminator_rate * found[1][0];
        if step >= plan.pretrain {
            let mean = leaf(vec![theta])?;
            let made = grid.z.add(&mean)?.affine(slope, offset)?;
            let loss = grid.mean(&cost(&made, plan.loss)?)?;
            theta -= plan.generator_rate * slopes(&loss, &[mean])?[0][0];
            path.push(theta);
        }
        told();
    }
    Ok(path)
}

/// Mean and variance of `scale·z + shift` over z ~ N(0, 1), drawn.
///
/// # Errors
/// If the engine fails.
pub fn sampled(
    scale: f64,
    shift: f64,
    count: usize,
    stream: Stream,
) -> Result<(f64, f64), LabError> {
    let z = (0..count as u64)
        .map(|place| stream.normal(place))
        .collect();
    let images = Array::from_tensor(constant(&[count], z)?.affine(scale, shift)?.tensor())?;
    let n = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let mean = images.data.iter().sum::<f64>() / n;
    let squares = images.data.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    Ok((mean, squares / (n - 1.0)))
}
