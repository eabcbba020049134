//! The runs, and what is known of them without running.

use super::arguments::Asked;
use crate::lab::Estimate;
use crate::lab::batch_size::{Data, Regression, Run};
use crate::lab::dropout::threads;
use crate::lab::random::Stream;
use crate::model::Fault;
use crate::questions::Setting;
use crate::report::Witness;
use crate::theory::batch_size::{descent_steps, noise_floor};
use crate::theory::linear::Matrix;

/// Purposes of the run's seed.
const INPUTS: u64 = 0xba7c_0001;
const TARGETS: u64 = 0xba7c_0002;
const RUNS: u64 = 0xba7c_1000_0000;

/// Two ways to one gradient agree within this share.
const ROUNDING: f64 = 1e-11;

/// What the runs of one batch size did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) batch: usize,
    pub(super) mean: f64,
    pub(super) error: f64,
    pub(super) least: u64,
    pub(super) most: u64,
    /// Runs that did not arrive.
    pub(super) late: u64,
    /// Iterations without noise at the same rate, by formula.
    pub(super) without: Option<u64>,
    /// The long run's mean loss above the least, over what is allowed: above 1 the noise stands in the way.
    pub(super) floor: f64,
}

/// Everything that is computed.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) asked: Asked,
    pub(super) rows: Vec<Row>,
    /// Iterations of gradient descent at the batch's rate: by formula, and run.
    pub(super) descent: Option<u64>,
    descent_run: Option<u64>,
    pub(super) least: f64,
    gradients_apart: f64,
}

impl Facts {
    /// Runs it.
    ///
    /// # Errors
    /// If the engine fails.
    pub(super) fn new(asked: Asked, setting: &Setting) -> Result<Self, Fault> {
        let regression = Regression::drawn(&Data {
            rows: asked.samples,
            dims: asked.dims,
            condition: asked.condition,
            noise: asked.noise,
            inputs: Stream::seeded(setting.seed, INPUTS),
            targets: Stream::seeded(setting.seed, TARGETS),
        })?;
        let target = (asked.factor - 1.0) * regression.least;
        let goal = (target, asked.limit);
        let runs: Vec<Run> = asked
            .batches
            .iter()
            .flat_map(|&batch| {
                let rate = asked.rate(batch);
                (0..asked.runs(batch)).map(move |number| Run {
                    batch: Some(batch),
                    rate,
                    stream: Stream::seeded(setting.seed, RUNS + ((batch as u64) << 16) + number),
                })
            })
            .collect();
        let (progress, all) = (&setting.progress, runs.len() as u64);
        let iterations = regression.all(&runs, goal, threads(), &|| progress.tell(1, all));
        let dims = asked.dims;
        let hessian = Matrix::from(dims, |row, column| regression.hessian[row * dims + column]);
        let trace: f64 = (0..dims).map(|place| hessian.at(place, place)).sum();
        let without = |rate| descent_steps(&hessian, &regression.best, rate, target, asked.limit);
        let mut rest = iterations.as_slice();
        let rows = asked
            .batches
            .iter()
            .map(|&batch| {
                let count = usize::try_from(asked.runs(batch)).unwrap_or(usize::MAX);
                let (runs, others) = rest.split_at(count.min(rest.len()));
                rest = others;
                let rate = asked.rate(batch);
                #[expect(clippy::cast_precision_loss, reason = "a million at most")]
                let floor = noise_floor(trace, rate, 2.0 * regression.least, batch as f64) / target;
                row(batch, runs, asked.limit, without(rate), floor)
            })
            .collect();
        let rate = asked.rate(asked.batch);
        let plain = Run {
            batch: None,
            rate,
            stream: Stream::seeded(0, 0),
        };
        Ok(Self {
            rows,
            descent: without(rate),
            descent_run: regression.iterations(&plain, target, asked.limit),
            least: regression.least,
            gradients_apart: regression.disagreement(256)?,
            asked,
        })
    }

    /// The batch, and twice it.
    pub(super) fn pair(&self) -> [Row; 2] {
        [self.asked.batch, 2 * self.asked.batch].map(|batch| self.row(batch))
    }

    fn row(&self, batch: usize) -> Row {
        let found = self.rows.iter().find(|row| row.batch == batch).copied();
        // Both are among the measured ones.
        found.unwrap_or_else(|| row(batch, &[], self.asked.limit, None, f64::NAN))
    }

    /// How many times as many iterations the batch takes as twice the batch, with its standard error.
    pub(super) fn ratio(&self) -> (f64, f64) {
        let [one, two] = self.pair();
        ratio(&one, &two)
    }

    /// Theory beside the lab.
    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let say = |steps: Option<u64>| {
            steps.map_or_else(
                || "never, or not within the limit".to_owned(),
                |steps| format!("{steps} iterations"),
            )
        };
        let agree = match (self.descent, self.descent_run) {
            (Some(formula), Some(run)) => formula.abs_diff(run) <= 1,
            (formula, run) => formula == run,
        };
        vec![
            Witness::both(
                "iterations of gradient descent",
                format!(
                    "powers of 1 − rate·λ along the Hessian's eigenvectors: {}",
                    say(self.descent)
                ),
                format!("step by step: {}", say(self.descent_run)),
                agree,
            ),
            Witness::both(
                "the gradient of a batch",
                "sums of (w·x − y)·x",
                format!(
                    "reverse mode: off by a share of {:.0e} at most",
                    self.gradients_apart
                ),
                self.gradients_apart <= ROUNDING,
            ),
        ]
    }
}

/// How many times as many iterations one takes as the other, with its standard error.
pub(super) fn ratio(one: &Row, two: &Row) -> (f64, f64) {
    let ratio = one.mean / two.mean;
    (
        ratio,
        ratio * (one.error / one.mean).hypot(two.error / two.mean),
    )
}

fn row(batch: usize, runs: &[Option<u64>], limit: u64, without: Option<u64>, floor: f64) -> Row {
    let arrived: Vec<u64> = runs.iter().map(|steps| steps.unwrap_or(limit)).collect();
    #[expect(clippy::cast_precision_loss, reason = "ten million at most")]
    let numbers: Vec<f64> = arrived.iter().map(|steps| *steps as f64).collect();
    let estimate = Estimate::of(&numbers);
    Row {
        batch,
        mean: estimate.map_or(f64::NAN, |estimate| estimate.mean),
        error: estimate.map_or(f64::NAN, |estimate| estimate.error),
        least: arrived.iter().min().copied().unwrap_or(limit),
        most: arrived.iter().max().copied().unwrap_or(limit),
        late: runs.iter().filter(|steps| steps.is_none()).count() as u64,
        without,
        floor,
    }
}
