//! Layers over space without windows: padding, shuffling, adaptive pools, upsampling.

use candle_core::{Result, Tensor};

use super::resample;
use super::windows::pick;
use crate::model::layer::AdaptiveKind;
use crate::model::{Layer, PadMode};

pub(super) fn of_layer(layer: &Layer, input: &Tensor) -> Result<Tensor> {
    match layer {
        Layer::AdaptivePool { kind, output } => adaptive_pool(*kind, output, input),
        Layer::Upsample(upsample) => resample::upsample(upsample, input),
        Layer::Pad { mode, amounts } => pad(*mode, amounts, input),
        Layer::PixelShuffle { factor } => pixel_shuffle(*factor, input),
        Layer::PixelUnshuffle { factor } => pixel_unshuffle(*factor, input),
        Layer::ChannelShuffle { groups } => channel_shuffle(*groups, input),
        other => Err(candle_core::Error::msg(format!(
            "{} is no layer over space",
            other.class()
        ))),
    }
}

fn pad(mode: PadMode, amounts: &[(isize, isize)], input: &Tensor) -> Result<Tensor> {
    let first = input.rank() - amounts.len();
    let mut output = input.clone();
    for (index, &(before, after)) in amounts.iter().enumerate() {
        let axis = first + index;
        let positive = |amount: isize| usize::try_from(amount).unwrap_or(0);
        output = pad_axis(&output, axis, positive(before), positive(after), mode)?;
        output = crop(&output, axis, positive(-before), positive(-after))?;
    }
    output.contiguous()
}

/// Positions cut off at both ends of an axis.
pub(super) fn crop(tensor: &Tensor, axis: usize, before: usize, after: usize) -> Result<Tensor> {
    let left = tensor.dims()[axis]
        .checked_sub(before + after)
        .ok_or_else(|| candle_core::Error::msg("more cut off than there is"))?;
    tensor.narrow(axis, before, left)
}

/// Positions put at both ends of an axis.
pub(super) fn pad_axis(
    tensor: &Tensor,
    axis: usize,
    before: usize,
    after: usize,
    mode: PadMode,
) -> Result<Tensor> {
    if before == 0 && after == 0 {
        return Ok(tensor.clone());
    }
    let n = tensor.dims()[axis];
    let inside = 0..n;
    match mode {
        PadMode::Constant(value) => {
            let side = |count: usize| {
                let mut dims = tensor.dims().to_vec();
                dims[axis] = count;
                let zeros = Tensor::zeros(dims, tensor.dtype(), tensor.device())?;
                zeros.affine(0.0, value)
            };
            Tensor::cat(&[&side(before)?, tensor, &side(after)?], axis)
        }
        PadMode::Reflect => {
            let left = (1..=before).rev();
            let right = (0..after).map(|index| n - 2 - index);
            pick(tensor, axis, left.chain(inside).chain(right))
        }
        PadMode::Replicate => {
            let left = std::iter::repeat_n(0, before);
            let right = std::iter::repeat_n(n - 1, after);
            pick(tensor, axis, left.chain(inside).chain(right))
        }
        PadMode::Circular => pick(tensor, axis, (n - before..n).chain(inside).chain(0..after)),
    }
}

/// Each axis is cut into overlapping ranges that are reduced to one number.
fn adaptive_pool(kind: AdaptiveKind, output: &[Option<usize>], input: &Tensor) -> Result<Tensor> {
    let first = input.rank() - output.len();
    let mut value = input.clone();
    for (index, wanted) in output.iter().enumerate() {
        if let Some(wanted) = wanted {
            value = adaptive_axis(kind, &value, first + index, *wanted)?;
        }
    }
    Ok(value)
}

pub(super) fn adaptive_axis(
    kind: AdaptiveKind,
    input: &Tensor,
    axis: usize,
    wanted: usize,
) -> Result<Tensor> {
    let n = input.dims()[axis];
    let ranges = (0..wanted).map(|index| {
        let (start, end) = (index * n / wanted, ((index + 1) * n).div_ceil(wanted));
        let range = input.narrow(axis, start, end - start)?;
        match kind {
            AdaptiveKind::Max => range.max_keepdim(axis),
            AdaptiveKind::Average => range.mean_keepdim(axis),
        }
    });
    Tensor::cat(&ranges.collect::<Result<Vec<_>>>()?, axis)
}

/// `…×(C·r·r)×H×W` to `…×C×(H·r)×(W·r)`.
fn pixel_shuffle(factor: usize, input: &Tensor) -> Result<Tensor> {
    let dims = input.dims();
    let [before @ .., channels, height, width] = dims else {
        return Err(candle_core::Error::msg("fewer than 3 axes"));
    };
    let batch: usize = before.iter().product();
    let channels = channels / factor / factor;
    let cells = input.reshape(vec![batch, channels, factor, factor, *height, *width])?;
    let order = vec![0, 1, 4, 2, 5, 3];
    let mut output = before.to_vec();
    output.extend([channels, height * factor, width * factor]);
    cells.permute(order)?.contiguous()?.reshape(output)
}

fn pixel_unshuffle(factor: usize, input: &Tensor) -> Result<Tensor> {
    let dims = input.dims();
    let [before @ .., channels, height, width] = dims else {
        return Err(candle_core::Error::msg("fewer than 3 axes"));
    };
    let batch: usize = before.iter().product();
    let (height, width) = (height / factor, width / factor);
    let cells = input.reshape(vec![batch, *channels, height, factor, width, factor])?;
    let order = vec![0, 1, 3, 5, 2, 4];
    let mut output = before.to_vec();
    output.extend([channels * factor * factor, height, width]);
    cells.permute(order)?.contiguous()?.reshape(output)
}

fn channel_shuffle(groups: usize, input: &Tensor) -> Result<Tensor> {
    let dims = input.dims();
    let rest: usize = dims[2..].iter().product();
    let cells = input.reshape(vec![dims[0], groups, dims[1] / groups, rest])?;
    cells.transpose(1, 2)?.contiguous()?.reshape(dims)
}
