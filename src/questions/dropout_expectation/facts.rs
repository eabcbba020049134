//! What is known of the dropout that is asked about, gathered once: exactly and measured.

use super::arguments::{Asked, Target};
use super::witness::{self, Attempt, Measured};
use crate::lab::dropout::{Bench, Mask, Sample};
use crate::questions::Setting;
use crate::questions::numbers::grouped;
use crate::report::{Agreement, Witness};
use crate::theory::dropout::{Dropout, Moments, Through, masks};

/// Draws of the measurements beside the main one.
const BESIDE: u64 = 1_000_000;

/// What is known.
pub(super) struct Facts<'a> {
    pub(super) asked: &'a Asked,
    /// The dropout as it acts: in evaluation mode the identity.
    pub(super) dropout: Dropout,
    /// What comes out without dropout: every unit, or the one sum.
    pub(super) plain: Vec<f64>,
    /// Exact moments of every output.
    pub(super) exact: Vec<Moments>,
    /// Means and variances over every mask, where the masks can be gone through.
    pub(super) enumerated: Option<Vec<(f64, f64)>>,
    /// The draws.
    pub(super) measured: Measured,
    /// With a non-linearity.
    pub(super) through: Option<Passed>,
    /// Of a linear unit.
    pub(super) shift: Option<Shift>,
}

/// Outputs through a non-linearity.
pub(super) struct Passed {
    /// φ of what comes out without dropout.
    pub(super) plain: Vec<f64>,
    /// φ after dropout: exact where the masks can be gone through.
    pub(super) before: Option<Vec<Moments>>,
    /// φ after dropout, measured.
    pub(super) samples: Vec<Sample>,
    /// Dropout after φ.
    pub(super) after: Vec<Moments>,
    /// The largest difference over the masks, of activations by themselves.
    pub(super) difference: Option<f64>,
    /// Whether formula and measurement agree.
    pub(super) witness: Witness,
}

/// A linear unit whose inputs vary: its variance in training and in evaluation.
pub(super) struct Shift {
    pub(super) training: Moments,
    pub(super) evaluation: Moments,
    pub(super) measured: Measured,
}

impl<'a> Facts<'a> {
    /// Gathers them.
    pub(super) fn new(asked: &'a Asked, setting: &Setting) -> Self {
        let dropout = asked.dropout();
        let terms = asked.target.terms();
        let exact = if asked.is_linear() {
            vec![dropout.sum(&terms)]
        } else {
            terms.iter().map(|term| dropout.unit(*term)).collect()
        };
        let kept: Vec<f64> = terms.iter().map(|term| dropout.kept(*term)).collect();
        let measured = witness::measure(
            "expectation and variance",
            &exact,
            asked.draws,
            setting,
            |attempt| drawn(asked, attempt, &kept),
        );
        Self {
            asked,
            dropout,
            plain: asked.target.plain(),
            enumerated: enumerated(asked, dropout, &kept),
            exact,
            measured,
            through: passed(asked, dropout, &kept, setting),
            shift: shift(asked, setting),
        }
    }

    /// Whether the sums over every mask are what the formula says.
    pub(super) fn by_masks(&self) -> Option<Witness> {
        let found = self.enumerated.as_ref()?;
        let same = self
            .exact
            .iter()
            .zip(found)
            .all(|(exact, (mean, variance))| {
                let size = exact.low.abs().max(exact.high.abs());
                (exact.mean - mean).abs() <= 1e-10 * size
                    && (exact.variance - variance).abs() <= 1e-10 * size.powi(2)
            });
        let masks = 1_u64 << self.asked.target.terms().len();
        Some(Witness {
            quantity: "expectation and variance".to_owned(),
            theory: "by the formula".to_owned(),
            lab: format!("and by the sum over all {} masks", grouped(masks)),
            agreement: if same {
                Agreement::Agree
            } else {
                Agreement::Disagree
            },
        })
    }
}

/// The probabilities of the masks that act: none in evaluation mode.
fn acting(asked: &Asked) -> &[f64] {
    if asked.eval { &[] } else { &asked.drops }
}

fn drawn(asked: &Asked, attempt: &Attempt, kept: &[f64]) -> Vec<Sample> {
    let masks = attempt.masks(acting(asked));
    attempt.on_bench(|bench| {
        if asked.is_linear() {
            vec![bench.sum(&masks, kept, |sum| sum)]
        } else {
            let pairs = kept.iter().map(|kept| (*kept, 0.0));
            units(bench, &masks, pairs)
        }
    })
}

/// Every unit by itself.
fn units(
    bench: &Bench,
    masks: &[Mask],
    pairs: impl ExactSizeIterator<Item = (f64, f64)>,
) -> Vec<Sample> {
    let count = pairs.len() as u64;
    (0..)
        .zip(pairs)
        .map(|(unit, pair)| bench.unit(masks, pair, (unit, count)))
        .collect()
}

fn enumerated(asked: &Asked, dropout: Dropout, kept: &[f64]) -> Option<Vec<(f64, f64)>> {
    if asked.is_linear() {
        let sum = masks::of_sum(kept, dropout.keep, |sum| sum)?;
        Some(vec![(sum.mean, sum.variance)])
    } else {
        masks::of_units(kept, dropout.keep)
    }
}

fn passed(asked: &Asked, dropout: Dropout, kept: &[f64], setting: &Setting) -> Option<Passed> {
    let (activation, name) = asked.activation?;
    let draws = asked.draws.min(BESIDE);
    let what = format!("expectation through {name}");
    match &asked.target {
        Target::Units(zs) => {
            let each: Vec<Through> = zs.iter().map(|z| dropout.through(*z, activation)).collect();
            let before: Vec<Moments> = each.iter().map(|one| one.before).collect();
            let pairs = || {
                let values = kept.iter().map(|kept| activation.at(*kept));
                values.map(|value| (value, activation.at(0.0)))
            };
            let Measured { samples, witness } =
                witness::measure(&what, &before, draws, setting, |attempt| {
                    let masks = attempt.masks(acting(asked));
                    attempt.on_bench(|bench| units(bench, &masks, pairs()))
                });
            Some(Passed {
                plain: each.iter().map(|one| one.plain).collect(),
                before: Some(before),
                samples,
                after: each.iter().map(|one| one.after).collect(),
                difference: Some(each.iter().map(|one| one.difference).fold(0.0, f64::max)),
                witness,
            })
        }
        Target::Linear { .. } => {
            let plain = activation.at(asked.target.plain()[0]);
            let before = masks::of_sum(kept, dropout.keep, |sum| activation.at(sum));
            let draw = |attempt: &Attempt| {
                let masks = attempt.masks(acting(asked));
                let of = |sum| activation.at(sum);
                vec![attempt.on_bench(|bench| bench.sum(&masks, kept, of))]
            };
            let before = before.map(|moments| vec![moments]);
            let Measured { samples, witness } = match &before {
                Some(exact) => witness::measure(&what, exact, draws, setting, draw),
                // There is no formula: the measurement is all there is, and has all the draws that were asked for.
                None => measured_alone(&what, kept.len(), asked.draws, setting, draw),
            };
            Some(Passed {
                plain: vec![plain],
                before,
                samples,
                after: vec![dropout.unit(plain)],
                difference: None,
                witness,
            })
        }
    }
}

/// A measurement that no formula stands beside.
fn measured_alone(
    what: &str,
    units: usize,
    draws: u64,
    setting: &Setting,
    samples: impl Fn(&Attempt) -> Vec<Sample>,
) -> Measured {
    Measured {
        samples: samples(&Attempt::first(draws, setting, 1)),
        witness: Witness {
            quantity: what.to_owned(),
            theory: format!("measured on {} draws", grouped(draws)),
            lab: format!("it has no formula, and the 2^{units} masks are too many to go through"),
            agreement: Agreement::Alone,
        },
    }
}

fn shift(asked: &Asked, setting: &Setting) -> Option<Shift> {
    let Target::Linear {
        weights,
        inputs,
        deviation,
    } = &asked.target
    else {
        return None;
    };
    let dropout = asked.training();
    let training = dropout.sum_of_spread(weights, inputs, *deviation);
    let evaluation = Dropout::evaluation().sum_of_spread(weights, inputs, *deviation);
    let unit = (weights.as_slice(), inputs.as_slice());
    let draws = asked.draws.min(BESIDE);
    let measured = witness::measure(
        "variance in training and in evaluation",
        &[training, evaluation],
        draws,
        setting,
        |attempt| {
            let masks = attempt.masks(&asked.drops);
            let noise = attempt.noise();
            attempt.on_bench(|bench| {
                vec![
                    bench.sum_of_spread(&masks, noise, dropout.factor, unit, *deviation),
                    bench.sum_of_spread(&[], noise, 1.0, unit, *deviation),
                ]
            })
        },
    );
    Some(Shift {
        training,
        evaluation,
        measured,
    })
}
