//! What the questions about dropout are asked with: activations, probabilities and factors.

use clap::ValueEnum;

use super::numbers::{self, short};
use crate::lab::ops::{Op, Unary};
use crate::theory::dropout::{Activation, Scale};

/// An activation by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ActivationName {
    Relu,
    LeakyRelu,
    Sigmoid,
    Tanh,
    Gelu,
    Silu,
    Elu,
}

impl ActivationName {
    /// As PyTorch writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::LeakyRelu => "leaky ReLU",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Gelu => "GELU",
            Self::Silu => "SiLU",
            Self::Elu => "ELU",
        }
    }

    /// In a key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky_relu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Elu => "elu",
        }
    }

    /// As theory has it; the slope is a leaky ReLU's below zero.
    pub(super) fn activation(self, slope: f64) -> Activation {
        match self {
            Self::Relu => Activation::Relu,
            Self::LeakyRelu => Activation::LeakyRelu(slope),
            Self::Sigmoid => Activation::Sigmoid,
            Self::Tanh => Activation::Tanh,
            Self::Gelu => Activation::Gelu,
            Self::Silu => Activation::Silu,
            Self::Elu => Activation::Elu,
        }
    }

    /// As an operation on tensors.
    pub(super) fn operation(self, slope: f64) -> Op {
        match self {
            Self::Relu => Op::Unary(Unary::Relu),
            Self::LeakyRelu => Op::LeakyRelu(slope),
            Self::Sigmoid => Op::Unary(Unary::Sigmoid),
            Self::Tanh => Op::Unary(Unary::Tanh),
            Self::Gelu => Op::Unary(Unary::Gelu),
            Self::Silu => Op::Unary(Unary::Silu),
            Self::Elu => Op::Elu(1.0),
        }
    }
}

/// A factor as it is written.
pub(super) fn scale_word(scale: Scale) -> String {
    match scale {
        Scale::Inverted => "1/(1−p)".to_owned(),
        Scale::Plain => "none".to_owned(),
        Scale::Drop => "p".to_owned(),
        Scale::InverseDrop => "1/p".to_owned(),
        Scale::Keep => "1−p".to_owned(),
        Scale::Factor(factor) => short(factor),
    }
}

/// A probability as an argument.
pub(super) fn probability(text: &str) -> Result<f64, String> {
    let p = numbers::number(text)?;
    if (0.0..=1.0).contains(&p) {
        Ok(p)
    } else {
        Err(format!(
            "a probability lies between 0 and 1, and {} does not",
            short(p)
        ))
    }
}

/// A factor as an argument.
pub(super) fn scale(text: &str) -> Result<Scale, String> {
    let word: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')'))
        .map(|c| if c == '−' { '-' } else { c })
        .collect();
    Ok(match word.as_str() {
        "inverted" | "1/1-p" => Scale::Inverted,
        "none" => Scale::Plain,
        "p" => Scale::Drop,
        "1/p" => Scale::InverseDrop,
        "1-p" => Scale::Keep,
        number => {
            Scale::Factor(numbers::number(number).map_err(|_| {
                "it is inverted (1/(1-p)), none, p, 1/p, 1-p, or a number".to_owned()
            })?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_read_as_people_write_them() {
        assert_eq!(probability("0.3"), Ok(0.3));
        assert_eq!(probability("1/4"), Ok(0.25));
        assert_eq!(probability("30%"), Ok(0.3));
        for text in ["-0.1", "1.5", "nan", "inf", "", "p", "1/0", "101%"] {
            assert!(probability(text).is_err(), "{text}");
        }
    }

    #[test]
    fn factors_too() {
        assert_eq!(scale("1/(1-p)"), Ok(Scale::Inverted));
        assert_eq!(scale("1 − p"), Ok(Scale::Keep));
        assert_eq!(scale("1.5"), Ok(Scale::Factor(1.5)));
        assert!(scale("half").is_err());
    }
}
