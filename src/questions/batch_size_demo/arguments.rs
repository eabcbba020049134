//! What can be asked about batch sizes, and what of it makes sense.

use clap::Args;

use crate::model::Fault;
use crate::questions::numbers::{self, List, short};

/// Numbers of all inputs together, at most.
const MOST_NUMBERS: usize = 10_000_000;

/// Products of all runs together if each goes to the limit, at most: some minutes.
const MOST_WORK: f64 = 2e11;

/// Runs of a batch that is not compared, at most.
const BESIDE: u64 = 8;

/// What does doubling the batch do to the number of iterations?
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The batch that is doubled
    #[arg(long, value_name = "B", default_value = "2")]
    batch: usize,
    /// Other batches to measure [default: 1,2,4,…,256]
    #[arg(long, value_name = "B,…", value_parser = numbers::list, allow_hyphen_values = true)]
    batches: Option<List>,
    /// Samples in all
    #[arg(long, value_name = "N", default_value = "4096")]
    samples: usize,
    /// Inputs of each
    #[arg(long, value_name = "D", default_value = "20")]
    dims: usize,
    /// The largest variance of an input over the smallest
    #[arg(long, value_name = "K", value_parser = numbers::number, allow_hyphen_values = true, default_value = "10")]
    condition: f64,
    /// The standard deviation of what no weights explain
    #[arg(long, value_name = "S", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.5")]
    noise: f64,
    /// The learning rate
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.02")]
    lr: f64,
    /// Take the learning rate times the batch: --lr is that of a batch of one
    #[arg(long)]
    scale_rate: bool,
    /// The loss to get to, over the least
    #[arg(long, value_name = "F", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1.02")]
    factor: f64,
    /// Runs of the batch and of twice it; of the others, eight at most
    #[arg(long, value_name = "R", default_value = "40")]
    seeds: u64,
    /// Iterations after which a run is given up
    #[arg(long, value_name = "N", default_value = "20000")]
    limit: u64,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) batch: usize,
    /// Ascending, with the batch and twice it among them.
    pub(super) batches: Vec<usize>,
    pub(super) samples: usize,
    pub(super) dims: usize,
    pub(super) condition: f64,
    pub(super) noise: f64,
    lr: f64,
    scale_rate: bool,
    pub(super) factor: f64,
    pub(super) seeds: u64,
    pub(super) limit: u64,
}

fn refuse<T>(message: String, advice: &str) -> Result<T, Fault> {
    Err(Fault::new("usage", message).help(advice))
}

impl Arguments {
    /// The same, checked.
    ///
    /// # Errors
    /// What cannot be, and what would do.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        for (name, value, least, most) in [
            ("samples", self.samples as u64, 2, 1_000_000),
            ("dims", self.dims as u64, 1, 200),
            ("batch", self.batch as u64, 1, 1_000_000),
            ("seeds", self.seeds, 2, 10_000),
            ("limit", self.limit, 1, 10_000_000),
        ] {
            if !(least..=most).contains(&value) {
                return refuse(
                    format!("--{name} {value} lies outside {least} to {most}"),
                    "give a number in this range",
                );
            }
        }
        for (name, value, least, most) in [
            ("condition", self.condition, 1.0, 1e6),
            ("noise", self.noise, 1e-3, 1e3),
            ("lr", self.lr, 1e-9, 1e3),
            ("factor", self.factor, 1.000_001, 1e6),
        ] {
            if !(least..=most).contains(&value) {
                return refuse(
                    format!("--{name} {} lies outside {least} to {most}", short(value)),
                    "give a number in this range",
                );
            }
        }
        if self.samples * self.dims > MOST_NUMBERS || self.samples < 2 * self.dims {
            return refuse(
                format!(
                    "--samples {} and --dims {} do not go together",
                    self.samples, self.dims
                ),
                "give at least two samples an input, and ten million numbers at most",
            );
        }
        let mut batches = self.batches()?;
        batches.extend([self.batch, 2 * self.batch]);
        batches.sort_unstable();
        batches.dedup();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let work = batches.iter().sum::<usize>() as f64
            * self.seeds as f64
            * self.limit as f64
            * self.dims as f64;
        if work > MOST_WORK {
            return refuse(
                "--batches, --seeds and --limit together ask for more than some minutes".to_owned(),
                "give smaller batches, fewer seeds or a lower limit",
            );
        }
        Ok(Asked {
            batch: self.batch,
            batches,
            samples: self.samples,
            dims: self.dims,
            condition: self.condition,
            noise: self.noise,
            lr: self.lr,
            scale_rate: self.scale_rate,
            factor: self.factor,
            seeds: self.seeds,
            limit: self.limit,
        })
    }

    fn batches(&self) -> Result<Vec<usize>, Fault> {
        let Some(List(given)) = &self.batches else {
            return Ok((0..9).map(|power| 1 << power).collect());
        };
        let mut batches = Vec::new();
        for &batch in given {
            if !(1.0..=1e6).contains(&batch) || batch.fract() != 0.0 || given.len() > 40 {
                return refuse(
                    format!("--batches: {} is no batch", short(batch)),
                    "give whole numbers from 1 on, forty at most",
                );
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 1 to a million"
            )]
            batches.push(batch as usize);
        }
        Ok(batches)
    }
}

impl Asked {
    /// The runs of a batch: the two that are compared have more than those that only show the rest of the curve.
    pub(super) fn runs(&self, batch: usize) -> u64 {
        if batch == self.batch || batch == 2 * self.batch {
            self.seeds
        } else {
            self.seeds.min(BESIDE)
        }
    }

    /// The learning rate of a batch.
    #[expect(clippy::cast_precision_loss, reason = "a million at most")]
    pub(super) fn rate(&self, batch: usize) -> f64 {
        if self.scale_rate {
            self.lr * batch as f64
        } else {
            self.lr
        }
    }

    /// What was asked, in words.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let rate = short(self.lr);
        [
            (
                "regression",
                format!("{} samples of {} inputs", self.samples, self.dims),
            ),
            ("condition", short(self.condition)),
            ("noise", short(self.noise)),
            ("batch", format!("{} and {}", self.batch, 2 * self.batch)),
            (
                "lr",
                if self.scale_rate {
                    format!("{rate} times the batch")
                } else {
                    rate
                },
            ),
            (
                "until",
                format!("{} times the least loss", short(self.factor)),
            ),
            ("seeds", self.seeds.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}
