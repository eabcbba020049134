//! Recurrent layers, attention and the transformer's encoder, step by step.

use candle_core::{D, Result, Tensor};
use candle_nn::ops;

use super::features::{activate, linear, normalise};
use super::random::Random;
use crate::model::layer::{Attention, EncoderLayer, Recurrent, RecurrentKind};

/// The outputs, then the last states: of every layer and direction, one below the other.
pub(super) fn recurrent(
    layer: &Recurrent,
    input: &Tensor,
    random: &mut Random,
) -> Result<Vec<Tensor>> {
    let had_batch = input.rank() == 3;
    // Time first, a batch second.
    let mut sequence = match (had_batch, layer.batch_first) {
        (false, _) => input.unsqueeze(1)?,
        (true, true) => input.transpose(0, 1)?.contiguous()?,
        (true, false) => input.clone(),
    };
    let mut states = Vec::new();
    let mut cells = Vec::new();
    for _ in 0..layer.num_layers {
        let mut directions = vec![direction(layer, &sequence, false, random)?];
        if layer.bidirectional {
            directions.push(direction(layer, &sequence, true, random)?);
        }
        let outputs: Vec<&Tensor> = directions.iter().map(|pass| &pass.outputs).collect();
        sequence = Tensor::cat(&outputs, 2)?;
        for pass in directions {
            states.push(pass.state);
            cells.extend(pass.cell);
        }
    }
    let output = match (had_batch, layer.batch_first) {
        (false, _) => sequence.squeeze(1)?,
        (true, true) => sequence.transpose(0, 1)?.contiguous()?,
        (true, false) => sequence,
    };
    let mut results = vec![output, stacked(&states, had_batch)?];
    if layer.kind == RecurrentKind::Lstm {
        results.push(stacked(&cells, had_batch)?);
    }
    Ok(results)
}

fn stacked(states: &[Tensor], had_batch: bool) -> Result<Tensor> {
    let all = Tensor::stack(states, 0)?;
    if had_batch { Ok(all) } else { all.squeeze(1) }
}

/// One direction of one layer.
struct Pass {
    outputs: Tensor,
    state: Tensor,
    cell: Option<Tensor>,
}

fn direction(
    layer: &Recurrent,
    sequence: &Tensor,
    backwards: bool,
    random: &mut Random,
) -> Result<Pass> {
    let (steps, batch, size) = sequence.dims3()?;
    let hidden = layer.hidden_size;
    let gates = match layer.kind {
        RecurrentKind::Tanh | RecurrentKind::Relu => 1,
        RecurrentKind::Gru => 3,
        RecurrentKind::Lstm => 4,
    };
    let projected = if layer.proj_size > 0 {
        layer.proj_size
    } else {
        hidden
    };
    let from_input = random.weight(&[size, gates * hidden], size)?;
    let from_state = random.weight(&[projected, gates * hidden], hidden)?;
    let projection = match layer.proj_size {
        0 => None,
        projected => Some(random.weight(&[hidden, projected], hidden)?),
    };
    let zeros = |size: usize| Tensor::zeros((batch, size), sequence.dtype(), sequence.device());
    let (mut state, mut cell) = (zeros(projected)?, zeros(hidden)?);
    let mut outputs = vec![state.clone(); steps];
    for step in 0..steps {
        let time = if backwards { steps - 1 - step } else { step };
        let x = sequence.get(time)?.contiguous()?.matmul(&from_input)?;
        let h = state.matmul(&from_state)?;
        state = match layer.kind {
            RecurrentKind::Tanh => (x + h)?.tanh()?,
            RecurrentKind::Relu => (x + h)?.relu()?,
            RecurrentKind::Gru => gated(&x, &h, &state, hidden)?,
            RecurrentKind::Lstm => {
                let (new_state, new_cell) = long_short(&(x + h)?, &cell, hidden)?;
                cell = new_cell;
                match &projection {
                    Some(projection) => new_state.matmul(projection)?,
                    None => new_state,
                }
            }
        };
        outputs[time] = state.clone();
    }
    Ok(Pass {
        outputs: Tensor::stack(&outputs, 0)?,
        state,
        cell: (layer.kind == RecurrentKind::Lstm).then_some(cell),
    })
}

/// Reset, update and candidate of a GRU.
fn gated(x: &Tensor, h: &Tensor, state: &Tensor, hidden: usize) -> Result<Tensor> {
    let part = |tensor: &Tensor, index: usize| tensor.narrow(1, index * hidden, hidden);
    let reset = ops::sigmoid(&(part(x, 0)? + part(h, 0)?)?)?;
    let update = ops::sigmoid(&(part(x, 1)? + part(h, 1)?)?)?;
    let candidate = (part(x, 2)? + (reset * part(h, 2)?)?)?.tanh()?;
    (&candidate + (update * (state - &candidate)?)?)?.contiguous()
}

/// Input, forget, cell and output gates of an LSTM.
fn long_short(sum: &Tensor, cell: &Tensor, hidden: usize) -> Result<(Tensor, Tensor)> {
    let part = |index: usize| sum.narrow(1, index * hidden, hidden);
    let kept = (ops::sigmoid(&part(1)?)? * cell)?;
    let cell = (kept + (ops::sigmoid(&part(0)?)? * part(2)?.tanh()?)?)?;
    let state = (ops::sigmoid(&part(3)?)? * cell.tanh()?)?;
    Ok((state.contiguous()?, cell))
}

/// The output and the weights, averaged over the heads.
pub(super) fn attention(
    layer: &Attention,
    inputs: &[Tensor],
    random: &mut Random,
) -> Result<Vec<Tensor>> {
    let [query, key, value, ..] = inputs else {
        return Err(candle_core::Error::msg("attention needs three inputs"));
    };
    let had_batch = query.rank() == 3;
    // A batch first, time second.
    let ordered = |tensor: &Tensor| match (had_batch, layer.batch_first) {
        (false, _) => tensor.unsqueeze(0),
        (true, true) => Ok(tensor.clone()),
        (true, false) => tensor.transpose(0, 1)?.contiguous(),
    };
    let size = layer.embed_dim;
    let query = linear(&ordered(query)?, size, size, random)?;
    let mut key = linear(&ordered(key)?, layer.kdim, size, random)?;
    let mut value = linear(&ordered(value)?, layer.vdim, size, random)?;
    let extra = usize::from(layer.add_bias_kv) + usize::from(layer.add_zero_attn);
    for _ in 0..extra {
        key = key.pad_with_zeros(1, 0, 1)?;
        value = value.pad_with_zeros(1, 0, 1)?;
    }
    let heads = |tensor: &Tensor| {
        let (batch, time, _) = tensor.dims3()?;
        let split = (batch, time, layer.num_heads, size / layer.num_heads);
        tensor.reshape(split)?.transpose(1, 2)?.contiguous()
    };
    let (seen, weights) = attend(&heads(&query)?, &heads(&key)?, &heads(&value)?)?;
    let seen = seen.transpose(1, 2)?.contiguous()?.flatten_from(2)?;
    let output = linear(&seen, size, size, random)?;
    let output = match (had_batch, layer.batch_first) {
        (false, _) => output.squeeze(0)?,
        (true, true) => output,
        (true, false) => output.transpose(0, 1)?.contiguous()?,
    };
    let weights = weights.mean(1)?;
    let weights = if had_batch {
        weights
    } else {
        weights.squeeze(0)?
    };
    Ok(vec![output, weights])
}

/// `softmax(Q Kᵀ / √E) V` and the softmax.
#[expect(clippy::cast_precision_loss, reason = "a scale needs no exactness")]
pub(super) fn attend(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<(Tensor, Tensor)> {
    let scale = 1.0 / (query.dim(D::Minus1)? as f64).sqrt();
    let transposed = key.transpose(D::Minus2, D::Minus1)?.contiguous()?;
    let scores = (query.contiguous()?.broadcast_matmul(&transposed)? * scale)?;
    let weights = ops::softmax(&scores, D::Minus1)?;
    let seen = weights.broadcast_matmul(&value.contiguous()?)?;
    Ok((seen, weights))
}

/// Self-attention and two linear layers, each with a residual and a norm.
pub(super) fn encoder_layer(
    layer: &EncoderLayer,
    input: &Tensor,
    random: &mut Random,
) -> Result<Tensor> {
    let attention_layer = Attention {
        embed_dim: layer.d_model,
        num_heads: layer.nhead,
        dropout: 0.0,
        bias: layer.bias,
        add_bias_kv: false,
        add_zero_attn: false,
        kdim: layer.d_model,
        vdim: layer.d_model,
        batch_first: layer.batch_first,
    };
    let norm = |tensor: &Tensor| normalise(tensor, &[tensor.rank() - 1], true);
    let attended = |tensor: &Tensor, random: &mut Random| {
        let three = [tensor.clone(), tensor.clone(), tensor.clone()];
        Ok::<_, candle_core::Error>(attention(&attention_layer, &three, random)?.swap_remove(0))
    };
    let wide = |tensor: &Tensor, random: &mut Random| {
        let inner = linear(tensor, layer.d_model, layer.dim_feedforward, random)?;
        let inner = activate(&layer.activation, &inner)?;
        linear(&inner, layer.dim_feedforward, layer.d_model, random)
    };
    if layer.norm_first {
        let middle = (input + attended(&norm(input)?, random)?)?;
        &middle + wide(&norm(&middle)?, random)?
    } else {
        let middle = norm(&(input + attended(input, random)?)?)?;
        norm(&(&middle + wide(&middle, random)?)?)
    }
}
