//! What can be asked about a dropout, and what of it makes sense.

use clap::Args;

use crate::model::Fault;
use crate::questions::dropout::{ActivationName, probability, scale, scale_word};
use crate::questions::numbers::{self, List, few, short};
use crate::theory::dropout::{Activation, Dropout, Scale};

/// Most units that a vector or a linear unit may have.
const MOST_UNITS: usize = 1000;

/// Most masks drawn in all: some minutes.
const MOST_MASKS: u64 = 100_000_000_000;

/// The size of numbers whose fourth powers a double still holds, with a factor.
const LARGEST: f64 = 1e50;
const SMALLEST: f64 = 1e-50;

/// What does dropout do to an activation: its expectation and variance, exactly and measured
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The probability to drop a unit, as in PyTorch: 0.3, 1/3, 30%
    #[arg(long, value_name = "P", value_parser = probability, allow_hyphen_values = true)]
    p: f64,
    /// The activation, or the activations of a vector: 1.7, 1,-2,0.5,3; 0.5*30 is 0.5 thirty times [default: 1]
    #[arg(long, value_name = "X,…", value_parser = numbers::list, allow_hyphen_values = true)]
    value: Option<List>,
    /// The weights of a linear unit whose inputs are dropped
    #[arg(long, value_name = "W,…", value_parser = numbers::list, allow_hyphen_values = true,
          requires = "inputs", conflicts_with = "value")]
    weights: Option<List>,
    /// The inputs of the linear unit, as many as its weights
    #[arg(long, value_name = "X,…", value_parser = numbers::list, allow_hyphen_values = true,
          requires = "weights")]
    inputs: Option<List>,
    /// How far the linear unit's inputs vary about their values, for the shift of its variance [default: 1]
    #[arg(long, value_name = "SIGMA", value_parser = deviation, allow_hyphen_values = true, requires = "weights")]
    input_deviation: Option<f64>,
    /// A second dropout after the first
    #[arg(long, value_name = "P2", value_parser = probability, allow_hyphen_values = true)]
    then: Option<f64>,
    /// The factor of a kept unit: inverted is 1/(1-p), none is 1; or p, 1/p, 1-p, or a number
    #[arg(long, value_name = "FACTOR", value_parser = scale, allow_hyphen_values = true, default_value = "inverted")]
    scale: Scale,
    /// A non-linearity that the dropout stands before or after
    #[arg(long, value_name = "NAME")]
    activation: Option<ActivationName>,
    /// The slope of a leaky ReLU below zero
    #[arg(long, value_name = "A", value_parser = numbers::number, allow_hyphen_values = true,
          default_value = "0.01")]
    slope: f64,
    /// In evaluation mode, where dropout does nothing
    #[arg(long)]
    eval: bool,
    /// How many times to draw: 1000000, 1e8
    #[arg(long, value_name = "N", value_parser = draws, default_value = "1e6")]
    draws: u64,
}

/// What is dropped.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// Activations, each by itself.
    Units(Vec<f64>),
    /// The inputs of a linear unit.
    Linear {
        weights: Vec<f64>,
        inputs: Vec<f64>,
        /// How far the inputs vary.
        deviation: f64,
    },
}

impl Target {
    /// The numbers that a mask keeps or drops: activations, or weight times input.
    pub(super) fn terms(&self) -> Vec<f64> {
        match self {
            Self::Units(units) => units.clone(),
            Self::Linear {
                weights, inputs, ..
            } => weights.iter().zip(inputs).map(|(w, x)| w * x).collect(),
        }
    }

    /// What comes out without dropout: every unit, or the one sum.
    pub(super) fn plain(&self) -> Vec<f64> {
        match self {
            Self::Units(units) => units.clone(),
            Self::Linear { .. } => vec![self.terms().iter().sum()],
        }
    }
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// The probability of each dropout, one or two.
    pub(super) drops: Vec<f64>,
    pub(super) scale: Scale,
    pub(super) eval: bool,
    pub(super) target: Target,
    /// The non-linearity and its name.
    pub(super) activation: Option<(Activation, &'static str)>,
    pub(super) draws: u64,
}

impl Asked {
    /// The dropout as it acts here: in evaluation mode not at all.
    pub(super) fn dropout(&self) -> Dropout {
        if self.eval {
            Dropout::evaluation()
        } else {
            self.training()
        }
    }

    /// The dropout in training mode.
    pub(super) fn training(&self) -> Dropout {
        Dropout::in_a_row(&self.drops, self.scale)
    }

    /// Whether a linear unit is asked about.
    pub(super) fn is_linear(&self) -> bool {
        matches!(self.target, Target::Linear { .. })
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let mut words = vec![("p", short(self.drops[0]))];
        match &self.target {
            Target::Units(units) => words.push(("value", few(units))),
            Target::Linear {
                weights, inputs, ..
            } => words.extend([("weights", few(weights)), ("inputs", few(inputs))]),
        }
        words.extend(self.drops.get(1).map(|p| ("then", short(*p))));
        if self.scale != Scale::Inverted {
            words.push(("scale", scale_word(self.scale)));
        }
        if let Some((activation, name)) = self.activation {
            let slope = match activation {
                Activation::LeakyRelu(slope) => format!(" of slope {}", short(slope)),
                _ => String::new(),
            };
            words.push(("activation", format!("{name}{slope}")));
        }
        if self.eval {
            words.push(("mode", "evaluation".to_owned()));
        }
        words.push(("draws", numbers::grouped(self.draws)));
        let owned = words
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    }
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If numbers do not go together, or are of a size that a double cannot hold the powers of.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let target = match (self.weights, self.inputs) {
            (Some(List(weights)), Some(List(inputs))) => {
                if weights.len() != inputs.len() {
                    return Err(Fault::new(
                        "usage",
                        format!(
                            "{} weights do not fit {} inputs",
                            weights.len(),
                            inputs.len()
                        ),
                    )
                    .help("give --weights and --inputs as many numbers each"));
                }
                Target::Linear {
                    weights,
                    inputs,
                    deviation: self.input_deviation.unwrap_or(1.0),
                }
            }
            _ => Target::Units(self.value.map_or_else(|| vec![1.0], |List(units)| units)),
        };
        let activation = self
            .activation
            .map(|name| (name.activation(self.slope), name.word()));
        let asked = Asked {
            drops: [Some(self.p), self.then].into_iter().flatten().collect(),
            scale: self.scale,
            eval: self.eval,
            target,
            activation,
            draws: self.draws,
        };
        sizes(&asked)?;
        Ok(asked)
    }
}

/// Numbers of a size that can be calculated with, and an amount of work that ends.
fn sizes(asked: &Asked) -> Result<(), Fault> {
    let terms = asked.target.terms();
    if terms.len() > MOST_UNITS {
        return Err(Fault::new(
            "too-many-units",
            format!(
                "{} units are more than the {MOST_UNITS} that can be asked about",
                terms.len()
            ),
        )
        .help("units are independent: ask about fewer, or with fewer different values"));
    }
    let factor = asked.training().factor;
    if !factor.is_finite() {
        return Err(
            Fault::new("no-scale", "the factor 1/p has no value at p = 0")
                .help("dropout scales by 1/(1-p): leave --scale out"),
        );
    }
    let mut numbers = terms.clone();
    if let Target::Linear {
        weights,
        inputs,
        deviation,
    } = &asked.target
    {
        numbers.extend(weights.iter().chain(inputs).chain([deviation]));
        numbers.extend(weights.iter().map(|weight| weight * deviation));
    }
    numbers.extend(terms.iter().map(|term| term * factor));
    let off = |number: &&f64| **number != 0.0 && !(SMALLEST..=LARGEST).contains(&number.abs());
    if let Some(number) = numbers.iter().find(off) {
        return Err(Fault::new(
            "out-of-range",
            format!("{} cannot be calculated with here", short(*number)),
        )
        .help("values, weights, inputs and their products with the factor lie between 1e-50 and 1e50 in size"));
    }
    let masks = u64::try_from(terms.len())
        .ok()
        .and_then(|units| asked.draws.checked_mul(units));
    if masks.is_none_or(|masks| masks > MOST_MASKS) {
        return Err(Fault::new(
            "too-many-draws",
            format!(
                "{} draws of {} units are more than the {MOST_MASKS:.0e} masks that can be drawn",
                numbers::grouped(asked.draws),
                terms.len()
            ),
        )
        .help("the standard error falls with the root of the draws: a million give three digits, 1e10 give five"));
    }
    Ok(())
}

fn deviation(text: &str) -> Result<f64, String> {
    let deviation = numbers::number(text)?;
    if deviation >= 0.0 {
        Ok(deviation)
    } else {
        Err("a standard deviation is not negative".to_owned())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "it is checked to be an integer below 2^53"
)]
fn draws(text: &str) -> Result<u64, String> {
    let number = numbers::number(&text.replace([',', '_'], ""))?;
    if number.fract() != 0.0 || number < 0.0 || number >= (1_u64 << 53) as f64 {
        return Err("it is a whole number, such as 1000000 or 1e8".to_owned());
    }
    if number < 2.0 {
        return Err("a variance takes two draws at least".to_owned());
    }
    Ok(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_whole_numbers() {
        assert_eq!(draws("1e8"), Ok(100_000_000));
        assert_eq!(draws("1,000"), Ok(1000));
        for text in ["0", "1", "-5", "1.5", "1e300", "many"] {
            assert!(draws(text).is_err(), "{text}");
        }
    }
}
