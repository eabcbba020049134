//! The tensors of a layer, as PyTorch's `named_parameters` and `named_buffers` list them.

use crate::model::layer::{Activation, Attention, EncoderLayer, Recurrent, RecurrentKind};
use crate::model::{Layer, Shape, Window};

/// A named tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name within the layer, such as `weight`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
}

impl Tensor {
    /// The number of elements; `None` above 2¹²⁸.
    pub fn elements(&self) -> Option<u128> {
        self.shape.elements()
    }
}

/// Parameters and buffers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tensors {
    /// What an optimiser may change.
    pub parameters: Vec<Tensor>,
    /// What is kept beside them, such as running means.
    pub buffers: Vec<Tensor>,
}

impl Tensors {
    fn add(&mut self, name: impl Into<String>, dims: &[usize]) {
        self.parameters.push(Tensor {
            name: name.into(),
            shape: dims.into(),
        });
    }

    fn add_if(&mut self, present: bool, name: &str, dims: &[usize]) {
        if present {
            self.add(name, dims);
        }
    }

    /// A weight and a bias of the same shape, as norms have them.
    fn add_affine(&mut self, weight: bool, bias: bool, dims: &[usize]) {
        self.add_if(weight, "weight", dims);
        self.add_if(bias, "bias", dims);
    }

    fn add_running_statistics(&mut self, channels: usize) {
        let buffers: [(&str, &[usize]); 3] = [
            ("running_mean", &[channels]),
            ("running_var", &[channels]),
            ("num_batches_tracked", &[]),
        ];
        self.buffers.extend(buffers.map(|(name, dims)| Tensor {
            name: name.to_owned(),
            shape: dims.into(),
        }));
    }

    /// The tensors of a layer inside this one, under its name.
    fn nest(&mut self, name: &str, inner: Self) {
        let prefixed = inner.parameters.into_iter().map(|tensor| Tensor {
            name: format!("{name}.{}", tensor.name),
            shape: tensor.shape,
        });
        self.parameters.extend(prefixed);
    }
}

/// The tensors of a layer with weights of its own.
pub fn of_layer(layer: &Layer) -> Tensors {
    let mut tensors = Tensors::default();
    let add = &mut tensors;
    match layer {
        Layer::Conv(conv) => {
            let inner = conv.in_channels / conv.groups;
            add.add("weight", &kernel([conv.out_channels, inner], &conv.windows));
            add.add_if(conv.bias, "bias", &[conv.out_channels]);
        }
        Layer::ConvTranspose(conv) => {
            let inner = conv.out_channels / conv.groups;
            add.add("weight", &kernel([conv.in_channels, inner], &conv.windows));
            add.add_if(conv.bias, "bias", &[conv.out_channels]);
        }
        Layer::Linear {
            in_features,
            out_features,
            bias,
        } => linear(add, *in_features, *out_features, *bias),
        Layer::Bilinear {
            in1_features,
            in2_features,
            out_features,
            bias,
        } => {
            add.add("weight", &[*out_features, *in1_features, *in2_features]);
            add.add_if(*bias, "bias", &[*out_features]);
        }
        Layer::Embedding {
            num_embeddings,
            embedding_dim,
        } => add.add("weight", &[*num_embeddings, *embedding_dim]),
        Layer::Activation(activation) => activation_tensors(add, activation),
        Layer::BatchNorm {
            num_features,
            affine,
            track_running_stats,
            ..
        }
        | Layer::InstanceNorm {
            num_features,
            affine,
            track_running_stats,
            ..
        } => {
            add.add_affine(*affine, *affine, &[*num_features]);
            if *track_running_stats {
                add.add_running_statistics(*num_features);
            }
        }
        Layer::LayerNorm {
            normalized_shape,
            affine,
            bias,
        } => add.add_affine(*affine, *affine && *bias, normalized_shape),
        Layer::RmsNorm {
            normalized_shape,
            affine,
        } => add.add_affine(*affine, false, normalized_shape),
        Layer::GroupNorm {
            num_channels,
            affine,
            ..
        } => add.add_affine(*affine, *affine, &[*num_channels]),
        Layer::Recurrent(layer) => recurrent(add, layer),
        Layer::MultiheadAttention(layer) => attention(add, layer),
        Layer::TransformerEncoderLayer(layer) => *add = encoder_layer(layer),
        Layer::TransformerEncoder {
            layer,
            num_layers,
            norm,
        } => {
            for index in 0..*num_layers {
                add.nest(&format!("layers.{index}"), encoder_layer(layer));
            }
            if *norm {
                add.nest("norm", layer_norm(layer.d_model, true));
            }
        }
        _ => {}
    }
    tensors
}

fn kernel(channels: [usize; 2], windows: &[Window]) -> Vec<usize> {
    let taps = windows.iter().map(|window| window.kernel);
    channels.into_iter().chain(taps).collect()
}

fn linear(add: &mut Tensors, in_features: usize, out_features: usize, bias: bool) {
    add.add("weight", &[out_features, in_features]);
    add.add_if(bias, "bias", &[out_features]);
}

fn activation_tensors(add: &mut Tensors, activation: &Activation) {
    if let Activation::PRelu { num_parameters } = activation {
        add.add("weight", &[*num_parameters]);
    }
}

/// How many gates of `hidden_size` rows stand in one weight.
fn gates(kind: RecurrentKind) -> usize {
    match kind {
        RecurrentKind::Tanh | RecurrentKind::Relu => 1,
        RecurrentKind::Lstm => 4,
        RecurrentKind::Gru => 3,
    }
}

fn recurrent(add: &mut Tensors, layer: &Recurrent) {
    let hidden = layer.hidden_size;
    let rows = gates(layer.kind).saturating_mul(hidden);
    let state = match layer.proj_size {
        0 => hidden,
        projected => projected,
    };
    let directions: &[&str] = if layer.bidirectional {
        &["", "_reverse"]
    } else {
        &[""]
    };
    for index in 0..layer.num_layers {
        let input = match index {
            0 => layer.input_size,
            _ => state.saturating_mul(directions.len()),
        };
        for direction in directions {
            let name = |what: &str| format!("{what}_l{index}{direction}");
            add.add(name("weight_ih"), &[rows, input]);
            add.add(name("weight_hh"), &[rows, state]);
            add.add_if(layer.bias, &name("bias_ih"), &[rows]);
            add.add_if(layer.bias, &name("bias_hh"), &[rows]);
            add.add_if(layer.proj_size > 0, &name("weight_hr"), &[state, hidden]);
        }
    }
}

/// Query, key and value are projected by one weight where they have one size.
fn attention(add: &mut Tensors, layer: &Attention) {
    let size = layer.embed_dim;
    let stacked = size.saturating_mul(3);
    if layer.kdim == size && layer.vdim == size {
        add.add("in_proj_weight", &[stacked, size]);
    } else {
        add.add("q_proj_weight", &[size, size]);
        add.add("k_proj_weight", &[size, layer.kdim]);
        add.add("v_proj_weight", &[size, layer.vdim]);
    }
    add.add_if(layer.bias, "in_proj_bias", &[stacked]);
    add.add_if(layer.add_bias_kv, "bias_k", &[1, 1, size]);
    add.add_if(layer.add_bias_kv, "bias_v", &[1, 1, size]);
    add.add("out_proj.weight", &[size, size]);
    add.add_if(layer.bias, "out_proj.bias", &[size]);
}

fn encoder_layer(layer: &EncoderLayer) -> Tensors {
    let (size, wide, bias) = (layer.d_model, layer.dim_feedforward, layer.bias);
    let mut inner = Tensors::default();
    attention(&mut inner, &self_attention(layer));
    let mut tensors = Tensors::default();
    tensors.nest("self_attn", inner);
    let mut first = Tensors::default();
    linear(&mut first, size, wide, bias);
    tensors.nest("linear1", first);
    let mut second = Tensors::default();
    linear(&mut second, wide, size, bias);
    tensors.nest("linear2", second);
    tensors.nest("norm1", layer_norm(size, bias));
    tensors.nest("norm2", layer_norm(size, bias));
    let mut activation = Tensors::default();
    activation_tensors(&mut activation, &layer.activation);
    tensors.nest("activation", activation);
    tensors
}

/// The attention inside an encoder's layer.
pub(crate) fn self_attention(layer: &EncoderLayer) -> Attention {
    Attention {
        embed_dim: layer.d_model,
        num_heads: layer.nhead,
        dropout: layer.dropout,
        bias: layer.bias,
        add_bias_kv: false,
        add_zero_attn: false,
        kdim: layer.d_model,
        vdim: layer.d_model,
        batch_first: layer.batch_first,
    }
}

fn layer_norm(size: usize, bias: bool) -> Tensors {
    let mut tensors = Tensors::default();
    tensors.add_affine(true, bias, &[size]);
    tensors
}
