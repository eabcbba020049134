//! The layers: a closed list, each with its settings per axis.
//!
//! A setting that PyTorch allows as one number or as a tuple is always one entry an axis here. Windows are given
//! outermost axis first (depth, height, width).

use serde::{Deserialize, Serialize};

use super::Window;

/// What a module computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Layer {
    /// `Conv1d`, `Conv2d`, `Conv3d`.
    Conv(Conv),
    /// `ConvTranspose1d`, `ConvTranspose2d`, `ConvTranspose3d`.
    ConvTranspose(ConvTranspose),
    /// `MaxPool`, `AvgPool`, `LPPool`, 1–3d.
    Pool(Pool),
    /// `AdaptiveMaxPool`, `AdaptiveAvgPool`, 1–3d; an entry is `None` where the axis keeps its size.
    AdaptivePool {
        /// Maximum or average.
        kind: AdaptiveKind,
        /// The output's size along each spatial axis.
        output: Vec<Option<usize>>,
    },
    /// `Linear`: acts on the last axis.
    Linear {
        /// Size of the last axis of the input.
        in_features: usize,
        /// Size of the last axis of the output.
        out_features: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// `Bilinear`: two inputs, `x1ᵀ W x2 + b`.
    Bilinear {
        /// Last axis of the first input.
        in1_features: usize,
        /// Last axis of the second input.
        in2_features: usize,
        /// Last axis of the output.
        out_features: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// `Flatten`: merges the axes from `start` to `end`, both included; negative counts from the last.
    Flatten {
        /// First axis.
        start: isize,
        /// Last axis.
        end: isize,
    },
    /// `Unflatten`: splits an axis; at most one size is −1.
    Unflatten {
        /// The axis.
        dim: isize,
        /// The sizes it is split into.
        sizes: Vec<isize>,
    },
    /// `Embedding`: a vector for every index.
    Embedding {
        /// Rows of the table.
        num_embeddings: usize,
        /// Length of a row.
        embedding_dim: usize,
    },
    /// An element-wise activation.
    Activation(Activation),
    /// `Softmax`, `LogSoftmax`, `Softmin`, `Softmax2d` along an axis (`None`: PyTorch's old default by rank).
    Softmax {
        /// Which of them.
        kind: SoftmaxKind,
        /// The axis.
        dim: Option<isize>,
    },
    /// `BatchNorm1d`, `BatchNorm2d`, `BatchNorm3d`.
    BatchNorm {
        /// Spatial axes: 1, 2 or 3.
        spatial: usize,
        /// Channels.
        num_features: usize,
        /// Whether it has a weight and a bias.
        affine: bool,
        /// Whether it keeps running statistics (buffers).
        track_running_stats: bool,
    },
    /// `InstanceNorm1d`, `InstanceNorm2d`, `InstanceNorm3d`.
    InstanceNorm {
        /// Spatial axes: 1, 2 or 3.
        spatial: usize,
        /// Channels.
        num_features: usize,
        /// Whether it has a weight and a bias.
        affine: bool,
        /// Whether it keeps running statistics (buffers).
        track_running_stats: bool,
    },
    /// `LayerNorm` over the last axes.
    LayerNorm {
        /// The sizes of those axes.
        normalized_shape: Vec<usize>,
        /// Whether it has a weight.
        affine: bool,
        /// Whether it has a bias (only with a weight).
        bias: bool,
    },
    /// `RMSNorm` over the last axes.
    RmsNorm {
        /// The sizes of those axes.
        normalized_shape: Vec<usize>,
        /// Whether it has a weight.
        affine: bool,
    },
    /// `GroupNorm`.
    GroupNorm {
        /// Groups of channels.
        num_groups: usize,
        /// Channels.
        num_channels: usize,
        /// Whether it has a weight and a bias.
        affine: bool,
    },
    /// `LocalResponseNorm` over neighbouring channels.
    LocalResponseNorm {
        /// How many channels.
        size: usize,
    },
    /// `Dropout`, `Dropout1d`–`3d`, `AlphaDropout`, `FeatureAlphaDropout`.
    Dropout {
        /// Which of them.
        kind: DropoutKind,
        /// The probability to drop.
        p: f64,
    },
    /// `RNN`, `LSTM`, `GRU`.
    Recurrent(Recurrent),
    /// `MultiheadAttention`.
    MultiheadAttention(Attention),
    /// `TransformerEncoderLayer`.
    TransformerEncoderLayer(EncoderLayer),
    /// `TransformerEncoder`: layers of one kind, each with its own weights.
    TransformerEncoder {
        /// The layer that is repeated.
        layer: EncoderLayer,
        /// How often.
        num_layers: usize,
        /// Whether a `LayerNorm` over `d_model` follows.
        norm: bool,
    },
    /// `Upsample` and `F.interpolate`.
    Upsample(Upsample),
    /// `ZeroPad`, `ConstantPad`, `ReflectionPad`, `ReplicationPad`, `CircularPad`, 1–3d.
    Pad {
        /// Which of them.
        mode: PadMode,
        /// (before, after) for the last axes, outermost first; negative crops.
        amounts: Vec<(isize, isize)>,
    },
    /// `PixelShuffle`: channels to space.
    PixelShuffle {
        /// Factor an axis.
        factor: usize,
    },
    /// `PixelUnshuffle`: space to channels.
    PixelUnshuffle {
        /// Factor an axis.
        factor: usize,
    },
    /// `ChannelShuffle`.
    ChannelShuffle {
        /// Groups of channels.
        groups: usize,
    },
    /// `Unfold`: windows to columns.
    Unfold {
        /// One window an axis (two axes).
        windows: Vec<Window>,
    },
    /// `Fold`: columns summed back to an image.
    Fold {
        /// The image's size.
        output_size: Vec<usize>,
        /// One window an axis (two axes).
        windows: Vec<Window>,
    },
    /// `Identity`.
    Identity,
    /// A layer that gradus does not know, taken as element-wise at the caller's word (`--assume NAME=pointwise`).
    AssumedPointwise {
        /// The class as the source names it.
        class: String,
    },
    /// A layer that gradus does not know: what follows it is not certain.
    Unknown {
        /// The class as the source names it.
        class: String,
    },
}

/// A convolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// One window a spatial axis.
    pub windows: Vec<Window>,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// What stands in the padding.
    pub padding_mode: PadMode,
}

/// A transposed convolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvTranspose {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// One window a spatial axis.
    pub windows: Vec<Window>,
    /// Positions added after the last one, an axis.
    pub output_padding: Vec<usize>,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// How a window becomes a number.
    pub kind: PoolKind,
    /// One window a spatial axis.
    pub windows: Vec<Window>,
    /// Whether the output's size is rounded up; a last window that would start in the padding after is dropped.
    pub ceil_mode: bool,
}

/// How a pool's window becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PoolKind {
    /// The maximum.
    Max,
    /// The mean.
    Average {
        /// Whether padded positions count in the divisor.
        count_include_pad: bool,
        /// A divisor instead of the window's size.
        divisor: Option<usize>,
    },
    /// The p-norm.
    Lp {
        /// p.
        norm: f64,
    },
}

/// Maximum or average, for an adaptive pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdaptiveKind {
    /// `AdaptiveMaxPool`.
    Max,
    /// `AdaptiveAvgPool`.
    Average,
}

/// What stands in the padding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum PadMode {
    /// A constant; 0 unless said.
    Constant(f64),
    /// The positions next to the border, mirrored, the border not repeated.
    Reflect,
    /// The border position, repeated.
    Replicate,
    /// The positions of the other end.
    Circular,
}

impl Eq for PadMode {}

/// An element-wise activation: `y[i]` depends on `x[i]` alone (but for GLU, which halves an axis, and PReLU's weight).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `min(max(0, x), 6)`.
    Relu6,
    /// `x` above 0, `slope·x` below.
    LeakyRelu {
        /// The slope below 0.
        negative_slope: f64,
    },
    /// As `LeakyRelu` with learned slopes.
    PRelu {
        /// 1, or a slope a channel.
        num_parameters: usize,
    },
    /// Random slopes in training, their mean in evaluation.
    RRelu {
        /// Least slope.
        lower: f64,
        /// Greatest slope.
        upper: f64,
    },
    /// `x` above 0, `alpha·(eˣ−1)` below.
    Elu {
        /// Scale below 0.
        alpha: f64,
    },
    /// `max(0,x) + min(0, alpha·(e^{x/alpha}−1))`.
    Celu {
        /// Scale below 0.
        alpha: f64,
    },
    /// Self-normalising ELU.
    Selu,
    /// `x·Φ(x)`, or its tanh form.
    Gelu {
        /// Whether the tanh form is used.
        tanh: bool,
    },
    /// `x·σ(x)`.
    Silu,
    /// `x·tanh(softplus(x))`.
    Mish,
    /// `1/(1+e^{−x})`.
    Sigmoid,
    /// `ln σ(x)`.
    LogSigmoid,
    /// `tanh x`.
    Tanh,
    /// `x − tanh x`.
    Tanhshrink,
    /// `ln(1+e^{beta·x})/beta`, linear above the threshold.
    Softplus {
        /// Sharpness.
        beta: f64,
        /// Where it becomes linear.
        threshold: f64,
    },
    /// `x/(1+|x|)`.
    Softsign,
    /// Shrinks towards 0 by lambda.
    Softshrink {
        /// Lambda.
        lambda: f64,
    },
    /// 0 where |x| ≤ lambda.
    Hardshrink {
        /// Lambda.
        lambda: f64,
    },
    /// Clamped to an interval.
    Hardtanh {
        /// Lower end.
        min: f64,
        /// Upper end.
        max: f64,
    },
    /// `min(max(x+3, 0), 6)/6`.
    Hardsigmoid,
    /// `x·hardsigmoid(x)`.
    Hardswish,
    /// `x` above the threshold, a value below.
    Threshold {
        /// The threshold.
        threshold: f64,
        /// The value.
        value: f64,
    },
    /// `a·σ(b)` of the two halves of an axis: the only one that changes the shape.
    Glu {
        /// The axis.
        dim: isize,
    },
}

/// Which softmax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoftmaxKind {
    /// `e^{x_i} / Σ e^{x_j}`.
    Softmax,
    /// Its logarithm.
    LogSoftmax,
    /// Softmax of −x.
    Softmin,
    /// Softmax over the channels of an image.
    Softmax2d,
}

/// Which dropout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DropoutKind {
    /// Single elements.
    Element,
    /// Whole channels, for inputs with this many spatial axes.
    Channel(usize),
    /// Elements, keeping mean and variance for SELU.
    Alpha,
    /// Channels, keeping mean and variance for SELU.
    FeatureAlpha,
}

/// A recurrent layer. Called with a sequence (and perhaps a first state); returns the outputs and the last state
/// (for an LSTM: outputs, h, c).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recurrent {
    /// Which of them.
    pub kind: RecurrentKind,
    /// Size of an element of the input sequence.
    pub input_size: usize,
    /// Size of the state.
    pub hidden_size: usize,
    /// Layers, one on the other.
    pub num_layers: usize,
    /// Whether biases are added (two a gate, as PyTorch has them).
    pub bias: bool,
    /// Whether the batch is the first axis.
    pub batch_first: bool,
    /// Whether a second pass runs from the end.
    pub bidirectional: bool,
    /// Dropout between the layers.
    pub dropout: f64,
    /// Size of an LSTM's projected state; 0 for none.
    pub proj_size: usize,
}

/// Which recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecurrentKind {
    /// Plain, with tanh.
    Tanh,
    /// Plain, with ReLU.
    Relu,
    /// Long short-term memory: four gates.
    Lstm,
    /// Gated recurrent unit: three gates.
    Gru,
}

/// Multi-head attention. Called with query, key and value; returns the output and the attention weights.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one of PyTorch's own switches"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    /// Size of a query and of the output.
    pub embed_dim: usize,
    /// Heads.
    pub num_heads: usize,
    /// Dropout on the attention weights.
    pub dropout: f64,
    /// Whether the projections have biases.
    pub bias: bool,
    /// Whether a learned key and value are appended.
    pub add_bias_kv: bool,
    /// Whether a zero key and value are appended.
    pub add_zero_attn: bool,
    /// Size of a key.
    pub kdim: usize,
    /// Size of a value.
    pub vdim: usize,
    /// Whether the batch is the first axis.
    pub batch_first: bool,
}

/// One layer of a transformer's encoder: self-attention, then two linear layers, each with a residual and a norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderLayer {
    /// Size of an element of the sequence.
    pub d_model: usize,
    /// Heads.
    pub nhead: usize,
    /// Size between the two linear layers.
    pub dim_feedforward: usize,
    /// Dropout.
    pub dropout: f64,
    /// The activation between the two linear layers.
    pub activation: Activation,
    /// Whether the batch is the first axis.
    pub batch_first: bool,
    /// Whether the norms come before instead of after.
    pub norm_first: bool,
    /// Whether linear layers and norms have biases.
    pub bias: bool,
}

/// An upsampling layer: either the size or the factors are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upsample {
    /// How values between positions are found.
    pub mode: UpsampleMode,
    /// The output's size along each spatial axis, or the factors.
    pub target: UpsampleTarget,
    /// Whether the corner positions coincide (linear modes).
    pub align_corners: bool,
}

/// To which size an upsampling layer goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum UpsampleTarget {
    /// These sizes, one a spatial axis (a single one is meant for every axis).
    Size(Vec<usize>),
    /// These factors, one a spatial axis (a single one is meant for every axis).
    Factor(Vec<f64>),
}

/// How an upsampling layer finds values between positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpsampleMode {
    /// The position whose cell it falls in.
    Nearest,
    /// As `Nearest`, rounded to the nearest centre.
    NearestExact,
    /// Linear interpolation along each axis (linear, bilinear, trilinear).
    Linear,
    /// Cubic interpolation (two axes).
    Cubic,
    /// The mean of the inputs that an output covers.
    Area,
}

impl Layer {
    /// The class as PyTorch names it, such as `Conv2d`.
    pub fn class(&self) -> String {
        match self {
            Self::Conv(conv) => format!("Conv{}d", conv.windows.len()),
            Self::ConvTranspose(conv) => format!("ConvTranspose{}d", conv.windows.len()),
            Self::Pool(pool) => {
                let kind = match pool.kind {
                    PoolKind::Max => "Max",
                    PoolKind::Average { .. } => "Avg",
                    PoolKind::Lp { .. } => "LP",
                };
                format!("{kind}Pool{}d", pool.windows.len())
            }
            Self::AdaptivePool { kind, output } => {
                let kind = match kind {
                    AdaptiveKind::Max => "Max",
                    AdaptiveKind::Average => "Avg",
                };
                format!("Adaptive{kind}Pool{}d", output.len())
            }
            Self::BatchNorm { spatial, .. } => format!("BatchNorm{spatial}d"),
            Self::InstanceNorm { spatial, .. } => format!("InstanceNorm{spatial}d"),
            Self::Dropout {
                kind: DropoutKind::Channel(spatial),
                ..
            } => format!("Dropout{spatial}d"),
            Self::Pad { mode, amounts } => format!("{}Pad{}d", mode.class_prefix(), amounts.len()),
            Self::AssumedPointwise { class } | Self::Unknown { class } => class.clone(),
            _ => self.plain_class().to_owned(),
        }
    }

    fn plain_class(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "Linear",
            Self::Bilinear { .. } => "Bilinear",
            Self::Flatten { .. } => "Flatten",
            Self::Unflatten { .. } => "Unflatten",
            Self::Embedding { .. } => "Embedding",
            Self::Activation(activation) => activation.class(),
            Self::Softmax { kind, .. } => match kind {
                SoftmaxKind::Softmax => "Softmax",
                SoftmaxKind::LogSoftmax => "LogSoftmax",
                SoftmaxKind::Softmin => "Softmin",
                SoftmaxKind::Softmax2d => "Softmax2d",
            },
            Self::LayerNorm { .. } => "LayerNorm",
            Self::RmsNorm { .. } => "RMSNorm",
            Self::GroupNorm { .. } => "GroupNorm",
            Self::LocalResponseNorm { .. } => "LocalResponseNorm",
            Self::Dropout { kind, .. } => match kind {
                DropoutKind::Alpha => "AlphaDropout",
                DropoutKind::FeatureAlpha => "FeatureAlphaDropout",
                DropoutKind::Element | DropoutKind::Channel(_) => "Dropout",
            },
            Self::Recurrent(recurrent) => match recurrent.kind {
                RecurrentKind::Tanh | RecurrentKind::Relu => "RNN",
                RecurrentKind::Lstm => "LSTM",
                RecurrentKind::Gru => "GRU",
            },
            Self::MultiheadAttention(_) => "MultiheadAttention",
            Self::TransformerEncoderLayer(_) => "TransformerEncoderLayer",
            Self::TransformerEncoder { .. } => "TransformerEncoder",
            Self::Upsample(_) => "Upsample",
            Self::PixelShuffle { .. } => "PixelShuffle",
            Self::PixelUnshuffle { .. } => "PixelUnshuffle",
            Self::ChannelShuffle { .. } => "ChannelShuffle",
            Self::Unfold { .. } => "Unfold",
            Self::Fold { .. } => "Fold",
            _ => "Identity",
        }
    }
}

impl PadMode {
    fn class_prefix(self) -> &'static str {
        match self {
            Self::Constant(0.0) => "Zero",
            Self::Constant(_) => "Constant",
            Self::Reflect => "Reflection",
            Self::Replicate => "Replication",
            Self::Circular => "Circular",
        }
    }
}

impl Activation {
    /// The class as PyTorch names it.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::Relu6 => "ReLU6",
            Self::LeakyRelu { .. } => "LeakyReLU",
            Self::PRelu { .. } => "PReLU",
            Self::RRelu { .. } => "RReLU",
            Self::Elu { .. } => "ELU",
            Self::Celu { .. } => "CELU",
            Self::Selu => "SELU",
            Self::Gelu { .. } => "GELU",
            Self::Silu => "SiLU",
            Self::Mish => "Mish",
            Self::Sigmoid => "Sigmoid",
            Self::LogSigmoid => "LogSigmoid",
            Self::Tanh => "Tanh",
            Self::Tanhshrink => "Tanhshrink",
            Self::Softplus { .. } => "Softplus",
            Self::Softsign => "Softsign",
            Self::Softshrink { .. } => "Softshrink",
            Self::Hardshrink { .. } => "Hardshrink",
            Self::Hardtanh { .. } => "Hardtanh",
            Self::Hardsigmoid => "Hardsigmoid",
            Self::Hardswish => "Hardswish",
            Self::Threshold { .. } => "Threshold",
            Self::Glu { .. } => "GLU",
        }
    }
}
