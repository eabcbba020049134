//! Layers over space: `N×C×…` or a single sample `C×…`, the spatial axes last.

use super::{ShapeError, product, signed, size, window};
use crate::model::layer::{Conv, ConvTranspose, Pool, Upsample, UpsampleMode, UpsampleTarget};
use crate::model::{PadMode, Shape, Window};

type Outcome = Result<Shape, ShapeError>;

/// Where the channels stand in an input with `spatial` axes after them: with or without a batch axis before.
fn channel_axis(input: &Shape, spatial: usize) -> Result<usize, ShapeError> {
    if let Some(axis @ (0 | 1)) = input.rank().checked_sub(spatial + 1) {
        return Ok(axis);
    }
    let sizes = match spatial {
        1 => "L",
        2 => "H×W",
        _ => "D×H×W",
    };
    Err(ShapeError::expected(
        format!(
            "{} axes (N×C×{sizes}) or {} (C×{sizes})",
            spatial + 2,
            spatial + 1
        ),
        format!("{} ({input})", input.rank()),
    ))
}

/// The input with other spatial sizes, each found by a rule of its axis.
fn map_space(
    input: &Shape,
    spatial: usize,
    rule: impl Fn(usize, usize) -> Result<usize, ShapeError>,
) -> Outcome {
    let first = input.rank() - spatial;
    let mut dims = input.0.clone();
    for (index, dim) in dims[first..].iter_mut().enumerate() {
        *dim = rule(index, *dim).map_err(|error| on_axis(error, first + index))?;
    }
    Ok(Shape(dims))
}

/// The error with the axis that it is about.
fn on_axis(mut error: ShapeError, axis: usize) -> ShapeError {
    error.message = format!("axis {axis}: {}", error.message);
    error.label.clone_from(&error.message);
    error
}

fn check_channels(input: &Shape, axis: usize, channels: usize) -> Result<(), ShapeError> {
    let got = input.0[axis];
    if got == channels {
        return Ok(());
    }
    let error = ShapeError::expected(
        format!("{channels} channels (axis {axis})"),
        format!("{got} (input {input})"),
    );
    // Channels last is the commonest reason for a mismatch by more than a slip.
    Err(if input.0.last() == Some(&channels) {
        error.help("the channels seem to stand last: PyTorch wants them right after the batch")
    } else {
        error.help(format!("in_channels={got} would fit"))
    })
}

pub(super) fn conv(conv: &Conv, input: &Shape) -> Outcome {
    let spatial = conv.windows.len();
    let channels = channel_axis(input, spatial)?;
    check_channels(input, channels, conv.in_channels)?;
    let mut output = map_space(input, spatial, |axis, n| {
        let window = &conv.windows[axis];
        check_border(conv.padding_mode, window.before, n)?;
        check_border(conv.padding_mode, window.after, n)?;
        window::conv(window, n)
    })?;
    output.0[channels] = conv.out_channels;
    Ok(output)
}

/// Whether so much padding can be taken from an axis of this size.
fn check_border(mode: PadMode, amount: usize, n: usize) -> Result<(), ShapeError> {
    let limit = match mode {
        PadMode::Reflect => n.saturating_sub(1),
        PadMode::Circular => n,
        PadMode::Replicate if n == 0 => 0,
        PadMode::Constant(_) | PadMode::Replicate => return Ok(()),
    };
    if amount <= limit {
        return Ok(());
    }
    let kind = match mode {
        PadMode::Reflect => "reflection",
        PadMode::Circular => "circular",
        PadMode::Replicate | PadMode::Constant(_) => "replication",
    };
    Err(ShapeError::expected(
        format!("{kind} padding of at most {limit} for a size of {n}"),
        amount,
    ))
}

pub(super) fn conv_transpose(conv: &ConvTranspose, input: &Shape) -> Outcome {
    let spatial = conv.windows.len();
    let channels = channel_axis(input, spatial)?;
    check_channels(input, channels, conv.in_channels)?;
    let mut output = map_space(input, spatial, |axis, n| {
        window::transposed(&conv.windows[axis], conv.output_padding[axis], n)
    })?;
    output.0[channels] = conv.out_channels;
    Ok(output)
}

pub(super) fn pool(pool: &Pool, input: &Shape) -> Outcome {
    let spatial = pool.windows.len();
    channel_axis(input, spatial)?;
    map_space(input, spatial, |axis, n| {
        if n == 0 {
            return Err(ShapeError::expected("at least one position", "none"));
        }
        window::pool(&pool.windows[axis], n, pool.ceil_mode)
    })
}

pub(super) fn adaptive_pool(output: &[Option<usize>], input: &Shape) -> Outcome {
    channel_axis(input, output.len())?;
    map_space(input, output.len(), |axis, n| match n {
        0 => Err(ShapeError::expected("at least one position", "none")),
        _ => Ok(output[axis].unwrap_or(n)),
    })
}

pub(super) fn upsample(upsample: &Upsample, input: &Shape) -> Outcome {
    let spatial = match input.rank() {
        rank @ 3..=5 => rank - 2,
        rank => {
            return Err(ShapeError::expected(
                "3, 4 or 5 axes (N×C×…)",
                format!("{rank} ({input})"),
            ));
        }
    };
    if upsample.mode == UpsampleMode::Cubic && spatial != 2 {
        return Err(ShapeError::expected(
            "4 axes (N×C×H×W) for bicubic interpolation",
            format!("{} ({input})", input.rank()),
        ));
    }
    let entries = match &upsample.target {
        UpsampleTarget::Size(sizes) => sizes.len(),
        UpsampleTarget::Factor(factors) => factors.len(),
    };
    if entries != 1 && entries != spatial {
        return Err(ShapeError::expected(
            format!("one size or factor, or {spatial}, for the input {input}"),
            entries,
        ));
    }
    let entry = |axis: usize| if entries == 1 { 0 } else { axis };
    map_space(input, spatial, |axis, n| match &upsample.target {
        UpsampleTarget::Size(sizes) => Ok(sizes[entry(axis)]),
        UpsampleTarget::Factor(factors) => scaled(n, factors[entry(axis)]),
    })
}

/// `⌊n·factor⌋`, in float64 as PyTorch computes it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product is checked to be a positive number below 2⁵³"
)]
fn scaled(n: usize, factor: f64) -> Result<usize, ShapeError> {
    let product = (n as f64 * factor).floor();
    if product < 1.0 {
        return Err(ShapeError::expected(
            "a size of at least 1 after scaling",
            format!("{n} × {factor}"),
        ));
    }
    if product >= 9_007_199_254_740_992.0 {
        return Err(ShapeError::too_large());
    }
    Ok(product as usize)
}

pub(super) fn pad(mode: PadMode, amounts: &[(isize, isize)], input: &Shape) -> Outcome {
    let spatial = amounts.len();
    // A constant pads the last axes of anything; the other modes want an image.
    match mode {
        PadMode::Constant(_) if input.rank() >= spatial => {}
        _ => {
            channel_axis(input, spatial)?;
        }
    }
    let least = usize::from(!matches!(mode, PadMode::Constant(_)));
    map_space(input, spatial, |axis, n| {
        let (before, after) = amounts[axis];
        for amount in [before, after] {
            check_border(mode, usize::try_from(amount).unwrap_or(0), n)?;
        }
        size(signed(n) + before as i128 + after as i128, least)
    })
}

/// Where the last three axes C×H×W begin.
fn image_axis(input: &Shape) -> Result<usize, ShapeError> {
    input
        .rank()
        .checked_sub(3)
        .ok_or_else(|| ShapeError::expected("at least 3 axes (…×C×H×W)", input))
}

pub(super) fn pixel_shuffle(factor: usize, input: &Shape) -> Outcome {
    let axis = image_axis(input)?;
    let cell = product(&[factor, factor])?;
    let mut output = input.clone();
    let channels = input.0[axis];
    if !channels.is_multiple_of(cell) {
        return Err(ShapeError::expected(
            format!("channels (axis {axis}) divisible by {factor}² = {cell}"),
            channels,
        ));
    }
    output.0[axis] = channels / cell;
    output.0[axis + 1] = product(&[input.0[axis + 1], factor])?;
    output.0[axis + 2] = product(&[input.0[axis + 2], factor])?;
    Ok(output)
}

pub(super) fn pixel_unshuffle(factor: usize, input: &Shape) -> Outcome {
    let axis = image_axis(input)?;
    let mut output = input.clone();
    output.0[axis] = product(&[input.0[axis], factor, factor])?;
    for side in [axis + 1, axis + 2] {
        if !input.0[side].is_multiple_of(factor) {
            return Err(ShapeError::expected(
                format!("a size divisible by {factor} (axis {side})"),
                input.0[side],
            ));
        }
        output.0[side] = input.0[side] / factor;
    }
    Ok(output)
}

pub(super) fn channel_shuffle(groups: usize, input: &Shape) -> Outcome {
    if input.rank() < 3 {
        return Err(ShapeError::expected("at least 3 axes (N×C×…)", input));
    }
    if !input.0[1].is_multiple_of(groups) {
        return Err(ShapeError::expected(
            format!("channels (axis 1) divisible by {groups} groups"),
            input.0[1],
        ));
    }
    Ok(input.clone())
}

/// `N×C×H×W` to `N×(C·kernel)×windows`.
pub(super) fn unfold(windows: &[Window], input: &Shape) -> Outcome {
    let channels = channel_axis(input, windows.len())?;
    let space = map_space(input, windows.len(), |axis, n| {
        window::conv(&windows[axis], n)
    })?;
    let taps = product(&kernels(windows))?;
    let mut dims = input.0[..channels].to_vec();
    dims.push(product(&[input.0[channels], taps])?);
    dims.push(product(&space.0[channels + 1..])?);
    Ok(Shape(dims))
}

/// `N×(C·kernel)×windows` back to `N×C×H×W`.
pub(super) fn fold(output_size: &[usize], windows: &[Window], input: &Shape) -> Outcome {
    let (columns, batch) = match input.0.as_slice() {
        [columns, count] => ([*columns, *count], &input.0[..0]),
        [_, columns, count] => ([*columns, *count], &input.0[..1]),
        _ => {
            return Err(ShapeError::expected(
                "3 axes (N×columns×windows) or 2",
                input,
            ));
        }
    };
    let taps = product(&kernels(windows))?;
    if columns[0] % taps != 0 {
        return Err(ShapeError::expected(
            format!(
                "columns (axis {}) divisible by the {taps} taps of a window",
                batch.len()
            ),
            columns[0],
        ));
    }
    let counts: Vec<usize> = windows
        .iter()
        .zip(output_size)
        .map(|(window, &n)| window::conv(window, n))
        .collect::<Result<_, _>>()?;
    let count = product(&counts)?;
    if columns[1] != count {
        return Err(ShapeError::expected(
            format!(
                "{count} windows (axis {}), as an image of {} has",
                batch.len() + 1,
                Shape(output_size.to_vec())
            ),
            columns[1],
        ));
    }
    let mut dims = batch.to_vec();
    dims.push(columns[0] / taps);
    dims.extend(output_size);
    Ok(Shape(dims))
}

fn kernels(windows: &[Window]) -> Vec<usize> {
    windows.iter().map(|window| window.kernel).collect()
}
