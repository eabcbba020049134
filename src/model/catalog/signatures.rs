//! PyTorch's constructors: which parameters a class has, in their order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Parameter, Signature};

/// `required…; optional…`, as the constructor has them in order.
macro_rules! parameters {
    ($($required:ident)* ; $($optional:ident)*) => {
        &[
            $(Parameter { name: stringify!($required), required: true },)*
            $(Parameter { name: stringify!($optional), required: false },)*
        ]
    };
}

type Parameters = &'static [Parameter];

const NONE: Parameters = &[];
const INPLACE: Parameters = parameters!(; inplace);
const DIM: Parameters = parameters!(; dim);
const CONV: Parameters = parameters!(in_channels out_channels kernel_size;
    stride padding dilation groups bias padding_mode device dtype);
const CONV_TRANSPOSE: Parameters = parameters!(in_channels out_channels kernel_size;
    stride padding output_padding groups bias dilation padding_mode device dtype);
const MAX_POOL: Parameters =
    parameters!(kernel_size; stride padding dilation return_indices ceil_mode);
const AVG_POOL_1D: Parameters =
    parameters!(kernel_size; stride padding ceil_mode count_include_pad);
const AVG_POOL: Parameters =
    parameters!(kernel_size; stride padding ceil_mode count_include_pad divisor_override);
const LP_POOL: Parameters = parameters!(norm_type kernel_size; stride ceil_mode);
const ADAPTIVE_MAX_POOL: Parameters = parameters!(output_size; return_indices);
const ADAPTIVE_AVG_POOL: Parameters = parameters!(output_size;);
const BATCH_NORM: Parameters =
    parameters!(num_features; eps momentum affine track_running_stats device dtype);
const DROPOUT: Parameters = parameters!(; p inplace);
const PAD: Parameters = parameters!(padding;);
const CONSTANT_PAD: Parameters = parameters!(padding value;);
const LAMBDA: Parameters = parameters!(; lambd);
const ALPHA: Parameters = parameters!(; alpha inplace);
const GATED: Parameters = parameters!(input_size hidden_size;
    num_layers bias batch_first dropout bidirectional device dtype);

/// The constructors by family; a family in 1, 2 and 3 dimensions stands once an entry.
const SIGNATURES: &[(&str, Parameters)] = &[
    ("Conv1d", CONV),
    ("Conv2d", CONV),
    ("Conv3d", CONV),
    ("ConvTranspose1d", CONV_TRANSPOSE),
    ("ConvTranspose2d", CONV_TRANSPOSE),
    ("ConvTranspose3d", CONV_TRANSPOSE),
    ("MaxPool1d", MAX_POOL),
    ("MaxPool2d", MAX_POOL),
    ("MaxPool3d", MAX_POOL),
    ("AvgPool1d", AVG_POOL_1D),
    ("AvgPool2d", AVG_POOL),
    ("AvgPool3d", AVG_POOL),
    ("LPPool1d", LP_POOL),
    ("LPPool2d", LP_POOL),
    ("LPPool3d", LP_POOL),
    ("AdaptiveMaxPool1d", ADAPTIVE_MAX_POOL),
    ("AdaptiveMaxPool2d", ADAPTIVE_MAX_POOL),
    ("AdaptiveMaxPool3d", ADAPTIVE_MAX_POOL),
    ("AdaptiveAvgPool1d", ADAPTIVE_AVG_POOL),
    ("AdaptiveAvgPool2d", ADAPTIVE_AVG_POOL),
    ("AdaptiveAvgPool3d", ADAPTIVE_AVG_POOL),
    (
        "Linear",
        parameters!(in_features out_features; bias device dtype),
    ),
    (
        "Bilinear",
        parameters!(in1_features in2_features out_features; bias device dtype),
    ),
    ("Identity", NONE),
    ("Flatten", parameters!(; start_dim end_dim)),
    ("Unflatten", parameters!(dim unflattened_size;)),
    (
        "Embedding",
        parameters!(num_embeddings embedding_dim;
            padding_idx max_norm norm_type scale_grad_by_freq sparse _weight _freeze device dtype),
    ),
    ("ReLU", INPLACE),
    ("ReLU6", INPLACE),
    ("LeakyReLU", parameters!(; negative_slope inplace)),
    ("PReLU", parameters!(; num_parameters init device dtype)),
    ("RReLU", parameters!(; lower upper inplace)),
    ("ELU", ALPHA),
    ("CELU", ALPHA),
    ("SELU", INPLACE),
    ("GELU", parameters!(; approximate)),
    ("SiLU", INPLACE),
    ("Mish", INPLACE),
    ("Sigmoid", NONE),
    ("LogSigmoid", NONE),
    ("Tanh", NONE),
    ("Tanhshrink", NONE),
    ("Softplus", parameters!(; beta threshold)),
    ("Softsign", NONE),
    ("Softshrink", LAMBDA),
    ("Hardshrink", LAMBDA),
    (
        "Hardtanh",
        parameters!(; min_val max_val inplace min_value max_value),
    ),
    ("Hardsigmoid", INPLACE),
    ("Hardswish", INPLACE),
    ("Threshold", parameters!(threshold value; inplace)),
    ("GLU", DIM),
    ("Softmax", DIM),
    ("LogSoftmax", DIM),
    ("Softmin", DIM),
    ("Softmax2d", NONE),
    ("BatchNorm1d", BATCH_NORM),
    ("BatchNorm2d", BATCH_NORM),
    ("BatchNorm3d", BATCH_NORM),
    ("InstanceNorm1d", BATCH_NORM),
    ("InstanceNorm2d", BATCH_NORM),
    ("InstanceNorm3d", BATCH_NORM),
    (
        "LayerNorm",
        parameters!(normalized_shape; eps elementwise_affine bias device dtype),
    ),
    (
        "RMSNorm",
        parameters!(normalized_shape; eps elementwise_affine device dtype),
    ),
    (
        "GroupNorm",
        parameters!(num_groups num_channels; eps affine device dtype),
    ),
    ("LocalResponseNorm", parameters!(size; alpha beta k)),
    ("Dropout", DROPOUT),
    ("Dropout1d", DROPOUT),
    ("Dropout2d", DROPOUT),
    ("Dropout3d", DROPOUT),
    ("AlphaDropout", DROPOUT),
    ("FeatureAlphaDropout", DROPOUT),
    (
        "RNN",
        parameters!(input_size hidden_size;
            num_layers nonlinearity bias batch_first dropout bidirectional device dtype),
    ),
    (
        "LSTM",
        parameters!(input_size hidden_size;
            num_layers bias batch_first dropout bidirectional proj_size device dtype),
    ),
    ("GRU", GATED),
    (
        "MultiheadAttention",
        parameters!(embed_dim num_heads;
            dropout bias add_bias_kv add_zero_attn kdim vdim batch_first device dtype),
    ),
    (
        "TransformerEncoderLayer",
        parameters!(d_model nhead;
            dim_feedforward dropout activation layer_norm_eps batch_first norm_first bias device dtype),
    ),
    (
        "TransformerEncoder",
        parameters!(encoder_layer num_layers; norm enable_nested_tensor mask_check),
    ),
    (
        "Upsample",
        parameters!(; size scale_factor mode align_corners recompute_scale_factor),
    ),
    ("UpsamplingNearest2d", parameters!(; size scale_factor)),
    ("UpsamplingBilinear2d", parameters!(; size scale_factor)),
    ("ZeroPad1d", PAD),
    ("ZeroPad2d", PAD),
    ("ZeroPad3d", PAD),
    ("ConstantPad1d", CONSTANT_PAD),
    ("ConstantPad2d", CONSTANT_PAD),
    ("ConstantPad3d", CONSTANT_PAD),
    ("ReflectionPad1d", PAD),
    ("ReflectionPad2d", PAD),
    ("ReflectionPad3d", PAD),
    ("ReplicationPad1d", PAD),
    ("ReplicationPad2d", PAD),
    ("ReplicationPad3d", PAD),
    ("CircularPad1d", PAD),
    ("CircularPad2d", PAD),
    ("CircularPad3d", PAD),
    ("PixelShuffle", parameters!(upscale_factor;)),
    ("PixelUnshuffle", parameters!(downscale_factor;)),
    ("ChannelShuffle", parameters!(groups;)),
    ("Unfold", parameters!(kernel_size; dilation padding stride)),
    (
        "Fold",
        parameters!(output_size kernel_size; dilation padding stride),
    ),
];

/// The constructors by class.
pub(super) static BY_CLASS: LazyLock<BTreeMap<&'static str, Signature>> = LazyLock::new(|| {
    SIGNATURES
        .iter()
        .map(|&(class, parameters)| (class, Signature { class, parameters }))
        .collect()
});
