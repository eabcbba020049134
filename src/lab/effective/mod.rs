//! The effective receptive field, measured: where in the input a unit's gradient lies, averaged over random inputs and
//! weights.
//!
//! Only sizes are asked for, so the passes are made in float32; what is averaged is summed in float64. The gradient is taken
//! of the input alone, inside the box that the unit can see at each layer.

mod convolution;
mod gradient;
mod network;
mod passes;
mod pool;
#[cfg(test)]
mod tests;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use network::{Network, Obstacle};

use super::LabError;
use passes::{Weights, unit_gradient};

/// What the weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initial {
    /// Uniform with mean 0 and variance 2/fan-in, a network of its own every so many inputs; inputs uniform in ±1. The mass at a position is the square of
    /// the gradient, summed over channels.
    Random,
    /// Every kernel has equal positive taps, inputs are positive: nothing is cut off. The mass is the gradient itself.
    Ones,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Inputs, each with a pass of its own.
    pub inputs: usize,
    /// Inputs that share their weights.
    pub each: usize,
    /// The weights.
    pub initial: Initial,
    /// The seed.
    pub seed: u64,
}

/// Where the mass lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Mass {
    /// Positions along each of the two axes; the first is 1 where the input has one axis.
    pub dims: [usize; 2],
    /// The share at each position, row by row; all shares add up to 1.
    pub shares: Vec<f64>,
    /// Of every pass, in order, the mean position and the mean squared position along each axis; `None` of a pass whose gradient was
    /// 0 everywhere or not finite, which counts nothing.
    pub moments: Vec<Option<[[f64; 2]; 2]>>,
}

/// The passes are cut into at least so many batches, whatever the number of threads; each is of one network, whose weights are drawn
/// for it.
const BATCHES: usize = 4;

impl Plan {
    /// The batches: which passes each has.
    fn batches(&self) -> Vec<std::ops::Range<usize>> {
        let each = self.each.max(1);
        let networks = self.inputs.div_ceil(each);
        let parts = BATCHES.div_ceil(networks.max(1));
        let network = |number: usize| number * each..self.inputs.min((number + 1) * each);
        (0..networks)
            .map(network)
            .flat_map(|range| {
                let part = move |part: usize| range.start + range.len() * part / parts;
                (0..parts).map(move |at| part(at)..part(at + 1))
            })
            .filter(|range| !range.is_empty())
            .collect()
    }
}

/// Measures where the gradient of the unit at `unit` lies. `done` is told of every pass.
///
/// # Errors
/// If the engine fails.
pub fn measure(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    threads: usize,
    done: &(dyn Fn() + Sync),
) -> Result<Mass, LabError> {
    let batches = plan.batches();
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Result<Sum, LabError>>>> =
        batches.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, batches.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    let Some(slot) = slots.get(batch) else { break };
                    let range = batches[batch].clone();
                    let sum = of_batch(network, unit, plan, range, done);
                    // A poisoned slot is one whose writer panicked: the scope tells of it.
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(sum);
                    }
                }
            });
        }
    });
    let mut total = Sum::new(network.input_dims());
    for slot in slots {
        let sum = slot.into_inner().ok().flatten();
        total.add(sum.unwrap_or_else(|| Ok(Sum::new(network.input_dims())))?);
    }
    Ok(total.mass())
}

/// Passes summed up.
struct Sum {
    dims: [usize; 2],
    shares: Vec<f64>,
    moments: Vec<Option<[[f64; 2]; 2]>>,
}

impl Sum {
    fn new(dims: [usize; 2]) -> Self {
        Self {
            dims,
            shares: vec![0.0; dims[0] * dims[1]],
            moments: Vec::new(),
        }
    }

    fn add(&mut self, other: Self) {
        for (sum, share) in self.shares.iter_mut().zip(other.shares) {
            *sum += share;
        }
        self.moments.extend(other.moments);
    }

    fn mass(self) -> Mass {
        let total: f64 = self.shares.iter().sum();
        let shares = self.shares.into_iter();
        Mass {
            dims: self.dims,
            shares: if total > 0.0 {
                shares.map(|share| share / total).collect()
            } else {
                shares.collect()
            },
            moments: self.moments,
        }
    }
}

fn of_batch(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    range: std::ops::Range<usize>,
    done: &(dyn Fn() + Sync),
) -> Result<Sum, LabError> {
    let mut sum = Sum::new(network.input_dims());
    let weights = Weights::draw(
        network,
        plan.initial,
        plan.seed,
        range.start / plan.each.max(1),
    )?;
    for input in range {
        let gradient = unit_gradient(network, &weights, unit, plan, input)?;
        count(&mut sum, &gradient, plan.initial);
        done();
    }
    Ok(sum)
}

/// Adds the shares of one pass: each pass counts the same, however large its gradient.
#[expect(clippy::cast_precision_loss, reason = "positions are far below 2⁵³")]
fn count(sum: &mut Sum, gradient: &gradient::Gradient, initial: Initial) {
    let masses = gradient.by_position(|slope| match initial {
        Initial::Random => f64::from(slope) * f64::from(slope),
        Initial::Ones => f64::from(slope),
    });
    let total: f64 = masses.iter().sum();
    if !(total.is_finite() && total > 0.0) {
        sum.moments.push(None);
        return;
    }
    let [rows, columns] = gradient.dims;
    let mut moments = [[0.0; 2]; 2];
    for row in 0..rows {
        for column in 0..columns {
            let share = masses[row * columns + column] / total;
            let place = [gradient.at[0] + row, gradient.at[1] + column];
            sum.shares[place[0] * sum.dims[1] + place[1]] += share;
            for (moment, place) in moments.iter_mut().zip(place) {
                moment[0] += share * place as f64;
                moment[1] += share * (place as f64).powi(2);
            }
        }
    }
    sum.moments.push(Some(moments));
}
