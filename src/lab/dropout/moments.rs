//! Averages of many draws in one pass: constant memory, every core, the same to the last bit however many there are.
//!
//! The draws are cut into at most [`BATCHES`] batches, wherever the threads are; every batch is summed by itself in
//! float64, in blocks and lanes of fixed size, and the batches are added up in their order. So the sums depend on the
//! number of draws alone.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The most batches that the draws are cut into.
pub const BATCHES: u64 = 1000;

/// Draws that are summed before the sums are added to the batch's.
const BLOCK: u64 = 4096;

/// Sums that run side by side, so that an addition need not wait for the one before.
const LANES: usize = 4;

/// What many draws came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How many.
    pub draws: u64,
    /// Their mean.
    pub mean: f64,
    /// Their variance, unbiased (divided by n−1).
    pub variance: f64,
    /// The mean of their fourth powers about their mean.
    pub fourth: f64,
    /// The means of the batches that they were drawn in, in order; every one has `batch` draws, or one more.
    pub batches: Vec<f64>,
    /// Draws in a batch.
    pub batch: u64,
}

impl Sample {
    /// The standard error of the mean, from the draws themselves.
    pub fn error_of_mean(&self) -> f64 {
        (self.variance / real(self.draws)).sqrt()
    }
}

/// Sums of the first four powers of deviations.
type Sums = [f64; 4];

/// Draws `value(0)`, `value(1)`, … and averages them. `draws` is at least 2. Every so often `done` is told how many
/// draws more there are, from any of the threads.
pub fn sample(
    draws: u64,
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
    value: impl Fn(u64) -> f64 + Sync,
) -> Sample {
    // About the first draw: of numbers that are all the same the variance is then exactly 0.
    let about = value(0);
    let batches = batches(draws, threads, done, &|range| {
        blocks(range, &|place| value(place) - about)
    });
    let mut total = [0.0; 4];
    for sums in &batches {
        add(&mut total, sums);
    }
    let n = real(draws);
    let [first, second, third, fourth] = total.map(|sum| sum / n);
    let square = (second - first.powi(2)).max(0.0);
    let count = u64::try_from(batches.len()).unwrap_or(BATCHES);
    let size = |batch: u64| real(bound(batch + 1, count, draws) - bound(batch, count, draws));
    Sample {
        draws,
        mean: about + first,
        variance: square * n / (n - 1.0),
        fourth: (fourth - 4.0 * first * third + 6.0 * first.powi(2) * second - 3.0 * first.powi(4))
            .max(0.0),
        batches: (0..count)
            .zip(&batches)
            .map(|(batch, sums)| about + sums[0] / size(batch))
            .collect(),
        batch: draws / count,
    }
}

/// Where a batch begins.
fn bound(batch: u64, batches: u64, draws: u64) -> u64 {
    let place = u128::from(draws) * u128::from(batch) / u128::from(batches);
    u64::try_from(place).unwrap_or(draws)
}

/// The sums of every batch, in order: each thread takes the next one that is left.
fn batches(
    draws: u64,
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
    sums_of: &(impl Fn(Range<u64>) -> Sums + Sync),
) -> Vec<Sums> {
    let count = draws.clamp(1, BATCHES);
    let next = AtomicU64::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        let mut own = Vec::new();
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            if batch >= count {
                break;
            }
            let range = bound(batch, count, draws)..bound(batch + 1, count, draws);
            let size = range.end - range.start;
            own.push((batch, sums_of(range)));
            done(size);
        }
        found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .extend(own);
    };
    thread::scope(|scope| {
        // A few thousand draws are done before a thread has started.
        let more = if draws > BLOCK {
            threads.saturating_sub(1)
        } else {
            0
        };
        for _ in 0..more {
            scope.spawn(work);
        }
        work();
    });
    let mut found = found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_unstable_by_key(|(batch, _)| *batch);
    found.into_iter().map(|(_, sums)| sums).collect()
}

/// The sums of one batch.
fn blocks(range: Range<u64>, deviation: &impl Fn(u64) -> f64) -> Sums {
    let mut total = [0.0; 4];
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start + BLOCK);
        add(&mut total, &block(start..end, deviation));
        start = end;
    }
    total
}

fn block(range: Range<u64>, deviation: &impl Fn(u64) -> f64) -> Sums {
    let mut lanes = [[0.0; LANES]; 4];
    let mut start = range.start;
    while range.end - start >= LANES as u64 {
        let values: [f64; LANES] = std::array::from_fn(|lane| deviation(start + lane as u64));
        let mut powers = values;
        for sums in &mut lanes {
            for ((sum, power), value) in sums.iter_mut().zip(&mut powers).zip(values) {
                *sum += *power;
                *power *= value;
            }
        }
        start += LANES as u64;
    }
    let mut sums = lanes.map(|lane| lane.iter().sum::<f64>());
    for place in start..range.end {
        let value = deviation(place);
        add(
            &mut sums,
            &[value, value.powi(2), value.powi(3), value.powi(4)],
        );
    }
    sums
}

fn add(total: &mut Sums, sums: &Sums) {
    for (total, sum) in total.iter_mut().zip(sums) {
        *total += sum;
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a number of draws is below 2^53"
)]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::random::Stream;

    fn uniform(draws: u64, threads: usize) -> Sample {
        sample(draws, threads, &|_| {}, |place| {
            Stream::new(5).uniform(place)
        })
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        for draws in [2, 3, 999, 1000, 1001, 100_003] {
            let one = uniform(draws, 1);
            for threads in [2, 3, 7] {
                assert_eq!(
                    uniform(draws, threads),
                    one,
                    "{draws} draws, {threads} threads"
                );
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_plain_definition() {
        let draws = 10_001_u32;
        let found = uniform(draws.into(), 2);
        let values: Vec<f64> = (0..draws)
            .map(|place| Stream::new(5).uniform(place.into()))
            .collect();
        let n = f64::from(draws);
        let mean = values.iter().sum::<f64>() / n;
        let power = |power| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>();
        for (found, plain) in [
            (found.mean, mean),
            (found.variance, power(2) / (n - 1.0)),
            (found.fourth, power(4) / n),
        ] {
            assert!((found - plain).abs() < 1e-12, "{found} {plain}");
        }
        let means = found.batches.iter().sum::<f64>() / 1000.0;
        assert!((means - mean).abs() < 1e-4);
    }

    #[test]
    fn numbers_that_are_all_the_same_have_no_variance() {
        let found = sample(1_000_003, 2, &|_| {}, |_| 0.1);
        assert!(found.variance == 0.0 && (found.mean - 0.1).abs() < 1e-17);
    }

    #[test]
    fn every_draw_is_told() {
        let told = AtomicU64::new(0);
        let tell = |more| {
            told.fetch_add(more, Ordering::Relaxed);
        };
        sample(123_457, 2, &tell, |_| 1.0);
        assert_eq!(told.into_inner(), 123_457);
    }
}
