//! Gradient descent on a chain, in float32 as a program would do it.

use super::fused::Fused;
use super::norms::norm;
use super::taped::Taped;
use super::{Data, Weights};
use crate::lab::device::by_engine_alone;
use crate::lab::{Device, LabError};
use crate::model::Chain;

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Steps.
    pub steps: usize,
    /// The learning rate.
    pub rate: f64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The loss before each step and after the last; it ends with the first that is not finite.
    pub losses: Vec<f64>,
    /// For each part with weights: how far they have moved, as a share of their norm at first. NaN where they are.
    pub moved: Vec<f64>,
    /// The standard deviation of the predictions at the end.
    pub prediction_deviation: f64,
}

/// A network in training.
pub(super) trait Network {
    /// The loss of the whole batch, and then a step down its gradient; none where the loss is not finite.
    fn step(&mut self, rate: f64) -> Result<f64, LabError>;

    /// Its output for the whole batch.
    fn predictions(&self) -> Result<Vec<f64>, LabError>;

    /// The weight of a part.
    fn weight(&self, part: usize) -> Result<Vec<f64>, LabError>;
}

/// Trains by full-batch gradient descent on the mean squared error, on a device. `progress` is told the steps done.
///
/// # Errors
/// If the engine fails.
pub fn train(
    chain: &Chain,
    weights: &Weights,
    data: &Data,
    plan: Plan,
    device: &Device,
    progress: &mut dyn FnMut(usize),
) -> Result<Trained, LabError> {
    let mut network: Box<dyn Network + '_> = if by_engine_alone(device.engine()) {
        Box::new(Taped::new(chain, weights, data, device)?)
    } else {
        Box::new(Fused::new(chain, weights, data)?)
    };
    let mut losses = Vec::with_capacity(plan.steps + 1);
    for step in 0..plan.steps {
        let loss = network.step(plan.rate)?;
        losses.push(loss);
        if !loss.is_finite() {
            break;
        }
        progress(step + 1);
    }
    let predictions = network.predictions()?;
    if losses.last().is_none_or(|loss| loss.is_finite()) {
        let off = predictions
            .iter()
            .zip(&data.y)
            .map(|(p, y)| (p - y).powi(2));
        losses.push(off.sum::<f64>() / to_count(data.y.len()));
    }
    let moved = weights.parts.iter().enumerate().map(|(part, first)| {
        let now = network.weight(part)?;
        // Against the float32 numbers that it started with.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "as the training rounds them"
        )]
        let first: Vec<f64> = first.weight.iter().map(|x| f64::from(*x as f32)).collect();
        let off: Vec<f64> = now
            .iter()
            .zip(&first)
            .map(|(now, first)| now - first)
            .collect();
        Ok(norm(&off) / norm(&first))
    });
    let centre = predictions.iter().sum::<f64>() / to_count(predictions.len());
    let spread = predictions
        .iter()
        .map(|p| (p - centre).powi(2))
        .sum::<f64>();
    Ok(Trained {
        losses,
        moved: moved.collect::<Result<_, LabError>>()?,
        prediction_deviation: (spread / to_count(predictions.len())).sqrt(),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of numbers are far below 2⁵³"
)]
pub(super) fn to_count(count: usize) -> f64 {
    count as f64
}
