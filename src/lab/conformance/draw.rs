//! Random configurations: shapes, tensors and how they lie in memory, all from one seeded stream.

use candle_core::{DType, Device, Result, Tensor};

use crate::lab::random::Stream;

/// A source of configurations.
#[derive(Debug)]
pub(super) struct Draw {
    stream: Stream,
    next: u64,
}

/// Tensors stay below this many numbers, so that every entry can be measured.
const LARGEST: usize = 24;

impl Draw {
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Self {
            stream: Stream::seeded(seed, purpose),
            next: 0,
        }
    }

    /// Evenly from an interval.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        self.next += 1;
        low + (high - low) * self.stream.uniform(self.next)
    }

    /// From 0 up to, and without, n.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a remainder of n is a number below n"
    )]
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.next += 1;
        (self.stream.bits(self.next) % n.max(1) as u64) as usize
    }

    /// From one number to another, both included.
    pub(super) fn count(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True this often.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// A shape of this rank: small axes, many of size 1, now and then one of size 0.
    pub(super) fn dims(&mut self, rank: usize) -> Vec<usize> {
        let mut dims = Vec::with_capacity(rank);
        for _ in 0..rank {
            let size = match self.below(20) {
                0 => 0,
                1..=6 => 1,
                _ => self.count(2, 4),
            };
            let before: usize = dims.iter().product();
            dims.push(if before * size > LARGEST { 1 } else { size });
        }
        dims
    }

    /// A shape of a rank that the engine may not expect.
    pub(super) fn any_dims(&mut self, least: usize) -> Vec<usize> {
        let rank = match self.below(8) {
            0 => 7,
            1 => least,
            _ => self.count(least, least.max(4)),
        };
        self.dims(rank)
    }

    /// A shape without empty axes.
    pub(super) fn full_dims(&mut self, least: usize) -> Vec<usize> {
        self.any_dims(least).into_iter().map(|n| n.max(1)).collect()
    }

    /// An axis of a shape.
    pub(super) fn axis(&mut self, dims: &[usize]) -> usize {
        self.below(dims.len())
    }

    /// Some of the axes, ascending.
    pub(super) fn axes(&mut self, rank: usize) -> Vec<usize> {
        (0..rank).filter(|_| self.chance(0.5)).collect()
    }

    /// A shape that broadcasts to the given one.
    pub(super) fn narrower(&mut self, dims: &[usize]) -> Vec<usize> {
        let lead = if self.chance(0.3) {
            self.below(dims.len() + 1)
        } else {
            0
        };
        let ones = dims[lead..]
            .iter()
            .map(|&n| if self.chance(0.3) { 1 } else { n });
        ones.collect()
    }

    /// An order of axes.
    pub(super) fn order(&mut self, rank: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..rank).collect();
        for place in (1..rank).rev() {
            order.swap(place, self.below(place + 1));
        }
        order
    }

    /// Numbers from an interval, in a tensor in row-major order.
    pub(super) fn plain(&mut self, dims: &[usize], low: f64, high: f64) -> Result<Tensor> {
        let count = dims.iter().product();
        let numbers: Vec<f64> = (0..count).map(|_| self.between(low, high)).collect();
        Tensor::from_vec(numbers, dims, &Device::Cpu)
    }

    /// Numbers by a rule, in a tensor that lies in memory in some way.
    pub(super) fn tensor(
        &mut self,
        dims: &[usize],
        mut number: impl FnMut(&mut Self) -> f64,
    ) -> Result<Tensor> {
        let count = dims.iter().product();
        let numbers: Vec<f64> = (0..count).map(|_| number(self)).collect();
        let plain = Tensor::from_vec(numbers, dims, &Device::Cpu)?;
        self.laid_out(&plain)
    }

    /// Numbers from an interval.
    pub(super) fn uniform(&mut self, dims: &[usize], low: f64, high: f64) -> Result<Tensor> {
        self.tensor(dims, |draw| draw.between(low, high))
    }

    /// Multiples of 1/256: sums and differences of them are exact, in float32 too.
    pub(super) fn dyadic(&mut self, dims: &[usize]) -> Result<Tensor> {
        self.tensor(dims, |draw| {
            (draw.between(-2.0, 2.0) * 256.0).round() / 256.0
        })
    }

    /// Numbers of places on an axis.
    pub(super) fn places(&mut self, dims: &[usize], size: usize) -> Result<Tensor> {
        self.tensor(dims, |draw| small(draw.below(size)))?
            .to_dtype(DType::I64)
    }

    /// The same tensor, but lying in memory transposed, inside a larger one, or with repeated numbers.
    fn laid_out(&mut self, x: &Tensor) -> Result<Tensor> {
        let rank = x.rank();
        if rank == 0 || x.elem_count() == 0 {
            return Ok(x.clone());
        }
        let axis = self.below(rank);
        match self.below(4) {
            0 => {
                let order = self.order(rank);
                let mut back = vec![0; rank];
                for (to, &from) in order.iter().enumerate() {
                    back[from] = to;
                }
                x.permute(order)?.contiguous()?.permute(back)
            }
            1 => Tensor::cat(&[x, x, x], axis)?.narrow(axis, x.dims()[axis], x.dims()[axis]),
            2 => x.narrow(axis, 0, 1)?.broadcast_as(x.dims()),
            _ => Ok(x.clone()),
        }
    }
}

/// A small number as a float.
pub(super) fn small(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}
