//! What every layer does to axes and positions.

use super::trace::{Misfit, Traced, all, axis_of, combine, plain};
use super::{Atom, Layout, Output, Reads};
use crate::model::access::{self, Along};
use crate::model::layer::{
    Activation, Attention, EncoderLayer, Recurrent, RecurrentKind, SoftmaxKind,
};
use crate::model::{Access, Layer, Window};

/// The outputs of a layer.
pub(super) fn outputs(layer: &Layer, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let Some(first) = inputs.first() else {
        return Err(Misfit("it has no input".to_owned()));
    };
    let mut x = Traced::new(first);
    match layer {
        Layer::Bilinear { out_features, .. } => return bilinear(*out_features, inputs),
        Layer::Recurrent(recurrent) => return recurrent_outputs(recurrent, inputs),
        Layer::MultiheadAttention(attention) => return attention_outputs(attention, inputs),
        Layer::TransformerEncoderLayer(layer) | Layer::TransformerEncoder { layer, .. } => {
            encoder(layer, &mut x)?;
        }
        Layer::Unfold { windows } => return unfold(windows, x),
        Layer::Fold {
            output_size,
            windows,
        } => return fold(output_size, windows, first),
        _ => single(layer, &mut x)?,
    }
    Ok(vec![others_unread(x.output(), inputs)])
}

/// Further inputs of a layer (weights that it is called with, a mask) carry no positions of their own.
fn others_unread(mut output: Output, inputs: &[&Layout]) -> Output {
    for other in &inputs[1..] {
        let relation = vec![all(); other.places().count()];
        output.relations.push(relation);
    }
    output
}

fn single(layer: &Layer, x: &mut Traced) -> Result<(), Misfit> {
    match layer {
        Layer::Conv(conv) => {
            spatial(layer, x)?;
            channels(x, conv.windows.len(), Some(conv.out_channels))?;
        }
        Layer::ConvTranspose(conv) => {
            spatial(layer, x)?;
            channels(x, conv.windows.len(), Some(conv.out_channels))?;
        }
        Layer::Pool(_) | Layer::AdaptivePool { .. } | Layer::Upsample(_) | Layer::Pad { .. } => {
            spatial(layer, x)?;
        }
        Layer::PixelShuffle { factor } => {
            spatial(layer, x)?;
            scale_channels(x, |size| size.checked_div(factor.checked_mul(*factor)?))?;
        }
        Layer::PixelUnshuffle { factor } => {
            spatial(layer, x)?;
            scale_channels(x, |size| size.checked_mul(factor.checked_mul(*factor)?))?;
        }
        Layer::Linear { out_features, .. } => {
            let last = x.last(1)?;
            x.mix(last, Some(*out_features));
        }
        Layer::Embedding { embedding_dim, .. } => x.axes.push(vec![plain(Some(*embedding_dim))]),
        Layer::Flatten { start, end } => {
            let (start, end) = (x.axis(*start)?, x.axis(*end)?);
            merge(x, start, end);
        }
        Layer::Unflatten { dim, sizes } => {
            let axis = x.axis(*dim)?;
            super::reshape::split_axis(x, axis, sizes)?;
        }
        Layer::Activation(Activation::Glu { dim }) => gated(x, *dim)?,
        Layer::Softmax { kind, dim } => softmax(x, *kind, *dim)?,
        Layer::InstanceNorm {
            spatial,
            track_running_stats: false,
            ..
        } => last_whole(x, *spatial)?,
        Layer::LayerNorm {
            normalized_shape, ..
        }
        | Layer::RmsNorm {
            normalized_shape, ..
        } => last_whole(x, normalized_shape.len())?,
        Layer::GroupNorm { .. } => (1..x.rank()).for_each(|axis| x.whole(axis)),
        Layer::Unknown { class } => {
            x.lose(&format!("gradus does not know what {class} reads"));
        }
        _ => {}
    }
    Ok(())
}

fn spatial(layer: &Layer, x: &mut Traced) -> Result<(), Misfit> {
    let along = access::of_layer(layer, x.rank()).unwrap_or_default();
    let first = x.last(along.len())?;
    for (offset, along) in along.iter().enumerate() {
        x.act(first + offset, along)?;
    }
    Ok(())
}

/// The axis before the spatial ones is mixed into new channels.
fn channels(x: &mut Traced, spatial: usize, size: Option<usize>) -> Result<(), Misfit> {
    let axis = x.last(spatial + 1)?;
    x.mix(axis, size);
    Ok(())
}

fn scale_channels(x: &mut Traced, scale: impl Fn(usize) -> Option<usize>) -> Result<(), Misfit> {
    let axis = x.last(3)?;
    let size = x.size(axis).and_then(scale);
    x.mix(axis, size);
    Ok(())
}

fn last_whole(x: &mut Traced, axes: usize) -> Result<(), Misfit> {
    let first = x.last(axes)?;
    (first..x.rank()).for_each(|axis| x.whole(axis));
    Ok(())
}

/// The axes from `start` to `end` as one.
pub(super) fn merge(x: &mut Traced, start: usize, end: usize) {
    if end > start {
        let merged = x.axes.drain(start..=end).flatten().collect();
        x.axes.insert(start, merged);
        x.tidy();
    }
}

/// `a·σ(b)` of the halves of an axis: output `i` reads `i` and `i + n/2`.
fn gated(x: &mut Traced, dim: isize) -> Result<(), Misfit> {
    let axis = x.axis(dim)?;
    let half = x.size(axis).map(|size| size / 2);
    if !x.has_place(axis) {
        x.mix(axis, half);
        return Ok(());
    }
    match half {
        Some(half) if half > 0 => x.act(
            axis,
            &Along::one(Access::Window(Window {
                dilation: half,
                ..Window::new(2)
            })),
        ),
        _ => {
            x.tangle(axis, half);
            Ok(())
        }
    }
}

fn softmax(x: &mut Traced, kind: SoftmaxKind, dim: Option<isize>) -> Result<(), Misfit> {
    let axis = match (kind, dim) {
        (SoftmaxKind::Softmax2d, _) => x.last(3)?,
        (_, Some(dim)) => x.axis(dim)?,
        // PyTorch's old default: by rank.
        (_, None) => x.axis(isize::from(!matches!(x.rank(), 0 | 1 | 3)))?,
    };
    x.whole(axis);
    Ok(())
}

fn bilinear(out_features: usize, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let traced = inputs.iter().map(|layout| {
        let mut x = Traced::new(layout);
        let last = x.last(1)?;
        x.mix(last, Some(out_features));
        Ok(x)
    });
    Ok(vec![combine(&traced.collect::<Result<Vec<_>, _>>()?)])
}

/// The sequence axis of an input with (sequence, batch, feature) or without the batch.
fn sequence_axis(rank: usize, batch_first: bool) -> Result<usize, Misfit> {
    axis_of(isize::from(batch_first && rank == 3), rank)
}

fn encoder(layer: &EncoderLayer, x: &mut Traced) -> Result<(), Misfit> {
    let axis = sequence_axis(x.rank(), layer.batch_first)?;
    x.whole(axis);
    Ok(())
}

fn recurrent_outputs(layer: &Recurrent, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let mut x = Traced::new(inputs[0]);
    let axis = sequence_axis(x.rank(), layer.batch_first)?;
    let last = x.last(1)?;
    let directions = if layer.bidirectional { 2 } else { 1 };
    let state = match layer.proj_size {
        0 => layer.hidden_size,
        projected => projected,
    };
    if layer.bidirectional {
        x.whole(axis);
    } else if x.axes[axis].len() == 1 {
        x.act(axis, &Along::one(Access::UpTo))?;
    } else {
        let size = x.size(axis);
        x.tangle(axis, size);
    }
    x.mix(last, state.checked_mul(directions));
    let mut outputs = vec![others_unread(x.output(), inputs)];
    let states = if layer.kind == RecurrentKind::Lstm {
        vec![state, layer.hidden_size]
    } else {
        vec![state]
    };
    for size in states {
        let mut h = Traced::new(inputs[0]);
        let batch = (h.rank() == 3).then(|| h.axes[1 - axis].clone());
        let layers = layer.num_layers.checked_mul(directions);
        h.axes = vec![vec![plain(layers)]];
        h.axes.extend(batch);
        h.axes.push(vec![plain(Some(size))]);
        outputs.push(others_unread(h.output(), inputs));
    }
    Ok(outputs)
}

fn attention_outputs(layer: &Attention, inputs: &[&Layout]) -> Result<Vec<Output>, Misfit> {
    let mut query = Traced::new(inputs[0]);
    let axis = sequence_axis(query.rank(), layer.batch_first)?;
    let last = query.last(1)?;
    query.mix(last, Some(layer.embed_dim));
    let output = others_unread(query.output(), inputs);

    // The weights: batch (if any), queries, keys.
    let mut rows = Traced::new(inputs[0]);
    let mut kept = Vec::new();
    if rows.rank() == 3 {
        kept.push(rows.axes[1 - axis].clone());
    }
    kept.push(rows.axes[axis].clone());
    let keys = inputs.get(1).and_then(|layout| {
        let traced = Traced::new(layout);
        (axis < traced.rank()).then(|| traced.size(axis)).flatten()
    });
    kept.push(vec![plain(keys)]);
    rows.axes = kept;
    let mut weights = others_unread(rows.output(), inputs);
    if let Some(values) = weights.relations.get_mut(2) {
        // The weights do not depend on the values.
        values.fill(Reads::Nothing);
    }
    Ok(vec![output, weights])
}

fn unfold(windows: &[Window], mut x: Traced) -> Result<Vec<Output>, Misfit> {
    spatial(
        &Layer::Unfold {
            windows: windows.to_vec(),
        },
        &mut x,
    )?;
    let axis = x.last(3)?;
    let taps = windows.iter().try_fold(1_usize, |product, window| {
        product.checked_mul(window.kernel)
    });
    let size = x
        .size(axis)
        .zip(taps)
        .and_then(|(size, taps)| size.checked_mul(taps));
    x.mix(axis, size);
    merge(&mut x, axis + 1, axis + 2);
    Ok(vec![x.output()])
}

/// Columns are read by transposed windows, if the last axis is known to be the windows' rows and columns.
fn fold(sizes: &[usize], windows: &[Window], input: &Layout) -> Result<Vec<Output>, Misfit> {
    let mut x = Traced::new(input);
    let (channel, last) = (x.last(2)?, x.last(1)?);
    let taps = windows.iter().try_fold(1_usize, |product, window| {
        product.checked_mul(window.kernel)
    });
    let channels = x
        .size(channel)
        .zip(taps)
        .and_then(|(size, taps)| size.checked_div(taps));
    let places = x.axes[last].len() == windows.len() && x.axes[last].iter().all(|t| t.atom.place);
    if places {
        let columns = std::mem::take(&mut x.axes[last]);
        x.axes.pop();
        for ((column, window), size) in columns.into_iter().zip(windows).zip(sizes) {
            let mut column = column;
            column.atom.size = Some(*size);
            column.by = vec![Access::Transposed(*window)];
            x.axes.push(vec![column]);
        }
        x.mix(channel, channels);
        return Ok(vec![x.output()]);
    }
    x.mix(channel, channels);
    x.tangle(last, None);
    let place = x.has_place(last);
    x.axes.pop();
    for size in sizes {
        let mut axis = plain(Some(*size));
        axis.atom = Atom {
            size: Some(*size),
            place,
        };
        x.axes.push(vec![axis]);
    }
    let mut output = x.output();
    // Which of the new places decides is not followed.
    for reads in &mut output.relations[0] {
        if let Reads::Tangled { from } = reads {
            *from = None;
        }
    }
    Ok(vec![output])
}
