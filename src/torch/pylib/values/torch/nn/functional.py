"""`torch.nn.functional`."""

import builtins
import math

import _tensor
from _tensor import affine, unary
from gradus_faults import NotOffered
from gradus_operations import (
    FUNCTIONS, amax, clamp, floats, log_softmax, logsumexp, matmul, maximum, mean, named, norm, relu, softmax, sum, where,
)
from gradus_shapes import flatten, gather, permute, reshape, squeeze, stack, transpose, unsqueeze
from gradus_tensor import Tensor, axis_of


def linear(input, weight, bias=None):
    if input.ndim and input._dims[-1] != weight._dims[-1]:
        rows = input.numel() // builtins.max(1, input._dims[-1])
        shape = (f"{rows}x{input._dims[-1]}", f"{weight._dims[1]}x{weight._dims[0]}") if weight.ndim == 2 else ("?", "?")
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({shape[0]} and {shape[1]})")
    made = matmul(input, transpose(weight, 0, -1) if weight.ndim == 2 else weight)
    if bias is None:
        return made
    return named(made + bias, "AddmmBackward0" if input.ndim == 2 else "ViewBackward0")


def bilinear(input1, input2, weight, bias=None):
    made = sum(matmul(unsqueeze(input1, -2), permute(weight, 1, 0, 2).reshape(weight.shape[1], -1)).reshape(
        *input1.shape[:-1], weight.shape[0], weight.shape[2]) * unsqueeze(input2, -2), -1)
    return made if bias is None else made + bias


# Activations.


def _scalar_op(name, argument):
    def function(input, value=argument, inplace=False):
        return _finished(input, _tensor.op({name: builtins.float(value)}, (floats(input),)), inplace)

    return function


def _finished(input, made, inplace):
    return input._store(made) if inplace else made


def leaky_relu(input, negative_slope=0.01, inplace=False):
    return _finished(input, _tensor.op({"LeakyRelu": builtins.float(negative_slope)}, (input,)), inplace)


def elu(input, alpha=1.0, inplace=False):
    return _finished(input, _tensor.op({"Elu": builtins.float(alpha)}, (input,)), inplace)


def relu(input, inplace=False):
    return _finished(input, FUNCTIONS["relu"](input), inplace)


def relu6(input, inplace=False):
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """The gradient at the bounds is 0, unlike that of `clamp`."""
    kept = where(input <= min_val, min_val, where(input >= max_val, max_val, input))
    return _finished(input, named(kept, "HardtanhBackward0"), inplace)


def celu(input, alpha=1.0, inplace=False):
    return _finished(input, where(input > 0, input, alpha * unary("Expm1", clamp(input, max=0.0) / alpha)), inplace)


def selu(input, inplace=False):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return _finished(input, _tensor.op({"Elu": alpha}, (input,)) * scale, inplace)


def gelu(input, approximate="none"):
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (input + 0.044715 * input**3)
        return named(0.5 * input * (1.0 + unary("Tanh", inner)), "GeluBackward0")
    return unary("Gelu", input)


def silu(input, inplace=False):
    return _finished(input, unary("Silu", input), inplace)


def mish(input, inplace=False):
    return _finished(input, named(input * unary("Tanh", unary("Softplus", input)), "MishBackward0"), inplace)


def softplus(input, beta=1.0, threshold=20.0):
    if beta == 1:
        made = unary("Softplus", input)
    else:
        made = unary("Softplus", input * beta) / beta
    return named(where(input * beta > threshold, input, made), "SoftplusBackward0")


def softsign(input):
    return input / (1.0 + input.abs())


def softshrink(input, lambd=0.5):
    return named(where(input > lambd, input - lambd, where(input < -lambd, input + lambd, 0.0)), "SoftshrinkBackward0")


def hardshrink(input, lambd=0.5):
    return named(where((input >= -lambd) & (input <= lambd), 0.0, input), "HardshrinkBackward0")


def tanhshrink(input):
    return input - unary("Tanh", input)


def hardsigmoid(input, inplace=False):
    made = where(input <= -3, 0.0, where(input >= 3, 1.0, input / 6.0 + 0.5))
    return _finished(input, named(made, "HardsigmoidBackward0"), inplace)


def hardswish(input, inplace=False):
    made = where(input <= -3, 0.0, where(input >= 3, input, input * (input + 3.0) / 6.0))
    return _finished(input, named(made, "HardswishBackward0"), inplace)


def threshold(input, threshold, value, inplace=False):
    return _finished(input, named(where(input > threshold, input, value), "ThresholdBackward0"), inplace)


def logsigmoid(input):
    return named(-unary("Softplus", -input), "LogSigmoidBackward0")


def prelu(input, weight):
    shape = [1] * input.ndim
    if weight.numel() > 1:
        shape[1 if input.ndim > 1 else 0] = weight.numel()
    return named(where(input > 0, input, input * reshape(weight, shape)), "PreluKernelBackward0")


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    slope = _tensor.random(input._dims, False, input._kind) * (upper - lower) + lower
    return _finished(input, where(input >= 0, input, input * slope), inplace)


def glu(input, dim=-1):
    axis = axis_of(dim, input.ndim)
    if input._dims[axis] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {input._dims[axis]}")
    a, b = input.chunk(2, axis)
    return named(a * unary("Sigmoid", b), "GluBackward0")


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return softmax(-input, dim, dtype=dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    noise = -(-(_tensor.random(logits._dims, False, logits._kind).clamp(min=1e-20)).log()).log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    place = soft.argmax(dim, keepdim=True)
    one = FUNCTIONS["scatter"](_tensor.full(logits._dims, 0.0, logits._kind), dim, place, 1.0)
    return one - soft.detach() + soft


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    return input / clamp(norm(input, p, dim, True), min=eps)


# Dropout.


def _dropped(input, dims, p, training, inplace):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = _tensor.cast(_tensor.random(dims, False, "float64") >= p, input._kind)
    made = input * (kept / (1.0 - p) if p < 1 else kept)
    return _finished(input, named(made, "MulBackward0"), inplace)


def dropout(input, p=0.5, training=True, inplace=False):
    return _dropped(input, input._dims, p, training, inplace)


def _channel_dropout(axes):
    def function(input, p=0.5, training=True, inplace=False):
        lead = input.ndim - axes
        return _dropped(input, (*input._dims[:lead], *[1] * axes), p, training, inplace)

    return function


dropout1d, dropout2d, dropout3d = _channel_dropout(1), _channel_dropout(2), _channel_dropout(3)


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    if not training or p == 0:
        return input
    alpha = -1.7580993408473766
    kept = _tensor.random(input._dims, False, "float64") >= p
    a = ((1 - p) * (1 + p * alpha**2)) ** -0.5
    return _finished(input, where(kept, input, alpha) * a + (-a * alpha * p), inplace)


feature_alpha_dropout = alpha_dropout


# Windows: convolutions and pools.


def _each(value, axes):
    """One number for every axis, or one for each."""
    if isinstance(value, (tuple, list)):
        return [builtins.int(one) for one in value] if len(value) > 1 or axes == 1 else [builtins.int(value[0])] * axes
    return [builtins.int(value)] * axes


def _batched(input, axes, name):
    """With a batch axis, and whether it was put there."""
    if input.ndim == axes + 1:
        return unsqueeze(input, 0), True
    if input.ndim != axes + 2:
        raise RuntimeError(f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input to {name}, but got input of "
                           f"size: {list(input._dims)}")
    return input, False


def _padded(input, axis, before, after, value=0.0):
    if before == 0 and after == 0:
        return input
    if value == 0.0:
        return _tensor.op({"Unslice": {"axis": axis, "start": before, "step": 1,
                                       "length": input._dims[axis] + before + after}}, (input,))
    edge = lambda count: _tensor.full([count if one == axis else n for one, n in enumerate(input._dims)], value, input._kind)
    parts = [edge(before)] * (before > 0) + [input] + [edge(after)] * (after > 0)
    return _tensor.cat(parts, axis)


def _windows(input, kernel, stride, dilation):
    """Windows over the last axes: the axes count windows, and as many axes of their places follow."""
    first = input.ndim - len(kernel)
    for place, (k, s, d) in enumerate(zip(kernel, stride, dilation)):
        input = _tensor.op({"Window": {"axis": first + place, "kernel": k, "stride": s, "dilation": d}}, (input,))
    return input


def _conv(axes):
    def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        input, alone = _batched(input, axes, f"conv{axes}d")
        stride, dilation = _each(stride, axes), _each(dilation, axes)
        kernel = list(weight._dims[2:])
        if input._dims[1] != weight._dims[1] * groups:
            raise RuntimeError(f"Given groups={groups}, weight of size {list(weight._dims)}, expected input"
                               f"{list(input._dims)} to have {weight._dims[1] * groups} channels, but got {input._dims[1]} "
                               "channels instead")
        if input._kind != weight._kind:
            spoken = {"float32": "float", "float64": "double", "int64": "long", "bool": "bool"}
            raise RuntimeError(f"Input type ({spoken[input._kind]}) and bias type ({spoken[weight._kind]}) should be the same")
        if isinstance(padding, str):
            total = [d * (k - 1) if padding == "same" else 0 for k, d in zip(kernel, dilation)]
            pads = [(one // 2, one - one // 2) for one in total]
        else:
            pads = [(one, one) for one in _each(padding, axes)]
        for place, (before, after) in enumerate(pads):
            input = _padded(input, 2 + place, before, after)
        for size, k, d in zip(input._dims[2:], kernel, dilation):
            if d * (k - 1) + 1 > size:
                raise RuntimeError(f"Calculated padded input size per channel: ({' x '.join(map(str, input._dims[2:]))}). "
                                   f"Kernel size: ({' x '.join(map(str, kernel))}). Kernel size can't be greater than "
                                   "actual input size")
        made = _correlated(input, weight, stride, dilation, groups, axes)
        if bias is not None:
            made = made + reshape(bias, [1, -1] + [1] * axes)
        return named(squeeze(made, 0) if alone else made, "SqueezeBackward1" if alone else "ConvolutionBackward0")

    return conv


def _correlated(input, weight, stride, dilation, groups, axes):
    kernel = list(weight._dims[2:])
    windows = _windows(input, kernel, stride, dilation)
    batch, channels = windows._dims[:2]
    out = list(windows._dims[2 : 2 + axes])
    places, inner = math.prod(out), channels // groups * math.prod(kernel)
    filters = weight._dims[0]
    spatial, taps = list(range(2, 2 + axes)), list(range(2 + axes, 2 + 2 * axes))
    if groups == 1:
        rows = _tensor.reshape(_tensor.permute(windows, [0] + spatial + [1] + taps), [batch, places, inner])
        made = matmul(rows, transpose(_tensor.reshape(weight, [filters, inner]), 0, 1))
        return _tensor.reshape(_tensor.permute(made, [0, 2, 1]), [batch, filters] + out)
    apart = _tensor.reshape(windows, [batch, groups, channels // groups] + out + kernel)
    shifted = lambda one: [axis + 1 for axis in one]
    rows = _tensor.reshape(_tensor.permute(apart, [0, 1] + shifted(spatial) + [2] + shifted(taps)),
                           [batch, groups, places, inner])
    matrix = transpose(_tensor.reshape(weight, [groups, filters // groups, inner]), 1, 2)
    made = _tensor.permute(matmul(rows, matrix), [0, 1, 3, 2])
    return _tensor.reshape(made, [batch, filters] + out)


def _conv_transpose(axes):
    def conv(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        input, alone = _batched(input, axes, f"conv_transpose{axes}d")
        stride, dilation = _each(stride, axes), _each(dilation, axes)
        padding, extra = _each(padding, axes), _each(output_padding, axes)
        batch, channels = input._dims[:2]
        if channels != weight._dims[0]:
            raise RuntimeError(f"Given transposed=1, weight of size {list(weight._dims)}, expected input{list(input._dims)} to "
                               f"have {weight._dims[0]} channels, but got {channels} channels instead")
        for e, s, d in zip(extra, stride, dilation):
            if e >= builtins.max(s, d):
                raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got output_padding: {e}")
        size, kernel, filters = list(input._dims[2:]), list(weight._dims[2:]), weight._dims[1]
        places, taps = math.prod(size), math.prod(kernel)
        rows = _tensor.permute(_tensor.reshape(input, [batch, groups, channels // groups, places]), [0, 1, 3, 2])
        matrix = _tensor.reshape(weight, [groups, channels // groups, filters * taps])
        made = _tensor.reshape(matmul(rows, matrix), [batch, groups] + size + [filters] + kernel)
        order = [0, 1, 2 + axes] + list(range(2, 2 + axes)) + list(range(3 + axes, 3 + 2 * axes))
        made = _tensor.reshape(_tensor.permute(made, order), [batch, groups * filters] + size + kernel)
        for place in reversed(range(axes)):
            length = (size[place] - 1) * stride[place] + dilation[place] * (kernel[place] - 1) + 1
            made = _tensor.op({"Unwindow": {"axis": 2 + place, "length": length, "stride": stride[place],
                                            "dilation": dilation[place]}}, (made,))
        for place in range(axes):
            made = _padded(made, 2 + place, 0, extra[place])
            count = made._dims[2 + place] - 2 * padding[place]
            made = _tensor.slice(made, 2 + place, padding[place], 1, count)
        if bias is not None:
            made = made + reshape(bias, [1, -1] + [1] * axes)
        return named(squeeze(made, 0) if alone else made, "SqueezeBackward1" if alone else "ConvolutionBackward0")

    return conv


conv1d, conv2d, conv3d = _conv(1), _conv(2), _conv(3)
conv_transpose1d, conv_transpose2d, conv_transpose3d = _conv_transpose(1), _conv_transpose(2), _conv_transpose(3)


def _pool_size(size, kernel, stride, padding, dilation, ceil_mode):
    """How many windows; with `ceil_mode` the last may reach over the end, but starts inside."""
    span = dilation * (kernel - 1) + 1
    room = size + 2 * padding - span
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    if count < 1:
        raise RuntimeError(f"Given input size: {size}. Calculated output size: {count}. Output size is too small")
    return count, builtins.max(0, (count - 1) * stride + span - size - padding)


def _ready(input, axes, kernel_size, stride, padding, dilation, ceil_mode, value, name):
    input, alone = _batched(input, axes, name)
    kernel, dilation, padding = _each(kernel_size, axes), _each(dilation, axes), _each(padding, axes)
    stride = kernel if stride is None or stride == [] else _each(stride, axes)
    for k, p in zip(kernel, padding):
        if p > k // 2:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                               "dilation=1")
    sizes = list(input._dims[2:])
    for place in range(axes):
        count, after = _pool_size(sizes[place], kernel[place], stride[place], padding[place], dilation[place], ceil_mode)
        input = _padded(input, 2 + place, padding[place], after, value)
        reach = (count - 1) * stride[place] + dilation[place] * (kernel[place] - 1) + 1
        if input._dims[2 + place] > reach:
            input = _tensor.slice(input, 2 + place, 0, 1, reach)
    return input, alone, sizes, kernel, stride, padding, dilation


def _max_pool(axes):
    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        name = f"max_pool{axes}d"
        ready, alone, sizes, kernel, stride, padding, dilation = _ready(
            input, axes, kernel_size, stride, padding, dilation, ceil_mode, -math.inf, name)
        windows = flatten(_windows(ready, kernel, stride, dilation), 2 + axes)
        place = _tensor.op({"ArgExtreme": {"axis": 2 + axes, "largest": True}}, (windows,))
        made = squeeze(_tensor.op({"Gather": 2 + axes}, (windows, place)), 2 + axes)
        made = named(made, f"MaxPool{axes}DWithIndicesBackward0")
        made = squeeze(made, 0) if alone else made
        if not return_indices:
            return made
        number = reshape(_tensor.line(0.0, 1.0, math.prod(sizes), "int64"), [1, 1] + sizes)
        for axis in range(axes):
            # The places of padding are never chosen; any number stands for them.
            edge = ready._dims[2 + axis] - sizes[axis] - padding[axis]
            number = _padded(number, 2 + axis, padding[axis], builtins.max(0, edge))
            number = _tensor.slice(number, 2 + axis, 0, 1, ready._dims[2 + axis])
        numbers = flatten(_windows(number, kernel, stride, dilation), 2 + axes)
        numbers = _tensor.broadcast(numbers, windows._dims)
        index = squeeze(_tensor.op({"Gather": 2 + axes}, (numbers, place)), 2 + axes)
        return made, squeeze(index, 0) if alone else index

    return pool


max_pool1d, max_pool2d, max_pool3d = _max_pool(1), _max_pool(2), _max_pool(3)


def _avg_pool(axes):
    def pool(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        name = f"avg_pool{axes}d"
        ready, alone, sizes, kernel, stride, padding, _ = _ready(
            input, axes, kernel_size, stride, padding, 1, ceil_mode, 0.0, name)
        windows = _windows(ready, kernel, stride, [1] * axes)
        made = _tensor.sum(windows, list(range(2 + axes, 2 + 2 * axes)), False)
        divisor = divisor_override
        if divisor is None:
            divisor = _counts(sizes, kernel, stride, padding, made._dims[2:], count_include_pad, input._kind)
        return named(squeeze(made / divisor, 0) if alone else made / divisor, f"AvgPool{axes}DBackward0")

    return pool


def _counts(sizes, kernel, stride, padding, out, include, kind):
    """How many places each window counts: those of the input, and of its padding if it is included."""
    made = 1.0
    axes = len(sizes)
    for axis in range(axes):
        low, high = (-padding[axis], sizes[axis] + padding[axis]) if include else (0, sizes[axis])
        counts = []
        for place in range(out[axis]):
            start = place * stride[axis] - padding[axis]
            counts.append(builtins.min(start + kernel[axis], high) - builtins.max(start, low))
        if len(set(counts)) == 1:
            made = made * counts[0]
            continue
        shape = [1] * (2 + axes)
        shape[2 + axis] = out[axis]
        made = reshape(_tensor.make(counts, kind), shape) * made
    return made


avg_pool1d, avg_pool2d, avg_pool3d = _avg_pool(1), _avg_pool(2), _avg_pool(3)


def _lp_pool(axes):
    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        if ceil_mode:
            raise NotOffered(f"lp_pool{axes}d with ceil_mode is not offered here")
        kernel = _each(kernel_size, axes)
        made = _avg_pool(axes)(input.abs() ** norm_type, kernel, stride)
        return (made * math.prod(kernel)) ** (1.0 / norm_type)

    return pool


lp_pool1d, lp_pool2d, lp_pool3d = _lp_pool(1), _lp_pool(2), _lp_pool(3)


def _adaptive(axes, reduce_slices, name):
    def pool(input, output_size, return_indices=False):
        if return_indices:
            raise NotOffered(f"{name}{axes}d with return_indices is not offered here")
        input, alone = _batched(input, axes, f"{name}{axes}d")
        wanted = output_size if isinstance(output_size, (tuple, list)) else [output_size] * axes
        for place, count in enumerate(wanted):
            if count is not None:
                input = reduce_slices(input, 2 + place, builtins.int(count))
        return squeeze(input, 0) if alone else input

    return pool


def _spans(size, count):
    return [(place * size // count, -(-(place + 1) * size // count)) for place in range(count)]


def _mean_slices(input, axis, count):
    return _slices(input, axis, count, lambda part: mean(part, axis, True))


def _max_slices(input, axis, count):
    return _slices(input, axis, count, lambda part: FUNCTIONS["max"](part, axis, True)[0])


def _slices(input, axis, count, reduce):
    size = input._dims[axis]
    if size % count == 0 and count > 1:
        each = size // count
        wide = _tensor.reshape(input, [*input._dims[:axis], count, each, *input._dims[axis + 1 :]])
        moved = transpose(wide, axis, axis + 1)
        return _tensor.reshape(reduce(moved), [*input._dims[:axis], count, *input._dims[axis + 1 :]])
    return _tensor.cat([reduce(_tensor.slice(input, axis, a, 1, b - a)) for a, b in _spans(size, count)], axis)


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (
    _adaptive(axes, _mean_slices, "adaptive_avg_pool") for axes in (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (
    _adaptive(axes, _max_slices, "adaptive_max_pool") for axes in (1, 2, 3))


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    input, alone = _batched(input, 2, "unfold")
    kernel, dilation, padding, stride = (_each(one, 2) for one in (kernel_size, dilation, padding, stride))
    for axis in (0, 1):
        input = _padded(input, 2 + axis, padding[axis], padding[axis])
    windows = _tensor.permute(_windows(input, kernel, stride, dilation), [0, 1, 4, 5, 2, 3])
    batch, channels, _, _, rows, columns = windows._dims
    made = reshape(windows, [batch, channels * math.prod(kernel), rows * columns])
    return squeeze(made, 0) if alone else made


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    size = _each(output_size, 2)
    kernel, dilation, padding, stride = (_each(one, 2) for one in (kernel_size, dilation, padding, stride))
    count = [(size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) // stride[axis] + 1 for axis in (0, 1)]
    made = reshape(input, [input._dims[0], -1] + kernel + count)
    made = _tensor.permute(made, [0, 1, 4, 5, 2, 3])
    for axis in (1, 0):
        made = _tensor.op({"Unwindow": {"axis": 2 + axis, "length": size[axis] + 2 * padding[axis], "stride": stride[axis],
                                        "dilation": dilation[axis]}}, (made,))
    for axis in (0, 1):
        made = _tensor.slice(made, 2 + axis, padding[axis], 1, size[axis])
    return made


def pad(input, pad, mode="constant", value=None):
    """Pairs for the last axes, the last first."""
    amounts = [builtins.int(amount) for amount in pad]
    if len(amounts) % 2 or len(amounts) > 2 * input.ndim:
        raise RuntimeError(f"Padding length must be divisible by 2 and at most twice the number of dimensions of the input, "
                           f"but got padding of length {len(amounts)}")
    for place in range(len(amounts) // 2):
        axis = input.ndim - 1 - place
        before, after = amounts[2 * place], amounts[2 * place + 1]
        size = input._dims[axis]
        if before < 0 or after < 0:
            start, stop = builtins.max(0, -before), size - builtins.max(0, -after)
            input = _tensor.slice(input, axis, start, 1, stop - start)
            before, after, size = builtins.max(0, before), builtins.max(0, after), stop - start
        if before == 0 and after == 0:
            continue
        if mode == "constant":
            input = _padded(input, axis, before, after, builtins.float(value or 0.0))
            continue
        places = list(range(-before, size + after))
        if mode == "reflect":
            if before >= size or after >= size:
                raise RuntimeError("Padding size should be less than the corresponding input dimension, but got: padding "
                                   f"({before}, {after}) at dimension {axis} of input {list(input._dims)}")
            places = [builtins.abs(one) if one < size else 2 * (size - 1) - one for one in places]
        elif mode == "replicate":
            places = [builtins.min(builtins.max(one, 0), size - 1) for one in places]
        else:
            places = [one % size for one in places]
        input = _tensor.op({"IndexSelect": axis}, (input, _tensor.make(places, "int64")))
    return input


def pixel_shuffle(input, upscale_factor):
    *lead, channels, rows, columns = input._dims
    r = upscale_factor
    made = reshape(input, [*lead, channels // (r * r), r, r, rows, columns])
    n = len(lead)
    made = _tensor.permute(made, list(range(n)) + [n, n + 3, n + 1, n + 4, n + 2])
    return reshape(made, [*lead, channels // (r * r), rows * r, columns * r])


def pixel_unshuffle(input, downscale_factor):
    *lead, channels, rows, columns = input._dims
    r = downscale_factor
    made = reshape(input, [*lead, channels, rows // r, r, columns // r, r])
    n = len(lead)
    made = _tensor.permute(made, list(range(n)) + [n, n + 2, n + 4, n + 1, n + 3])
    return reshape(made, [*lead, channels * r * r, rows // r, columns // r])


def channel_shuffle(input, groups):
    batch, channels, *rest = input._dims
    return reshape(transpose(reshape(input, [batch, groups, channels // groups, *rest]), 1, 2), input._dims)


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
                antialias=False):
    """Each axis by itself: picked places, or a weighted sum of two of them."""
    axes = input.ndim - 2
    scales = [None] * axes
    if size is None:
        scales = list(scale_factor) if isinstance(scale_factor, (tuple, list)) else [scale_factor] * axes
        size = [builtins.int(n * s) for n, s in zip(input._dims[2:], scales)]
    size = _each(size, axes)
    if mode not in ("nearest", "nearest-exact", "linear", "bilinear", "trilinear"):
        raise NotOffered(f"interpolate with mode={mode!r} is not offered here")
    for place, wanted in enumerate(size):
        n = input._dims[2 + place]
        ratio = 1.0 / scales[place] if scales[place] else n / wanted
        if mode.startswith("nearest"):
            shift = 0.5 if mode == "nearest-exact" else 0.0
            places = [builtins.min(builtins.int((one + shift) * ratio), n - 1) for one in range(wanted)]
            input = _tensor.op({"IndexSelect": 2 + place}, (input, _tensor.make(places, "int64")))
            continue
        if align_corners:
            at = [one * (n - 1) / (wanted - 1) if wanted > 1 else 0.0 for one in range(wanted)]
        else:
            at = [builtins.max(0.0, (one + 0.5) * ratio - 0.5) for one in range(wanted)]
        low = [builtins.min(builtins.int(one), n - 1) for one in at]
        high = [builtins.min(one + 1, n - 1) for one in low]
        shape = [1] * input.ndim
        shape[2 + place] = wanted
        share = reshape(_tensor.make([one - a for one, a in zip(at, low)], input._kind), shape)
        pick = lambda places: _tensor.op({"IndexSelect": 2 + place}, (input, _tensor.make(places, "int64")))
        input = pick(low) * (1.0 - share) + pick(high) * share
    return input


upsample = interpolate


# Norms.


def _normed(input, axes, eps):
    apart = input - mean(input, axes, True)
    return apart / unary("Sqrt", mean(apart * apart, axes, True) + eps)


def batch_norm(input, running_mean=None, running_var=None, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    shape = [1, -1] + [1] * (input.ndim - 2)
    if training:
        axes = [0] + list(range(2, input.ndim))
        count = input.numel() // input._dims[1]
        if count <= 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
        average = mean(input, axes, True)
        apart = input - average
        spread = mean(apart * apart, axes, True)
        if running_mean is not None:
            before = _tensor.record(False)
            running_mean._store(running_mean * (1 - momentum) + reshape(average.detach(), [-1]) * momentum)
            unbiased = reshape(spread.detach(), [-1]) * (count / (count - 1))
            running_var._store(running_var * (1 - momentum) + unbiased * momentum)
            _tensor.record(before)
        made = apart / unary("Sqrt", spread + eps)
    else:
        made = (input - reshape(running_mean, shape)) / unary("Sqrt", reshape(running_var, shape) + eps)
    if weight is not None:
        made = made * reshape(weight, shape)
    if bias is not None:
        made = made + reshape(bias, shape)
    return named(made, "NativeBatchNormBackward0")


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    shape = list(normalized_shape) if hasattr(normalized_shape, "__iter__") else [normalized_shape]
    if list(input._dims[-len(shape):]) != shape:
        raise RuntimeError(f"Given normalized_shape={shape}, expected input with shape [*, {str(shape)[1:-1]}], but got input "
                           f"of size{list(input._dims)}")
    made = _normed(input, list(range(input.ndim - len(shape), input.ndim)), eps)
    made = made if weight is None else made * weight
    return named(made if bias is None else made + bias, "NativeLayerNormBackward0")


def rms_norm(input, normalized_shape, weight=None, eps=None):
    shape = list(normalized_shape) if hasattr(normalized_shape, "__iter__") else [normalized_shape]
    axes = list(range(input.ndim - len(shape), input.ndim))
    eps = (1.1920928955078125e-07 if input._kind == "float32" else 2.220446049250313e-16) if eps is None else eps
    made = input / unary("Sqrt", mean(input * input, axes, True) + eps)
    return made if weight is None else made * weight


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    batch, channels = input._dims[:2]
    if channels % num_groups:
        raise RuntimeError(f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input._dims)} and num_groups={num_groups}")
    apart = _normed(reshape(input, [batch, num_groups, -1]), [2], eps)
    made = reshape(apart, input._dims)
    shape = [1, -1] + [1] * (input.ndim - 2)
    made = made if weight is None else made * reshape(weight, shape)
    return named(made if bias is None else made + reshape(bias, shape), "NativeGroupNormBackward0")


def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1,
                  eps=1e-5):
    shape = [1, -1] + [1] * (input.ndim - 2)
    if use_input_stats:
        axes = list(range(2, input.ndim))
        if running_mean is not None:
            before = _tensor.record(False)
            count = math.prod(input._dims[2:])
            running_mean._store(running_mean * (1 - momentum) + mean(mean(input.detach(), axes), 0) * momentum)
            spread = mean(FUNCTIONS["var"](input.detach(), axes, correction=1 if count > 1 else 0), 0)
            running_var._store(running_var * (1 - momentum) + spread * momentum)
            _tensor.record(before)
        made = _normed(input, axes, eps)
    else:
        made = (input - reshape(running_mean, shape)) / unary("Sqrt", reshape(running_var, shape) + eps)
    made = made if weight is None else made * reshape(weight, shape)
    return made if bias is None else made + reshape(bias, shape)


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    squares = _padded(input * input, 1, size // 2, (size - 1) // 2)
    windows = _tensor.op({"Window": {"axis": 1, "kernel": size, "stride": 1, "dilation": 1}}, (squares,))
    return input / (mean(windows, -1) * alpha + k) ** beta


# Tables.


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if input._kind != "int64":
        raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
                           f"but got torch.{'FloatTensor' if input._kind == 'float32' else input._kind} instead (while "
                           "checking arguments for embedding)")
    if max_norm is not None:
        raise NotOffered("embedding with max_norm is not offered here")
    rows = weight._dims[0]
    if input.numel() and (builtins.int(input.min()) < 0 or builtins.int(input.max()) >= rows):
        raise IndexError("index out of range in self")
    numbers = reshape(input, [-1])
    table = weight
    if padding_idx is not None and weight.requires_grad:
        padding = padding_idx % rows
        here = reshape(_tensor.line(0.0, 1.0, rows, "int64") == padding, [rows, 1])
        table = _tensor.select(here, weight.detach(), weight)
    made = _tensor.op({"IndexSelect": 0}, (table, numbers))
    return named(reshape(made, [*input._dims, *weight._dims[1:]]), "EmbeddingBackward0")


def one_hot(tensor, num_classes=-1):
    if num_classes < 0:
        num_classes = builtins.int(tensor.max()) + 1
    elif tensor.numel() and builtins.int(tensor.max()) >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return (unsqueeze(tensor, -1) == _tensor.line(0.0, 1.0, num_classes, "int64")).long()


# Likeness.


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    lengths = maximum(norm(x1, 2, dim), eps) * maximum(norm(x2, 2, dim), eps)
    return sum(x1 * x2, dim) / lengths


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return norm(x1 - x2 + eps, p, -1, keepdim)


def pdist(input, p=2.0):
    count = input._dims[0]
    rows = [norm(input[i + 1 :] - input[i], p, 1) for i in range(count - 1)]
    return _tensor.cat(rows, 0)


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
                                 enable_gqa=False):
    scale = 1.0 / math.sqrt(query._dims[-1]) if scale is None else scale
    scores = matmul(query, transpose(key, -2, -1)) * scale
    if is_causal:
        rows, columns = scores._dims[-2:]
        later = FUNCTIONS["triu"](_tensor.full((rows, columns), True, "bool").long(), 1).bool()
        scores = scores.masked_fill(later, -math.inf)
    if attn_mask is not None:
        scores = scores.masked_fill(~attn_mask, -math.inf) if attn_mask._kind == "bool" else scores + attn_mask
    weights = dropout(softmax(scores, -1), dropout_p, dropout_p > 0)
    return matmul(weights, value)


# Losses.


def _reduced(loss, reduction, name=None):
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    made = mean(loss) if reduction == "mean" else sum(loss)
    return made if name is None else named(made, name)


def _same_size(input, target, function):
    if input._dims != target._dims:
        import warnings

        warnings.warn(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
                      "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
                      stacklevel=3)


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    _same_size(input, target, "mse_loss")
    apart = input - target
    return _reduced(apart * apart, reduction, "MseLossBackward0")


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    _same_size(input, target, "l1_loss")
    return _reduced((input - target).abs(), reduction)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    apart = (input - target).abs()
    return _reduced(where(apart < beta, 0.5 * apart * apart / beta, apart - 0.5 * beta), reduction, "SmoothL1LossBackward0")


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    apart = (input - target).abs()
    return _reduced(where(apart <= delta, 0.5 * apart * apart, delta * (apart - 0.5 * delta)), reduction, "HuberLossBackward0")


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    if input._dims != target._dims:
        raise ValueError(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
                         "deprecated. Please ensure they have the same size.")
    plain = input.detach()
    if input.numel() and not builtins.bool(((plain >= 0) & (plain <= 1)).all()):
        raise RuntimeError("all elements of input should be between 0 and 1")
    if target._kind != input._kind:
        spoken = {"float32": "Float", "float64": "Double", "int64": "Long", "bool": "Bool"}
        raise RuntimeError(f"Found dtype {spoken[target._kind]} but expected {spoken[input._kind]}")
    # Where the logarithm is clamped it is a constant: no infinite slope meets the clamp's 0.
    small = 3.7200759760208356e-44
    log = lambda x: where(x < small, -100.0, unary("Log", where(x < small, 1.0, x)))
    loss = -(target * log(input) + (1.0 - target) * log(1.0 - input))
    return _reduced(loss if weight is None else loss * weight, reduction, "BinaryCrossEntropyBackward0")


def binary_cross_entropy_with_logits(input, target, weight=None, size_average=None, reduce=None, reduction="mean",
                                     pos_weight=None):
    if input._dims != target._dims:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if pos_weight is None:
        loss = unary("Softplus", input) - target * input
    else:
        loss = (1.0 - target) * input + (1.0 + (pos_weight - 1.0) * target) * unary("Softplus", -input)
    return _reduced(loss if weight is None else loss * weight, reduction, "BinaryCrossEntropyWithLogitsBackward0")


def cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
                  label_smoothing=0.0):
    axis = 0 if input.ndim == 1 else 1
    classes = input._dims[axis]
    logs = log_softmax(input, axis)
    if target._kind[0] == "f":
        if target._dims != input._dims:
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got shapes "
                               f"{list(input._dims)} and {list(target._dims)}")
        if label_smoothing:
            target = target * (1.0 - label_smoothing) + label_smoothing / classes
        if weight is not None:
            target = target * _by_class(weight, input.ndim, axis)
        loss = -sum(logs * target, axis)
        if reduction == "mean":
            return named(sum(loss) / builtins.max(1, input.numel() // classes), "DivBackward1")
        return _reduced(loss, reduction)
    loss = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return loss
    smooth = -sum(logs if weight is None else logs * _by_class(weight, input.ndim, axis), axis)
    kept = target != ignore_index
    smooth = where(kept, smooth, 0.0)
    if reduction == "mean":
        if weight is None:
            smooth = sum(smooth) / builtins.float(builtins.int(kept.sum()))
        else:
            smooth = sum(smooth) / sum(where(kept, _weights(weight, target, kept), 0.0))
    elif reduction == "sum":
        smooth = sum(smooth)
    return (1.0 - label_smoothing) * loss + label_smoothing / classes * smooth


def _by_class(weight, rank, axis):
    return reshape(weight, [-1 if one == axis else 1 for one in range(rank)])


def _weights(weight, target, kept):
    return reshape(_tensor.op({"IndexSelect": 0}, (weight, reshape(where(kept, target, 0), [-1]))), target._dims)


def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    axis = 0 if input.ndim == 1 else 1
    classes = input._dims[axis]
    expected = input._dims[:axis] + input._dims[axis + 1 :]
    if target._kind != "int64":
        raise RuntimeError(f"expected scalar type Long but found {target._kind.capitalize()}")
    if target._dims != expected:
        if input.ndim == 2 and target.ndim == 1:
            raise ValueError(f"Expected input batch_size ({input._dims[0]}) to match target batch_size ({target._dims[0]}).")
        if target.ndim != len(expected):
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(target._dims)}")
    kept = target != ignore_index
    numbers = where(kept, target, 0)
    if numbers.numel() and (builtins.int(numbers.min()) < 0 or builtins.int(numbers.max()) >= classes):
        bad = builtins.int(numbers.max()) if builtins.int(numbers.max()) >= classes else builtins.int(numbers.min())
        raise IndexError(f"Target {bad} is out of bounds.")
    picked = squeeze(_tensor.op({"Gather": axis}, (input, unsqueeze(numbers, axis))), axis)
    scale = None if weight is None else _weights(weight, target, kept)
    loss = where(kept, -picked if scale is None else -picked * scale, 0.0)
    if reduction != "mean":
        return named(_reduced(loss, reduction), "NllLossBackward0")
    total = sum(_tensor.cast(kept, input._kind)) if scale is None else sum(where(kept, scale, 0.0))
    return named(sum(loss) / total, "NllLossBackward0")


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    if log_target:
        loss = unary("Exp", target) * (target - input)
    else:
        loss = FUNCTIONS["xlogy"](target, target) - target * input
    if reduction == "batchmean":
        return sum(loss) / input._dims[0]
    return _reduced(loss, reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"):
    loss = unary("Exp", input) - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + where(target > 1, stirling, 0.0)
    return _reduced(loss, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    var = var + (clamp(var, min=eps) - var).detach()
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    apart = where(target != 1, clamp(margin - input, min=0.0), 0.0) + where(target != -1, input, 0.0)
    return _reduced(apart, reduction)


def cosine_embedding_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    like = cosine_similarity(input1, input2, -1)
    return _reduced(where(target == 1, 1.0 - like, clamp(like - margin, min=0.0)), reduction)


def margin_ranking_loss(input1, input2, target, margin=0.0, size_average=None, reduce=None, reduction="mean"):
    return _reduced(clamp(-target * (input1 - input2) + margin, min=0.0), reduction)


def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None, reduce=None,
                        reduction="mean"):
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = FUNCTIONS["minimum"](far, pairwise_distance(positive, negative, p, eps))
    return _reduced(clamp(near - far + margin, min=0.0), reduction)


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    return _reduced(unary("Softplus", -target * input), reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"):
    right = gather(input, 1, unsqueeze(target, 1))
    apart = clamp(margin - right + input, min=0.0) ** p
    apart = apart if weight is None else apart * unsqueeze(weight[target], 1)
    loss = sum(where(one_hot(target, input._dims[1]) == 1, 0.0, apart), 1) / input._dims[1]
    return _reduced(loss, reduction)


def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return _reduced(mean(loss if weight is None else loss * weight, -1), reduction)


for _name in ("softmax", "log_softmax", "sigmoid", "tanh"):
    globals()[_name] = FUNCTIONS[_name]
for _name in ("relu", "leaky_relu", "elu", "celu", "selu", "hardtanh", "relu6", "threshold", "rrelu"):
    def _changed(input, *args, _function=globals()[_name], **kwargs):
        return input._store(_function(input, *args, **kwargs))

    globals()[_name + "_"] = _changed


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "multi_head_attention_forward":
        raise NotOffered("F.multi_head_attention_forward is not offered here: nn.MultiheadAttention is")
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise NotOffered(f"torch.nn.functional.{name} is not offered here")
