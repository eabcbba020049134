//! What can be asked about an embedding, and what of it makes sense.

use clap::{Args, ValueEnum};

use crate::model::Fault;
use crate::questions::numbers::{self, List, short};

/// The most axes of an index.
const MOST_AXES: usize = 8;

/// The longest axis, the largest vocabulary, the longest vector.
const LONGEST: u64 = 1_000_000_000_000;

/// What does an embedding do: shape and parameters, lookup and gradient, and training without one
#[derive(Debug, Clone, Args)]
pub(super) struct Arguments {
    /// The shape of the index tensor X: 5x6x7x8
    #[arg(long, value_name = "AxB…", default_value = "5x6x7x8", value_parser = shape)]
    shape: Shape,
    /// How many tokens there are (num_embeddings)
    #[arg(long, value_name = "N", default_value = "42", value_parser = clap::value_parser!(u64).range(1..=LONGEST))]
    tokens: u64,
    /// Numbers in a vector (embedding_dim)
    #[arg(long, value_name = "D", default_value = "42000", value_parser = clap::value_parser!(u64).range(1..=LONGEST))]
    dim: u64,
    /// What torch.gather(E, 0, …) is given: X, X.flatten(), a column of it, or the column repeated D times
    #[arg(long, value_name = "FORM", default_value = "x")]
    index: Index,
    /// Tokens whose gradients are looked at, from 0 on
    #[arg(long, value_name = "K,…", default_value = "2,0,2,2,1", value_parser = numbers::list)]
    sequence: List,
    /// A token whose row is not learned (padding_idx)
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(0..=999))]
    padding: Option<u64>,
    /// The labels of the tokens 0, 1, …, each 0 or 1; 0*5,1*5 is monotone in the index
    #[arg(long, value_name = "Y,…", default_value = "0,1,0,1,0,1,0,1,1,0", value_parser = numbers::list)]
    labels: List,
    /// Epochs of training
    #[arg(long, value_name = "N", default_value = "3000", value_parser = clap::value_parser!(u16).range(2..=20_000))]
    epochs: u16,
    /// What counts as a model without an embedding
    #[arg(long, value_name = "INPUT", default_value = "either")]
    without: Without,
    /// Whether the words of a class are followed by the same words
    #[arg(long, value_name = "CORPUS", default_value = "alike")]
    corpus: Corpus,
}

/// A shape as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape(Vec<u64>);

/// What the gather is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Index {
    X,
    Flat,
    Column,
    Repeated,
}

impl Index {
    /// As PyTorch writes it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Flat => "X.flatten()",
            Self::Column => "X.reshape(-1, 1)",
            Self::Repeated => "X.reshape(-1, 1).expand(-1, E.size(1))",
        }
    }
}

/// What counts as a model without an embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Without {
    /// Raw indices or one-hot rows.
    Either,
    /// Raw indices alone: a linear layer on one-hots is an embedding to some.
    Raw,
}

/// What follows a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Corpus {
    /// The same words follow all words of a class.
    Alike,
    /// Another word follows each.
    Unlike,
}

/// What is asked, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) shape: Vec<u64>,
    pub(super) tokens: u64,
    pub(super) dim: u64,
    pub(super) index: Index,
    pub(super) sequence: Vec<usize>,
    pub(super) padding: Option<usize>,
    pub(super) labels: Vec<f64>,
    pub(super) epochs: usize,
    pub(super) without: Without,
    pub(super) corpus: Corpus,
}

impl Arguments {
    /// Checks what clap could not.
    ///
    /// # Errors
    /// If tokens or labels make no sense.
    pub(super) fn asked(self) -> Result<Asked, Fault> {
        let refuse = |message: &str, advice: &str| Fault::new("usage", message).help(advice);
        let token = |number: f64| {
            let mut tokens = (0..1000_u16).map(f64::from);
            tokens.position(|token| token.to_bits() == number.to_bits())
        };
        let sequence: Option<Vec<usize>> = self
            .sequence
            .0
            .iter()
            .map(|number| token(*number))
            .collect();
        let sequence = sequence
            .filter(|sequence| sequence.len() <= 1000)
            .ok_or_else(|| {
                refuse(
                    "the tokens of --sequence are at most 1000 whole numbers from 0 to 999",
                    "write them as 2,0,2,2,1",
                )
            })?;
        let labels = self.labels.0;
        let both = labels.contains(&0.0) && labels.contains(&1.0);
        if !both || labels.len() > 64 || labels.iter().any(|y| ![0.0, 1.0].contains(y)) {
            return Err(refuse(
                "the labels are at most 64 zeros and ones, and both occur: else there is nothing to learn",
                "write them as 0,1,1,0 or 0*5,1*5",
            ));
        }
        Ok(Asked {
            shape: self.shape.0,
            tokens: self.tokens,
            dim: self.dim,
            index: self.index,
            sequence,
            padding: self.padding.and_then(|token| usize::try_from(token).ok()),
            labels,
            epochs: usize::from(self.epochs),
            without: self.without,
            corpus: self.corpus,
        })
    }
}

impl Asked {
    /// What was asked, for the report's title.
    pub(super) fn words(&self, seed: u64) -> Vec<(String, String)> {
        let list = |numbers: Vec<String>, between: &str| numbers.join(between);
        let shape = list(self.shape.iter().map(u64::to_string).collect(), "×");
        let labels = list(self.labels.iter().map(|y| short(*y)).collect(), "");
        let mut words = vec![
            ("X", shape),
            ("tokens", self.tokens.to_string()),
            ("dim", self.dim.to_string()),
            ("index", self.index.code().to_owned()),
            (
                "sequence",
                list(self.sequence.iter().map(usize::to_string).collect(), ", "),
            ),
            ("labels", labels),
            ("epochs", self.epochs.to_string()),
            ("seed", seed.to_string()),
        ];
        words.extend(self.padding.map(|token| ("padding", token.to_string())));
        words
            .into_iter()
            .map(|(name, word)| (name.to_owned(), word))
            .collect()
    }
}

fn shape(text: &str) -> Result<Shape, String> {
    let bare = text.trim().trim_matches(['(', ')', '[', ']']);
    let axis = |part: &str| {
        let axis = part.trim().parse::<u64>().ok();
        axis.filter(|axis| (1..=LONGEST).contains(axis))
            .ok_or_else(|| format!("`{}` is not the size of an axis", part.trim()))
    };
    let sizes = bare
        .split(['x', '×', ','])
        .map(axis)
        .collect::<Result<Vec<_>, _>>()?;
    if sizes.len() > MOST_AXES {
        return Err(format!("at most {MOST_AXES} axes can be asked about"));
    }
    Ok(Shape(sizes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_people_write_them() {
        for text in ["5x6", "5×6", "(5, 6)", "[5,6]"] {
            assert_eq!(shape(text), Ok(Shape(vec![5, 6])), "{text}");
        }
        for text in [
            "",
            "5x",
            "0x2",
            "-1",
            "1.5",
            "1x1x1x1x1x1x1x1x1",
            "9999999999999",
        ] {
            assert!(shape(text).is_err(), "{text}");
        }
    }
}
