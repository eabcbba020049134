//! The chain, the network, the slopes and the unit that are asked about.

use clap::Args;

use crate::lab::deep::Initial;
use crate::model::Fault;
use crate::questions::numbers::{self, List, few, short};
use crate::questions::vanishing_demo::flags::{self, ActivationName, initial, name_of};

/// Units in a chain, blocks of a network, numbers in a row, seeds, inputs, updates and points at most.
const MOST: [(&str, usize); 7] = [
    ("depth", 1000),
    ("blocks", 200),
    ("width", 512),
    ("seeds", 100),
    ("samples", 10_000),
    ("updates", 20_000),
    ("points", 1000),
];

/// The largest size of a number that is given.
const LARGEST: f64 = 1e6;

/// What ReLUs do to gradients: whether they can vanish, whether the slope is linear, whether a unit can die
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Units of the chain of single units
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) depth: usize,
    /// The weight of every unit of the chain
    #[arg(long, value_name = "W", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.5")]
    pub(super) weight: f64,
    /// Hidden blocks of the network between its first and its last linear layer
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(super) blocks: usize,
    /// Numbers in a hidden row of the network
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(super) width: usize,
    /// The network's weights: pytorch, xavier, he, orthogonal, normal:σ, formula or formula:GAIN
    #[arg(long, value_name = "NAME", default_value = "pytorch", value_parser = initial)]
    pub(super) init: Initial,
    /// Draw the network's weights this many times, for error bars
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub(super) seeds: usize,
    /// Where the slope is taken
    #[arg(long, value_name = "X,…", value_parser = numbers::list, allow_hyphen_values = true,
          default_value = "-2,-1e-9,0,1e-9,0.5,1,2,4")]
    pub(super) points: List,
    /// The slope is that of max(0, x) to this power; 1 is a ReLU
    #[arg(long, value_name = "N", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    pub(super) power: f64,
    /// The bias of the unit in training, and of one unit in the middle of a second chain
    #[arg(long, value_name = "B", value_parser = numbers::number, allow_hyphen_values = true, default_value = "-5")]
    pub(super) bias: f64,
    /// The slope of the unit in training below zero; 0 is a ReLU
    #[arg(long, value_name = "A", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0")]
    pub(super) leak: f64,
    /// What the unit in training is to give for every input
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    pub(super) target: f64,
    /// Inputs of the unit, equally far apart from -1 to 1
    #[arg(long, value_name = "N", default_value_t = 101)]
    pub(super) samples: usize,
    /// Steps of stochastic gradient descent, an input each
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) updates: usize,
    /// The learning rate
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.05")]
    pub(super) lr: f64,
}

impl Arguments {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// What, and what would do.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let refuse = |message: String, help: &str| Err(Fault::new("usage", message).help(help));
        let List(points) = &self.points;
        let counts = [
            self.depth,
            self.blocks,
            self.width,
            self.seeds,
            self.samples,
            self.updates,
            points.len(),
        ];
        for ((name, most), count) in MOST.iter().zip(counts) {
            // Two inputs span the range.
            let least = if *name == "samples" { 2 } else { 1 };
            if count < least || count > *most {
                return refuse(
                    format!("--{name} {count} lies outside {least} to {most}"),
                    "give a number in this range",
                );
            }
        }
        for (name, number) in [
            ("weight", self.weight),
            ("bias", self.bias),
            ("leak", self.leak),
            ("target", self.target),
        ] {
            if number.abs() > LARGEST {
                return refuse(
                    format!("--{name} {number:e} is too large"),
                    "give a number up to 1e6 in size",
                );
            }
        }
        let depth = i32::try_from(self.depth).unwrap_or(i32::MAX);
        if self.weight.abs().max(1.0).powi(depth) > 1e300 {
            return refuse(
                format!("{}^{depth} is more than a float64 holds", self.weight),
                "give a smaller --weight or --depth",
            );
        }
        if !(1.0..=100.0).contains(&self.power) {
            return refuse(
                format!("--power {} lies outside 1 to 100", self.power),
                "1 is a ReLU; below it there is no slope at 0",
            );
        }
        if points.iter().any(|x| x.abs() > 1000.0) {
            return refuse(
                "a point lies beyond 1000".to_owned(),
                "give --points from -1000 to 1000",
            );
        }
        // One input's step multiplies its error by 1 − 2·lr·(x²+1)·slope²: beyond 2 in size it would run away.
        let fastest = self.lr * 4.0 * self.leak.abs().max(1.0).powi(2);
        if self.lr <= 0.0 || fastest > 2.0 {
            return refuse(
                format!("with --lr {} descent stands still or runs away", self.lr),
                "give a learning rate above 0 and up to 0.5, smaller still with a steep --leak",
            );
        }
        Ok(())
    }

    /// The network's flags: ReLU, weights of its own in each layer.
    pub(super) fn network(&self) -> flags::Arguments {
        flags::Arguments {
            depth: self.blocks,
            width: self.width,
            inputs: 42,
            activation: ActivationName::Relu,
            init: self.init,
            tied: false,
            untied: true,
            no_bias: false,
            residual: false,
            norm: None,
            train: Some(0),
            lr: 0.0,
            batch: super::depth::BATCH,
            seeds: 1,
            compare: false,
            scalar: false,
        }
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let words = [
            (
                "chain",
                format!("{} units of weight {}", self.depth, short(self.weight)),
            ),
            (
                "network",
                format!(
                    "{} blocks of width {}, {}",
                    self.blocks,
                    self.width,
                    name_of(self.init)
                ),
            ),
            ("seeds", self.seeds.to_string()),
            ("points", few(&self.points.0)),
            ("power", short(self.power)),
            ("bias", short(self.bias)),
            ("leak", short(self.leak)),
            ("target", short(self.target)),
            ("updates", self.updates.to_string()),
            ("lr", short(self.lr)),
        ];
        words.map(|(name, value)| (name.to_owned(), value)).into()
    }
}
