//! Recurrent layers, attention and the transformer's encoder.

use super::{ShapeError, product};
use crate::model::Shape;
use crate::model::layer::{Attention, EncoderLayer, Recurrent, RecurrentKind};

/// The outputs `L×N×(D·H)` and the last state `(D·layers)×N×H`; an LSTM's cell state besides. Without a batch the
/// axis `N` is not there; with `batch_first` it stands first in the outputs, never in the states.
pub(super) fn recurrent(recurrent: &Recurrent, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    let input = &inputs[0];
    if !matches!(input.rank(), 2 | 3) {
        return Err(ShapeError::expected(
            "3 axes (a batch of sequences) or 2 (one sequence)",
            format!("{} ({input})", input.rank()),
        ));
    }
    let last = input.rank() - 1;
    if input.0[last] != recurrent.input_size {
        return Err(ShapeError::expected(
            format!("a last axis of {}", recurrent.input_size),
            format!("{} (input {input})", input.0[last]),
        )
        .help(format!("input_size={} would fit", input.0[last])));
    }
    let directions = if recurrent.bidirectional { 2 } else { 1 };
    let state_size = match recurrent.proj_size {
        0 => recurrent.hidden_size,
        projected => projected,
    };
    let mut output = input.clone();
    output.0[last] = product(&[directions, state_size])?;
    let batch = (input.rank() == 3).then(|| input.0[usize::from(!recurrent.batch_first)]);
    let rows = product(&[directions, recurrent.num_layers])?;
    let state = |size: usize| match batch {
        Some(batch) => Shape(vec![rows, batch, size]),
        None => Shape(vec![rows, size]),
    };
    let mut outputs = vec![output, state(state_size)];
    if recurrent.kind == RecurrentKind::Lstm {
        outputs.push(state(recurrent.hidden_size));
    }
    check_states(&outputs[1..], &inputs[1..])?;
    Ok(outputs)
}

/// A first state, where one is given, has the shape of the last one.
fn check_states(expected: &[Shape], given: &[Shape]) -> Result<(), ShapeError> {
    if !given.is_empty() && given.len() != expected.len() {
        return Err(ShapeError::expected(
            format!("{} first states, or none", expected.len()),
            given.len(),
        ));
    }
    match expected.iter().zip(given).find(|(want, got)| want != got) {
        Some((want, got)) => Err(ShapeError::expected(
            format!("a first state of {want}"),
            got,
        )),
        None => Ok(()),
    }
}

/// The output, shaped as the query, and the weights `N×L×S`, averaged over the heads.
pub(super) fn attention(attention: &Attention, inputs: &[Shape]) -> Result<Vec<Shape>, ShapeError> {
    let [query, key, value, ..] = inputs else {
        return Err(ShapeError::expected(
            "a query, a key and a value",
            format!("{} inputs", inputs.len()),
        )
        .help("self-attention passes the same tensor three times"));
    };
    let rank = query.rank();
    if !matches!(rank, 2 | 3) || key.rank() != rank || value.rank() != rank {
        return Err(ShapeError::expected(
            "query, key and value of 3 axes each (with a batch) or 2 each",
            format!("{query}, {key} and {value}"),
        ));
    }
    let sizes = [
        ("query", query, attention.embed_dim),
        ("key", key, attention.kdim),
        ("value", value, attention.vdim),
    ];
    for (name, shape, expected) in sizes {
        if shape.0[rank - 1] != expected {
            return Err(ShapeError::expected(
                format!("a last axis of {expected} in the {name}"),
                shape,
            ));
        }
    }
    if key.0[..rank - 1] != value.0[..rank - 1] {
        return Err(ShapeError::expected(
            "key and value of one length and batch",
            format!("{key} and {value}"),
        ));
    }
    let (time, batch) = if attention.batch_first {
        (1, 0)
    } else {
        (0, 1)
    };
    let extra = usize::from(attention.add_bias_kv) + usize::from(attention.add_zero_attn);
    let weights = if rank == 2 {
        vec![query.0[0], key.0[0] + extra]
    } else {
        if query.0[batch] != key.0[batch] {
            return Err(ShapeError::expected(
                format!("query and key of one batch (axis {batch})"),
                format!("{query} and {key}"),
            ));
        }
        vec![query.0[batch], query.0[time], key.0[time] + extra]
    };
    Ok(vec![query.clone(), Shape(weights)])
}

/// A sequence of vectors of `d_model`, kept as it is.
pub(super) fn encoder(layer: &EncoderLayer, input: &Shape) -> Result<Shape, ShapeError> {
    if !matches!(input.rank(), 2 | 3) {
        return Err(ShapeError::expected(
            "3 axes (a batch of sequences) or 2 (one sequence)",
            format!("{} ({input})", input.rank()),
        ));
    }
    let last = input.0[input.rank() - 1];
    if last != layer.d_model {
        return Err(ShapeError::expected(
            format!("a last axis of {}", layer.d_model),
            format!("{last} (input {input})"),
        )
        .help(format!("d_model={last} would fit")));
    }
    Ok(input.clone())
}
