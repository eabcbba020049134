//! Everything that is computed, once.

use super::arguments::Arguments;
use super::wells::Wells;
use crate::lab::descent::{Samples, Spread, enumerate, saved_bytes};
use crate::lab::random::Stream;
use crate::model::Fault;
use crate::questions::Setting;
use crate::report::Witness;
use crate::theory::descent::{
    WIDTH, batch_variance, gradients, saved_bytes as saved_by_formula, spread, steps_per_epoch,
};

/// Purposes of the run's seed.
const INPUTS: u64 = 0xde5c_0002;
const TARGETS: u64 = 0xde5c_0003;

/// Batches that are gone through one by one, at most.
const MOST_BATCHES: u64 = 200_000;

/// Two ways to one number agree within this share.
const ROUNDING: f64 = 1e-11;

/// What is computed.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) asked: Arguments,
    /// The variance of a single sample's gradient, by formula.
    pub(super) single: f64,
    /// By batch size: the variance by formula, and by all batches where these are few enough.
    pub(super) variances: Vec<(usize, f64, Option<Spread>)>,
    /// Gradients by hand beside those of reverse mode, and the mean over batches beside that of all samples: the
    /// largest difference as a share.
    gradients_apart: f64,
    means_apart: f64,
    /// By samples at once: bytes by formula and counted.
    pub(super) bytes: Vec<(usize, u64, u64)>,
    pub(super) bytes_gd: u64,
    pub(super) bytes_sgd: u64,
    pub(super) wells: Wells,
    /// The function's derivatives by hand beside those of reverse mode.
    slopes_apart: f64,
}

impl Facts {
    /// Computes it.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn new(asked: Arguments, setting: &Setting) -> Result<Self, Fault> {
        let stream = |purpose| Stream::seeded(setting.seed, purpose);
        let samples = Samples::drawn(asked.samples, stream(INPUTS), stream(TARGETS));
        let by_hand = gradients(&samples.inputs, &samples.targets, &samples.weights);
        let by_tape = samples.gradients()?;
        let (mean, single) = spread(&by_hand);
        let whole = samples.gradient(0..asked.samples)?;
        let mut means_apart = apart(&mean, &whole);
        let variances = sizes(asked.samples, asked.sgd_batch(), asked.mini_batch())
            .into_iter()
            .map(|batch| {
                let formula = batch_variance(single, asked.samples as u64, batch as u64);
                let all = enumerate(&by_tape, batch, MOST_BATCHES);
                if let Some(all) = &all {
                    means_apart = means_apart.max(apart(&mean, &all.mean));
                }
                (batch, formula, all)
            })
            .collect();
        let pairs = by_hand.iter().zip(&by_tape);
        let mut bytes = Vec::new();
        let mut held: Vec<usize> = vec![1, asked.sgd_batch(), asked.mini_batch()];
        held.extend([asked.gd_chunk(), asked.samples]);
        held.sort_unstable();
        held.dedup();
        for batch in held {
            let formula = saved_by_formula(asked.depth as u64, asked.width as u64, batch as u64);
            let counted = saved_bytes(asked.depth, asked.width, batch)?;
            bytes.push((batch, formula, counted));
        }
        let bytes_of = |batch: usize| {
            let found = bytes.iter().find(|(size, ..)| *size == batch);
            found.map_or(0, |(.., counted)| *counted)
        };
        let wells = Wells::gone(&asked, setting);
        let points = [-1.5, -1.0, 0.0, 0.2, 1.0, 1.5].map(|x| [x, 0.3]);
        let slopes_apart = wells.landscape.disagreement(&points)?;
        Ok(Self {
            single,
            variances,
            gradients_apart: pairs.fold(0.0, |worst, (a, b)| f64::max(worst, apart(a, b))),
            means_apart,
            bytes_gd: bytes_of(asked.gd_chunk()),
            bytes_sgd: bytes_of(asked.sgd_batch()),
            bytes,
            wells,
            slopes_apart,
            asked,
        })
    }

    /// Steps of an epoch with this batch.
    pub(super) fn steps(&self, batch: usize) -> u64 {
        steps_per_epoch(self.asked.samples as u64, batch as u64)
    }

    /// Steps of an epoch of SGD.
    pub(super) fn steps_sgd(&self) -> u64 {
        self.steps(self.asked.sgd_batch())
    }

    /// The variance of SGD's gradient, over all batches where they are few enough.
    pub(super) fn variance(&self, batch: usize) -> f64 {
        let found = self.variances.iter().find(|(size, ..)| *size == batch);
        found.map_or(f64::NAN, |(_, formula, all)| {
            all.map_or(*formula, |all| all.variance)
        })
    }

    /// Theory beside the lab.
    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let enumerated = self.variances.iter().filter_map(|(batch, formula, all)| {
            let all = all.as_ref()?;
            Some((
                batch,
                (all.variance - formula).abs() / self.single.max(1e-300),
                all.batches,
            ))
        });
        let worst = enumerated
            .clone()
            .fold(0.0, |worst, (_, off, _)| f64::max(worst, off));
        let batches: u64 = enumerated.map(|(.., batches)| batches).sum();
        let counted = self
            .bytes
            .iter()
            .all(|(_, formula, counted)| formula == counted);
        vec![
            Witness::both(
                "gradient of each sample, and of all together",
                "(w·x − y)·x, and its mean",
                format!(
                    "reverse mode: off by a share of {:.0e} at most",
                    self.gradients_apart.max(self.means_apart)
                ),
                self.gradients_apart.max(self.means_apart) <= ROUNDING,
            ),
            Witness::both(
                "variance of a batch's gradient",
                "σ²/B · (n − B)/(n − 1)",
                format!(
                    "{batches} batches, each gone through: off by a share of {worst:.0e} of σ² at most"
                ),
                worst <= ROUNDING,
            ),
            Witness::both(
                "bytes kept for the backward pass",
                "(layers + 1)·width·samples·4",
                "tensors that the backward pass of a chain needs, counted",
                counted,
            ),
            Witness::both(
                "slopes of the function that is gone down on",
                "by hand",
                format!(
                    "reverse mode: off by a share of {:.0e} at most",
                    self.slopes_apart
                ),
                self.slopes_apart <= ROUNDING,
            ),
        ]
    }
}

/// The batch sizes of the table: divisors and the asked ones.
fn sizes(samples: usize, sgd: usize, mini: usize) -> Vec<usize> {
    let mut sizes = vec![1, sgd, mini, samples];
    sizes.extend(
        [2, 4, 8, 16, 32, 64, 128, 256, 512]
            .iter()
            .filter(|size| **size < samples),
    );
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The largest difference as a share of the largest entry.
fn apart(a: &[f64; WIDTH], b: &[f64; WIDTH]) -> f64 {
    let size = a.iter().fold(1e-300_f64, |size, x| size.max(x.abs()));
    let pairs = a.iter().zip(b);
    pairs.fold(0.0, |worst, (a, b)| f64::max(worst, (a - b).abs() / size))
}
