//! Layers over sequences: recurrent ones, attention and the transformer's encoder.

use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::{CatalogError, build};
use crate::model::Layer;
use crate::model::layer::{Activation, Attention, EncoderLayer, Recurrent, RecurrentKind};

pub(super) fn recurrent(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let kind = match arguments.class {
        "LSTM" => RecurrentKind::Lstm,
        "GRU" => RecurrentKind::Gru,
        _ => arguments.choice(
            "nonlinearity",
            &[("tanh", RecurrentKind::Tanh), ("relu", RecurrentKind::Relu)],
        )?,
    };
    let hidden_size = arguments.size("hidden_size")?;
    let proj_size = arguments.count_or("proj_size", 0, 0)?;
    if proj_size >= hidden_size {
        return Err(arguments.invalid(
            "proj_size",
            format!("smaller than hidden_size, which is {hidden_size}"),
        ));
    }
    Ok(Layer::Recurrent(Recurrent {
        kind,
        input_size: arguments.size("input_size")?,
        hidden_size,
        num_layers: arguments.num_layers()?,
        bias: arguments.flag("bias", true)?,
        batch_first: arguments.flag("batch_first", false)?,
        bidirectional: arguments.flag("bidirectional", false)?,
        dropout: arguments.probability("dropout", 0.0)?,
        proj_size,
    }))
}

pub(super) fn attention(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let embed_dim = arguments.size("embed_dim")?;
    Ok(Layer::MultiheadAttention(Attention {
        embed_dim,
        num_heads: heads(arguments, "num_heads", "embed_dim", embed_dim)?,
        dropout: arguments.probability("dropout", 0.0)?,
        bias: arguments.flag("bias", true)?,
        add_bias_kv: arguments.flag("add_bias_kv", false)?,
        add_zero_attn: arguments.flag("add_zero_attn", false)?,
        kdim: arguments.size_or("kdim", embed_dim)?,
        vdim: arguments.size_or("vdim", embed_dim)?,
        batch_first: arguments.flag("batch_first", false)?,
    }))
}

pub(super) fn encoder_layer(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let d_model = arguments.size("d_model")?;
    Ok(Layer::TransformerEncoderLayer(EncoderLayer {
        d_model,
        nhead: heads(arguments, "nhead", "d_model", d_model)?,
        dim_feedforward: arguments.size_or("dim_feedforward", 2048)?,
        dropout: arguments.probability("dropout", 0.1)?,
        activation: encoder_activation(arguments)?,
        batch_first: arguments.flag("batch_first", false)?,
        norm_first: arguments.flag("norm_first", false)?,
        bias: arguments.flag("bias", true)?,
    }))
}

fn heads(
    arguments: &Arguments,
    name: &'static str,
    of: &str,
    size: usize,
) -> Result<usize, CatalogError> {
    let heads = arguments.size(name)?;
    if size.is_multiple_of(heads) {
        Ok(heads)
    } else {
        Err(arguments.invalid(name, format!("a divisor of {of}, which is {size}")))
    }
}

/// `'relu'`, `'gelu'`, or an activation as a layer of its own.
fn encoder_activation(arguments: &Arguments) -> Result<Activation, CatalogError> {
    let expected = "'relu', 'gelu' or an activation layer";
    match arguments.given("activation") {
        None => Ok(Activation::Relu),
        Some(Value::String(word)) if word == "relu" => Ok(Activation::Relu),
        Some(Value::String(word)) if word == "gelu" => Ok(Activation::Gelu { tanh: false }),
        Some(Value::Object(spec)) => match nested(spec)? {
            Some(Layer::Activation(activation)) => Ok(activation),
            _ => Err(arguments.invalid("activation", expected)),
        },
        Some(_) => Err(arguments.invalid("activation", expected)),
    }
}

pub(super) fn encoder(arguments: &Arguments) -> Result<Layer, CatalogError> {
    let layer = match arguments.given("encoder_layer") {
        Some(Value::Object(spec)) => nested(spec)?,
        _ => None,
    };
    let Some(Layer::TransformerEncoderLayer(layer)) = layer else {
        return Err(arguments.invalid("encoder_layer", "a TransformerEncoderLayer"));
    };
    let norm = match arguments.given("norm") {
        None => false,
        Some(Value::Object(spec)) => match nested(spec)? {
            Some(Layer::LayerNorm {
                normalized_shape, ..
            }) if normalized_shape == [layer.d_model] => true,
            _ => return Err(arguments.invalid("norm", norm_expected(&layer))),
        },
        Some(_) => return Err(arguments.invalid("norm", norm_expected(&layer))),
    };
    Ok(Layer::TransformerEncoder {
        layer,
        num_layers: arguments.num_layers()?,
        norm,
    })
}

fn norm_expected(layer: &EncoderLayer) -> String {
    format!("None or a LayerNorm over {}", layer.d_model)
}

/// A layer given as an argument: its class under `class`, its own arguments beside it.
fn nested(spec: &Map<String, Value>) -> Result<Option<Layer>, CatalogError> {
    let mut spec = spec.clone();
    match spec.remove("class") {
        Some(Value::String(class)) => build(&class, &spec).map(Some),
        _ => Ok(None),
    }
}
