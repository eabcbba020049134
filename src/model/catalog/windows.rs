//! Layers with windows: convolutions, pools, `Unfold` and `Fold`.

use serde_json::Value;

use super::CatalogError;
use super::arguments::{Arguments, count};
use crate::model::layer::{AdaptiveKind, Conv, ConvTranspose, Pool, PoolKind};
use crate::model::{Layer, PadMode, Window};

pub(super) fn conv(arguments: &Arguments, rank: usize) -> Result<Layer, CatalogError> {
    let in_channels = arguments.size("in_channels")?;
    let out_channels = arguments.size("out_channels")?;
    let groups = groups(arguments, in_channels, out_channels)?;
    let kernel = required_axes(arguments, "kernel_size", rank)?;
    let stride = axes_or(arguments, "stride", rank, 1, 1)?;
    let dilation = axes_or(arguments, "dilation", rank, 1, 1)?;
    let mut windows = windows(&kernel, &stride, &dilation, &vec![0; rank]);
    if let Some(Value::String(word)) = arguments.given("padding") {
        pad_by_word(arguments, word, &mut windows)?;
    } else {
        let padding = axes_or(arguments, "padding", rank, 0, 0)?;
        for (window, padding) in windows.iter_mut().zip(padding) {
            (window.before, window.after) = (padding, padding);
        }
    }
    let padding_mode = arguments.choice(
        "padding_mode",
        &[
            ("zeros", PadMode::Constant(0.0)),
            ("reflect", PadMode::Reflect),
            ("replicate", PadMode::Replicate),
            ("circular", PadMode::Circular),
        ],
    )?;
    Ok(Layer::Conv(Conv {
        in_channels,
        out_channels,
        windows,
        groups,
        bias: arguments.flag("bias", true)?,
        padding_mode,
    }))
}

/// `'same'` puts half of `dilation·(kernel−1)` before, rounded down, and the rest after; `'valid'` pads nothing.
fn pad_by_word(
    arguments: &Arguments,
    word: &str,
    windows: &mut [Window],
) -> Result<(), CatalogError> {
    match word {
        "valid" => Ok(()),
        "same" => {
            if windows.iter().any(|window| window.stride != 1) {
                return Err(arguments.invalid("stride", "1 where padding='same'"));
            }
            for window in windows {
                let total = window
                    .effective_kernel()
                    .ok_or_else(|| arguments.invalid("dilation", "small enough to pad for"))?
                    - 1;
                window.before = total / 2;
                window.after = total - window.before;
            }
            Ok(())
        }
        _ => Err(arguments.invalid("padding", "'same', 'valid', or sizes of at least 0")),
    }
}

pub(super) fn conv_transpose(arguments: &Arguments, rank: usize) -> Result<Layer, CatalogError> {
    let in_channels = arguments.size("in_channels")?;
    let out_channels = arguments.size("out_channels")?;
    let groups = groups(arguments, in_channels, out_channels)?;
    let windows = plain_windows(arguments, rank)?;
    let output_padding = axes_or(arguments, "output_padding", rank, 0, 0)?;
    let too_large = windows
        .iter()
        .zip(&output_padding)
        .any(|(window, &extra)| extra >= window.stride.max(window.dilation));
    if too_large {
        return Err(arguments.invalid(
            "output_padding",
            "smaller than the stride or smaller than the dilation",
        ));
    }
    arguments.choice("padding_mode", &[("zeros", ())])?;
    Ok(Layer::ConvTranspose(ConvTranspose {
        in_channels,
        out_channels,
        windows,
        output_padding,
        groups,
        bias: arguments.flag("bias", true)?,
    }))
}

fn groups(
    arguments: &Arguments,
    in_channels: usize,
    out_channels: usize,
) -> Result<usize, CatalogError> {
    let groups = arguments.size_or("groups", 1)?;
    for (name, channels) in [("in_channels", in_channels), ("out_channels", out_channels)] {
        if channels % groups != 0 {
            return Err(arguments.invalid(
                "groups",
                format!("a divisor of {name}, which is {channels}"),
            ));
        }
    }
    Ok(groups)
}

pub(super) fn pool(
    arguments: &Arguments,
    rank: usize,
    kind: PoolKind,
) -> Result<Layer, CatalogError> {
    let kernel = required_axes(arguments, "kernel_size", rank)?;
    // A pool without a stride steps by its kernel.
    let stride = arguments
        .axes("stride", rank, 1)?
        .unwrap_or_else(|| kernel.clone());
    let dilation = axes_or(arguments, "dilation", rank, 1, 1)?;
    let padding = axes_or(arguments, "padding", rank, 0, 0)?;
    let windows = windows(&kernel, &stride, &dilation, &padding);
    for window in &windows {
        let span = window
            .effective_kernel()
            .ok_or_else(|| arguments.invalid("dilation", "small enough for the window to fit"))?;
        if window.before > span / 2 {
            return Err(arguments.invalid(
                "padding",
                format!("at most {}, half of the window's span of {span}", span / 2),
            ));
        }
    }
    Ok(Layer::Pool(Pool {
        kind,
        windows,
        ceil_mode: arguments.flag("ceil_mode", false)?,
    }))
}

pub(super) fn max_pool(arguments: &Arguments, rank: usize) -> Result<Layer, CatalogError> {
    arguments.no_indices()?;
    pool(arguments, rank, PoolKind::Max)
}

pub(super) fn avg_pool(arguments: &Arguments, rank: usize) -> Result<Layer, CatalogError> {
    let divisor = match arguments.given("divisor_override") {
        None => None,
        Some(_) => Some(arguments.size("divisor_override")?),
    };
    let count_include_pad = arguments.flag("count_include_pad", true)?;
    pool(
        arguments,
        rank,
        PoolKind::Average {
            count_include_pad,
            divisor,
        },
    )
}

pub(super) fn lp_pool(arguments: &Arguments, rank: usize) -> Result<Layer, CatalogError> {
    let norm = arguments.real("norm_type", 2.0)?;
    if norm <= 0.0 {
        return Err(arguments.invalid("norm_type", "a number above 0"));
    }
    pool(arguments, rank, PoolKind::Lp { norm })
}

pub(super) fn adaptive_pool(
    arguments: &Arguments,
    rank: usize,
    kind: AdaptiveKind,
) -> Result<Layer, CatalogError> {
    arguments.no_indices()?;
    let axis = |value: &Value| match value {
        Value::Null => Some(None),
        size => count(size, 1).map(Some),
    };
    let output = match arguments.given("output_size") {
        Some(Value::Array(entries)) if entries.len() == rank => entries.iter().map(axis).collect(),
        Some(Value::Array(_)) => None,
        Some(size) => axis(size).map(|size| vec![size; rank]),
        None => Some(vec![None; rank]),
    };
    output
        .map(|output| Layer::AdaptivePool { kind, output })
        .ok_or_else(|| {
            arguments.invalid(
                "output_size",
                format!("a size of at least 1, None, or a tuple of {rank} such entries"),
            )
        })
}

pub(super) fn unfold(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::Unfold {
        windows: plain_windows(arguments, 2)?,
    })
}

pub(super) fn fold(arguments: &Arguments) -> Result<Layer, CatalogError> {
    Ok(Layer::Fold {
        output_size: required_axes(arguments, "output_size", 2)?,
        windows: plain_windows(arguments, 2)?,
    })
}

/// Windows from kernel, stride, dilation and the same padding on both sides.
fn plain_windows(arguments: &Arguments, rank: usize) -> Result<Vec<Window>, CatalogError> {
    Ok(windows(
        &required_axes(arguments, "kernel_size", rank)?,
        &axes_or(arguments, "stride", rank, 1, 1)?,
        &axes_or(arguments, "dilation", rank, 1, 1)?,
        &axes_or(arguments, "padding", rank, 0, 0)?,
    ))
}

fn required_axes(
    arguments: &Arguments,
    name: &'static str,
    rank: usize,
) -> Result<Vec<usize>, CatalogError> {
    arguments
        .axes(name, rank, 1)?
        .ok_or_else(|| arguments.invalid(name, "a size of at least 1"))
}

fn axes_or(
    arguments: &Arguments,
    name: &'static str,
    rank: usize,
    least: usize,
    default: usize,
) -> Result<Vec<usize>, CatalogError> {
    Ok(arguments
        .axes(name, rank, least)?
        .unwrap_or_else(|| vec![default; rank]))
}

fn windows(
    kernel: &[usize],
    stride: &[usize],
    dilation: &[usize],
    padding: &[usize],
) -> Vec<Window> {
    (0..kernel.len())
        .map(|axis| Window {
            kernel: kernel[axis],
            stride: stride[axis],
            dilation: dilation[axis],
            before: padding[axis],
            after: padding[axis],
        })
        .collect()
}
