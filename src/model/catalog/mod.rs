//! From a class name and its arguments, as PyTorch's constructors take them, to a [`Layer`].
//!
//! The one place that knows PyTorch's signatures, defaults and rules: Python sources and JSON models both come
//! through here, so that they accept and refuse the same things.
//!
//! Arguments are JSON values: numbers, booleans and strings, `null` for `None`, an array for a tuple. A layer that is
//! itself an argument (`TransformerEncoder`'s) is an object with its class under `class` and its own arguments
//! beside it. Arguments that change neither shapes nor counts (`eps`, `momentum`, `inplace`, `device`, …) are taken
//! and not kept.

mod activations;
mod arguments;
mod plain;
mod sequences;
mod signatures;
mod space;
mod windows;

use serde_json::{Map, Value};

pub use arguments::{LARGEST_SIZE, MOST_LAYERS};

use super::layer::{AdaptiveKind, DropoutKind, SoftmaxKind, UpsampleMode};
use super::{Fault, Layer, PadMode};
use arguments::Arguments;

/// A constructor: the class and its parameters in order.
#[derive(Debug)]
pub struct Signature {
    /// The class, such as `Conv2d`.
    pub class: &'static str,
    /// The parameters.
    pub parameters: &'static [Parameter],
}

/// A parameter of a constructor.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it has to be given.
    pub required: bool,
}

/// Why a layer could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CatalogError {
    /// No such class.
    #[error("there is no layer `{class}`")]
    UnknownClass {
        /// As written.
        class: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
    },
    /// No such parameter.
    #[error("{class} has no argument `{argument}`")]
    UnknownArgument {
        /// The class.
        class: String,
        /// As written.
        argument: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
    },
    /// A required argument is not there.
    #[error("{class} needs `{argument}`")]
    MissingArgument {
        /// The class.
        class: String,
        /// The parameter.
        argument: &'static str,
    },
    /// An argument that the layer cannot have.
    #[error("{class}: `{argument}` is {got}, but has to be {expected}")]
    Invalid {
        /// The class.
        class: String,
        /// The parameter.
        argument: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        got: String,
    },
}

impl From<CatalogError> for Fault {
    fn from(error: CatalogError) -> Self {
        let (code, suggestion) = match &error {
            CatalogError::UnknownClass { suggestion, .. } => ("unknown-layer", *suggestion),
            CatalogError::UnknownArgument { suggestion, .. } => ("unknown-argument", *suggestion),
            CatalogError::MissingArgument { .. } => ("missing-argument", None),
            CatalogError::Invalid { .. } => ("invalid-argument", None),
        };
        let fault = Fault::new(code, error.to_string());
        match suggestion {
            Some(name) => fault.help(format!("did you mean `{name}`?")),
            None => fault,
        }
    }
}

/// The constructor of a class.
pub fn signature(class: &str) -> Option<&'static Signature> {
    signatures::BY_CLASS.get(class)
}

/// Every class that can be made, in alphabetical order.
pub fn classes() -> impl Iterator<Item = &'static str> {
    signatures::BY_CLASS.keys().copied()
}

/// The name nearest to a word, where one is near enough to be meant.
pub(super) fn nearest(
    word: &str,
    names: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let word = word.to_lowercase();
    names
        .map(|name| {
            let likeness = strsim::normalized_damerau_levenshtein(&word, &name.to_lowercase());
            (likeness, name)
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// The layer that a constructor makes.
///
/// # Errors
/// As [`CatalogError`] says: an unknown class or argument, a missing one, or one that the layer cannot have.
pub fn build(class: &str, arguments: &Map<String, Value>) -> Result<Layer, CatalogError> {
    let Some(signature) = signature(class) else {
        return Err(CatalogError::UnknownClass {
            class: class.to_owned(),
            suggestion: nearest(class, classes()),
        });
    };
    let arguments = Arguments::new(signature, arguments)?;
    if let Some(layer) = activations::activation(&arguments)? {
        return Ok(layer);
    }
    match family(signature.class) {
        (family, Some(rank)) => build_ranked(family, rank, &arguments),
        (family, None) => build_plain(family, &arguments),
    }
}

/// `Conv2d` is the family `Conv` with two spatial axes.
fn family(class: &'static str) -> (&'static str, Option<usize>) {
    for (suffix, rank) in [("1d", 1), ("2d", 2), ("3d", 3)] {
        if let Some(family) = class.strip_suffix(suffix) {
            return (family, Some(rank));
        }
    }
    (class, None)
}

fn build_ranked(family: &str, rank: usize, arguments: &Arguments) -> Result<Layer, CatalogError> {
    match family {
        "Conv" => windows::conv(arguments, rank),
        "ConvTranspose" => windows::conv_transpose(arguments, rank),
        "MaxPool" => windows::max_pool(arguments, rank),
        "AvgPool" => windows::avg_pool(arguments, rank),
        "LPPool" => windows::lp_pool(arguments, rank),
        "AdaptiveMaxPool" => windows::adaptive_pool(arguments, rank, AdaptiveKind::Max),
        "AdaptiveAvgPool" => windows::adaptive_pool(arguments, rank, AdaptiveKind::Average),
        "BatchNorm" => plain::batch_norm(arguments, rank),
        "InstanceNorm" => plain::instance_norm(arguments, rank),
        "Dropout" => plain::dropout(arguments, DropoutKind::Channel(rank)),
        "Softmax" => plain::softmax(arguments, SoftmaxKind::Softmax2d),
        "UpsamplingNearest" => space::upsampling_2d(arguments, UpsampleMode::Nearest),
        "UpsamplingBilinear" => space::upsampling_2d(arguments, UpsampleMode::Linear),
        "ZeroPad" | "ConstantPad" => space::pad(arguments, PadMode::Constant(0.0), rank),
        "ReflectionPad" => space::pad(arguments, PadMode::Reflect, rank),
        "ReplicationPad" => space::pad(arguments, PadMode::Replicate, rank),
        "CircularPad" => space::pad(arguments, PadMode::Circular, rank),
        _ => Err(arguments.unknown()),
    }
}

fn build_plain(class: &str, arguments: &Arguments) -> Result<Layer, CatalogError> {
    match class {
        "Identity" => Ok(Layer::Identity),
        "Linear" => plain::linear(arguments),
        "Bilinear" => plain::bilinear(arguments),
        "Flatten" => plain::flatten(arguments),
        "Unflatten" => plain::unflatten(arguments),
        "Embedding" => plain::embedding(arguments),
        "Softmax" => plain::softmax(arguments, SoftmaxKind::Softmax),
        "LogSoftmax" => plain::softmax(arguments, SoftmaxKind::LogSoftmax),
        "Softmin" => plain::softmax(arguments, SoftmaxKind::Softmin),
        "LayerNorm" => plain::layer_norm(arguments),
        "RMSNorm" => plain::rms_norm(arguments),
        "GroupNorm" => plain::group_norm(arguments),
        "LocalResponseNorm" => plain::local_response_norm(arguments),
        "Dropout" => plain::dropout(arguments, DropoutKind::Element),
        "AlphaDropout" => plain::dropout(arguments, DropoutKind::Alpha),
        "FeatureAlphaDropout" => plain::dropout(arguments, DropoutKind::FeatureAlpha),
        "RNN" | "LSTM" | "GRU" => sequences::recurrent(arguments),
        "MultiheadAttention" => sequences::attention(arguments),
        "TransformerEncoderLayer" => sequences::encoder_layer(arguments),
        "TransformerEncoder" => sequences::encoder(arguments),
        "Upsample" => space::upsample(arguments),
        "PixelShuffle" => Ok(Layer::PixelShuffle {
            factor: arguments.size("upscale_factor")?,
        }),
        "PixelUnshuffle" => Ok(Layer::PixelUnshuffle {
            factor: arguments.size("downscale_factor")?,
        }),
        "ChannelShuffle" => Ok(Layer::ChannelShuffle {
            groups: arguments.size("groups")?,
        }),
        "Unfold" => windows::unfold(arguments),
        "Fold" => windows::fold(arguments),
        _ => Err(arguments.unknown()),
    }
}

#[cfg(test)]
mod tests;
