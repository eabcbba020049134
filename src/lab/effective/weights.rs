//! The weights of a network's convolutions, drawn and laid out as the passes want them.

use super::network::{Kernel, Network};
use super::product::Panels;
use super::{Initial, convolution, tiles};
use crate::lab::random::Stream;

/// Variance of a weight, times its fan-in: what ReLUs halve is doubled (He and others, 2015).
const HE: f32 = 2.0;

/// What the stream of numbers is for.
const FOR_WEIGHTS: u64 = 1 << 32;

/// The weights of every convolution.
pub(super) struct Weights(pub(super) Vec<Laid>);

/// The weights of one convolution.
pub(super) enum Laid {
    /// For each group.
    Matrices(Vec<Matrices>),
    /// Transformed.
    Tiles(tiles::Kernel),
}

/// A matrix (taps × outputs), taps row by row and channel by channel, and its transpose.
pub(super) struct Matrices {
    pub(super) there: Panels,
    pub(super) back: Panels,
}

impl Matrices {
    /// Of weights that stand tap by tap.
    pub(super) fn new(weights: &[f32], outputs: usize) -> Self {
        Self {
            there: Panels::new(weights, outputs),
            back: Panels::transposed(weights, outputs),
        }
    }
}

/// Of every kernel its weights, group by group, tap by tap (row by row, channel by channel), output by output.
pub(super) struct Drawn(pub(super) Vec<Vec<f32>>);

impl Drawn {
    /// The weights of the network with this number.
    #[expect(clippy::cast_precision_loss, reason = "a scale needs no exactness")]
    pub(super) fn new(network: &Network, initial: Initial, seed: u64, number: usize) -> Self {
        let stream = Stream::seeded(seed, FOR_WEIGHTS + number as u64);
        let mut drawn = 0;
        let draw = |kernel: &Kernel| {
            let fan_in = kernel.fan_in as f32;
            let numbers = match initial {
                Initial::Ones => vec![1.0 / fan_in; kernel.count],
                Initial::Random => uniform(stream, drawn, kernel.count, (3.0 * HE / fan_in).sqrt()),
            };
            drawn += kernel.count as u64;
            numbers
        };
        Self(network.kernels.iter().map(draw).collect())
    }
}

impl Weights {
    /// Lays out what was drawn.
    pub(super) fn new(network: &Network, drawn: &Drawn) -> Self {
        let pairs = network.kernels.iter().zip(&drawn.0);
        Self(pairs.map(|(kernel, numbers)| kernel.lay(numbers)).collect())
    }
}

impl Kernel {
    /// Channels that it reads and puts out.
    fn channels(&self) -> (usize, usize) {
        (self.fan_in / self.taps, self.count / self.fan_in)
    }

    /// Numbers of the weights as they are laid out.
    pub(super) fn numbers(&self) -> u128 {
        let (inputs, outputs) = self.channels();
        if self.tiled {
            tiles::kernel_numbers(inputs, outputs)
        } else {
            2 * self.count as u128
        }
    }

    /// Numbers that are unfolded at once.
    pub(super) fn unfolded(&self) -> u128 {
        let (inputs, outputs) = self.channels();
        if self.tiled {
            tiles::block_numbers(inputs, outputs)
        } else {
            convolution::block_numbers(self.fan_in)
        }
    }

    fn lay(&self, numbers: &[f32]) -> Laid {
        let (inputs, outputs) = self.channels();
        if self.tiled {
            return Laid::Tiles(tiles::Kernel::new(numbers, inputs, outputs));
        }
        let groups = numbers.chunks_exact(self.count / self.groups);
        let own = outputs / self.groups;
        Laid::Matrices(groups.map(|group| Matrices::new(group, own)).collect())
    }
}

/// Numbers between −bound and bound.
#[expect(clippy::cast_precision_loss, reason = "24 bits are exact in a float32")]
pub(super) fn uniform(stream: Stream, first: u64, count: usize, bound: f32) -> Vec<f32> {
    let scale = bound / (1_u32 << 23) as f32;
    (first..first + count as u64)
        .map(|place| (stream.bits(place) >> 40) as f32 * scale - bound)
        .collect()
}
