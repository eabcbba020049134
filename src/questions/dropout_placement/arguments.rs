//! Which activations, probabilities and numbers are asked about.

use clap::Args;

use crate::lab::dropout::MOST_UNITS;
use crate::model::Fault;
use crate::questions::dropout::{ActivationName, probability, scale, scale_word};
use crate::questions::numbers::{self, List, few, short};
use crate::theory::dropout::{Dropout, Scale};

/// The most probabilities of one question.
const MOST_PROBABILITIES: usize = 20;

/// The size of numbers that can be calculated with, also times a factor.
const LARGEST: f64 = 1e50;

/// Does it matter on which side of an activation dropout stands: mask by mask, and in expectation
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The activations: those that are asked about decide
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        default_value = "relu,leaky-relu,sigmoid,tanh,gelu,silu,elu"
    )]
    activation: Vec<ActivationName>,
    /// Probabilities to drop, as in PyTorch
    #[arg(long, value_name = "P,…", value_parser = numbers::list, allow_hyphen_values = true,
          default_value = "0.2,0.5")]
    p: List,
    /// What comes into the activation
    #[arg(long, value_name = "Z,…", value_parser = numbers::list, allow_hyphen_values = true,
          default_value = "-2,-0.5,0.5,2")]
    value: List,
    /// The slope of a leaky ReLU below zero
    #[arg(long, value_name = "A", value_parser = numbers::number, allow_hyphen_values = true,
          default_value = "0.01")]
    slope: f64,
    /// The factor of a kept unit: inverted is 1/(1-p), none is 1; or p, 1/p, 1-p, or a number
    #[arg(long, value_name = "FACTOR", value_parser = scale, allow_hyphen_values = true, default_value = "inverted")]
    scale: Scale,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// Each once, in the order asked.
    pub(super) activations: Vec<ActivationName>,
    pub(super) drops: Vec<f64>,
    pub(super) zs: Vec<f64>,
    pub(super) slope: f64,
    pub(super) scale: Scale,
}

impl Asked {
    /// The dropout with this probability.
    pub(super) fn dropout(&self, p: f64) -> Dropout {
        Dropout::in_a_row(&[p], self.scale)
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let names: Vec<&str> = self.activations.iter().map(|name| name.word()).collect();
        let mut words = vec![
            ("activation", names.join(", ")),
            ("p", few(&self.drops)),
            ("value", few(&self.zs)),
        ];
        if self.activations.contains(&ActivationName::LeakyRelu) {
            words.push(("slope", short(self.slope)));
        }
        if self.scale != Scale::Inverted {
            words.push(("scale", scale_word(self.scale)));
        }
        let owned = words.into_iter();
        owned
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If a probability is none, numbers are too large, or there are too many.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let (List(drops), List(zs)) = (self.p, self.value);
        let refuse = |message: String, help: &str| Err(Fault::new("usage", message).help(help));
        if drops.len() > MOST_PROBABILITIES || zs.len() > MOST_UNITS {
            return refuse(
                format!(
                    "{} probabilities and {} values are too many",
                    drops.len(),
                    zs.len()
                ),
                "every mask is gone through: give at most 20 probabilities and 10 values",
            );
        }
        for p in &drops {
            if let Err(message) = probability(&p.to_string()) {
                return refuse(message, "give --p numbers from 0 to 1, such as 0.2,0.5");
            }
        }
        let mut activations = Vec::new();
        for name in self.activation {
            if !activations.contains(&name) {
                activations.push(name);
            }
        }
        let asked = Asked {
            activations,
            drops,
            zs,
            slope: self.slope,
            scale: self.scale,
        };
        let factors = asked.drops.iter().map(|p| asked.dropout(*p).factor.abs());
        let factor = factors.fold(1.0, f64::max);
        let slope = asked.slope.abs().max(1.0);
        let largest = asked.zs.iter().map(|z| z.abs()).fold(0.0, f64::max);
        if largest * factor * slope <= LARGEST && factor * slope <= LARGEST {
            Ok(asked)
        } else {
            refuse(
                "a value times the factor and the slope is above 1e50".to_owned(),
                "give smaller numbers; the factor 1/p has no value at p = 0",
            )
        }
    }
}
