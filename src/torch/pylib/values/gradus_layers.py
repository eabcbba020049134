"""The layers and losses of `torch.nn`: how each begins, and what a call of it does."""

import math

import _gradus
import _tensor
from gradus_faults import NotOffered
from gradus_shapes import flatten, stack, transpose, unsqueeze
from gradus_tensor import Tensor
from torch.nn import functional as F
from torch.nn import init
from torch.nn.containers import ModuleList
from torch.nn.module import Layer, Module
from torch.nn.parameter import Parameter


# With weights.


def _fan_bound(weight):
    fan, _ = init.fans(weight)
    return 1.0 / math.sqrt(fan) if fan > 0 else 0.0


class _Weighted(Layer):
    """Kaiming-uniform weights, and a bias within the same bound."""

    def _begin(self):
        if self.weight.numel():
            init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = _fan_bound(self.weight) if self.weight.numel() else 0.0
            init.uniform_(self.bias, -bound, bound)


class Linear(_Weighted):
    def forward(self, input):
        parameters = self.__dict__["_parameters"]
        return F.linear(input, parameters["weight"], parameters.get("bias"))

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Layer):
    def _begin(self):
        bound = 1.0 / math.sqrt(self.weight.shape[1])
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1, input2):
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self):
        return (f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}")


_SIZES = ("kernel_size", "stride", "padding", "dilation", "output_padding")


class _Conv(_Weighted):
    _defaults = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros", "output_padding": 0}

    def _shown(self, name, value):
        if name in _SIZES and not isinstance(value, str):
            return tuple(value) if isinstance(value, tuple) and len(value) > 1 else (
                (value[0] if isinstance(value, tuple) else value),) * self._axes
        return value

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        nothing = (0,) * self._axes
        if self.padding != nothing:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self._axes:
            text += f", dilation={self.dilation}"
        if self.output_padding != nothing:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Forward(_Conv):
    def forward(self, input):
        padding = self.padding
        if self.padding_mode != "zeros":
            if isinstance(padding, str):
                total = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation)] if padding == "same" else [0] * self._axes
                pairs = [(one // 2, one - one // 2) for one in total]
            else:
                pairs = [(one, one) for one in padding]
            amounts = [amount for pair in reversed(pairs) for amount in pair]
            input, padding = F.pad(input, amounts, self.padding_mode.replace("zeros", "constant")), 0
        function = getattr(F, f"conv{self._axes}d")
        return function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _Transposed(_Conv):
    def forward(self, input, output_size=None):
        extra = self.output_padding
        if output_size is not None:
            wanted = list(output_size)[-self._axes :]
            extra = [w - ((n - 1) * s - 2 * p + d * (k - 1) + 1) for w, n, s, p, d, k in zip(
                wanted, input.shape[-self._axes :], self.stride, self.padding, self.dilation, self.kernel_size)]
        function = getattr(F, f"conv_transpose{self._axes}d")
        return function(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)


class Embedding(Layer):
    _defaults = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False, "sparse": False}

    def _begin(self):
        init.normal_(self.weight)
        padding = self.padding_idx
        if padding is not None:
            before = _tensor.record(False)
            self.weight[padding] = 0
            _tensor.record(before)

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None, **_):
        made = cls(*embeddings.shape, padding_idx=padding_idx)
        made.weight = Parameter(embeddings, requires_grad=not freeze)
        return made

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm)

    def extra_repr(self):
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        return text if self.padding_idx is None else text + f", padding_idx={self.padding_idx}"


class PReLU(Layer):
    _defaults = {"num_parameters": 1, "init": 0.25}

    def _begin(self):
        init.constant_(self.weight, self.init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


# Norms.


class _Norm(Layer):
    def _begin(self):
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)
        if self.running_var is not None:
            self.running_var.fill_(1)


class _BatchNorm(_Norm):
    _defaults = {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True}
    _ranks = (2, 3)

    def forward(self, input):
        if input.ndim not in self._ranks:
            raise ValueError(f"expected {' or '.join(f'{rank}D' for rank in self._ranks)} input (got {input.ndim}D input)")
        if input.shape[1] != self.num_features:
            raise RuntimeError(f"running_mean should contain {input.shape[1]} elements not {self.num_features}")
        tracked = self.running_mean is not None
        momentum = self.momentum
        if self.training and tracked:
            self.num_batches_tracked.add_(1)
            if momentum is None:
                momentum = 1.0 / int(self.num_batches_tracked)
        return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                            self.training or not tracked, momentum, self.eps)

    def reset_running_stats(self):
        self.running_mean.zero_()
        self.running_var.fill_(1)

    def extra_repr(self):
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
                f"track_running_stats={self.track_running_stats}")


class _InstanceNorm(_BatchNorm):
    _defaults = {"eps": 1e-5, "momentum": 0.1, "affine": False, "track_running_stats": False}

    def forward(self, input):
        batched = input.ndim == self._axes + 2
        made = F.instance_norm(input if batched else unsqueeze(input, 0), self.running_mean, self.running_var, self.weight,
                               self.bias, self.training or self.running_mean is None, self.momentum, self.eps)
        return made if batched else made.squeeze(0)


class LayerNorm(_Norm):
    _defaults = {"eps": 1e-5, "elementwise_affine": True}

    def _shown(self, name, value):
        return (value,) if name == "normalized_shape" and isinstance(value, int) else value

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class RMSNorm(LayerNorm):
    _defaults = {"eps": None, "elementwise_affine": True}

    def forward(self, input):
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(_Norm):
    _defaults = {"eps": 1e-5, "affine": True}

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


# Without weights: a call of the function of the same name, with the same arguments.


class _Called(Layer):
    """`_function` is the function; what it is given stands under the constructor's own names."""

    _function = None
    _renamed = {}

    def forward(self, input):
        return type(self)._function(input, **{self._renamed.get(name, name): value for name, value in self._bound.items()})

    def extra_repr(self):
        shown = {**self._defaults, **{name: value for name, value in self._bound.items() if name != "inplace"}}
        made = [f"{name}={getattr(self, name)}" for name in shown]
        return ", ".join(made + ["inplace=True"] * bool(self._bound.get("inplace")))


class _Dropout(_Called):
    _defaults = {"p": 0.5, "inplace": False}

    def forward(self, input):
        return type(self)._function(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class _Pool(_Called):
    _defaults = {"padding": 0}

    def _shown(self, name, value):
        return value

    def __getattr__(self, name):
        if name == "stride" and self.__dict__["_bound"].get("stride") is None:
            return self.kernel_size
        return Layer.__getattr__(self, name)

    def extra_repr(self):
        names = ("kernel_size", "stride", "padding") + (("dilation", "ceil_mode") if "dilation" in self._defaults else ())
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class _MaxPool(_Pool):
    _defaults = {"padding": 0, "dilation": 1, "ceil_mode": False, "return_indices": False}


class Identity(Layer):
    def forward(self, input):
        return input

    def extra_repr(self):
        return ""


class RReLU(_Called):
    _defaults = {"lower": 1.0 / 8, "upper": 1.0 / 3}

    def forward(self, input):
        return F.rrelu(input, self.lower, self.upper, self.training)


class Flatten(_Called):
    _function = staticmethod(lambda input, start_dim=1, end_dim=-1: flatten(input, start_dim, end_dim))
    _defaults = {"start_dim": 1, "end_dim": -1}


class Unflatten(_Called):
    _function = staticmethod(lambda input, dim, unflattened_size: input.unflatten(dim, unflattened_size))


class Softmax2d(_Called):
    _function = staticmethod(lambda input: F.softmax(input, -3))


# Recurrent layers.


class _Recurrent(Layer):
    _tensors = ()
    _defaults = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
                 "proj_size": 0, "nonlinearity": "tanh"}

    def _begin(self):
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0.0
        for parameter in self._parameters.values():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self):
        pass

    def forward(self, input, hx=None):
        batched = input.ndim == 3
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}")
        if not batched:
            input = unsqueeze(input, 1)
        elif self.batch_first:
            input = transpose(input, 0, 1)
        states = self._states(input, hx, batched)
        directions = 2 if self.bidirectional else 1
        last = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                input = F.dropout(input, self.dropout, self.training)
            outputs = []
            for way in range(directions):
                suffix = f"l{layer}" + ("_reverse" if way else "")
                place = layer * directions + way
                state = tuple(one[place] for one in states)
                made, state = self._run(input, state, suffix, way)
                outputs.append(made)
                last.append(state)
            input = outputs[0] if directions == 1 else _tensor.cat(outputs, 2)
        last = tuple(stack(one) for one in zip(*last))
        if not batched:
            input, last = input.squeeze(1), tuple(one.squeeze(1) for one in last)
        elif self.batch_first:
            input = transpose(input, 0, 1)
        return input, last if len(last) > 1 else last[0]

    def _states(self, input, hx, batched):
        count = self.num_layers * (2 if self.bidirectional else 1)
        size = self.proj_size or self.hidden_size
        if hx is None:
            zero = lambda n: _tensor.full((count, input.shape[1], n), 0.0, input._kind)
            return (zero(size), zero(self.hidden_size)) if self._cells == 2 else (zero(size),)
        states = tuple(hx) if self._cells == 2 else (hx,)
        return states if batched else tuple(unsqueeze(one, 1) for one in states)

    _cells = 1

    def _run(self, input, state, suffix, reverse):
        weight = lambda name: self._parameters.get(f"{name}_{suffix}")
        inner, outer = weight("weight_ih"), weight("weight_hh")
        from_input = F.linear(input, inner, weight("bias_ih"))
        turned, bias, projection = outer.T, weight("bias_hh"), weight("weight_hr")
        outputs = []
        steps = range(input.shape[0])
        for step in reversed(steps) if reverse else steps:
            recurrent = state[0] @ turned
            recurrent = recurrent if bias is None else recurrent + bias
            state = self._step(from_input[step], recurrent, state)
            if projection is not None:
                state = (state[0] @ projection.T, state[1])
            outputs.append(state[0])
        if reverse:
            outputs.reverse()
        return stack(outputs), state

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size:
            text += f", proj_size={self.proj_size}"
        for name in ("num_layers", "bias", "batch_first", "dropout", "bidirectional"):
            if getattr(self, name) != self._defaults[name]:
                text += f", {name}={getattr(self, name)}"
        return text


def _rnn_step(kind):
    function = _tensor.unary

    def step(from_input, recurrent, state):
        return (function(kind, from_input + recurrent),)

    return step


class RNN(_Recurrent):
    def _step(self, from_input, recurrent, state):
        return _rnn_step("Relu" if self.nonlinearity == "relu" else "Tanh")(from_input, recurrent, state)


def _lstm_step(from_input, recurrent, state):
    i, f, g, o = (from_input + recurrent).chunk(4, -1)
    cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def _gru_step(from_input, recurrent, state):
    a, b = from_input.chunk(3, -1), recurrent.chunk(3, -1)
    reset, update = (a[0] + b[0]).sigmoid(), (a[1] + b[1]).sigmoid()
    new = (a[2] + reset * b[2]).tanh()
    return ((1.0 - update) * new + update * state[0],)


class LSTM(_Recurrent):
    _cells = 2
    _step = staticmethod(_lstm_step)


class GRU(_Recurrent):
    _step = staticmethod(_gru_step)


class _Cell(Module):
    _gates, _states = 1, 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None, **kwargs):
        Module.__init__(self)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        bound = 1.0 / math.sqrt(hidden_size)
        draw = lambda *dims: Parameter(_tensor.random(dims, False, None) * (2 * bound) - bound)
        rows = self._gates * hidden_size
        self.weight_ih, self.weight_hh = draw(rows, input_size), draw(rows, hidden_size)
        if bias:
            self.bias_ih, self.bias_hh = draw(rows), draw(rows)
        else:
            self.bias_ih = self.bias_hh = None

    def forward(self, input, hx=None):
        if hx is None:
            zero = _tensor.full((*input.shape[:-1], self.hidden_size), 0.0, input._kind)
            state = (zero,) * self._states
        else:
            state = tuple(hx) if self._states == 2 else (hx,)
        made = self._step(F.linear(input, self.weight_ih, self.bias_ih), F.linear(state[0], self.weight_hh, self.bias_hh), state)
        return made if self._states == 2 else made[0]

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}"


class RNNCell(_Cell):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", **kwargs):
        _Cell.__init__(self, input_size, hidden_size, bias)
        self.nonlinearity = nonlinearity

    def _step(self, from_input, recurrent, state):
        return _rnn_step("Relu" if self.nonlinearity == "relu" else "Tanh")(from_input, recurrent, state)


class LSTMCell(_Cell):
    _gates, _states = 4, 2
    _step = staticmethod(_lstm_step)


class GRUCell(_Cell):
    _gates = 3
    _step = staticmethod(_gru_step)


# Attention.


class MultiheadAttention(Module):
    _catalog_name = "MultiheadAttention"

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        from torch.nn.module import _plain

        _, bound = _gradus.layer("MultiheadAttention", _plain(args), _plain(kwargs))
        mine = self.__dict__
        get = lambda name, value: bound[name] if bound.get(name) is not None else value
        mine.update(embed_dim=bound["embed_dim"], num_heads=bound["num_heads"], dropout=get("dropout", 0.0),
                    batch_first=get("batch_first", False), kdim=get("kdim", bound["embed_dim"]),
                    vdim=get("vdim", bound["embed_dim"]), head_dim=bound["embed_dim"] // bound["num_heads"], _bound=bound)
        if get("add_bias_kv", False) or get("add_zero_attn", False):
            raise NotOffered("nn.MultiheadAttention with add_bias_kv or add_zero_attn is not offered here")
        size = self.embed_dim
        empty = lambda *dims: Parameter(_tensor.full(dims, 0.0, None))
        if self.kdim == size and self.vdim == size:
            self.in_proj_weight = init.xavier_uniform_(empty(3 * size, size))
        else:
            self.in_proj_weight = None
            self.q_proj_weight = init.xavier_uniform_(empty(size, size))
            self.k_proj_weight = init.xavier_uniform_(empty(size, self.kdim))
            self.v_proj_weight = init.xavier_uniform_(empty(size, self.vdim))
        bias = get("bias", True)
        self.in_proj_bias = empty(3 * size) if bias else None
        self.out_proj = _named("Linear")(size, size, bias=bias)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                average_attn_weights=True, is_causal=False):
        batched = query.ndim == 3
        if not batched:
            query, key, value = (unsqueeze(one, 0) for one in (query, key, value))
        elif not self.batch_first:
            query, key, value = (transpose(one, 0, 1) for one in (query, key, value))
        weights = self.in_proj_weight
        weights = weights.chunk(3) if weights is not None else (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = self.in_proj_bias.chunk(3) if self.in_proj_bias is not None else (None,) * 3
        heads = lambda one: one.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2)
        q, k, v = (heads(F.linear(one, w, b)) for one, w, b in zip((query, key, value), weights, biases))
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.head_dim)
        if attn_mask is not None:
            mask = attn_mask
            if mask.ndim == 3:
                mask = mask.reshape(scores.shape[0], self.num_heads, *mask.shape[1:])
            scores = scores.masked_fill(mask, -math.inf) if mask._kind == "bool" else scores + mask
        if key_padding_mask is not None:
            mask = key_padding_mask if batched else unsqueeze(key_padding_mask, 0)
            mask = mask[:, None, None, :]
            scores = scores.masked_fill(mask, -math.inf) if mask._kind == "bool" else scores + mask
        attention = F.dropout(scores.softmax(-1), self.dropout, self.training)
        made = self.out_proj((attention @ v).transpose(1, 2).flatten(2))
        if not batched:
            made, attention = made.squeeze(0), attention.squeeze(0)
        elif not self.batch_first:
            made = transpose(made, 0, 1)
        if not need_weights:
            return made, None
        return made, attention.mean(-3) if average_attn_weights else attention


class TransformerEncoderLayer(Module):
    _catalog_name = "TransformerEncoderLayer"

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        from torch.nn.module import _plain

        _, bound = _gradus.layer("TransformerEncoderLayer", _plain(args), _plain(kwargs))
        get = lambda name, value: bound.get(name, value)
        size, inner, bias = bound["d_model"], get("dim_feedforward", 2048), get("bias", True)
        rate, eps = get("dropout", 0.1), get("layer_norm_eps", 1e-5)
        self.__dict__["_bound"] = bound
        self.self_attn = MultiheadAttention(size, bound["nhead"], dropout=rate, bias=bias,
                                            batch_first=get("batch_first", False))
        self.linear1 = _named("Linear")(size, inner, bias=bias)
        self.dropout = _named("Dropout")(rate)
        self.linear2 = _named("Linear")(inner, size, bias=bias)
        self.norm1, self.norm2 = (_named("LayerNorm")(size, eps=eps, bias=bias) for _ in range(2))
        self.dropout1, self.dropout2 = (_named("Dropout")(rate) for _ in range(2))
        activation = kwargs.get("activation", args[4] if len(args) > 4 else "relu")
        self.norm_first = get("norm_first", False)
        self.activation = getattr(F, activation) if isinstance(activation, str) else activation

    def _attend(self, x, mask, padding, is_causal):
        return self.dropout1(self.self_attn(x, x, x, key_padding_mask=padding, attn_mask=mask, need_weights=False)[0])

    def _feed(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        x = src
        if self.norm_first:
            x = x + self._attend(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._feed(self.norm2(x))
        x = self.norm1(x + self._attend(x, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._feed(x))


class TransformerEncoder(Module):
    def __init__(self, encoder_layer, num_layers, norm=None, **_):
        Module.__init__(self)
        from copy import deepcopy

        self.layers = ModuleList([deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return src if self.norm is None else self.norm(src)


# Losses.


class Loss(Module):
    """A call of the function of the same name, with the arguments of the constructor."""

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        names = self._names
        if len(args) > len(names):
            raise TypeError(f"{type(self).__name__} takes at most {len(names)} arguments, but {len(args)} were given")
        given = {**dict(zip(names, args)), **kwargs}
        for name in given:
            if name not in names:
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
        given.pop("size_average", None)
        given.pop("reduce", None)
        self.__dict__["_given"] = given
        for name, value in given.items():
            setattr(self, name, value)
        self.__dict__.setdefault("reduction", "mean")

    def forward(self, *inputs):
        return type(self)._function(*inputs, **self._given)


_OLD = "size_average reduce reduction"
_LOSSES = {
    "MSELoss": ("mse_loss", _OLD), "L1Loss": ("l1_loss", _OLD),
    "SmoothL1Loss": ("smooth_l1_loss", _OLD + " beta"), "HuberLoss": ("huber_loss", "reduction delta"),
    "BCELoss": ("binary_cross_entropy", "weight " + _OLD),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", "weight " + _OLD + " pos_weight"),
    "CrossEntropyLoss": ("cross_entropy", "weight size_average ignore_index reduce reduction label_smoothing"),
    "NLLLoss": ("nll_loss", "weight size_average ignore_index reduce reduction"),
    "KLDivLoss": ("kl_div", _OLD + " log_target"),
    "PoissonNLLLoss": ("poisson_nll_loss", "log_input full size_average eps reduce reduction"),
    "GaussianNLLLoss": ("gaussian_nll_loss", "full eps reduction"),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", "margin " + _OLD),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", "margin " + _OLD),
    "MarginRankingLoss": ("margin_ranking_loss", "margin " + _OLD),
    "TripletMarginLoss": ("triplet_margin_loss", "margin p eps swap " + _OLD),
    "SoftMarginLoss": ("soft_margin_loss", _OLD),
    "MultiMarginLoss": ("multi_margin_loss", "p margin weight " + _OLD),
    "MultiLabelSoftMarginLoss": ("multilabel_soft_margin_loss", "weight " + _OLD),
}


class CosineSimilarity(Module):
    def __init__(self, dim=1, eps=1e-8):
        Module.__init__(self)
        self.dim, self.eps = dim, eps

    def forward(self, x1, x2):
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        Module.__init__(self)
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1, x2):
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


# By name.

_CALLED = {
    "ReLU": "relu", "ReLU6": "relu6", "LeakyReLU": "leaky_relu", "ELU": "elu", "CELU": "celu", "SELU": "selu",
    "GELU": "gelu", "SiLU": "silu", "Mish": "mish", "Sigmoid": "sigmoid", "LogSigmoid": "logsigmoid", "Tanh": "tanh",
    "Tanhshrink": "tanhshrink", "Softplus": "softplus", "Softsign": "softsign", "Softshrink": "softshrink",
    "Hardshrink": "hardshrink", "Hardtanh": "hardtanh", "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish",
    "Threshold": "threshold", "GLU": "glu", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Softmin": "softmin",
    "LocalResponseNorm": "local_response_norm", "Upsample": "interpolate", "PixelShuffle": "pixel_shuffle",
    "PixelUnshuffle": "pixel_unshuffle", "ChannelShuffle": "channel_shuffle", "Unfold": "unfold", "Fold": "fold",
}
_DEFAULTS = {
    "LeakyReLU": {"negative_slope": 0.01}, "ELU": {"alpha": 1.0}, "CELU": {"alpha": 1.0}, "GELU": {"approximate": "'none'"},
    "Softplus": {"beta": 1.0, "threshold": 20.0}, "Hardtanh": {"min_val": -1.0, "max_val": 1.0}, "GLU": {"dim": -1},
    "Softmax": {"dim": None}, "LogSoftmax": {"dim": None},
}
_PAIRS = {"Zero": "constant", "Constant": "constant", "Reflection": "reflect", "Replication": "replicate",
          "Circular": "circular"}


def _class(name, base, **members):
    return type(name, (base,), {"_catalog_name": name, "__module__": "torch.nn", **members})


def make(name):
    """The class of this name, or None."""
    if name in ("CosineSimilarity", "PairwiseDistance", "RNNCell", "LSTMCell", "GRUCell", "TransformerEncoder",
                "MultiheadAttention", "TransformerEncoderLayer"):
        return globals()[name]
    if name in _LOSSES:
        function, names = _LOSSES[name]
        return type(name, (Loss,), {"_function": staticmethod(getattr(F, function)), "_names": names.split(),
                                    "__module__": "torch.nn"})
    if name not in _gradus.classes():
        return None
    base = globals().get(name)
    if base is not None and isinstance(base, type):
        return _class(name, base)
    if name in _CALLED:
        return _class(name, _Called, _function=staticmethod(getattr(F, _CALLED[name])), _defaults=_DEFAULTS.get(name, {}))
    return _family(name)


def _family(name):
    """Classes in one, two and three dimensions."""
    if name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
        mode = {"mode": "nearest"} if "Nearest" in name else {"mode": "bilinear", "align_corners": True}
        return _class(name, _Called, _function=staticmethod(lambda input, **given: F.interpolate(input, **given, **mode)))
    if name == "AlphaDropout" or name == "FeatureAlphaDropout" or name == "Dropout":
        function = {"Dropout": F.dropout}.get(name, F.alpha_dropout)
        return _class(name, _Dropout, _function=staticmethod(function))
    stem, axes = name[:-2], int(name[-2])
    if stem == "Conv":
        return _class(name, _Forward, _axes=axes)
    if stem == "ConvTranspose":
        return _class(name, _Transposed, _axes=axes)
    if stem == "BatchNorm":
        return _class(name, _BatchNorm, _axes=axes, _ranks={1: (2, 3), 2: (4,), 3: (5,)}[axes])
    if stem == "InstanceNorm":
        return _class(name, _InstanceNorm, _axes=axes)
    if stem == "Dropout":
        return _class(name, _Dropout, _function=staticmethod(getattr(F, f"dropout{axes}d")))
    pools = {"MaxPool": "max_pool", "AvgPool": "avg_pool", "LPPool": "lp_pool", "AdaptiveAvgPool": "adaptive_avg_pool",
             "AdaptiveMaxPool": "adaptive_max_pool"}
    if stem in pools:
        base = _MaxPool if stem == "MaxPool" else _Called if stem.startswith("Adaptive") else _Pool
        return _class(name, base, _function=staticmethod(getattr(F, f"{pools[stem]}{axes}d")))
    if stem.endswith("Pad"):
        return _class(name, _Called, _function=staticmethod(_padding(_PAIRS[stem[:-3]], axes)))
    raise NotOffered(f"torch.nn.{name} is not offered here")


def _padding(mode, axes):
    def function(input, padding, value=0.0):
        amounts = [padding] * (2 * axes) if isinstance(padding, int) else list(padding)
        return F.pad(input, amounts, mode, value)

    return function


_made = {}


def _named(name):
    """The class that `torch.nn` shows under this name."""
    import torch.nn

    return getattr(torch.nn, name)
