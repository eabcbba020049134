//! What can be asked about generator and discriminator, and what of it makes sense.

use clap::{Args, ValueEnum};

use crate::model::Fault;
use crate::questions::numbers::{self, List, short};
use crate::theory::gan::Loss;

/// Most values of a distribution.
const MOST_VALUES: usize = 100;

/// What a GAN's discriminator should be, what its training needs of the generator, and when the generator has nothing left to learn
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The data, on a few values: their probabilities
    #[arg(long, value_name = "P,…", value_parser = numbers::list, allow_hyphen_values = true, default_value = "0.1,0.2,0.3,0.4")]
    data: List,
    /// What is generated: probabilities of the same values
    #[arg(long, value_name = "P,…", value_parser = numbers::list, allow_hyphen_values = true, default_value = "0.4,0.3,0.2,0.1")]
    generated: List,
    /// A discriminator, its D for each value, at which the generator is trained on [default: the best one, at what equals the data]
    #[arg(long, value_name = "D,…", value_parser = numbers::list, allow_hyphen_values = true)]
    discriminator: Option<List>,
    /// Data N(TARGET, 1) against a generator at 0
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "2", help_heading = "One number")]
    target: f64,
    /// Data so far away that a trained discriminator is sure of itself
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "10", help_heading = "One number")]
    far: f64,
    /// The discriminator with the higher loss: the best one's logit times this
    #[arg(long, value_name = "C", value_parser = numbers::number, allow_hyphen_values = true, default_value = "-1", help_heading = "One number")]
    sureness: f64,
    /// The generator's loss
    #[arg(
        long,
        value_name = "NAME",
        default_value = "non-saturating",
        help_heading = "One number"
    )]
    loss: Name,
    /// The discriminator's slope at the start; below 0 it points the wrong way
    #[arg(long, value_name = "U", value_parser = numbers::number, allow_hyphen_values = true, default_value = "-0.5", help_heading = "One number")]
    start: f64,
    /// Steps that the discriminator is trained first
    #[arg(long, value_name = "N", default_value_t = 200, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=20_000), help_heading = "One number")]
    pretrain: u32,
    /// The distribution of z in training, N(MEAN, STD²)
    #[arg(long, value_name = "MEAN,STD", value_parser = numbers::list, allow_hyphen_values = true, default_value = "0,1", help_heading = "One number")]
    prior: List,
    /// Generator and discriminator share their first layer
    #[arg(long, help_heading = "Two nets")]
    shared: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    Saturating,
    NonSaturating,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) data: Vec<f64>,
    pub(super) generated: Vec<f64>,
    pub(super) discriminator: Option<Vec<f64>>,
    pub(super) target: f64,
    pub(super) far: f64,
    pub(super) sureness: f64,
    pub(super) loss: Loss,
    pub(super) start: f64,
    pub(super) pretrain: usize,
    pub(super) prior: (f64, f64),
    pub(super) shared: bool,
}

fn list(numbers: &[f64]) -> String {
    let shown: Vec<String> = numbers
        .iter()
        .take(8)
        .map(|number| short(*number))
        .collect();
    let more = if numbers.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl Asked {
    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let mut words = vec![
            ("data", list(&self.data)),
            ("generated", list(&self.generated)),
        ];
        words.extend(
            self.discriminator
                .as_deref()
                .map(|d| ("discriminator", list(d))),
        );
        words.push(("target", short(self.target)));
        words.push(("sureness", short(self.sureness)));
        if self.loss == Loss::Saturating {
            words.push(("loss", "saturating".to_owned()));
        }
        words.push(("start", short(self.start)));
        words.push(("pretrain", self.pretrain.to_string()));
        words.push((
            "prior",
            format!("{}, {}", short(self.prior.0), short(self.prior.1)),
        ));
        if self.shared {
            words.push(("nets", "share their first layer".to_owned()));
        }
        let owned = words
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    }
}

fn out_of_range(name: &str, number: f64, range: &str) -> Fault {
    Fault::new(
        "out-of-range",
        format!("--{name} {} cannot be calculated with here", short(number)),
    )
    .help(format!("--{name} lies {range}"))
}

/// Probabilities that add up to 1, none of them 0.
fn distribution(name: &str, list: List) -> Result<Vec<f64>, Fault> {
    let List(numbers) = list;
    if numbers.len() < 2 || numbers.len() > MOST_VALUES {
        return Err(
            Fault::new("usage", format!("--{name} has {} values", numbers.len())).help(format!(
                "give 2 to {MOST_VALUES} probabilities, such as 0.1,0.2,0.3,0.4"
            )),
        );
    }
    if let Some(number) = numbers.iter().find(|number| **number < 1e-6) {
        return Err(out_of_range(
            name,
            *number,
            "above 1e-6: a value without probability has no log",
        ));
    }
    let total: f64 = numbers.iter().sum();
    if (total - 1.0).abs() > 1e-9 {
        return Err(Fault::new(
            "usage",
            format!("--{name} adds up to {} and not to 1", short(total)),
        )
        .help("probabilities add up to 1; write 1/3 for a third"));
    }
    Ok(numbers)
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If lists do not go together, or a number lies where a double has too few digits.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let data = distribution("data", self.data)?;
        let generated = distribution("generated", self.generated)?;
        let discriminator = self.discriminator.map(|List(numbers)| numbers);
        for (name, length) in [
            ("generated", Some(generated.len())),
            ("discriminator", discriminator.as_ref().map(Vec::len)),
        ] {
            if length.is_some_and(|length| length != data.len()) {
                let message = format!(
                    "--{name} has {} values and --data {}",
                    length.unwrap_or(0),
                    data.len()
                );
                return Err(Fault::new("usage", message).help("give both as many numbers"));
            }
        }
        for d in discriminator.iter().flatten() {
            if !(1e-9..=1.0 - 1e-9).contains(d) {
                return Err(out_of_range(
                    "discriminator",
                    *d,
                    "above 0 and below 1: it is a probability whose log is taken",
                ));
            }
        }
        for (name, number, most) in [
            ("target", self.target, 20.0),
            ("far", self.far, 20.0),
            ("sureness", self.sureness, 10.0),
            ("start", self.start, 10.0),
        ] {
            if number.abs() > most {
                return Err(out_of_range(
                    name,
                    number,
                    &format!("between −{most} and {most}"),
                ));
            }
        }
        let prior: [f64; 2] = self.prior.0.try_into().map_err(|list: Vec<f64>| {
            Fault::new(
                "usage",
                format!("--prior has {} numbers, not two", list.len()),
            )
            .help("give mean and standard deviation of z, such as 0,1")
        })?;
        let [mean, deviation] = prior;
        if mean.abs() > 100.0 || !(0.01..=100.0).contains(&deviation) {
            return Err(out_of_range(
                "prior",
                if mean.abs() > 100.0 { mean } else { deviation },
                "within ±100 with a standard deviation from 0.01 to 100",
            ));
        }
        Ok(Asked {
            data,
            generated,
            discriminator,
            target: self.target,
            far: self.far,
            sureness: self.sureness,
            loss: match self.loss {
                Name::Saturating => Loss::Saturating,
                Name::NonSaturating => Loss::NonSaturating,
            },
            start: self.start,
            pretrain: self.pretrain as usize,
            prior: (mean, deviation),
            shared: self.shared,
        })
    }
}
