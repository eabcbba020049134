//! Seeded numbers: the same on every machine.

use candle_core::{Result, Tensor};

use super::DEVICE;
use crate::lab::random::Stream;

/// A stream of numbers that depends on the seed and on what it is for alone, read from its beginning.
pub(super) struct Random {
    stream: Stream,
    place: u64,
}

impl Random {
    pub(super) fn new(seed: u64, purpose: usize) -> Self {
        Self {
            stream: Stream::seeded(seed, purpose as u64),
            place: 0,
        }
    }

    fn next(&mut self) -> u64 {
        self.place += 1;
        self.stream.bits(self.place - 1)
    }

    /// A tensor of numbers between −bound and bound.
    #[expect(clippy::cast_precision_loss, reason = "24 bits are exact in a float32")]
    pub(super) fn tensor(&mut self, dims: &[usize], bound: f32) -> Result<Tensor> {
        let scale = bound / (1_u32 << 23) as f32;
        let count = dims.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| ((self.next() >> 40) as f32).mul_add(scale, -bound))
            .collect();
        Tensor::from_vec(values, dims, &DEVICE)
    }

    /// Weights for sums of `fan_in` products, small enough that deep models keep their scale.
    #[expect(clippy::cast_precision_loss, reason = "a scale needs no exactness")]
    pub(super) fn weight(&mut self, dims: &[usize], fan_in: usize) -> Result<Tensor> {
        self.tensor(dims, (3.0 / fan_in.max(1) as f32).sqrt())
    }
}
