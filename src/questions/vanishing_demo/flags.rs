//! The flags that describe a network and its training.

use clap::{Args, ValueEnum};

use crate::lab::deep::Initial;
use crate::model::Fault;
use crate::model::layer::Activation;

/// Hidden layers at most: more are neither measured nor followed.
pub const MOST_LAYERS: usize = 100_000;

/// Numbers in a row at most.
const WIDEST: usize = 1 << 20;

/// Do the gradients of a deep network vanish or explode, and what cures it?
///
/// Without a MODEL it is made from these flags; their defaults are the sheet's network, `mlpirate`: Linear(42→128), Sigmoid,
/// then 42 times the same Linear(128→128) and Sigmoid, then Linear(128→1).
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Arguments {
    /// Hidden blocks between the first and the last linear layer
    #[arg(long, value_name = "N", default_value_t = 42, conflicts_with_all = ["model", "code"])]
    pub depth: usize,
    /// Numbers in a hidden row
    #[arg(long, value_name = "N", default_value_t = 128, conflicts_with_all = ["model", "code"])]
    pub width: usize,
    /// Numbers in a row of the input
    #[arg(long, value_name = "N", default_value_t = 42, conflicts_with_all = ["model", "code"])]
    pub inputs: usize,
    /// After every linear layer but the last
    #[arg(long, value_name = "NAME", value_enum, default_value = "sigmoid", conflicts_with_all = ["model", "code"])]
    pub activation: ActivationName,
    /// pytorch, xavier, he, orthogonal, normal:σ, formula (a hash of the place) or formula:GAIN
    #[arg(long, value_name = "NAME", default_value = "pytorch", value_parser = initial)]
    pub init: Initial,
    /// Every hidden block is the same object, as in `[Linear, Sigmoid] * 42` (the default)
    #[arg(long, conflicts_with_all = ["untied", "model", "code"])]
    pub tied: bool,
    /// Every hidden block has weights of its own
    #[arg(long, conflicts_with_all = ["model", "code"])]
    pub untied: bool,
    /// Linear layers without biases
    #[arg(long, conflicts_with_all = ["model", "code"])]
    pub no_bias: bool,
    /// Hidden blocks h + φ(Wh + b) instead of φ(Wh + b)
    #[arg(long, conflicts_with_all = ["model", "code"])]
    pub residual: bool,
    /// A norm between every linear layer and its activation, the last linear layer excepted
    #[arg(long, value_name = "KIND", value_enum, conflicts_with_all = ["model", "code"])]
    pub norm: Option<NormName>,
    /// Steps of gradient descent; 0 trains not at all
    #[arg(id = "train", long = "steps", alias = "train", value_name = "N")]
    pub train: Option<usize>,
    /// The learning rate
    #[arg(
        long,
        value_name = "RATE",
        default_value_t = 0.05,
        allow_negative_numbers = true
    )]
    pub lr: f64,
    /// Rows of data; every step uses them all
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub batch: usize,
    /// Draw the weights this many times, for error bars
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub seeds: u64,
    /// Set activations, initialisations, shortcuts and norms side by side: which cures it?
    #[arg(long, conflicts_with_all = ["model", "code"])]
    pub compare: bool,
    /// Show chains of single numbers: wᴸ, and nested activations beside ¼ᴸ
    #[arg(long, conflicts_with_all = ["model", "code"])]
    pub scalar: bool,
}

/// Steps of training unless said.
pub const STEPS: usize = 200;

/// An activation by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ActivationName {
    /// 1/(1+e^{−x}).
    Sigmoid,
    /// tanh x.
    Tanh,
    /// max(0, x).
    Relu,
    /// x above 0, 0.01·x below.
    LeakyRelu,
    /// x·Φ(x).
    Gelu,
    /// x·σ(x).
    Silu,
    /// x above 0, eˣ−1 below.
    Elu,
    /// None.
    Identity,
}

/// A norm by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NormName {
    /// Over the batch.
    Batch,
    /// Over the row.
    Layer,
}

impl ActivationName {
    /// The activation; `None` for the identity.
    pub fn activation(self) -> Option<Activation> {
        Some(match self {
            Self::Sigmoid => Activation::Sigmoid,
            Self::Tanh => Activation::Tanh,
            Self::Relu => Activation::Relu,
            Self::LeakyRelu => Activation::LeakyRelu {
                negative_slope: 0.01,
            },
            Self::Gelu => Activation::Gelu { tanh: false },
            Self::Silu => Activation::Silu,
            Self::Elu => Activation::Elu { alpha: 1.0 },
            Self::Identity => return None,
        })
    }
}

/// An initialisation as an argument.
///
/// # Errors
/// If it is none, in words.
pub fn initial(text: &str) -> Result<Initial, String> {
    let (name, number) = match text.split_once(':') {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    };
    let number = number.map(|number| {
        let number: Result<f64, _> = number.trim().parse();
        match number {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err("the number after the colon is to be finite and not negative".to_owned()),
        }
    });
    match (name, number.transpose()?) {
        ("pytorch", None) => Ok(Initial::Pytorch),
        ("xavier", None) => Ok(Initial::Xavier),
        ("he", None) => Ok(Initial::He),
        ("orthogonal", None) => Ok(Initial::Orthogonal),
        ("formula", None) => Ok(Initial::Formula(1.0)),
        ("formula", Some(gain)) => Ok(Initial::Formula(gain)),
        ("normal", Some(deviation)) => Ok(Initial::Normal(deviation)),
        ("normal", None) => Err("write the standard deviation too: normal:0.05".to_owned()),
        _ => Err(
            "it is one of pytorch, xavier, he, orthogonal, normal:σ, formula, formula:GAIN"
                .to_owned(),
        ),
    }
}

/// A choice as it is written on the command line.
pub fn word<T: ValueEnum>(choice: &T) -> String {
    choice
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}

/// What an initialisation is called.
pub fn name_of(initial: Initial) -> String {
    match initial {
        Initial::Pytorch => "pytorch".to_owned(),
        Initial::Xavier => "xavier".to_owned(),
        Initial::He => "he".to_owned(),
        Initial::Orthogonal => "orthogonal".to_owned(),
        Initial::Normal(deviation) => format!("normal:{deviation}"),
        Initial::Formula(gain) if (gain - 1.0).abs() < f64::EPSILON => "formula".to_owned(),
        Initial::Formula(gain) => format!("formula:{gain}"),
    }
}

/// Refuses what cannot be.
///
/// # Errors
/// What, and what would do.
pub fn check(arguments: &Arguments) -> Result<(), Fault> {
    let refuse = |message: String, advice: &str| Err(Fault::new("usage", message).help(advice));
    if arguments.depth == 0 {
        return refuse(
            "with --depth 0 there is one hidden layer, and no second one to compare its gradient with".to_owned(),
            "give a depth of at least 1",
        );
    }
    if arguments.depth > MOST_LAYERS {
        return refuse(
            format!(
                "--depth {} is more than the {MOST_LAYERS} blocks that gradus follows",
                arguments.depth
            ),
            "the gradient's size goes as ratioᵈᵉᵖᵗʰ: take the ratio from a shallower network",
        );
    }
    for (name, size) in [
        ("width", arguments.width),
        ("inputs", arguments.inputs),
        ("batch", arguments.batch),
    ] {
        if size == 0 || size > WIDEST {
            return refuse(
                format!("--{name} {size} lies outside 1 to {WIDEST}"),
                "give a size in this range",
            );
        }
    }
    if !arguments.lr.is_finite() || arguments.lr < 0.0 {
        return refuse(
            format!("--lr {} is no learning rate", arguments.lr),
            "give a number that is finite and not negative",
        );
    }
    if arguments.seeds == 0 || arguments.seeds > 10_000 {
        return refuse(
            format!("--seeds {} lies outside 1 to 10000", arguments.seeds),
            "one seed is the default",
        );
    }
    Ok(())
}
