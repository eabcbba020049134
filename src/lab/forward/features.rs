//! Layers on features, channels or single elements.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops;

use super::random::Random;
use super::windows::index;
use super::{DEVICE, operations};
use crate::model::Layer;
use crate::model::layer::{Activation, SoftmaxKind};

/// Added to variances before their root is taken.
const EPSILON: f64 = 1e-5;

pub(super) fn of_layer(layer: &Layer, input: &Tensor, random: &mut Random) -> Result<Tensor> {
    match layer {
        Layer::Linear {
            in_features,
            out_features,
            ..
        } => linear(input, *in_features, *out_features, random),
        Layer::Flatten { start, end } => {
            if input.rank() == 0 {
                return input.reshape(1);
            }
            let start = operations::axis(*start, input.rank())?;
            input.flatten(start, operations::axis(*end, input.rank())?)
        }
        Layer::Unflatten { dim, sizes } => {
            let place = operations::axis(*dim, input.rank())?;
            let dims = input.dims();
            let mut new: Vec<isize> = Vec::new();
            new.extend(dims[..place].iter().map(|size| size.cast_signed()));
            new.extend(sizes);
            new.extend(dims[place + 1..].iter().map(|size| size.cast_signed()));
            operations::reshape(input, &new)
        }
        Layer::Embedding {
            num_embeddings,
            embedding_dim,
        } => embedding(input, *num_embeddings, *embedding_dim, random),
        Layer::Activation(activation) => activate(activation, input),
        Layer::Softmax { kind, dim } => softmax(*kind, *dim, input),
        Layer::BatchNorm { .. } => input.affine(1.0 / (1.0 + EPSILON).sqrt(), 0.0),
        Layer::InstanceNorm { spatial, .. } => {
            let first = input.rank() - spatial;
            normalise(input, &(first..input.rank()).collect::<Vec<_>>(), true)
        }
        Layer::LayerNorm {
            normalized_shape, ..
        } => normalise(input, &last_axes(input, normalized_shape.len()), true),
        Layer::RmsNorm {
            normalized_shape, ..
        } => normalise(input, &last_axes(input, normalized_shape.len()), false),
        Layer::GroupNorm { num_groups, .. } => {
            let batch = input.dims()[0];
            let grouped = input.elem_count() / batch.max(1) / num_groups;
            let groups = input.reshape((batch, *num_groups, grouped))?;
            normalise(&groups, &[2], true)?.reshape(input.dims())
        }
        Layer::LocalResponseNorm { size } => local_response_norm(input, *size),
        // Dropout passes everything in evaluation.
        _ => Ok(input.clone()),
    }
}

fn last_axes(input: &Tensor, count: usize) -> Vec<usize> {
    (input.rank() - count..input.rank()).collect()
}

pub(super) fn linear(
    input: &Tensor,
    in_features: usize,
    out_features: usize,
    random: &mut Random,
) -> Result<Tensor> {
    let weight = random.weight(&[in_features, out_features], in_features)?;
    let mut dims = input.dims().to_vec();
    let rows = input.elem_count() / in_features;
    let product = input
        .contiguous()?
        .reshape((rows, in_features))?
        .matmul(&weight)?;
    dims.pop();
    dims.push(product.dims()[1]);
    product.reshape(dims)
}

/// `x1ᵀ W x2`, row by row.
pub(super) fn bilinear(
    first: &Tensor,
    second: &Tensor,
    out_features: usize,
    random: &mut Random,
) -> Result<Tensor> {
    let (in1, in2) = (first.dim(D::Minus1)?, second.dim(D::Minus1)?);
    let rows = first.elem_count() / in1;
    let weight = random.weight(&[in1, out_features * in2], in1 * in2)?;
    let left = first.contiguous()?.reshape((rows, in1))?.matmul(&weight)?;
    let right = second.contiguous()?.reshape((rows, 1, in2))?;
    let sum = left
        .reshape((rows, out_features, in2))?
        .broadcast_mul(&right)?
        .sum(2)?;
    let mut dims = first.dims().to_vec();
    dims.pop();
    dims.push(sum.dims()[1]);
    sum.reshape(dims)
}

/// The rows of a table that the input's numbers, taken as indices, name.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "any index will do: it is cut to the table"
)]
fn embedding(input: &Tensor, rows: usize, size: usize, random: &mut Random) -> Result<Tensor> {
    let table = random.tensor(&[rows, size], 1.0)?;
    let values = input
        .to_dtype(DType::F32)?
        .flatten_all()?
        .to_vec1::<f32>()?;
    let indices: Vec<i64> = values
        .iter()
        .map(|value| index(((value.abs() * rows as f32) as usize).min(rows - 1)))
        .collect();
    let count = indices.len();
    let found = table.index_select(&Tensor::from_vec(indices, count, &DEVICE)?, 0)?;
    let mut dims = input.dims().to_vec();
    dims.push(found.dims()[1]);
    found.reshape(dims)
}

pub(super) fn activate(activation: &Activation, x: &Tensor) -> Result<Tensor> {
    let hard_sigmoid = |x: &Tensor| (x + 3.0)?.clamp(0.0, 6.0)? / 6.0;
    match activation {
        Activation::Relu => x.relu(),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::LeakyRelu { negative_slope } => ops::leaky_relu(x, *negative_slope),
        Activation::PRelu { .. } => ops::leaky_relu(x, 0.25),
        Activation::RRelu { lower, upper } => ops::leaky_relu(x, f64::midpoint(*lower, *upper)),
        Activation::Elu { alpha } => x.elu(*alpha),
        Activation::Celu { alpha } => {
            let below = ((x / *alpha)?.minimum(0.0)?.exp()? - 1.0)? * *alpha;
            x.relu()? + below?
        }
        Activation::Selu => {
            let below = ((x.minimum(0.0)?.exp()? - 1.0)? * 1.673_263_242_354_377_2)?;
            (x.relu()? + below)? * 1.050_700_987_355_480_5
        }
        Activation::Gelu { tanh: true } => x.gelu(),
        Activation::Gelu { tanh: false } => x.gelu_erf(),
        Activation::Silu => ops::silu(x),
        Activation::Mish => x * softplus(x, 1.0)?.tanh()?,
        Activation::Sigmoid => ops::sigmoid(x),
        Activation::LogSigmoid => softplus(&x.neg()?, 1.0)?.neg(),
        Activation::Tanh => x.tanh(),
        Activation::Tanhshrink => x - x.tanh()?,
        Activation::Softplus { beta, .. } => softplus(x, *beta),
        Activation::Softsign => x / (x.abs()? + 1.0)?,
        Activation::Softshrink { lambda } => x - x.clamp(-lambda, *lambda)?,
        Activation::Hardshrink { lambda } => x * x.abs()?.gt(*lambda)?.to_dtype(x.dtype())?,
        Activation::Hardtanh { min, max } => x.clamp(*min, *max),
        Activation::Hardsigmoid => hard_sigmoid(x),
        Activation::Hardswish => x * hard_sigmoid(x)?,
        Activation::Threshold { threshold, value } => {
            let above = x.gt(*threshold)?;
            above.where_cond(x, &x.affine(0.0, *value)?)
        }
        Activation::Glu { dim } => {
            let halves = x.chunk(2, operations::axis(*dim, x.rank())?)?;
            &halves[0] * ops::sigmoid(&halves[1])?
        }
    }
}

/// `ln(1 + e^{βx})/β`, written so that nothing overflows.
fn softplus(x: &Tensor, beta: f64) -> Result<Tensor> {
    let scaled = (x * beta)?;
    let tail = (scaled.abs()?.neg()?.exp()? + 1.0)?.log()?;
    (scaled.relu()? + tail)? / beta
}

fn softmax(kind: SoftmaxKind, dim: Option<isize>, input: &Tensor) -> Result<Tensor> {
    // Without an axis PyTorch takes the first for 0, 1 and 3 axes, else the second.
    let dim = dim.unwrap_or(match input.rank() {
        0 | 1 | 3 => 0,
        _ => 1,
    });
    if input.rank() == 0 {
        return softmax(kind, Some(0), &input.reshape(1)?)?.squeeze(0);
    }
    let axis = operations::axis(dim, input.rank())?;
    match kind {
        SoftmaxKind::Softmax | SoftmaxKind::Softmax2d => ops::softmax(input, axis),
        SoftmaxKind::LogSoftmax => ops::log_softmax(input, axis),
        SoftmaxKind::Softmin => ops::softmax(&input.neg()?, axis),
    }
}

/// Mean 0 (where `centred`) and mean square 1 over these axes together.
pub(super) fn normalise(input: &Tensor, axes: &[usize], centred: bool) -> Result<Tensor> {
    let mean = |tensor: &Tensor| {
        let mut mean = tensor.clone();
        for &axis in axes {
            mean = mean.mean_keepdim(axis)?;
        }
        Ok::<_, candle_core::Error>(mean)
    };
    let centre = if centred {
        input.broadcast_sub(&mean(input)?)?
    } else {
        input.clone()
    };
    let square = mean(&centre.sqr()?)?;
    centre.broadcast_div(&(square + EPSILON)?.sqrt()?)
}

/// Divided by the squares of the neighbouring channels, with PyTorch's constants.
fn local_response_norm(input: &Tensor, size: usize) -> Result<Tensor> {
    let padded = input.sqr()?.pad_with_zeros(1, size / 2, (size - 1) / 2)?;
    let channels = input.dims()[1];
    let mut sum = padded.narrow(1, 0, channels)?;
    for offset in 1..size {
        sum = (sum + padded.narrow(1, offset, channels)?)?;
    }
    let count = f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    input / (sum.affine(1e-4 / count, 1.0)?).powf(0.75)?
}
