//! Layers with windows, tap by tap.

use candle_core::{Result, Tensor};

use super::random::Random;
use super::spatial::pad_axis;
use super::{DEVICE, spatial};
use crate::lab::product::{Form, product};
use crate::model::layer::{Conv, ConvTranspose, Pool, PoolKind};
use crate::model::{PadMode, Window};

/// Where windows start on a padded axis, found by placing one after the other.
fn starts(window: &Window, padded: usize) -> Vec<usize> {
    let span = window.dilation * (window.kernel - 1) + 1;
    let places = (0..).step_by(window.stride);
    places.take_while(|start| start + span <= padded).collect()
}

/// As [`starts`], but another window is begun as long as the last one has not reached the end, if it still begins
/// inside the input or the padding before it.
fn starts_rounded_up(window: &Window, n: usize) -> Vec<usize> {
    let span = window.dilation * (window.kernel - 1) + 1;
    let padded = n + window.before + window.after;
    let mut starts = vec![0];
    while let Some(last) = starts.last().copied()
        && last + span < padded
        && last + window.stride < n + window.before
    {
        starts.push(last + window.stride);
    }
    starts
}

/// All combinations of taps, one number an axis.
fn taps(windows: &[Window]) -> Vec<Vec<usize>> {
    windows.iter().fold(vec![Vec::new()], |known, window| {
        let longer = known.iter().flat_map(|taps| {
            (0..window.kernel).map(|tap| {
                let mut taps = taps.clone();
                taps.push(tap);
                taps
            })
        });
        longer.collect()
    })
}

/// What one tap of every window sees: the axes from `first` on, picked at `start + tap·dilation`.
fn at_tap(
    padded: &Tensor,
    first: usize,
    windows: &[Window],
    starts: &[Vec<usize>],
    taps: &[usize],
) -> Result<Tensor> {
    let mut seen = padded.clone();
    for (index, window) in windows.iter().enumerate() {
        let offset = taps[index] * window.dilation;
        seen = if window.stride == 1 {
            seen.narrow(first + index, offset, starts[index].len())?
        } else {
            let positions = starts[index].iter().map(|start| start + offset);
            pick(&seen, first + index, positions)?
        };
    }
    Ok(seen)
}

/// A place in a tensor, as the engine counts them.
pub(super) fn index(place: usize) -> i64 {
    i64::try_from(place).expect("a tensor in memory has fewer than 2⁶³ places")
}

/// The positions of an axis, in this order.
pub(super) fn pick(
    tensor: &Tensor,
    axis: usize,
    positions: impl Iterator<Item = usize>,
) -> Result<Tensor> {
    let positions: Vec<i64> = positions.map(index).collect();
    let count = positions.len();
    tensor
        .contiguous()?
        .index_select(&Tensor::from_vec(positions, count, &DEVICE)?, axis)
}

/// The input with a batch axis, and whether it had one.
fn batched(input: &Tensor, spatial: usize) -> Result<(Tensor, bool)> {
    if input.rank() == spatial + 1 {
        Ok((input.unsqueeze(0)?, false))
    } else {
        Ok((input.clone(), true))
    }
}

fn unbatched(output: Tensor, had_batch: bool) -> Result<Tensor> {
    if had_batch {
        Ok(output)
    } else {
        output.squeeze(0)
    }
}

fn pad_windows(input: &Tensor, windows: &[Window], mode: PadMode) -> Result<Tensor> {
    let mut padded = input.clone();
    for (index, window) in windows.iter().enumerate() {
        padded = pad_axis(&padded, 2 + index, window.before, window.after, mode)?;
    }
    Ok(padded)
}

pub(super) fn conv(conv: &Conv, input: &Tensor, random: &mut Random) -> Result<Tensor> {
    let windows = &conv.windows;
    let (input, had_batch) = batched(input, windows.len())?;
    let padded = pad_windows(&input, windows, conv.padding_mode)?;
    let starts: Vec<Vec<usize>> = windows
        .iter()
        .zip(&padded.dims()[2..])
        .map(|(window, &n)| starts(window, n))
        .collect();
    let (inner, outer) = (
        conv.in_channels / conv.groups,
        conv.out_channels / conv.groups,
    );
    let taps = taps(windows);
    let mut sum: Option<Tensor> = None;
    for tap in &taps {
        let seen = at_tap(&padded, 2, windows, &starts, tap)?.contiguous()?;
        let seen = seen.flatten_from(2)?;
        let mut groups = Vec::with_capacity(conv.groups);
        for group in 0..conv.groups {
            let channels = seen.narrow(1, group * inner, inner)?.contiguous()?;
            let weight = random.weight(&[outer, inner], inner * taps.len())?;
            groups.push(weighted(&weight, &channels)?);
        }
        let products = Tensor::cat(&groups, 1)?;
        sum = Some(match sum {
            None => products,
            Some(sum) => (sum + products)?,
        });
    }
    let sum = sum.ok_or_else(|| candle_core::Error::msg("a window without taps"))?;
    let mut dims = vec![input.dims()[0], conv.out_channels];
    dims.extend(starts.iter().map(Vec::len));
    unbatched(sum.reshape(dims)?, had_batch)
}

/// Products of one matrix with each image's: the engine's where they are large enough for several threads.
fn weighted(weight: &Tensor, images: &Tensor) -> Result<Tensor> {
    const LARGE: usize = 1 << 22;
    if images.dims()[0] == 0 || weight.elem_count() * images.dims()[2] >= LARGE {
        return weight.unsqueeze(0)?.broadcast_matmul(images);
    }
    let each = (0..images.dims()[0])
        .map(|image| product::<f32>(weight, &images.get(image)?, Form::Plain))
        .collect::<Result<Vec<_>>>()?;
    Tensor::stack(&each, 0)
}

/// Every input position writes to the places of its taps; then the padding is cut off.
pub(super) fn conv_transpose(
    conv: &ConvTranspose,
    input: &Tensor,
    random: &mut Random,
) -> Result<Tensor> {
    let windows = &conv.windows;
    let (input, had_batch) = batched(input, windows.len())?;
    let (batch, sizes) = (input.dims()[0], input.dims()[2..].to_vec());
    let flat = input.flatten_from(2)?.contiguous()?;
    let full: Vec<usize> = windows
        .iter()
        .zip(&sizes)
        .map(|(window, n)| (n - 1) * window.stride + window.dilation * (window.kernel - 1) + 1)
        .collect();
    let mut sum = Tensor::zeros(
        (batch, conv.out_channels, full.iter().product::<usize>()),
        flat.dtype(),
        &DEVICE,
    )?;
    let (inner, outer) = (
        conv.in_channels / conv.groups,
        conv.out_channels / conv.groups,
    );
    for tap in taps(windows) {
        let mut groups = Vec::with_capacity(conv.groups);
        for group in 0..conv.groups {
            let channels = flat.narrow(1, group * inner, inner)?.contiguous()?;
            let weight = random.weight(&[outer, inner], inner)?;
            groups.push(weighted(&weight, &channels)?);
        }
        let places = written(windows, &sizes, &full, &tap);
        let count = places.len();
        let places = Tensor::from_vec(places, count, &DEVICE)?;
        sum = sum.index_add(&places, &Tensor::cat(&groups, 1)?, 2)?;
    }
    let mut dims = vec![batch, conv.out_channels];
    dims.extend(&full);
    let mut output = sum.reshape(dims)?;
    for (index, window) in windows.iter().enumerate() {
        let axis = 2 + index;
        output = output.pad_with_zeros(axis, 0, conv.output_padding[index])?;
        let left = output.dims()[axis] - window.before - window.after;
        output = output.narrow(axis, window.before, left)?;
    }
    unbatched(output.contiguous()?, had_batch)
}

/// The flat places, in an image of `full` sizes, that a tap of the windows at each position writes to.
fn written(windows: &[Window], sizes: &[usize], full: &[usize], tap: &[usize]) -> Vec<i64> {
    let mut places = vec![0_usize];
    for (axis, window) in windows.iter().enumerate() {
        let along = |m: usize| m * window.stride + tap[axis] * window.dilation;
        places = places
            .iter()
            .flat_map(|before| (0..sizes[axis]).map(move |m| before * full[axis] + along(m)))
            .collect();
    }
    places.into_iter().map(index).collect()
}

pub(super) fn pool(pool: &Pool, input: &Tensor) -> Result<Tensor> {
    let windows = &pool.windows;
    let first = input.rank() - windows.len();
    let empty = match pool.kind {
        PoolKind::Max => f64::from(f32::MIN),
        PoolKind::Average { .. } | PoolKind::Lp { .. } => 0.0,
    };
    let starts: Vec<Vec<usize>> = windows
        .iter()
        .zip(&input.dims()[first..])
        .map(|(window, &n)| {
            if pool.ceil_mode {
                starts_rounded_up(window, n)
            } else {
                starts(window, n + window.before + window.after)
            }
        })
        .collect();
    let widened = |tensor: &Tensor, inside: f64| -> Result<Tensor> {
        let mut padded = tensor.clone();
        for (index, window) in windows.iter().enumerate() {
            let (axis, n) = (first + index, padded.dims()[first + index]);
            let span = window.dilation * (window.kernel - 1) + 1;
            let end = starts[index].last().copied().unwrap_or(0) + span;
            let inside = PadMode::Constant(inside);
            padded = pad_axis(&padded, axis, window.before, window.after, inside)?;
            // A window that hangs over the end sees nothing there.
            let hanging = end.saturating_sub(n + window.before + window.after);
            padded = pad_axis(&padded, axis, 0, hanging, PadMode::Constant(empty))?;
        }
        Ok(padded)
    };
    let reduce = |padded: &Tensor| -> Result<Tensor> {
        let mut sum: Option<Tensor> = None;
        for tap in taps(windows) {
            let seen = at_tap(padded, first, windows, &starts, &tap)?;
            sum = Some(match (sum, pool.kind) {
                (None, _) => seen.contiguous()?,
                (Some(sum), PoolKind::Max) => sum.maximum(&seen)?,
                (Some(sum), _) => (sum + seen)?,
            });
        }
        sum.ok_or_else(|| candle_core::Error::msg("a window without taps"))
    };
    match pool.kind {
        PoolKind::Max => reduce(&widened(input, empty)?),
        PoolKind::Lp { norm } => {
            reduce(&widened(&input.abs()?.powf(norm)?, empty)?)?.powf(1.0 / norm)
        }
        PoolKind::Average {
            count_include_pad,
            divisor,
        } => {
            let sum = reduce(&widened(input, empty)?)?;
            if let Some(divisor) = divisor {
                return sum / f64::from(u32::try_from(divisor).unwrap_or(u32::MAX));
            }
            let counted = if count_include_pad { 1.0 } else { 0.0 };
            let count = reduce(&widened(&input.ones_like()?, counted)?)?;
            sum / count
        }
    }
}

pub(super) fn unfold(windows: &[Window], input: &Tensor) -> Result<Tensor> {
    let (input, had_batch) = batched(input, windows.len())?;
    let padded = pad_windows(&input, windows, PadMode::Constant(0.0))?;
    let starts: Vec<Vec<usize>> = windows
        .iter()
        .zip(&padded.dims()[2..])
        .map(|(window, &n)| starts(window, n))
        .collect();
    let columns = taps(windows)
        .iter()
        .map(|tap| {
            at_tap(&padded, 2, windows, &starts, tap)?
                .contiguous()?
                .flatten_from(2)
        })
        .collect::<Result<Vec<_>>>()?;
    // channel by channel, the taps of a channel together
    unbatched(Tensor::stack(&columns, 2)?.flatten(1, 2)?, had_batch)
}

pub(super) fn fold(output_size: &[usize], windows: &[Window], input: &Tensor) -> Result<Tensor> {
    let (input, had_batch) = if input.rank() == 2 {
        (input.unsqueeze(0)?, false)
    } else {
        (input.clone(), true)
    };
    let taps = taps(windows);
    let padded: Vec<usize> = windows
        .iter()
        .zip(output_size)
        .map(|(window, n)| n + window.before + window.after)
        .collect();
    let counts: Vec<usize> = windows
        .iter()
        .zip(&padded)
        .map(|(window, &n)| starts(window, n).len())
        .collect();
    let (batch, columns, places) = input.dims3()?;
    let channels = columns / taps.len();
    let columns = input.reshape((batch, channels, taps.len(), places))?;
    let mut sum = Tensor::zeros(
        (batch, channels, padded.iter().product::<usize>()),
        input.dtype(),
        &DEVICE,
    )?;
    for (index, tap) in taps.iter().enumerate() {
        let places = written(windows, &counts, &padded, tap);
        let count = places.len();
        let column = columns.narrow(2, index, 1)?.squeeze(2)?.contiguous()?;
        sum = sum.index_add(&Tensor::from_vec(places, count, &DEVICE)?, &column, 2)?;
    }
    let mut dims = vec![batch, channels];
    dims.extend(&padded);
    let mut image = sum.reshape(dims)?;
    for (index, window) in windows.iter().enumerate() {
        image = spatial::crop(&image, 2 + index, window.before, window.after)?;
    }
    unbatched(image.contiguous()?, had_batch)
}
