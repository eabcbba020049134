//! Seeded numbers: the same on every machine.

use candle_core::{Result, Tensor};

use super::DEVICE;

/// A stream of numbers that depends on the seed and on what it is for alone (`splitmix64`).
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64, stream: usize) -> Self {
        let mut random = Self {
            state: seed ^ (stream as u64).wrapping_mul(0xd134_2543_de82_ef95),
        };
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
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
