"""What can be done with tensors: each function is one of `torch` and most are methods of `Tensor`."""

import builtins
import math

import _tensor
from _tensor import affine, binary, compare, unary
from gradus_faults import NotOffered
from gradus_shapes import SHAPES, flatten, gather, permute, reshape, squeeze, stack, transpose, unsqueeze
from gradus_tensor import KINDS, Tensor, as_tensor, axes_of, axis_of, bool_, floats, int64, kind_of

_select = _tensor.select


def named(tensor, name):
    """The tensor, whose gradient function has this name."""
    return tensor._set_grad_name(name) if tensor.requires_grad else tensor


def tensors_of(*values):
    """Each as a tensor of the kind that all of them promote to."""
    kind = _tensor.kind_of(values)
    return [_tensor.cast(value, kind) if isinstance(value, Tensor) else _tensor.full((), value, kind)
            for value in values]


# Element by element: one operand.


def _of_float(native):
    def function(input, *, out=None):
        return unary(native, floats(input))

    return function


_FLOAT = {"exp": "Exp", "expm1": "Expm1", "log": "Log", "log1p": "Log1p", "sqrt": "Sqrt", "reciprocal": "Reciprocal",
          "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh",
          "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh", "tanh": "Tanh", "sigmoid": "Sigmoid",
          "erf": "Erf"}


def abs(input, *, out=None):
    return unary("Abs", input)


def neg(input, *, out=None):
    if input._kind == "bool":
        raise RuntimeError("Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
                           "mask, use the `~` or `logical_not()` operator instead.")
    return unary("Neg", input)


def sign(input, *, out=None):
    return unary("Sign", input)


def _rounding(native):
    def function(input, *, out=None):
        return unary(native, input) if input._kind[0] == "f" else input.clone()

    return function


floor, ceil, trunc = _rounding("Floor"), _rounding("Ceil"), _rounding("Trunc")


def round(input, *, decimals=0, out=None):
    if input._kind[0] != "f":
        return input.clone()
    if decimals == 0:
        return unary("Round", input)
    scale = 10.0**decimals
    return unary("Round", input * scale) / scale


def frac(input):
    return input - trunc(input)


def relu(input, inplace=False):
    return unary("Relu", input) if input._kind[0] == "f" else clamp(input, min=0)


def square(input):
    return named(input**2, "PowBackward0")


def rsqrt(input):
    return named(unary("Reciprocal", unary("Sqrt", floats(input))), "RsqrtBackward0")


def exp2(input):
    return named(unary("Exp", floats(input) * math.log(2.0)), "Exp2Backward0")


def log2(input):
    return named(unary("Log", floats(input)) / math.log(2.0), "Log2Backward0")


def log10(input):
    return named(unary("Log", floats(input)) / math.log(10.0), "Log10Backward0")


def erfc(input):
    return named(1.0 - unary("Erf", floats(input)), "ErfcBackward0")


def logit(input, eps=None):
    input = floats(input)
    if eps is not None:
        input = clamp(input, eps, 1.0 - eps)
    return named(unary("Log", input / (1.0 - input)), "LogitBackward0")


def sinc(input):
    scaled = floats(input) * math.pi
    safe = where(scaled == 0, 1.0, scaled)
    return where(scaled == 0, 1.0, unary("Sin", safe) / safe)


def deg2rad(input):
    return floats(input) * (math.pi / 180.0)


def rad2deg(input):
    return floats(input) * (180.0 / math.pi)


def positive(input):
    return input


def logical_not(input, *, out=None):
    return unary("Not", input)


def isnan(input):
    return unary("IsNan", floats(input))


def isfinite(input):
    return unary("IsFinite", floats(input))


def isinf(input):
    return ~(isfinite(input) | isnan(input))


def isneginf(input):
    return isinf(input) & (input < 0)


def isposinf(input):
    return isinf(input) & (input > 0)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    largest = 3.4028234663852886e38 if input._kind == "float32" else 1.7976931348623157e308
    input = where(isnan(input), nan, input)
    input = where(isposinf(input), largest if posinf is None else posinf, input)
    return where(isneginf(input), -largest if neginf is None else neginf, input)


def clamp(input, min=None, max=None, *, out=None):
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        if min is not None:
            input = maximum(input, min)
        return input if max is None else minimum(input, max)
    if input._kind[0] != "f":
        if isinstance(min, float) or isinstance(max, float):
            input = floats(input)
        else:
            input = input if min is None else maximum(input, min)
            return input if max is None else minimum(input, max)
    bound = lambda value: None if value is None else builtins.float(value)
    return _tensor.op({"Clamp": {"low": bound(min), "high": bound(max)}}, (input,))


clip = clamp


def clamp_min(input, min):
    return clamp(input, min=min)


def clamp_max(input, max):
    return clamp(input, max=max)


# Element by element: several operands.


def _two(native, name):
    def function(input, other, *, alpha=1, rounding_mode=None, out=None):
        if alpha != 1:
            other = other * alpha
        return named(binary(native, input, other), name)

    return function


add, sub, mul = _two("Add", "AddBackward0"), _two("Sub", "SubBackward0"), _two("Mul", "MulBackward0")
maximum, minimum = _two("Maximum", "MaximumBackward0"), _two("Minimum", "MinimumBackward0")
remainder, atan2 = _two("Remainder", "RemainderBackward0"), _two("Atan2", "Atan2Backward0")
_div = _two("Div", "DivBackward0")


def div(input, other, *, rounding_mode=None, out=None):
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return input // other
    kind = _tensor.kind_of((input, other))
    made = trunc(_div(input, other))
    return made if kind[0] == "f" else _tensor.cast(made, kind)


def rsub(input, other, *, alpha=1):
    return other - input * alpha if alpha != 1 else other - input


def pow(input, exponent, *, out=None):
    return input**exponent


def float_power(input, exponent):
    return _tensor.cast(input, "float64") ** exponent


def floor_divide(input, other):
    return input // other


def fmod(input, other):
    return input - trunc(_div(input, other)) * other


fmax, fmin = maximum, minimum


def _comparison(native):
    def function(input, other, *, out=None):
        return compare(native, input, other)

    return function


gt, lt, ge, le, eq, ne = (_comparison(name) for name in ("Gt", "Lt", "Ge", "Le", "Eq", "Ne"))


def _truth(value):
    return value.bool() if isinstance(value, Tensor) else builtins.bool(value)


def logical_and(input, other, *, out=None):
    return _truth(input) & _truth(other)


def logical_or(input, other, *, out=None):
    return _truth(input) | _truth(other)


def logical_xor(input, other, *, out=None):
    return _truth(input) ^ _truth(other)


def bitwise_and(input, other):
    return input & other


def bitwise_or(input, other):
    return input | other


def bitwise_xor(input, other):
    return input ^ other


def bitwise_not(input):
    return ~input


def lerp(input, end, weight):
    return named(input + weight * (end - input), "LerpBackward0")


def addcmul(input, tensor1, tensor2, *, value=1):
    return input + value * tensor1 * tensor2


def addcdiv(input, tensor1, tensor2, *, value=1):
    return input + value * (tensor1 / tensor2)


def hypot(input, other):
    return (input * input + other * other).sqrt()


def logaddexp(input, other):
    top = maximum(input, other).detach()
    return named(top + ((input - top).exp() + (other - top).exp()).log(), "LogaddexpBackward0")


def xlogy(input, other):
    input, other = tensors_of(input, other)
    zero = input == 0
    return where(zero, 0.0, input * where(zero, 1.0, other).log())


def heaviside(input, values):
    return where(input == 0, values, (input > 0).to(input.dtype))


def copysign(input, other):
    return where(other < 0, -input.abs(), input.abs())


def where(condition, input=None, other=None, *, out=None):
    if input is None:
        return tuple(_tensor.places(condition))
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}")
    if condition._kind != "bool":
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype "
                           f"{_SPOKEN[condition._kind]}")
    input, other = tensors_of(input, other)
    return _select(condition, input, other)


_SPOKEN = {"float32": "Float", "float64": "Double", "int64": "Long", "bool": "Bool"}


def masked_fill(input, mask, value):
    if mask._kind != "bool":
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype " + repr(mask.dtype)[6:])
    value = value._typed(input.dtype) if isinstance(value, Tensor) else _tensor.full((), value, input._kind)
    return named(_select(mask, value, input), "MaskedFillBackward0")


def masked_select(input, mask):
    dims = _tensor.broadcast_dims(input._dims, mask._dims)
    return _tensor.broadcast(input, dims)[_tensor.broadcast(mask, dims)]


def masked_scatter(input, mask, source):
    made = input.clone()
    mask = _tensor.broadcast(mask, input._dims)
    count = builtins.int(mask.sum())
    made[mask] = source.flatten()[:count]
    return made


def nonzero(input, *, as_tuple=False):
    places = _tensor.places(input)
    if as_tuple:
        return tuple(places)
    if not places:
        return _tensor.full((1 if builtins.bool(input) else 0, 0), 0, "int64")
    return stack(places, 1)


def argwhere(input):
    return nonzero(input)


def count_nonzero(input, dim=None):
    return sum(input != 0, dim)


# Reductions.


def _count(input, axes):
    count = 1
    for axis in axes:
        count *= input._dims[axis]
    return count


def sum(input, dim=None, keepdim=False, *, dtype=None, axis=None, out=None):
    if dtype is not None:
        input = input._typed(dtype)
    elif input._kind == "bool":
        input = _tensor.cast(input, "int64")
    dim = axis if axis is not None else dim
    if input.ndim == 0:
        return named(input.clone(), "SumBackward0")
    made = _tensor.sum(input, axes_of(dim, input.ndim), keepdim)
    return named(made, "SumBackward0" if dim is None else "SumBackward1")


def mean(input, dim=None, keepdim=False, *, dtype=None, axis=None, out=None):
    if dtype is not None:
        input = input._typed(dtype)
    if input._kind[0] != "f":
        raise RuntimeError("mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
                           f"dtype. Got: {_SPOKEN[input._kind]}")
    dim = axis if axis is not None else dim
    axes = axes_of(dim, input.ndim)
    made = _mean(input, axes, keepdim)
    return named(made, "MeanBackward0" if dim is None else "MeanBackward1")


def _mean(input, axes, keepdim):
    return _tensor.sum(input, axes, keepdim) / builtins.float(_count(input, axes))


def nansum(input, dim=None, keepdim=False):
    return sum(where(isnan(input), 0.0, input), dim, keepdim)


def nanmean(input, dim=None, keepdim=False):
    return nansum(input, dim, keepdim) / sum(~isnan(input), dim, keepdim)


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None, axis=None):
    if isinstance(dim, builtins.bool):
        dim, unbiased = None, dim
    dim = axis if axis is not None else dim
    return named(_var(input, axes_of(dim, input.ndim), keepdim, _correction(unbiased, correction)), "VarBackward0")


def _correction(unbiased, correction):
    return (1 if unbiased else 0) if correction is None else correction


def _var(input, axes, keepdim, correction):
    apart = input - _mean(input, axes, True)
    total = _tensor.sum(apart * apart, axes, keepdim)
    count = builtins.max(0.0, builtins.float(_count(input, axes) - correction))
    return total / count


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None, axis=None):
    return named(unary("Sqrt", var(input, dim, unbiased, keepdim, correction=correction, axis=axis)), "StdBackward0")


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def std_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


class Extremes(tuple):
    """Values and where they stand."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])
    _title = "max"

    def __new__(cls, title, values, indices):
        made = tuple.__new__(cls, (values, indices))
        made.__dict__["_title"] = title
        return made

    def __repr__(self):
        return f"torch.return_types.{self._title}(\nvalues={self[0]!r},\nindices={self[1]!r})"


def _place(input, dim, largest):
    """Where along an axis the extreme element stands, the axis at size 1."""
    if input._kind == "bool":
        input = _tensor.cast(input, "int64")
    return _tensor.op({"ArgExtreme": {"axis": dim, "largest": largest}}, (input,))


def _at(input, dim, places):
    return _tensor.op({"Gather": dim}, (input, places))


def _argument(largest):
    def function(input, dim=None, keepdim=False, axis=None):
        dim = axis if axis is not None else dim
        if dim is None:
            flat = _place(flatten(input), 0, largest)
            return reshape(flat, [1] * input.ndim if keepdim else [])
        if input.ndim == 0:
            return _tensor.full((), 0, "int64")
        dim = axis_of(dim, input.ndim)
        if input._dims[dim] == 0:
            raise IndexError(f"argmax(): Expected reduction dim {dim} to have non-zero size.")
        made = _place(input, dim, largest)
        return made if keepdim else squeeze(made, dim)

    return function


argmax, argmin = _argument(True), _argument(False)


def _extreme(title, largest, pairwise, whole):
    def function(input, dim=None, keepdim=False, *, other=None, axis=None, out=None):
        dim = axis if axis is not None else other if other is not None else dim
        if isinstance(dim, Tensor):
            return pairwise(input, dim)
        if dim is None:
            return whole(input)
        if input.ndim == 0:
            return Extremes(title, input.clone(), _tensor.full((), 0, "int64"))
        dim = axis_of(dim, input.ndim)
        places = _place(input, dim, largest)
        values = _at(input, dim, places)
        if not keepdim:
            values, places = squeeze(values, dim), squeeze(places, dim)
        return Extremes(title, named(values, title.capitalize() + "Backward0"), places)

    return function


def _shared(largest, name):
    """The extreme elements over axes; equals share the gradient evenly."""

    def function(input, dim=None, keepdim=False, *, out=None):
        axes = axes_of(dim, input.ndim)
        if input.numel() == 0:
            raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                               "reduction dim with the 'dim' argument.")
        top = input.detach()
        if input._kind == "bool":
            top = _tensor.cast(top, "int64")
        for axis in axes:
            top = _at(top, axis, _place(top, axis, largest))
        if input.requires_grad and (_tensor.recording() or _tensor.tracing()):
            hit = _tensor.cast(compare("Eq", input.detach(), top), input._kind)
            share = hit / _tensor.sum(hit, axes, True)
            # What is summed is the value at the extreme elements and 0 elsewhere, also where others are infinite.
            kept = _select(hit.bool(), input, top)
            made = _tensor.sum(kept * share, axes, True)
        else:
            made = top if input._kind != "bool" else _tensor.cast(top, "bool")
        if not keepdim:
            made = reshape(made, [size for axis, size in enumerate(input._dims) if axis not in axes])
        return named(made, name + "Backward0" if dim is not None else name[1:].capitalize() + "Backward1")

    return function


amax, amin = _shared(True, "amax"), _shared(False, "amin")
max, min = _extreme("max", True, maximum, amax), _extreme("min", False, minimum, amin)


def aminmax(input, *, dim=None, keepdim=False):
    return amin(input, dim, keepdim), amax(input, dim, keepdim)


def all(input, dim=None, keepdim=False):
    return amin(input.bool(), dim, keepdim) if input.numel() else _tensor.full((), True, "bool")


def any(input, dim=None, keepdim=False):
    return amax(input.bool(), dim, keepdim) if input.numel() else _tensor.full((), False, "bool")


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product, factor by factor in pairs: the gradient is right where factors are 0."""
    if dtype is not None:
        input = input._typed(dtype)
    if input._kind == "bool":
        input = _tensor.cast(input, "int64")
    whole = dim is None
    rank = input.ndim
    values, axis = (flatten(input), 0) if whole else (input, axis_of(dim, rank))
    if values._dims[axis] == 0:
        values = _tensor.full([1 if place == axis else size for place, size in enumerate(values._dims)], 1, input._kind)
    while values._dims[axis] > 1:
        half = values._dims[axis] // 2
        left, right = _tensor.slice(values, axis, 0, 1, half), _tensor.slice(values, axis, half, 1, half)
        rest = values._dims[axis] - 2 * half
        product = left * right
        values = _tensor.cat((product, _tensor.slice(values, axis, 2 * half, 1, 1)), axis) if rest else product
    if whole:
        return named(reshape(values, [1] * rank if keepdim else []), "ProdBackward0")
    return named(values if keepdim else squeeze(values, axis), "ProdBackward1")


def logsumexp(input, dim, keepdim=False):
    input = floats(input)
    axes = axes_of(dim, input.ndim)
    top = amax(input.detach(), axes, True)
    top = where(isfinite(top), top, 0.0)
    made = unary("Log", _tensor.sum(unary("Exp", input - top), axes, True)) + top
    if not keepdim:
        made = reshape(made, [size for axis, size in enumerate(input._dims) if axis not in axes])
    return named(made, "LogsumexpBackward0")


def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None, out=None):
    """A vector norm over the axes; the gradient at 0 is 0."""
    input = floats(input)
    axes = axes_of(dim, input.ndim)
    p = 2 if p in ("fro", None) else p
    if p == 2:
        total = _tensor.sum(input * input, axes, keepdim)
        made = _root(total)
    elif p == math.inf:
        made = amax(abs(input), axes, keepdim)
    elif p == -math.inf:
        made = amin(abs(input), axes, keepdim)
    elif p == 1:
        made = _tensor.sum(abs(input), axes, keepdim)
    elif p == 0:
        made = _tensor.sum(_tensor.cast(input != 0, input._kind), axes, keepdim)
    elif isinstance(p, str):
        raise NotOffered(f"torch.norm with p={p!r} is not offered here")
    else:
        made = _tensor.sum(abs(input) ** p, axes, keepdim) ** (1.0 / p)
    return named(made, "LinalgVectorNormBackward0")


def _root(total):
    """The square root, whose gradient at 0 is 0."""
    if not total.requires_grad:
        return unary("Sqrt", total)
    zero = total.detach() == 0
    return _select(zero, total * 0.0, unary("Sqrt", where(zero, 1.0, total)))


def dist(input, other, p=2):
    return norm(input - other, p)


def cumsum(input, dim, *, dtype=None, out=None):
    if dtype is not None:
        input = input._typed(dtype)
    if input._kind == "bool":
        input = _tensor.cast(input, "int64")
    if input.ndim == 0:
        return input.clone()
    return _tensor.op({"CumSum": {"axis": axis_of(dim, input.ndim), "reverse": False}}, (input,))


def cumprod(input, dim, *, dtype=None):
    """Running products; each step is a product of its own, so that factors of 0 have their gradient."""
    axis = axis_of(dim, input.ndim)
    made, running = [], None
    for place in range(input._dims[axis]):
        one = _tensor.slice(input, axis, place, 1, 1)
        running = one if running is None else running * one
        made.append(running)
    return named(_tensor.cat(made, axis), "CumprodBackward0")


def _running(largest, title):
    def function(input, dim):
        axis = axis_of(dim, input.ndim)
        values, places = [], []
        for place in range(input._dims[axis]):
            part = _tensor.slice(input, axis, 0, 1, place + 1)
            at = _place(part, axis, largest)
            places.append(at)
            values.append(_at(part, axis, at))
        return Extremes(title, _tensor.cat(values, axis), _tensor.cat(places, axis))

    return function


cummax, cummin = _running(True, "cummax"), _running(False, "cummin")


def diff(input, n=1, dim=-1):
    axis = axis_of(dim, input.ndim)
    for _ in range(n):
        length = input._dims[axis]
        input = _tensor.slice(input, axis, 1, 1, length - 1) - _tensor.slice(input, axis, 0, 1, length - 1)
    return input


# In order.


def argsort(input, dim=-1, descending=False, stable=False):
    if input.ndim == 0:
        return _tensor.full((), 0, "int64")
    if input._kind == "bool":
        input = _tensor.cast(input, "int64")
    axis = axis_of(dim, input.ndim)
    return _tensor.op({"ArgSort": {"axis": axis, "descending": descending}}, (input,))


def sort(input, dim=-1, descending=False, stable=False):
    order = argsort(input, dim, descending)
    if input.ndim == 0:
        return Extremes("sort", input.clone(), order)
    return Extremes("sort", named(_at(input, axis_of(dim, input.ndim), order), "SortBackward0"), order)


def msort(input):
    return sort(input, 0)[0]


def topk(input, k, dim=-1, largest=True, sorted=True):
    axis = axis_of(dim, input.ndim)
    if not 0 <= k <= input._dims[axis]:
        raise RuntimeError("selected index k out of range")
    order = _tensor.slice(argsort(input, axis, largest), axis, 0, 1, k)
    return Extremes("topk", named(_at(input, axis, order), "TopkBackward0"), order)


def kthvalue(input, k, dim=-1, keepdim=False):
    axis = axis_of(dim, input.ndim)
    place = _tensor.slice(argsort(input, axis), axis, k - 1, 1, 1)
    values = _at(input, axis, place)
    if not keepdim:
        values, place = squeeze(values, axis), squeeze(place, axis)
    return Extremes("kthvalue", values, place)


def median(input, dim=None, keepdim=False):
    if dim is None:
        return kthvalue(flatten(input), (input.numel() + 1) // 2)[0]
    made = kthvalue(input, (input.size(dim) + 1) // 2, dim, keepdim)
    return Extremes("median", *made)


def mode(input, dim=-1, keepdim=False):
    """The commonest value, of equals the smallest, and its last place."""
    axis = axis_of(dim, input.ndim)
    same = unsqueeze(input, axis) == unsqueeze(input, axis + 1)
    counts = sum(same, axis + 1)
    best = counts == amax(counts, axis, True)
    largest = amax(input, axis, True)
    value = amin(where(best, input, largest), axis, True)
    length = input._dims[axis]
    places = _tensor.line(0.0, 1.0, length, "int64")
    places = reshape(places, [length if place == axis else 1 for place in range(input.ndim)])
    at = amax(where(input == value, places, -1), axis, True)
    value = _at(input, axis, at)
    if not keepdim:
        value, at = squeeze(value, axis), squeeze(at, axis)
    return Extremes("mode", value, at)


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    whole = dim is None
    axis = 0 if whole else axis_of(dim, input.ndim)
    ordered = sort(flatten(input) if whole else input, axis)[0]
    length = ordered._dims[axis]
    numbers = q.tolist() if isinstance(q, Tensor) else q
    made = []
    for one in numbers if isinstance(numbers, list) else [numbers]:
        at = one * (length - 1)
        low = builtins.int(math.floor(at))
        high = builtins.min(low + 1, length - 1)
        a, b = _tensor.slice(ordered, axis, low, 1, 1), _tensor.slice(ordered, axis, high, 1, 1)
        value = a + (b - a) * (at - low)
        made.append(value if keepdim and not whole else squeeze(value, axis))
    return stack(made) if isinstance(numbers, list) else made[0]


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is not None:
        raise NotOffered("torch.unique is offered without `dim` only")
    numbers = input.detach().flatten().tolist()
    found = builtins.sorted(set(numbers))
    made = [_tensor.make(found, input._kind)]
    if return_inverse:
        places = {number: place for place, number in enumerate(found)}
        made.append(reshape(_tensor.make([places[number] for number in numbers], "int64"), input._dims))
    if return_counts:
        counts = dict.fromkeys(found, 0)
        for number in numbers:
            counts[number] += 1
        made.append(_tensor.make(list(counts.values()), "int64"))
    return made[0] if len(made) == 1 else tuple(made)


def unique_consecutive(input, return_inverse=False, return_counts=False):
    numbers = input.flatten().tolist()
    found = [number for place, number in enumerate(numbers) if place == 0 or number != numbers[place - 1]]
    return _tensor.make(found, input._kind)


def bincount(input, weights=None, minlength=0):
    length = builtins.max(minlength, builtins.int(input.max()) + 1 if input.numel() else 0)
    values = _tensor.full(input._dims, 1, "int64") if weights is None else weights
    return _tensor.op({"IndexAdd": {"axis": 0, "length": length}}, (values, input))


def searchsorted(sorted_sequence, input, *, right=False, side=None):
    right = right or side == "right"
    values = as_tensor(input)
    below = unsqueeze(sorted_sequence, -2) if sorted_sequence.ndim > 1 else sorted_sequence
    hit = below <= unsqueeze(values, -1) if right else below < unsqueeze(values, -1)
    return sum(hit, -1)


def bucketize(input, boundaries, *, right=False):
    return searchsorted(boundaries, input, right=right)


# Products.


def matmul(input, other, *, out=None):
    return _tensor.matmul(input, other)


def _product(rank_a, rank_b, name, text):
    def function(input, other, *, out=None):
        if input.ndim != rank_a or other.ndim != rank_b:
            raise RuntimeError(text)
        return named(matmul(input, other), name)

    return function


mv = _product(2, 1, "MvBackward0", "vector + matrix @ vector expected, got other shapes")
bmm = _product(3, 3, "BmmBackward0", "batch1 must be a 3D tensor")
_dot = _product(1, 1, "DotBackward0", "1D tensors expected, but got other shapes")


def mm(input, mat2, *, out=None):
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    return named(matmul(input, mat2), "MmBackward0")


def dot(input, tensor, *, out=None):
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    return _dot(input, tensor)


vdot = dot


def inner(input, other):
    return matmul(input, transpose(other, -1, -2)) if other.ndim > 1 else matmul(input, other)


def outer(input, vec2):
    return unsqueeze(input, 1) * unsqueeze(vec2, 0)


ger = outer


def _plus(product):
    def function(input, a, b, *, beta=1, alpha=1):
        made = product(a, b)
        made = made if alpha == 1 else made * alpha
        return named((input if beta == 1 else input * beta) + made, "AddmmBackward0")

    return function


addmm, addmv, addr, baddbmm = _plus(mm), _plus(mv), _plus(outer), _plus(bmm)


def addbmm(input, a, b):
    return input + sum(bmm(a, b), 0)


def chain_matmul(*matrices):
    made = matrices[0]
    for other in matrices[1:]:
        made = matmul(made, other)
    return made


def tensordot(a, b, dims=2):
    if isinstance(dims, int):
        left = list(range(a.ndim - dims, a.ndim))
        right = list(range(dims))
    else:
        left, right = ([one] if isinstance(one, int) else list(one) for one in dims)
        left, right = [axis % a.ndim for axis in left], [axis % b.ndim for axis in right]
    rows = [axis for axis in range(a.ndim) if axis not in left]
    columns = [axis for axis in range(b.ndim) if axis not in right]
    inner = _count(a, left)
    made = matmul(reshape(permute(a, rows + left), [-1 if a.numel() else 0, inner]),
                  reshape(permute(b, right + columns), [inner, -1 if b.numel() else 0]))
    return reshape(made, [a._dims[axis] for axis in rows] + [b._dims[axis] for axis in columns])


def kron(a, b):
    rank = builtins.max(a.ndim, b.ndim)
    a, b = (reshape(one, [1] * (rank - one.ndim) + list(one._dims)) for one in (a, b))
    left = reshape(a, [size for n in a._dims for size in (n, 1)])
    right = reshape(b, [size for n in b._dims for size in (1, n)])
    return reshape(left * right, [n * m for n, m in zip(a._dims, b._dims)])


def cross(input, other, dim=-1):
    a = [input.select(dim, place) for place in range(3)]
    b = [other.select(dim, place) for place in range(3)]
    return stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dim)


def einsum(equation, *operands):
    from gradus_einsum import einsum

    return einsum(equation, *operands)


def trace(input):
    return named(sum(input.diagonal()), "TraceBackward0")


def cdist(x1, x2, p=2.0):
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


def cov(input, *, correction=1):
    apart = input - mean(input, -1, True) if input.ndim > 1 else input - mean(input)
    apart = apart if apart.ndim > 1 else unsqueeze(apart, 0)
    return squeeze(matmul(apart, transpose(apart, 0, 1)) / (input.shape[-1] - correction))


def corrcoef(input):
    matrix = cov(input)
    scale = sqrt(matrix.diagonal())
    return matrix / scale[:, None] / scale[None, :]


def inverse(input):
    if input.ndim < 2 or input._dims[-1] != input._dims[-2]:
        raise RuntimeError("linalg.inv: A must be batches of square matrices, but they are "
                           f"{input._dims[-2] if input.ndim > 1 else 1} by {input._dims[-1]} matrices")
    return _tensor.op("Inverse", (input,))


def det(input):
    return _tensor.op("Determinant", (input,))


def logdet(input):
    return det(input).log()


# Softmax and its like.


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    input = floats(input if dtype is None else input._typed(dtype))
    return _along("Softmax", input, dim)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    input = floats(input if dtype is None else input._typed(dtype))
    return _along("LogSoftmax", input, dim)


def _along(name, input, dim):
    if dim is None:
        dim = 0 if input.ndim in (0, 1, 3) else 1
    if input.ndim == 0:
        return reshape(_along(name, reshape(input, [1]), 0), [])
    return _tensor.op({name: axis_of(dim, input.ndim)}, (input,))


# Comparing as a whole.


def equal(input, other):
    return input._dims == other._dims and builtins.bool(all(input == other))


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    if input._kind != other._kind:
        spoken = {"float32": "Float", "float64": "Double", "int64": "Long", "bool": "Bool"}
        raise RuntimeError(f"{spoken[input._kind]} did not match {spoken[other._kind]}")
    input, other = input.detach(), other.detach()
    close = input == other
    if equal_nan and input._kind[0] == "f":
        close = close | (isnan(input) & isnan(other))
    if input._kind == "bool":
        return close
    apart = abs(input - other)
    allowed = abs(other) * rtol + atol
    return close | (isfinite(apart) & (apart <= allowed)) if apart._kind[0] == "f" else close | (apart <= allowed)


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    return builtins.bool(all(isclose(input, other, rtol, atol, equal_nan)))


def is_nonzero(input):
    return builtins.bool(input)


def numel(input):
    return input.numel()


def clone(input, **_):
    return input.clone()


def detach(input):
    return input.detach()


for _name, _native in _FLOAT.items():
    globals()[_name] = _of_float(_native)

FUNCTIONS = dict(SHAPES)

_NOT_METHODS = {"tensors_of", "named", "where", "einsum", "cdist", "tensordot", "chain_matmul", "kind_of", "axes_of",
                "axis_of", "as_tensor", "floats", "stack", "cat", "searchsorted", "bucketize", "rsub"}


def _collect():
    mine = globals()
    for name, value in list(mine.items()):
        plain = not name.startswith("_") and callable(value) and not isinstance(value, type)
        if plain and name not in ("builtins", "named", "tensors_of", "kind_of", "axes_of", "axis_of", "as_tensor",
                                  "floats", "affine", "binary", "compare", "unary"):
            FUNCTIONS[name] = value
    FUNCTIONS.update(absolute=abs, negative=neg, multiply=mul, subtract=sub, divide=div, true_divide=div, greater=gt,
                     less=lt, greater_equal=ge, less_equal=le, not_equal=ne, arcsin=FUNCTIONS["asin"],
                     arccos=FUNCTIONS["acos"], arctan=FUNCTIONS["atan"], arctan2=atan2, arctanh=FUNCTIONS["atanh"],
                     arcsinh=FUNCTIONS["asinh"], arccosh=FUNCTIONS["acosh"], fix=trunc, sgn=sign, linalg_norm=norm)


def _in_place(function):
    def changed(self, *args, **kwargs):
        return self._store(function(self, *args, **kwargs))

    return changed


def _attach():
    own = set(dir(Tensor))
    for name, function in FUNCTIONS.items():
        if name not in own and name not in ("where", "einsum", "cdist", "tensordot", "stack", "cat", "concat", "hstack",
                                            "vstack", "meshgrid", "chain_matmul", "block_diag", "cartesian_prod"):
            setattr(Tensor, name, function)
    Tensor.where = lambda self, condition, other: where(condition, self, other)
    for name in ("add sub mul div pow remainder floor_divide fmod maximum minimum relu sigmoid tanh clamp clamp_min "
                 "clamp_max clip exp expm1 log log1p sqrt rsqrt square reciprocal sin cos abs neg round floor ceil trunc "
                 "masked_fill masked_scatter scatter scatter_add index_add index_fill index_copy lerp addcmul addcdiv "
                 "addmm addmv baddbmm tril triu logical_not logical_and logical_or softmax erf sign frac gt lt ge le eq ne "
                 "multiply subtract divide absolute negative nan_to_num cumsum").split():
        setattr(Tensor, name + "_", _in_place(FUNCTIONS[name]))


_collect()
_attach()
