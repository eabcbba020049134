//! What can be asked about descent, and what of it makes sense.

use clap::{Args, ValueEnum};

use crate::lab::landscape::Landscape;
use crate::model::Fault;
use crate::questions::numbers::{self, short};

/// Samples whose functions and gradients are kept, at most.
const MOST_SAMPLES: usize = 1000;

/// Noisy draws of all runs together, at most: some seconds.
const MOST_DRAWS: u128 = 1_000_000_000;

/// Numbers that a chain's layer holds, at most, and its weights in all.
const WIDEST: usize = 4096;
const MOST_WEIGHTS: usize = 1 << 25;

/// How do SGD and gradient descent differ: steps, variance, memory, local minima, guarantees?
#[derive(Debug, Clone, Args)]
pub(super) struct Arguments {
    /// Samples in all
    #[arg(long, value_name = "N", default_value = "12")]
    pub(super) samples: usize,
    /// Samples that a step of SGD uses [default: 1; what the word SGD means is then left open]
    #[arg(long, value_name = "B")]
    pub(super) batch: Option<usize>,
    /// Let gradient descent add its gradient up over parts of this many samples [default: all at once]
    #[arg(long, value_name = "C")]
    pub(super) chunk: Option<usize>,
    /// What to go down on: x⁴/4 − x²/2 + tilt·x, or x²/2 + tilt·x
    #[arg(long, value_name = "NAME", value_enum, default_value = "double-well")]
    pub(super) function: Function,
    /// The tilt: above 0 the left well is the deeper one
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.2")]
    pub(super) tilt: f64,
    /// Where both start
    #[arg(long, value_name = "X", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1.5")]
    pub(super) start: f64,
    /// The standard deviation of a sample's slope about the mean
    #[arg(long, value_name = "S", value_parser = numbers::number, allow_hyphen_values = true, default_value = "2")]
    pub(super) noise: f64,
    /// The learning rate; SGD's falls as 1/k in the second half
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.05")]
    pub(super) lr: f64,
    /// Steps of a run
    #[arg(long, value_name = "K", default_value = "4000")]
    pub(super) iterations: u64,
    /// Runs of SGD
    #[arg(long, value_name = "R", default_value = "200")]
    pub(super) runs: u64,
    /// Layers of the chain whose memory is counted
    #[arg(long, value_name = "L", default_value = "8")]
    pub(super) depth: usize,
    /// Numbers in each of its layers
    #[arg(long, value_name = "W", default_value = "256")]
    pub(super) width: usize,
}

/// What to go down on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Function {
    DoubleWell,
    Bowl,
}

fn within(name: &str, value: u128, least: u128, most: u128) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(
        "usage",
        format!("--{name} {value} lies outside {least} to {most}"),
    )
    .help("give a number in this range"))
}

fn real_within(name: &str, value: f64, least: f64, most: f64) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(
        "usage",
        format!("--{name} {} lies outside {least} to {most}", short(value)),
    )
    .help("give a number in this range"))
}

impl Arguments {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// What, and what would do.
    pub(super) fn check(&self) -> Result<(), Fault> {
        within("samples", self.samples as u128, 2, MOST_SAMPLES as u128)?;
        let samples = self.samples as u128;
        within("batch", self.sgd_batch() as u128, 1, samples)?;
        within("chunk", self.chunk.unwrap_or(1) as u128, 1, samples)?;
        within("iterations", self.iterations.into(), 1, 10_000_000)?;
        within("runs", self.runs.into(), 2, 1_000_000)?;
        within("depth", self.depth as u128, 1, 1000)?;
        within("width", self.width as u128, 1, WIDEST as u128)?;
        real_within("tilt", self.tilt, -10.0, 10.0)?;
        real_within("start", self.start, -100.0, 100.0)?;
        real_within("noise", self.noise, 0.0, 1000.0)?;
        if self.lr <= 0.0 {
            return Err(Fault::new(
                "usage",
                format!("--lr {} is no learning rate", short(self.lr)),
            )
            .help("give a number above 0 and up to 10"));
        }
        real_within("lr", self.lr, 0.0, 10.0)?;
        let draws = u128::from(self.runs) * u128::from(self.iterations) * self.sgd_batch() as u128;
        if draws > MOST_DRAWS {
            return Err(Fault::new(
                "usage",
                format!(
                    "--runs, --iterations and --batch ask for {draws} draws, more than {MOST_DRAWS}"
                ),
            )
            .help("give fewer of any of them"));
        }
        if self.depth * self.width * self.width > MOST_WEIGHTS {
            return Err(Fault::new(
                "usage",
                format!("--depth and --width ask for more than {MOST_WEIGHTS} weights"),
            )
            .help("bytes go up in proportion to both: count them on a smaller chain"));
        }
        Ok(())
    }

    /// The samples of a step of SGD.
    pub(super) fn sgd_batch(&self) -> usize {
        self.batch.unwrap_or(1)
    }

    /// The batch of the other reading of SGD, where none is given.
    pub(super) fn mini_batch(&self) -> usize {
        self.batch.unwrap_or(4.min(self.samples))
    }

    /// The samples whose layers gradient descent has to keep at once.
    pub(super) fn gd_chunk(&self) -> usize {
        self.chunk.unwrap_or(self.samples)
    }

    /// What to go down on.
    pub(super) fn landscape(&self) -> Landscape {
        let tilt = self.tilt;
        match self.function {
            Function::DoubleWell => Landscape::DoubleWell { tilt },
            Function::Bowl => Landscape::Bowl { tilt },
        }
    }

    /// What was asked, in words.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let mut words: Vec<(String, String)> = Vec::new();
        let mut say = |name: &str, value: String| words.push((name.to_owned(), value));
        say("samples", self.samples.to_string());
        if let Some(batch) = self.batch {
            say("batch", batch.to_string());
        }
        if let Some(chunk) = self.chunk {
            say("chunk", chunk.to_string());
        }
        let tilt = short(self.tilt);
        say(
            "function",
            match self.function {
                Function::DoubleWell => format!("x⁴/4 − x²/2 + ({tilt})x"),
                Function::Bowl => format!("x²/2 + ({tilt})x"),
            },
        );
        say("start", short(self.start));
        say("noise", short(self.noise));
        say("lr", short(self.lr));
        say(
            "runs",
            format!("{} of {} steps", self.runs, self.iterations),
        );
        say(
            "chain",
            format!("{} × [Linear({w}, {w}), ReLU]", self.depth, w = self.width),
        );
        words
    }
}
