//! Training on the CPU: fused kernels over its memory.
//!
//! The batch is cut into the same parts whatever the number of threads, each part goes through the whole network by
//! itself, and the parts' gradients are added in order: one meeting of the threads a step instead of one a product.

use std::thread;

use candle_core::{Device, Tensor};

use super::dense::{Dense, Kept, Tensors, to_real};
use super::train::{Network, to_count};
use super::{Data, Weights, kernels};
use crate::lab::LabError;
use crate::model::Chain;
use crate::model::chain::{Over, Part};

/// Rows of a part of the batch, at least.
const PART_ROWS: usize = 32;

/// Parts at most: each has gradients of its own.
const MOST_PARTS: usize = 8;

/// See the module.
pub(super) struct Fused<'a> {
    dense: Dense<'a>,
    data: &'a Data,
    batch: Vec<Rows>,
}

impl<'a> Fused<'a> {
    pub(super) fn new(
        chain: &'a Chain,
        weights: &Weights,
        data: &'a Data,
    ) -> Result<Self, LabError> {
        Ok(Self {
            dense: Dense::new::<f32>(chain, weights)?,
            data,
            batch: parts(chain, data)?,
        })
    }
}

impl Network for Fused<'_> {
    fn step(&mut self, rate: f64) -> Result<f64, LabError> {
        let (dense, data) = (&self.dense, self.data);
        let found = in_parallel(&self.batch, |part| backward(dense, part, data))?;
        let loss = found.iter().map(|(loss, _)| loss).sum::<f64>();
        if loss.is_finite() {
            for (_, sums) in &found {
                update(&dense.parts, sums, rate)?;
            }
        }
        Ok(loss)
    }

    fn predictions(&self) -> Result<Vec<f64>, LabError> {
        let mut predictions = Vec::new();
        for part in &self.batch {
            predictions.extend(to_real(self.dense.forward::<f32>(&part.x)?.output())?);
        }
        Ok(predictions)
    }

    fn weight(&self, part: usize) -> Result<Vec<f64>, LabError> {
        to_real(&self.dense.parts[part].weight)
    }
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
