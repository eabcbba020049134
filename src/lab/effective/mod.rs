//! The effective receptive field, measured: where in the input a unit's gradient lies, averaged over random inputs and
//! weights.
//!
//! Only sizes are asked for, so the passes are made in float32; what is averaged is summed in float64. The gradient is taken
//! of the input alone, inside the box that the unit can see at each layer.

mod asked;
mod composed;
mod convolution;
mod gradient;
mod network;
mod passes;
mod pool;
mod product;
mod slopes;
#[cfg(test)]
mod tests;
mod tiles;
mod weights;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub use network::{Network, Obstacle};

use super::{Device, LabError};
use asked::asked;
use composed::Composed;
use gradient::Gradient;
use passes::there_and_back;
use weights::{Drawn, Weights};

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

/// The passes are cut into at least so many batches, whatever the number of threads, so that each thread has some.
const BATCHES: usize = 4;

/// Some inputs of one network, which go through it together.
struct Batch {
    network: usize,
    inputs: Range<usize>,
}

impl Plan {
    /// The batches, of at most so many inputs.
    fn batches(&self, most: usize) -> Vec<Batch> {
        let each = self.each.max(1);
        let networks = self.inputs.div_ceil(each);
        let of_network = |network: usize| {
            let start = network * each;
            let count = each.min(self.inputs - start);
            let parts = count.div_ceil(most).max(BATCHES.div_ceil(networks));
            let part = move |part: usize| start + count * part / parts;
            (0..parts).map(move |at| Batch {
                network,
                inputs: part(at)..part(at + 1),
            })
        };
        let batches = (0..networks).flat_map(of_network);
        batches.filter(|batch| !batch.inputs.is_empty()).collect()
    }
}

/// Measures where the gradient of the unit at `unit` lies: on the CPU with so many threads, on another device with one. `done` is told
/// how many passes more there are.
///
/// # Errors
/// If the engine fails.
pub fn measure(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    (device, threads): (&Device, usize),
    done: &(dyn Fn(usize) + Sync),
) -> Result<Mass, LabError> {
    let batches = plan.batches(network.images());
    let total = if device.is_cpu() {
        fused(network, unit, plan, &batches, threads, done)
    } else {
        composed(network, unit, plan, &batches, device, done)?
    };
    Ok(total.mass())
}

/// Batches one after the other, in operations on a device's tensors.
fn composed(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    batches: &[Batch],
    device: &Device,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Sum, LabError> {
    let mut held: Option<(usize, Composed)> = None;
    let mut total = Sum::new(network.input_dims());
    for batch in batches {
        let held = match &mut held {
            Some((number, held)) if *number == batch.network => held,
            other => {
                let drawn = Drawn::new(network, plan.initial, plan.seed, batch.network);
                let composed = Composed::new(network, device, &drawn)?;
                &mut other.insert((batch.network, composed)).1
            }
        };
        let (given, upstream) = asked(network, unit, plan, batch.inputs.clone());
        let gradients = held.there_and_back(&given, &upstream)?;
        total.add(Sum::of(network, &gradients, plan.initial));
        done(batch.inputs.len());
    }
    Ok(total)
}

/// Batches on several threads, added up in their own order.
fn fused(
    network: &Network,
    unit: [usize; 2],
    plan: Plan,
    batches: &[Batch],
    threads: usize,
    done: &(dyn Fn(usize) + Sync),
) -> Sum {
    let weights = Held::new(network, plan, batches);
    let next = AtomicUsize::new(0);
    let total = Mutex::new(InOrder::new(network.input_dims()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, batches.len().max(1)) {
            scope.spawn(|| {
                let mut own = None;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(batch) = batches.get(number) else {
                        break;
                    };
                    let weights = weights.of(batch.network, &mut own);
                    let (given, upstream) = asked(network, unit, plan, batch.inputs.clone());
                    let gradients = there_and_back(network, &weights, given, upstream);
                    let sum = Sum::of(network, &gradients, plan.initial);
                    let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                    total.add(number, sum);
                    drop(total);
                    done(batch.inputs.len());
                }
            });
        }
    });
    let total = total.into_inner();
    total.unwrap_or_else(PoisonError::into_inner).total
}

/// A sum that takes what is added in the order of its numbers, so that its last digits are those of one thread; only what comes too
/// early is kept.
struct InOrder {
    total: Sum,
    next: usize,
    early: BTreeMap<usize, Sum>,
}

impl InOrder {
    fn new(dims: [usize; 2]) -> Self {
        Self {
            total: Sum::new(dims),
            next: 0,
            early: BTreeMap::new(),
        }
    }

    fn add(&mut self, number: usize, sum: Sum) {
        self.early.insert(number, sum);
        while let Some(sum) = self.early.remove(&self.next) {
            self.total.add(sum);
            self.next += 1;
        }
    }
}

/// The weights of every network, drawn by the first thread that needs them and kept as long as one does.
struct Held<'a> {
    network: &'a Network,
    plan: Plan,
    slots: Vec<Mutex<Weak<Weights>>>,
}

impl<'a> Held<'a> {
    fn new(network: &'a Network, plan: Plan, batches: &[Batch]) -> Self {
        let count = batches.last().map_or(0, |batch| batch.network + 1);
        Self {
            network,
            plan,
            slots: (0..count).map(|_| Mutex::default()).collect(),
        }
    }

    /// Those of the network with this number; a thread holds those that it had last as its own.
    fn of(&self, number: usize, own: &mut Option<(usize, Arc<Weights>)>) -> Arc<Weights> {
        if let Some((held, weights)) = own
            && *held == number
        {
            return Arc::clone(weights);
        }
        *own = None;
        let slot = self.slots[number].lock();
        let mut slot = slot.unwrap_or_else(PoisonError::into_inner);
        let weights = slot.upgrade().unwrap_or_else(|| {
            let Plan { initial, seed, .. } = self.plan;
            let drawn = Drawn::new(self.network, initial, seed, number);
            Arc::new(Weights::new(self.network, &drawn))
        });
        *slot = Arc::downgrade(&weights);
        *own = Some((number, Arc::clone(&weights)));
        weights
    }
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

    /// Of some passes: each counts the same, however large its gradient.
    fn of(network: &Network, gradients: &Gradient, initial: Initial) -> Self {
        let mut sum = Self::new(network.input_dims());
        for image in 0..gradients.images {
            let masses = gradients.by_position(image, |slope| match initial {
                Initial::Random => f64::from(slope) * f64::from(slope),
                Initial::Ones => f64::from(slope),
            });
            sum.count(gradients, &masses);
        }
        sum
    }

    /// Adds the shares of one pass.
    #[expect(clippy::cast_precision_loss, reason = "positions are far below 2⁵³")]
    fn count(&mut self, gradients: &Gradient, masses: &[f64]) {
        let total: f64 = masses.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            self.moments.push(None);
            return;
        }
        let [rows, columns] = gradients.dims;
        let mut moments = [[0.0; 2]; 2];
        for row in 0..rows {
            for column in 0..columns {
                let share = masses[row * columns + column] / total;
                let place = [gradients.at[0] + row, gradients.at[1] + column];
                self.shares[place[0] * self.dims[1] + place[1]] += share;
                for (moment, place) in moments.iter_mut().zip(place) {
                    moment[0] += share * place as f64;
                    moment[1] += share * (place as f64).powi(2);
                }
            }
        }
        self.moments.push(Some(moments));
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
