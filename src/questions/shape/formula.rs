//! The sums behind the numbers, written with the numbers of the model at hand.

use crate::model::layer::{Upsample, UpsampleTarget};
use crate::model::{Layer, Shape, Window};
use crate::theory::parameters;

/// `⌊(1024 + 2·1 − 1·(3−1) − 1)/1⌋ + 1`, the size after a convolution or a pool.
pub(super) fn window(window: &Window, n: usize, ceil: bool) -> String {
    let [open, close] = if ceil { ["⌈", "⌉"] } else { ["⌊", "⌋"] };
    let Window {
        kernel,
        stride,
        dilation,
        ..
    } = window;
    let padding = padding(window, '+');
    format!("{open}({n}{padding} − {dilation}·({kernel}−1) − 1)/{stride}{close} + 1")
}

fn padding(window: &Window, sign: char) -> String {
    match (window.before, window.after) {
        (0, 0) => String::new(),
        (before, after) if before == after => format!(" {sign} 2·{before}"),
        (before, after) => format!(" {sign} {before} {sign} {after}"),
    }
}

fn transposed(window: &Window, output_padding: usize, n: usize) -> String {
    let Window {
        kernel,
        stride,
        dilation,
        ..
    } = window;
    let cropped = padding(window, '−');
    let extra = match output_padding {
        0 => String::new(),
        extra => format!(" + {extra}"),
    };
    format!("({n}−1)·{stride}{cropped} + {dilation}·({kernel}−1){extra} + 1")
}

/// One sum a spatial axis of a layer that changes the size; `None` for the other layers.
fn spatial(layer: &Layer, input: &Shape) -> Option<Vec<String>> {
    let space = |axes: usize| {
        input
            .rank()
            .checked_sub(axes)
            .map(|first| &input.0[first..])
    };
    let sums: Vec<String> = match layer {
        Layer::Conv(conv) => {
            let sizes = space(conv.windows.len())?.iter();
            sizes
                .zip(&conv.windows)
                .map(|(&n, taps)| window(taps, n, false))
                .collect()
        }
        Layer::Pool(pool) => {
            let sizes = space(pool.windows.len())?.iter();
            sizes
                .zip(&pool.windows)
                .map(|(&n, taps)| window(taps, n, pool.ceil_mode))
                .collect()
        }
        Layer::ConvTranspose(conv) => {
            let sizes = space(conv.windows.len())?.iter();
            sizes
                .zip(conv.windows.iter().zip(&conv.output_padding))
                .map(|(&n, (window, &extra))| transposed(window, extra, n))
                .collect()
        }
        Layer::Pad { amounts, .. } => {
            let sizes = space(amounts.len())?.iter();
            sizes
                .zip(amounts)
                .map(|(n, (before, after))| format!("{n} + {before} + {after}"))
                .collect()
        }
        Layer::Upsample(Upsample {
            target: UpsampleTarget::Factor(factors),
            ..
        }) => {
            let axes = input.rank().checked_sub(2)?;
            let factor = |axis: usize| factors.get(axis).unwrap_or(&factors[0]);
            let sizes = space(axes)?.iter().enumerate();
            sizes
                .map(|(axis, n)| format!("⌊{n}·{}⌋", factor(axis)))
                .collect()
        }
        _ => return None,
    };
    Some(sums)
}

/// The sizes of a layer's output as sums: `H, W: ⌊…⌋ + 1 = 512`; empty where the layer has no such sum.
pub(super) fn sizes(layer: &Layer, input: &Shape, output: &Shape) -> String {
    match spatial(layer, input) {
        Some(sums) => join_axes(&sums, &output.0[output.rank().saturating_sub(sums.len())..]),
        None => other_sizes(layer, input, output),
    }
}

/// Sums with their values, those that are alike written once.
pub(super) fn join_axes(sums: &[String], values: &[usize]) -> String {
    let names: &[&str] = match sums.len() {
        1 => &["L"],
        2 => &["H", "W"],
        _ => &["D", "H", "W"],
    };
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for ((sum, value), name) in sums.iter().zip(values).zip(names) {
        let line = format!("{sum} = {value}");
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, names)) => names.push(name),
            None => lines.push((line, vec![name])),
        }
    }
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(line, names)| format!("{}: {line}", names.join(", ")))
        .collect();
    lines.join("; ")
}

fn other_sizes(layer: &Layer, input: &Shape, output: &Shape) -> String {
    match layer {
        Layer::Linear {
            in_features,
            out_features,
            ..
        } => format!("last axis {in_features} → {out_features}"),
        Layer::Flatten { .. } => format!("{input} → {output}"),
        _ => String::new(),
    }
}

/// The parameters of a layer: `weight 4×3×3×3 = 108, bias 4`; empty where it has none.
pub(super) fn parameters(layer: &Layer) -> String {
    let tensors = parameters::of_layer(layer).parameters;
    // A deep recurrent layer or encoder has hundreds: the first ones show the pattern.
    let shown = tensors.iter().take(8).map(|tensor| {
        let elements = tensor.elements().unwrap_or(u128::MAX);
        match tensor.shape.rank() {
            0 | 1 => format!("{} {elements}", tensor.name),
            _ => format!("{} {} = {elements}", tensor.name, tensor.shape),
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if tensors.len() > 8 {
        text.push_str(", …");
    }
    text
}

/// The multiply-adds of a layer with one weight, without the result; empty for the others.
pub(super) fn multiply_adds(layer: &Layer, input: &Shape, output: &Shape) -> String {
    let taps = |windows: &[Window]| {
        let taps: Vec<String> = windows.iter().map(|w| w.kernel.to_string()).collect();
        taps.join("·")
    };
    match layer {
        Layer::Conv(conv) => format!(
            "{output} outputs · {} channels · {} taps",
            conv.in_channels / conv.groups,
            taps(&conv.windows)
        ),
        Layer::ConvTranspose(conv) => format!(
            "{input} inputs · {} channels · {} taps",
            conv.out_channels / conv.groups,
            taps(&conv.windows)
        ),
        Layer::Linear { in_features, .. } => {
            format!("{output} outputs · {in_features} features")
        }
        _ => layer.class(),
    }
}
