//! What dropout does, measured: masks are drawn, units scaled and averaged in one pass.
//!
//! Mask, factor, sum and powers are one fused loop. A library's separate steps (uniform numbers, comparison, cast,
//! product, mean) go through memory five times and sum in float32, which at 10⁸ draws is off in the third digit. A test
//! holds the loop against these steps on tensors.

mod moments;
mod placement;

pub use moments::{BATCHES, Sample, sample};
pub use placement::{MOST_UNITS, Placed, placed};

use super::random::Stream;

/// One dropout's masks: entry n is 1 where the stream's n-th number, uniform in [0, 1), is p or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mask {
    stream: Stream,
    /// p·2⁵³, rounded up: comparing integers is comparing the uniform numbers, exactly.
    least: u64,
}

impl Mask {
    /// The masks of a dropout with probability p in [0, 1] to drop.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "p·2^53 is an integer from 0 to 2^53 once it is rounded up"
    )]
    pub fn new(stream: Stream, p: f64) -> Self {
        let scaled = (p.clamp(0.0, 1.0) * (1_u64 << 53) as f64).ceil();
        Self {
            stream,
            least: scaled as u64,
        }
    }

    /// Whether the unit at this place is kept.
    #[inline]
    pub fn keeps(self, place: u64) -> bool {
        self.stream.bits(place) >> 11 >= self.least
    }
}

/// How a measurement is carried out.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// How many draws, 2 or more.
    pub draws: u64,
    /// How many threads share the work; the result is the same for any number.
    pub threads: usize,
    /// Told how many draws more are done.
    pub done: &'a (dyn Fn(u64) + Sync),
}

impl Bench<'_> {
    /// One unit, dropped over and over: `kept` where every mask keeps it, else `dropped`. Of several units this is the
    /// one at `unit` of `units`.
    pub fn unit(
        &self,
        masks: &[Mask],
        (kept, dropped): (f64, f64),
        (unit, units): (u64, u64),
    ) -> Sample {
        let place = move |draw: u64| draw * units + unit;
        let either = move |keeps: bool| if keeps { kept } else { dropped };
        match *masks {
            // By far the commonest: no loop over masks, and no product for the place.
            [mask] if units == 1 => self.sample(|draw| either(mask.keeps(draw))),
            [mask] => self.sample(|draw| either(mask.keeps(place(draw)))),
            _ => self.sample(|draw| {
                let at = place(draw);
                either(masks.iter().all(|mask| mask.keeps(at)))
            }),
        }
    }

    /// φ of the sum of the kept terms, over and over.
    pub fn sum(&self, masks: &[Mask], kept: &[f64], of: impl Fn(f64) -> f64 + Sync) -> Sample {
        let units = kept.len() as u64;
        self.sample(|draw| {
            let start = draw * units;
            let places = (start..).zip(kept);
            let terms = places.filter(|(place, _)| masks.iter().all(|mask| mask.keeps(*place)));
            of(terms.map(|(_, term)| term).sum())
        })
    }

    /// The sum of `factor`·weight·input over the kept units, where every input is spread uniformly about its value with
    /// this standard deviation.
    pub fn sum_of_spread(
        &self,
        masks: &[Mask],
        noise: Stream,
        factor: f64,
        (weights, inputs): (&[f64], &[f64]),
        deviation: f64,
    ) -> Sample {
        let units = weights.len() as u64;
        let half = deviation * 3.0_f64.sqrt();
        self.sample(|draw| {
            let start = draw * units;
            let mut sum = 0.0;
            for (place, (weight, input)) in (start..).zip(weights.iter().zip(inputs)) {
                if masks.iter().all(|mask| mask.keeps(place)) {
                    sum += factor * weight * (input + half * (2.0 * noise.uniform(place) - 1.0));
                }
            }
            sum
        })
    }

    fn sample(&self, value: impl Fn(u64) -> f64 + Sync) -> Sample {
        sample(self.draws, self.threads, self.done, value)
    }
}

/// As many threads as there are cores.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::*;

    #[test]
    fn a_mask_keeps_where_the_uniform_number_is_p_or_more() {
        for p in [0.0, 1e-300, 0.1, 0.5, 0.9, 1.0 - f64::EPSILON, 1.0] {
            let stream = Stream::new(7);
            let mask = Mask::new(stream, p);
            for place in 0..2000 {
                assert_eq!(mask.keeps(place), stream.uniform(place) >= p, "{p} {place}");
            }
        }
        // Exactly at a number of the stream: p = that number keeps it.
        let stream = Stream::new(9);
        assert!(Mask::new(stream, stream.uniform(3)).keeps(3));
    }

    #[test]
    fn a_million_draws_keep_as_many_as_another_implementation_kept() {
        // reference.json, dropout.monte_carlo_hash: mean 1.70093834 (in float32), stream 77 by its number of kept units.
        let bench = Bench {
            draws: 1_000_000,
            threads: 2,
            done: &|_| {},
        };
        let mask = Mask::new(Stream::new(77), 0.5);
        let found = bench.unit(&[mask], (3.4, 0.0), (0, 1));
        assert!((found.mean - 1.700_938_344).abs() < 1e-7, "{}", found.mean);
        assert!((found.mean - 3.4 * 0.500_276).abs() < 1e-12);
        assert!(
            (found.variance - 2.890_002).abs() < 1e-6,
            "{}",
            found.variance
        );
    }

    /// The same draws as separate steps on tensors: mask, product, mean, mean of squares.
    #[test]
    fn the_fused_loop_is_what_tensors_give() -> candle_core::Result<()> {
        const DRAWS: u64 = 50_000;
        let bench = Bench {
            draws: DRAWS,
            threads: 2,
            done: &|_| {},
        };
        for (p, scale) in [(0.2, 1.25), (0.5, 2.0), (0.9, 1.0)] {
            let mask = Mask::new(Stream::new(3), p);
            let kept = (0..DRAWS).map(|draw| u8::from(mask.keeps(draw)));
            let mask_tensor = Tensor::from_iter(kept, &Device::Cpu)?.to_dtype(DType::F64)?;
            let dropped = mask_tensor.affine(1.7 * scale, 0.0)?;
            let mean = dropped.mean_all()?.to_scalar::<f64>()?;
            let square = dropped.sqr()?.mean_all()?.to_scalar::<f64>()?;
            let n = f64::from(50_000);
            let fused = bench.unit(&[mask], (1.7 * scale, 0.0), (0, 1));
            assert!((fused.mean - mean).abs() < 1e-10, "{} {mean}", fused.mean);
            let variance = (square - mean * mean) * n / (n - 1.0);
            assert!((fused.variance - variance).abs() < 1e-9);
        }
        Ok(())
    }

    #[test]
    fn a_sum_and_its_units_share_their_masks() {
        let bench = Bench {
            draws: 5000,
            threads: 2,
            done: &|_| {},
        };
        let masks = [
            Mask::new(Stream::new(1), 0.3),
            Mask::new(Stream::new(2), 0.2),
        ];
        let kept = [1.0, -2.0, 0.5];
        let sum = bench.sum(&masks, &kept, |sum| sum);
        let means: f64 = (0..3)
            .zip(kept)
            .map(|(unit, kept)| bench.unit(&masks, (kept, 0.0), (unit, 3)).mean)
            .sum();
        assert!((sum.mean - means).abs() < 1e-12);
    }
}
