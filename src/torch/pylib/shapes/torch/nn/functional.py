"""`torch.nn.functional`: each function is a call of the layer of its name, with its weights where it has any."""

import _gradus
from gradus_faults import NotOffered
from gradus_operations import FUNCTIONS, div, matmul, mul, record_one, reduce, transpose
from gradus_tensor import Tensor

from .module import call_layer

# Options that change values, or only how they are found.
_DROPPED = {"inplace", "training", "_stacklevel", "dtype", "antialias", "recompute_scale_factor", "eps", "momentum",
            "max_norm", "norm_type_", "padding_idx", "scale_grad_by_freq", "sparse", "use_input_stats"}

_POOL = "kernel_size stride padding"
_FORMS = {
    "relu": ("ReLU", "inplace"), "relu6": ("ReLU6", "inplace"), "leaky_relu": ("LeakyReLU", "negative_slope inplace"),
    "elu": ("ELU", "alpha inplace"), "celu": ("CELU", "alpha inplace"), "selu": ("SELU", "inplace"),
    "gelu": ("GELU", "approximate"), "silu": ("SiLU", "inplace"), "mish": ("Mish", "inplace"),
    "sigmoid": ("Sigmoid", ""), "logsigmoid": ("LogSigmoid", ""), "tanh": ("Tanh", ""),
    "tanhshrink": ("Tanhshrink", ""), "softplus": ("Softplus", "beta threshold"), "softsign": ("Softsign", ""),
    "softshrink": ("Softshrink", "lambd"), "hardshrink": ("Hardshrink", "lambd"),
    "hardtanh": ("Hardtanh", "min_val max_val inplace"), "hardsigmoid": ("Hardsigmoid", "inplace"),
    "hardswish": ("Hardswish", "inplace"), "threshold": ("Threshold", "threshold value inplace"),
    "rrelu": ("RReLU", "lower upper training inplace"), "glu": ("GLU", "dim"),
    "softmax": ("Softmax", "dim _stacklevel dtype"), "log_softmax": ("LogSoftmax", "dim _stacklevel dtype"),
    "softmin": ("Softmin", "dim _stacklevel dtype"),
    "dropout": ("Dropout", "p training inplace"), "dropout1d": ("Dropout1d", "p training inplace"),
    "dropout2d": ("Dropout2d", "p training inplace"), "dropout3d": ("Dropout3d", "p training inplace"),
    "alpha_dropout": ("AlphaDropout", "p training inplace"),
    "feature_alpha_dropout": ("FeatureAlphaDropout", "p training inplace"),
    "avg_pool1d": ("AvgPool1d", f"{_POOL} ceil_mode count_include_pad"),
    "avg_pool2d": ("AvgPool2d", f"{_POOL} ceil_mode count_include_pad divisor_override"),
    "avg_pool3d": ("AvgPool3d", f"{_POOL} ceil_mode count_include_pad divisor_override"),
    "lp_pool1d": ("LPPool1d", "norm_type kernel_size stride ceil_mode"),
    "lp_pool2d": ("LPPool2d", "norm_type kernel_size stride ceil_mode"),
    "lp_pool3d": ("LPPool3d", "norm_type kernel_size stride ceil_mode"),
    "interpolate": ("Upsample", "size scale_factor mode align_corners recompute_scale_factor antialias"),
    "upsample": ("Upsample", "size scale_factor mode align_corners"),
    "pixel_shuffle": ("PixelShuffle", "upscale_factor"),
    "pixel_unshuffle": ("PixelUnshuffle", "downscale_factor"),
    "channel_shuffle": ("ChannelShuffle", "groups"),
    "unfold": ("Unfold", "kernel_size dilation padding stride"),
    "fold": ("Fold", "output_size kernel_size dilation padding stride"),
    "local_response_norm": ("LocalResponseNorm", "size alpha beta k"),
}
for _axes in "123":
    _FORMS[f"max_pool{_axes}d"] = (f"MaxPool{_axes}d", f"{_POOL} dilation ceil_mode return_indices")
    _FORMS[f"adaptive_avg_pool{_axes}d"] = (f"AdaptiveAvgPool{_axes}d", "output_size")
    _FORMS[f"adaptive_max_pool{_axes}d"] = (f"AdaptiveMaxPool{_axes}d", "output_size return_indices")


def _layer(name, arguments):
    kept = {key: value for key, value in arguments.items() if key not in _DROPPED}
    return _gradus.layer(name, (), kept)[0]


def _form(function, name, parameters):
    parameters = parameters.split()

    def call(input, *args, **kwargs):
        if len(args) > len(parameters):
            raise TypeError(f"{function}() takes at most {len(parameters) + 1} arguments, {len(args) + 1} were given")
        arguments = {**dict(zip(parameters, args)), **kwargs}
        indices = arguments.pop("return_indices", False)
        output = call_layer(_layer(name, arguments), input)
        return (output, output.detach()) if indices else output

    call.__name__ = function
    return call


for _name, (_class, _parameters) in _FORMS.items():
    globals()[_name] = _form(_name, _class, _parameters)
    globals()[_name + "_"] = globals()[_name]


# With weights: the layer's sizes are those of its weights.


def _weighted(name, input, weights, **arguments):
    weights = [weight for weight in weights if weight is not None]
    return call_layer(_layer(name, arguments), input, weights=weights)


def _conv(axes):
    def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        out_channels, in_channels, *kernel = weight.shape
        return _weighted(f"Conv{axes}d", input, [weight, bias], in_channels=in_channels * groups,
                         out_channels=out_channels, kernel_size=kernel, stride=stride, padding=padding,
                         dilation=dilation, groups=groups, bias=bias is not None)

    return conv


def _conv_transpose(axes):
    def conv(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        in_channels, out_channels, *kernel = weight.shape
        return _weighted(f"ConvTranspose{axes}d", input, [weight, bias], in_channels=in_channels,
                         out_channels=out_channels * groups, kernel_size=kernel, stride=stride, padding=padding,
                         output_padding=output_padding, dilation=dilation, groups=groups, bias=bias is not None)

    return conv


conv1d, conv2d, conv3d = _conv(1), _conv(2), _conv(3)
conv_transpose1d, conv_transpose2d, conv_transpose3d = _conv_transpose(1), _conv_transpose(2), _conv_transpose(3)


def linear(input, weight, bias=None):
    out_features, in_features = weight.shape
    return _weighted("Linear", input, [weight, bias], in_features=in_features, out_features=out_features,
                     bias=bias is not None)


def bilinear(input1, input2, weight, bias=None):
    out_features, in1_features, in2_features = weight.shape
    handle = _layer("Bilinear", dict(in1_features=in1_features, in2_features=in2_features,
                                     out_features=out_features, bias=bias is not None))
    return call_layer(handle, input1, input2, weights=[one for one in (weight, bias) if one is not None])


def embedding(input, weight, padding_idx=None, *_, **__):
    num_embeddings, embedding_dim = weight.shape
    return _weighted("Embedding", input, [weight], num_embeddings=num_embeddings, embedding_dim=embedding_dim)


def one_hot(input, num_classes=-1):
    """Rows of the identity."""
    if num_classes < 0:
        raise NotOffered("F.one_hot is offered with the number of classes only")
    return embedding(input, Tensor._constant((num_classes, num_classes)))


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return _weighted("LayerNorm", input, [weight, bias], normalized_shape=list(normalized_shape),
                     elementwise_affine=weight is not None, bias=bias is not None)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    return _weighted("RMSNorm", input, [weight], normalized_shape=list(normalized_shape),
                     elementwise_affine=weight is not None)


def batch_norm(input, running_mean=None, running_var=None, weight=None, bias=None, *_, **__):
    axes = max(1, min(3, input.dim() - 2))
    return _weighted(f"BatchNorm{axes}d", input, [weight, bias], num_features=input.shape[1],
                     affine=weight is not None, track_running_stats=False)


def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, *_, **__):
    axes = max(1, min(3, input.dim() - 2))
    return _weighted(f"InstanceNorm{axes}d", input, [weight, bias], num_features=input.shape[1],
                     affine=weight is not None)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    return _weighted("GroupNorm", input, [weight, bias], num_groups=num_groups, num_channels=input.shape[1],
                     affine=weight is not None)


def prelu(input, weight):
    return _weighted("PReLU", input, [weight], num_parameters=weight.numel())


# Others.


def pad(input, pad, mode="constant", value=None):
    """Pairs for the last axes, the last first; pairs of zeros for the outermost are left out."""
    amounts = [int(amount) for amount in pad]
    while len(amounts) > 2 and amounts[-2:] == [0, 0]:
        amounts = amounts[:-2]
    if not any(amounts):
        return input
    axes = len(amounts) // 2
    if axes > 3:
        raise NotOffered("F.pad is offered for up to three axes")
    kind = {"constant": "Constant", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}[mode]
    arguments = {"padding": amounts}
    if kind == "Constant":
        arguments["value"] = value or 0.0
    return call_layer(_layer(f"{kind}Pad{axes}d", arguments), input)


def normalize(input, p=2.0, dim=1, eps=1e-12, **_):
    return div(input, reduce("Norm", input, dim, True))


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    return div(reduce("Sum", mul(x1, x2), dim), mul(reduce("Norm", x1, dim), reduce("Norm", x2, dim)))


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return reduce("Norm", x1 - x2, -1, keepdim)


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, **_):
    return record_one({"DotProductAttention": {"causal": bool(is_causal)}}, query, key, value)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    return globals()["softmax"](logits, dim=dim)


def _loss(input, *_, **__):
    return reduce("Mean", input)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "kl_div" or name.endswith(("_loss", "_entropy", "_with_logits")):
        return _loss
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise NotOffered(f"torch.nn.functional.{name} is not offered here")
