//! Input shapes worth trying where nobody gave one and the model's `forward` asks for sizes.

use crate::model::layer::{Attention, EncoderLayer, Recurrent};
use crate::model::{Layer, Shape};

/// Lengths of a sequence that is read by a convolution.
const SIGNALS: [usize; 5] = [1024, 128, 256, 100, 16000];
/// Sides of an image.
const IMAGES: [usize; 12] = [224, 256, 32, 28, 64, 299, 512, 227, 128, 384, 96, 1024];
/// Sides of a volume.
const VOLUMES: [usize; 5] = [32, 64, 16, 112, 128];
/// Lengths of a sequence of tokens.
const TOKENS: [usize; 7] = [16, 10, 32, 64, 128, 256, 512];

/// Input shapes for a model that begins with this layer, the likeliest first; the batch is 1.
pub(super) fn shapes(layer: &Layer) -> Vec<Shape> {
    match layer {
        Layer::Conv(conv) => images(conv.in_channels, conv.windows.len()),
        Layer::ConvTranspose(conv) => images(conv.in_channels, conv.windows.len()),
        Layer::BatchNorm {
            spatial,
            num_features,
            ..
        }
        | Layer::InstanceNorm {
            spatial,
            num_features,
            ..
        } => images(*num_features, *spatial),
        Layer::GroupNorm { num_channels, .. } => images(*num_channels, 2),
        Layer::Linear { in_features, .. } => vectors(*in_features),
        Layer::LayerNorm {
            normalized_shape, ..
        }
        | Layer::RmsNorm {
            normalized_shape, ..
        } => normalized_shape
            .last()
            .map_or_else(Vec::new, |&size| vectors(size)),
        Layer::Embedding { .. } => TOKENS
            .iter()
            .map(|&length| Shape(vec![1, length]))
            .collect(),
        Layer::Recurrent(Recurrent {
            input_size: size,
            batch_first,
            ..
        })
        | Layer::MultiheadAttention(Attention {
            embed_dim: size,
            batch_first,
            ..
        })
        | Layer::TransformerEncoderLayer(EncoderLayer {
            d_model: size,
            batch_first,
            ..
        })
        | Layer::TransformerEncoder {
            layer:
                EncoderLayer {
                    d_model: size,
                    batch_first,
                    ..
                },
            ..
        } => sequences(*size, *batch_first),
        _ => [images(3, 2), images(1, 2)].concat(),
    }
}

fn images(channels: usize, rank: usize) -> Vec<Shape> {
    let sides: &[usize] = match rank {
        1 => &SIGNALS,
        2 => &IMAGES,
        _ => &VOLUMES,
    };
    let shape = |&side: &usize| Shape([vec![1, channels], vec![side; rank]].concat());
    sides.iter().map(shape).collect()
}

/// A vector, a square image of that many pixels (in one channel or three), a sequence of vectors.
fn vectors(size: usize) -> Vec<Shape> {
    let mut shapes = vec![Shape(vec![1, size])];
    for channels in [1, 3] {
        let edge = (size / channels).isqrt();
        if size > 1
            && edge
                .checked_mul(edge)
                .and_then(|area| area.checked_mul(channels))
                == Some(size)
        {
            shapes.push(Shape(vec![1, channels, edge, edge]));
        }
    }
    shapes.extend(TOKENS.iter().map(|&length| Shape(vec![1, length, size])));
    shapes
}

fn sequences(size: usize, batch_first: bool) -> Vec<Shape> {
    let shape = |&length: &usize| {
        Shape(if batch_first {
            vec![1, length, size]
        } else {
            vec![length, 1, size]
        })
    };
    TOKENS.iter().map(shape).collect()
}
