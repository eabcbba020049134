//! What can be asked about an autoencoder with variation, and what of it makes sense.

use clap::Args;

use crate::model::Fault;
use crate::questions::numbers::{self, List, short};
use crate::theory::vae::Linear;

/// What a variational autoencoder's encoder says of an image, what its loss bounds, and what it does without the KL term
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The image: three numbers
    #[arg(long, value_name = "X,X,X", value_parser = numbers::list, allow_hyphen_values = true, default_value = "0.7,-1.1,0.4")]
    image: List,
    /// The weight of the KL term
    #[arg(long, value_name = "B", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    beta: f64,
    /// By how much the decoder's matrix is multiplied; with 0 it ignores z
    #[arg(long, value_name = "C", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    weight: f64,
    /// The variance of each number of an image about what is decoded
    #[arg(long, value_name = "S2", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.25")]
    noise: f64,
    /// The encoder's standard deviations as a multiple of the posterior's; with 0 nothing is drawn
    #[arg(long, value_name = "T", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    deviation: f64,
    /// How many times the image is encoded
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    encodings: u32,
    /// Where the trained model's encoder and decoder start: factors a and w
    #[arg(long, value_name = "A,W", value_parser = numbers::list, allow_hyphen_values = true, default_value = "0.2,3", help_heading = "Training")]
    init: List,
    /// The variance of the data that it is trained on
    #[arg(long, value_name = "V", value_parser = numbers::number, allow_hyphen_values = true, default_value = "4", help_heading = "Training")]
    variance: f64,
    /// How many steps it is trained
    #[arg(long = "train-steps", value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=100_000), help_heading = "Training")]
    train_steps: u32,
    /// The learning rate
    #[arg(long, value_name = "LR", value_parser = numbers::number, allow_hyphen_values = true, default_value = "0.05", help_heading = "Training")]
    rate: f64,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) image: [f64; 3],
    pub(super) beta: f64,
    pub(super) weight: f64,
    pub(super) noise: f64,
    pub(super) deviation: f64,
    pub(super) encodings: usize,
    pub(super) init: (f64, f64),
    pub(super) variance: f64,
    pub(super) steps: usize,
    pub(super) rate: f64,
}

/// W and m of the model, before W is multiplied.
const WEIGHTS: [[f64; 2]; 3] = [[1.0, 0.2], [-0.5, 0.8], [0.3, -0.4]];
const MEAN: [f64; 3] = [0.1, -0.2, 0.3];

impl Asked {
    /// The model with two latent numbers.
    pub(super) fn model(&self) -> Linear {
        Linear {
            weights: WEIGHTS.map(|row| row.map(|weight| self.weight * weight)),
            mean: MEAN,
            noise: self.noise,
        }
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let [a, b, c] = self.image.map(short);
        let other = |number: f64| (number - 1.0).abs() > 0.0;
        let mut words = vec![
            ("image", format!("{a}, {b}, {c}")),
            ("beta", short(self.beta)),
        ];
        if other(self.weight) {
            words.push(("weight", short(self.weight)));
        }
        words.push(("noise", short(self.noise)));
        if other(self.deviation) {
            words.push(("deviation", short(self.deviation)));
        }
        words.push((
            "init",
            format!("{}, {}", short(self.init.0), short(self.init.1)),
        ));
        words.push(("train-steps", self.steps.to_string()));
        let owned = words
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        owned.collect()
    }
}

/// Refuses a number outside a range.
fn within(name: &str, number: f64, least: f64, most: f64) -> Result<(), Fault> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(Fault::new(
        "out-of-range",
        format!("--{name} {} cannot be calculated with here", short(number)),
    )
    .help(format!(
        "--{name} lies between {} and {}",
        short(least),
        short(most)
    )))
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If a list has another length, or a number lies where a double has too few digits.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let image: [f64; 3] = self.image.0.try_into().map_err(|list: Vec<f64>| {
            Fault::new(
                "usage",
                format!("an image of {} numbers does not fit the model", list.len()),
            )
            .help("give --image three numbers, such as 0.7,-1.1,0.4")
        })?;
        let [a, w] = self.init.0.try_into().map_err(|list: Vec<f64>| {
            Fault::new(
                "usage",
                format!("--init has {} numbers, not two", list.len()),
            )
            .help("give the encoder's factor and the decoder's, such as --init 3,0.2")
        })?;
        for number in image {
            within("image", number, -100.0, 100.0)?;
        }
        for number in [a, w] {
            within("init", number, -100.0, 100.0)?;
        }
        within("beta", self.beta, 0.0, 100.0)?;
        within("weight", self.weight, -10.0, 10.0)?;
        within("noise", self.noise, 0.01, 100.0)?;
        within("deviation", self.deviation, 0.0, 100.0)?;
        within("variance", self.variance, 0.01, 100.0)?;
        within("rate", self.rate, 1e-6, 1.0)?;
        Ok(Asked {
            image,
            beta: self.beta,
            weight: self.weight,
            noise: self.noise,
            deviation: self.deviation,
            encodings: self.encodings as usize,
            init: (a, w),
            variance: self.variance,
            steps: self.train_steps as usize,
            rate: self.rate,
        })
    }
}
