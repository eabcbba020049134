//! Gradient descent on a chain, in float32 as a program would do it.
//!
//! The batch is cut into the same parts whatever the number of threads, each part goes through the whole network by
//! itself, and the parts' gradients are added in order: one meeting of the threads a step instead of one a product.

use std::thread;

use candle_core::{Device, Tensor};

use super::dense::{Dense, Kept, Tensors, to_real};
use super::kernels;
use super::norms::norm;
use super::{Data, Weights};
use crate::lab::LabError;
use crate::model::Chain;
use crate::model::chain::{Over, Part};

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

/// Rows of a part of the batch, at least.
const PART_ROWS: usize = 32;

/// Parts at most: each has gradients of its own.
const MOST_PARTS: usize = 8;

/// Trains by full-batch gradient descent on the mean squared error. `progress` is told the steps done.
///
/// # Errors
/// If the engine fails.
pub fn train(
    chain: &Chain,
    weights: &Weights,
    data: &Data,
    plan: Plan,
    progress: &mut dyn FnMut(usize),
) -> Result<Trained, LabError> {
    let dense = Dense::new::<f32>(chain, weights)?;
    let parts = parts(chain, data)?;
    let mut losses = Vec::with_capacity(plan.steps + 1);
    for step in 0..plan.steps {
        let found = in_parallel(&parts, |part| backward(&dense, part, data))?;
        let loss = found.iter().map(|(loss, _)| loss).sum::<f64>();
        losses.push(loss);
        if !loss.is_finite() {
            break;
        }
        for (_, sums) in &found {
            update(&dense.parts, sums, plan.rate)?;
        }
        progress(step + 1);
    }
    let mut predictions = Vec::new();
    for part in &parts {
        predictions.extend(to_real(dense.forward::<f32>(&part.x)?.output())?);
    }
    if losses.last().is_none_or(|loss| loss.is_finite()) {
        let off = predictions
            .iter()
            .zip(&data.y)
            .map(|(p, y)| (p - y).powi(2));
        losses.push(off.sum::<f64>() / to_count(data.y.len()));
    }
    let moved = dense.parts.iter().zip(&weights.parts).map(|(now, first)| {
        let now = to_real(&now.weight)?;
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

/// A part of the batch.
struct Rows {
    x: Tensor,
    y: Tensor,
}

fn parts(chain: &Chain, data: &Data) -> Result<Vec<Rows>, LabError> {
    let whole = chain.parts.iter().any(|part| {
        matches!(
            part,
            Part::Norm {
                over: Over::Batch,
                ..
            }
        )
    });
    let rows = if whole {
        data.rows
    } else {
        PART_ROWS.max(data.rows.div_ceil(MOST_PARTS))
    };
    let tensor = |numbers: &[f64], columns: usize| {
        #[expect(clippy::cast_possible_truncation, reason = "training is in float32")]
        let numbers: Vec<f32> = numbers.iter().map(|x| *x as f32).collect();
        let dims = (numbers.len() / columns, columns);
        Tensor::from_vec(numbers, dims, &Device::Cpu)
            .map_err(|error| LabError::engine("tensor", &error))
    };
    let xs = data.x.chunks(rows * data.inputs);
    let ys = data.y.chunks(rows * data.outputs);
    let made = xs.zip(ys).map(|(x, y)| {
        Ok(Rows {
            x: tensor(x, data.inputs)?,
            y: tensor(y, data.outputs)?,
        })
    });
    made.collect()
}

/// What becomes of each part, in order: the same, however many threads of the machine work on them.
fn in_parallel<T: Send>(
    parts: &[Rows],
    work: impl Fn(&Rows) -> Result<T, LabError> + Sync,
) -> Result<Vec<T>, LabError> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(parts.len());
    let work = &work;
    let lane = |lane: usize| -> Vec<(usize, Result<T, LabError>)> {
        let mine = parts.iter().enumerate().skip(lane).step_by(threads.max(1));
        mine.map(|(number, part)| (number, work(part))).collect()
    };
    let lane = &lane;
    let mut found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|number| scope.spawn(move || lane(number)))
            .collect();
        let mut found = lane(0);
        for other in others {
            found.extend(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        found
    });
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, result)| result).collect()
}

/// The gradients of all parts of a chain.
type Sums = Vec<Option<Tensors>>;

/// One part forward and backward: its share of the loss and of the gradients.
fn backward(dense: &Dense, part: &Rows, data: &Data) -> Result<(f64, Sums), LabError> {
    let kept: Kept = dense.forward::<f32>(&part.x)?;
    let off = (kept.output() - &part.y).map_err(|error| LabError::engine("loss", &error))?;
    let count = to_count(data.y.len());
    let loss = to_real(&off)?.iter().map(|x| x * x).sum::<f64>() / count;
    let gradient = (off * (2.0 / count)).map_err(|error| LabError::engine("loss", &error))?;
    Ok((loss, dense.backward::<f32>(&kept, gradient)?))
}

fn update(parts: &[Tensors], sums: &[Option<Tensors>], rate: f64) -> Result<(), LabError> {
    for (part, sum) in parts.iter().zip(sums) {
        let Some(sum) = sum else { continue };
        kernels::add_scaled::<f32>(&part.weight, &sum.weight, -rate)?;
        if let (Some(bias), Some(sum)) = (&part.bias, &sum.bias) {
            kernels::add_scaled::<f32>(bias, sum, -rate)?;
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of numbers are far below 2⁵³"
)]
fn to_count(count: usize) -> f64 {
    count as f64
}
