//! Which logits, starts and label are asked about.

use clap::Args;

use crate::model::Fault;
use crate::questions::numbers::{self, List, few, grouped, short};

/// Logits and starts at most.
const MOST: usize = 1000;

/// The largest size of a logit: beyond it e^z is no number.
const LARGEST: f64 = 500.0;

/// The largest learning rate.
const FASTEST: f64 = 1000.0;

/// Does squared error behind a sigmoid suit a binary classification as well as cross-entropy?
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Logits at which losses, gradients and curvatures are taken
    #[arg(long, value_name = "Z,…", value_parser = numbers::list, allow_hyphen_values = true,
          default_value = "-10,-5,-2,0,2,5")]
    logits: List,
    /// Logits that gradient descent starts from [default: those of a model that is sure of the wrong label]
    #[arg(long, value_name = "Z,…", value_parser = numbers::list, allow_hyphen_values = true)]
    start: Option<List>,
    /// The right label, 0 or 1
    #[arg(long, value_name = "Y", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    label: u8,
    /// The learning rate
    #[arg(long, value_name = "RATE", value_parser = numbers::number, allow_hyphen_values = true, default_value = "1")]
    lr: f64,
    /// Curvature is looked at for logits from minus this to this
    #[arg(long, value_name = "Z", value_parser = numbers::number, allow_hyphen_values = true, default_value = "10")]
    range: f64,
    /// Steps of gradient descent at most
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    most: u32,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) logits: Vec<f64>,
    pub(super) starts: Vec<f64>,
    /// Whether the right label is 1.
    pub(super) one: bool,
    pub(super) rate: f64,
    pub(super) range: f64,
    pub(super) most: u32,
}

impl Asked {
    /// The label as a number.
    pub(super) fn label(&self) -> f64 {
        f64::from(u8::from(self.one))
    }

    /// What was asked, for the report's title.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let words = [
            ("logits", few(&self.logits)),
            ("start", few(&self.starts)),
            ("label", u8::from(self.one).to_string()),
            ("lr", short(self.rate)),
            ("range", short(self.range)),
            ("most", grouped(self.most.into())),
        ];
        words.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If a number is too large, or there are too many.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let one = self.label == 1;
        let wrong = if one { -1.0 } else { 1.0 };
        let starts = self.start.map_or_else(
            || [2.0, 5.0, 8.0, 10.0].map(|z| wrong * z).to_vec(),
            |List(starts)| starts,
        );
        let asked = Asked {
            logits: self.logits.0,
            starts,
            one,
            rate: self.lr,
            range: self.range,
            most: self.most,
        };
        let refuse = |message: String, help: &str| Err(Fault::new("usage", message).help(help));
        if asked.logits.len() > MOST || asked.starts.len() > MOST {
            return refuse(format!("there are more than {MOST} logits"), "give fewer");
        }
        let all = asked
            .logits
            .iter()
            .chain(&asked.starts)
            .chain([&asked.range]);
        if let Some(z) = all.copied().find(|z| z.abs() > LARGEST) {
            return refuse(
                format!(
                    "{} lies beyond the logits that can be calculated with",
                    short(z)
                ),
                "give numbers from -500 to 500",
            );
        }
        if asked.rate <= 0.0 || asked.rate > FASTEST {
            return refuse(
                format!("--lr {} is no learning rate here", short(asked.rate)),
                "give a number above 0 and up to 1000",
            );
        }
        if asked.range <= 0.0 {
            return refuse(
                format!("--range {} spans nothing", short(asked.range)),
                "give a number above 0",
            );
        }
        Ok(asked)
    }
}
