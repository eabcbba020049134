//! What can be asked about inner problems, and what of it makes sense.

use clap::Args;

use crate::model::Fault;
use crate::questions::numbers::{self, List, short};

/// Steps to differentiate through, at most, and how many numbers of them.
const MOST_STEPS: f64 = 20_000.0;
const MOST_COUNTS: usize = 20;

/// Does the inner problem of a bi-level optimisation have to be solved by a descent method?
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How short the interval of the bisection gets before it stops; 0 for as short as numbers allow
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0")]
    pub(super) inner_tolerance: f64,
    /// x of the inner problem ½y² + c·cosh y − x·y
    #[arg(long, value_name = "X", value_parser = numbers::number, allow_hyphen_values = true, default_value = "2")]
    pub(super) x: f64,
    /// c of it
    #[arg(long, value_name = "C", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.7")]
    pub(super) c: f64,
    /// λ of the ridge regression
    #[arg(long, value_name = "L", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.3")]
    pub(super) lambda: f64,
    /// Steps of gradient descent to differentiate through
    #[arg(long, value_name = "K,…", value_parser = numbers::list, allow_hyphen_values = true, default_value = "1,5,10,20,50,100,200,500")]
    pub(super) unrolled: List,
}

impl Arguments {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// What, and what would do.
    pub(super) fn check(&self) -> Result<(), Fault> {
        for (name, value, least, most) in [
            ("inner-tolerance", self.inner_tolerance, 0.0, 1e3),
            ("x", self.x, -10.0, 10.0),
            ("c", self.c, 0.0, 10.0),
            ("lambda", self.lambda, 1e-6, 1e6),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Fault::new(
                    "usage",
                    format!("--{name} {} lies outside {least} to {most}", short(value)),
                )
                .help("give a number in this range"));
            }
        }
        let List(counts) = &self.unrolled;
        let bad = counts
            .iter()
            .find(|count| !(1.0..=MOST_STEPS).contains(*count) || count.fract() != 0.0);
        if let Some(count) = bad {
            return Err(Fault::new(
                "usage",
                format!(
                    "--unrolled {} is no number of steps from 1 to {MOST_STEPS}",
                    short(*count)
                ),
            )
            .help("the default is 1,5,10,20,50,100,200,500"));
        }
        if counts.len() > MOST_COUNTS {
            return Err(Fault::new(
                "usage",
                format!("--unrolled has more than {MOST_COUNTS} numbers"),
            )
            .help("give fewer"));
        }
        Ok(())
    }

    /// The steps to differentiate through.
    pub(super) fn counts(&self) -> Vec<usize> {
        let List(counts) = &self.unrolled;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole numbers from 1 on"
        )]
        counts.iter().map(|count| *count as usize).collect()
    }

    /// What was asked, in words.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        [
            ("inner problem", "½y² + c·cosh y − x·y".to_owned()),
            ("x", short(self.x)),
            ("c", short(self.c)),
            ("inner tolerance", short(self.inner_tolerance)),
            ("lambda", short(self.lambda)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}
