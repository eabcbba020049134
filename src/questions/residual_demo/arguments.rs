//! The signal, the filter that is to be found, and how.

use clap::Args;

use crate::model::Fault;
use crate::questions::numbers::{self, List, few, short};
use crate::theory::residual::Problem;

/// Taps of a filter at most.
const MOST_TAPS: usize = 31;

/// Places times taps times steps at most: some ten seconds.
const MOST_PRODUCTS: usize = 1_000_000_000;

/// The largest size of a number that is given.
const LARGEST: f64 = 1e6;

/// Does a convolution with a shortcut round it, f(x) + x, learn the same filter as one without?
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The filter that the target is made with; an odd number of taps
    #[arg(long, value_name = "W,…", value_parser = numbers::list, allow_hyphen_values = true,
          default_value = "0.2,-0.5,0.7,0.1,0.4")]
    filter: List,
    /// Places of the signal, sin(t^1.5)
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    length: u32,
    /// What is added to the target: this times cos(t)
    #[arg(long, value_name = "A", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.05")]
    noise: f64,
    /// s of the second model, f(x) + s·x
    #[arg(long, value_name = "S", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    shortcut: f64,
    /// Weight decay, as PyTorch's optimisers have it: this times the filter is added to its gradient
    #[arg(long, value_name = "L", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0")]
    decay: f64,
    /// The learning rate of gradient descent [default: half of the largest that surely settles]
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true)]
    lr: Option<f64>,
    /// Steps of gradient descent
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    updates: u32,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    filter: Vec<f64>,
    noise: f64,
    pub(super) problem: Problem,
    pub(super) shortcut: f64,
    pub(super) decay: f64,
    pub(super) rate: f64,
    pub(super) updates: usize,
}

impl Asked {
    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let words = [
            ("filter", few(&self.filter)),
            ("length", self.problem.signal.len().to_string()),
            ("noise", short(self.noise)),
            ("shortcut", short(self.shortcut)),
            ("decay", short(self.decay)),
            ("lr", format!("{:.4}", self.rate)),
            ("updates", self.updates.to_string()),
        ];
        words.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If there is no middle tap, a number is too large, or descent would run away.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let refuse = |message: String, help: &str| Err(Fault::new("usage", message).help(help));
        let List(filter) = self.filter;
        if filter.len().is_multiple_of(2) || filter.len() > MOST_TAPS {
            return refuse(
                format!(
                    "a filter of {} taps has no middle, or is too long",
                    filter.len()
                ),
                "give --filter an odd number of taps, 31 at most",
            );
        }
        let numbers = filter
            .iter()
            .chain([&self.noise, &self.shortcut, &self.decay]);
        if let Some(number) = numbers.copied().find(|number| number.abs() > LARGEST) {
            return refuse(
                format!("{} is too large", short(number)),
                "give numbers up to 1e6 in size",
            );
        }
        if self.decay < 0.0 {
            return refuse(
                format!("--decay {} would let weights grow", short(self.decay)),
                "give 0 or more",
            );
        }
        let problem = Problem::sweep(&filter, self.length, self.noise);
        let largest = problem.largest_rate(self.decay);
        let rate = self.lr.unwrap_or(largest / 2.0);
        if !(rate > 0.0 && rate <= largest) {
            return refuse(
                format!(
                    "with --lr {} descent may stand still or run away",
                    short(rate)
                ),
                &format!("give a learning rate above 0 and up to {largest:.4}"),
            );
        }
        let updates = usize::try_from(self.updates).unwrap_or(usize::MAX);
        let products = (problem.signal.len() * problem.taps).saturating_mul(updates);
        if products > MOST_PRODUCTS {
            return refuse(
                format!("{updates} steps over so many places and taps are too many"),
                "give fewer --updates, a smaller --length or fewer taps",
            );
        }
        Ok(Asked {
            filter,
            noise: self.noise,
            problem,
            shortcut: self.shortcut,
            decay: self.decay,
            rate,
            updates,
        })
    }
}
