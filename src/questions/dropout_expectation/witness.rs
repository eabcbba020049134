//! The exact moments held against the measured ones.
//!
//! A distance counts as a disagreement only beyond six standard errors (and the room that rare events need, see
//! [`Moments::reach_of_mean`]), and only if ten times as many other draws say so again.

use crate::lab::dropout::{Bench, Mask, Sample, threads};
use crate::lab::random::Stream;
use crate::questions::numbers::{grouped, short};
use crate::questions::{Progress, Setting};
use crate::report::{Agreement, Witness};
use crate::theory::dropout::Moments;

/// Standard errors within which chance is believed.
const DOUBT: f64 = 6.0;

/// How many times more draws have the second word.
const AGAIN: u64 = 10;

/// What a stream of numbers is for; the second attempt has others.
const MASKS: u64 = 0x10;
const NOISE: u64 = 0x20;
const ATTEMPT: u64 = 0x100;

/// One attempt at a measurement: how many draws, and which numbers.
pub(super) struct Attempt<'a> {
    draws: u64,
    seed: u64,
    number: u64,
    progress: &'a Progress,
    /// How many measurements of so many draws the attempt consists of.
    parts: u64,
}

impl<'a> Attempt<'a> {
    /// The first.
    pub(super) fn first(draws: u64, setting: &'a Setting, parts: u64) -> Self {
        Self {
            draws,
            seed: setting.seed,
            number: 0,
            progress: &setting.progress,
            parts,
        }
    }

    /// The masks of dropouts in a row.
    pub(super) fn masks(&self, drops: &[f64]) -> Vec<Mask> {
        (0..)
            .zip(drops)
            .map(|(place, p)| Mask::new(self.stream(MASKS + place), *p))
            .collect()
    }

    /// Numbers for what varies besides.
    pub(super) fn noise(&self) -> Stream {
        self.stream(NOISE)
    }

    fn stream(&self, purpose: u64) -> Stream {
        Stream::seeded(self.seed, purpose + ATTEMPT * self.number)
    }

    /// Measures on a bench that tells of its progress.
    pub(super) fn on_bench<T>(&self, measure: impl Fn(&Bench) -> T) -> T {
        let all = self.draws.saturating_mul(self.parts);
        measure(&Bench {
            draws: self.draws,
            threads: threads(),
            done: &|more| self.progress.tell(more, all),
        })
    }
}

/// What was measured, and whether it agrees with what is exact.
pub(super) struct Measured {
    /// Of every output, in order: from the first attempt.
    pub(super) samples: Vec<Sample>,
    pub(super) witness: Witness,
}

/// How far off a measured number is, in standard errors; 0 where both are the same but for rounding.
pub(super) fn standing(measured: f64, exact: f64, error: f64, noise: f64) -> f64 {
    let distance = measured - exact;
    if distance.abs() <= noise {
        0.0
    } else {
        distance / error
    }
}

/// What rounding may take from a mean.
pub(super) fn noise_of_mean(exact: &Moments) -> f64 {
    1e-12 * exact.low.abs().max(exact.high.abs())
}

/// What rounding may take from a variance.
pub(super) fn noise_of_variance(exact: &Moments) -> f64 {
    1e-12 * exact.low.abs().max(exact.high.abs()).powi(2)
}

/// Measures, and a second time where the first is not believed.
pub(super) fn measure(
    what: &str,
    exact: &[Moments],
    draws: u64,
    setting: &Setting,
    samples: impl Fn(&Attempt) -> Vec<Sample>,
) -> Measured {
    let attempt = Attempt::first(draws, setting, exact.len() as u64);
    let first = samples(&attempt);
    let worst = |samples: &[Sample]| distances(exact, samples);
    let (mean, variance) = worst(&first);
    let (agreement, lab) = if agree(exact, &first) {
        (Agreement::Agree, measured_in_words(draws, mean, variance))
    } else {
        let second = samples(&Attempt {
            draws: draws.saturating_mul(AGAIN),
            number: 1,
            ..attempt
        });
        let (mean, variance) = worst(&second);
        let again = measured_in_words(draws.saturating_mul(AGAIN), mean, variance);
        if agree(exact, &second) {
            let lab = format!("{again} (the first {} lay beyond {DOUBT})", grouped(draws));
            (Agreement::Agree, lab)
        } else {
            (Agreement::Disagree, again)
        }
    };
    Measured {
        samples: first,
        witness: Witness {
            quantity: what.to_owned(),
            theory: "by the formula".to_owned(),
            lab,
            agreement,
        },
    }
}

fn measured_in_words(draws: u64, mean: f64, variance: f64) -> String {
    format!(
        "measured on {} draws, at most {} and {} standard errors away",
        grouped(draws),
        short((mean * 100.0).round() / 100.0),
        short((variance * 100.0).round() / 100.0)
    )
}

/// Whether every output's mean and variance can be had by chance.
fn agree(exact: &[Moments], samples: &[Sample]) -> bool {
    exact.iter().zip(samples).all(|(exact, sample)| {
        let n = draws_of(sample);
        let mean = exact.reach_of_mean(n, DOUBT) + noise_of_mean(exact);
        let variance = exact.reach_of_variance(n, DOUBT) + noise_of_variance(exact);
        (sample.mean - exact.mean).abs() <= mean
            && (sample.variance - exact.variance).abs() <= variance
    })
}

/// The largest distances of a mean and of a variance, in standard errors.
fn distances(exact: &[Moments], samples: &[Sample]) -> (f64, f64) {
    let each = exact.iter().zip(samples).map(|(exact, sample)| {
        let n = draws_of(sample);
        let mean = standing(
            sample.mean,
            exact.mean,
            exact.error_of_mean(n),
            noise_of_mean(exact),
        );
        let error = exact.error_of_variance(n);
        let noise = noise_of_variance(exact);
        let variance = standing(sample.variance, exact.variance, error, noise);
        (mean.abs(), variance.abs())
    });
    each.fold((0.0, 0.0), |worst: (f64, f64), next| {
        (worst.0.max(next.0), worst.1.max(next.1))
    })
}

/// How many draws a sample has, as a real.
#[expect(
    clippy::cast_precision_loss,
    reason = "a number of draws is below 2^53"
)]
pub(super) fn draws_of(sample: &Sample) -> f64 {
    sample.draws as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::dropout::{Dropout, Scale};

    fn measured(exact: Moments, p: f64, seed: u64, draws: u64) -> Measured {
        let setting = Setting {
            seed,
            ..Setting::default()
        };
        let kept = Dropout::in_a_row(&[p], Scale::Inverted).kept(1.7);
        measure("", &[exact], draws, &setting, |attempt| {
            let masks = attempt.masks(&[p]);
            vec![attempt.on_bench(|bench| bench.unit(&masks, (kept, 0.0), (0, 1)))]
        })
    }

    #[test]
    fn a_wrong_formula_is_found_out_and_a_right_one_believed() {
        for p in [0.1, 0.5, 0.9] {
            let right = Dropout::in_a_row(&[p], Scale::Inverted).unit(1.7);
            assert_eq!(
                measured(right, p, 0, 100_000).witness.agreement,
                Agreement::Agree
            );
            let mut mean = right;
            mean.mean *= 1.05;
            assert_eq!(
                measured(mean, p, 0, 100_000).witness.agreement,
                Agreement::Disagree
            );
            let mut variance = right;
            variance.variance *= 1.1;
            let found = measured(variance, p, 0, 100_000);
            assert_eq!(found.witness.agreement, Agreement::Disagree);
        }
    }

    /// The share of 2000 seeds for which two standard errors hold the truth, and the mean of z².
    fn coverage(p: f64, draws: u64) -> [(f64, f64); 2] {
        let exact = Dropout::in_a_row(&[p], Scale::Inverted).unit(1.7);
        let seeds = 2000_u32;
        let mut found = [(0.0, 0.0); 2];
        for seed in 0..seeds {
            let sample = measured(exact, p, seed.into(), draws).samples.remove(0);
            let n = draws_of(&sample);
            let scores = [
                (sample.mean - exact.mean) / exact.error_of_mean(n),
                (sample.variance - exact.variance) / exact.error_of_variance(n),
            ];
            for (found, z) in found.iter_mut().zip(scores) {
                found.0 += f64::from(u8::from(z.abs() < 2.0)) / f64::from(seeds);
                found.1 += z * z / f64::from(seeds);
            }
        }
        found
    }

    #[test]
    fn error_bars_hold_over_many_seeds_at_one_half_too() {
        for p in [0.1, 0.3, 0.5, 0.8] {
            for (share, square) in coverage(p, 1000) {
                // 95.4 % of a normal number; 2000 seeds tell it to within 0.5 %.
                assert!((0.935..0.97).contains(&share), "{p}: {share}");
                // Exactly 1 in expectation; the square of a z has the variance 2, or 14 where it is a χ².
                assert!((0.7..1.3).contains(&square), "{p}: {square}");
            }
        }
    }

    #[test]
    fn the_usual_error_of_a_variance_would_not_hold_at_one_half() {
        let exact = Dropout::in_a_row(&[0.5], Scale::Inverted).unit(1.7);
        let usual = exact.variance * (2.0_f64 / 1000.0).sqrt();
        assert!(usual > 30.0 * exact.error_of_variance(1000.0));
    }

    #[test]
    fn a_right_formula_is_believed_for_every_seed_and_for_rare_events() {
        for p in [0.5, 0.999, 0.000_1] {
            let exact = Dropout::in_a_row(&[p], Scale::Inverted).unit(1.7);
            for seed in 0..2000 {
                let sample = measured(exact, p, seed, 200).samples;
                assert!(agree(&[exact], &sample), "{p}, seed {seed}");
            }
        }
    }
}
