"""What can be done with tensors: each function is one of `torch` and a method of `Tensor`."""

from gradus_faults import NotOffered, ValuesNeeded
from gradus_shapes import (
    broadcast_to, cat, chunk, concat, concatenate, dims_list, expand, expand_as, flatten, flip, functional, getitem,
    hstack, index_select, movedim, narrow, permute, ravel, repeat, repeat_interleave, reshape, reshape_as, roll, select,
    setitem, split, squeeze, stack, swapaxes, swapdims, t, tensor_split, tile, transpose, unbind, unflatten, unsqueeze,
    view, view_as, vstack, windows,
)
from gradus_tensor import Tensor, as_tensor, bool_, dims_of, int64, record_one


def is_number(value):
    return isinstance(value, (int, float, complex))


def elementwise(name, tensor, dtype=None):
    return record_one({"Elementwise": {"name": name}}, tensor, dtype=dtype)


# Element by element.

UNARY = (
    "abs absolute neg negative exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan asin acos "
    "atan sinh cosh asinh acosh atanh erf erfc erfinv ceil floor round trunc frac sign sgn sigmoid tanh logit "
    "logical_not bitwise_not isnan isinf isfinite nan_to_num clamp clip clamp_min clamp_max lgamma digamma positive "
    "tril triu bernoulli deg2rad rad2deg"
).split()

_SCALARS = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b, "pow": lambda a, b: a**b,
}


def _known_value(name, a, b):
    """The value where both are plain numbers: what programs compute sizes and rates with."""
    x = a._value if isinstance(a, Tensor) else a
    y = b._value if isinstance(b, Tensor) else b
    if name not in _SCALARS or not is_number(x) or not is_number(y):
        return None
    try:
        return _SCALARS[name](x, y)
    except ArithmeticError:
        return None


def binary(name, a, b):
    """`a` and `b` element by element; one of them may be a number."""
    if is_number(a) and isinstance(b, Tensor):
        made = elementwise("r" + name if name in ("sub", "div", "pow") else name, b)
    elif is_number(b):
        made = elementwise(name, a)
    elif isinstance(a, Tensor) and isinstance(b, Tensor):
        made = record_one({"Binary": name.capitalize()}, a, b)
    else:
        return NotImplemented
    made._value = _known_value(name, a, b)
    return made


def _two(name):
    def function(a, b, *_, alpha=1, rounding_mode=None, out=None):
        made = binary(name, a, b)
        if made is NotImplemented:
            raise TypeError(f"{name}: a tensor or a number was expected, not {type(b).__name__}")
        return made

    return function


add, sub, mul, div, pow = _two("add"), _two("sub"), _two("mul"), _two("div"), _two("pow")
maximum, minimum = _two("maximum"), _two("minimum")


def _compare(name):
    """`a > b` is `a - b > 0`: it depends on the same elements and has the same shape."""

    def function(a, b):
        if b is None or isinstance(b, str):
            return NotImplemented
        if is_number(b) or is_number(a):
            tensor = a if isinstance(a, Tensor) else b
            return elementwise(name, tensor, dtype=bool_)
        return elementwise(name, binary("sub", a, as_tensor(b)), dtype=bool_)

    return function


gt, lt, ge, le, eq, ne = (_compare(name) for name in ("gt", "lt", "ge", "le", "eq", "ne"))


def floor_divide(a, b):
    return elementwise("floor", binary("div", a, b))


def remainder(a, b):
    return elementwise("remainder", binary("div", a, b))


def logical_and(a, b):
    return mul(a, b)


def lerp(a, b, weight):
    return add(a, mul(sub(b, a), weight))


def addcmul(a, b, c, value=1):
    return add(a, mul(b, c))


def where(condition, a=None, b=None):
    if a is None:
        raise ValuesNeeded("which elements are chosen depends on values")
    chosen = [mul(condition, one) if isinstance(one, Tensor) else condition for one in (a, b)]
    return add(*chosen)


def masked_fill(tensor, mask, value=0):
    return elementwise("masked_fill", tensor)


# Reductions.


def reduce(kind, tensor, dim=None, keepdim=False, dtype=None):
    return record_one({"Reduce": {"kind": kind, "dims": dims_list(dim), "keepdim": keepdim}}, tensor, dtype=dtype)


def _reduction(kind):
    def function(tensor, dim=None, keepdim=False, dtype=None, axis=None, **_):
        return reduce(kind, tensor, axis if axis is not None else dim, keepdim)

    return function


mean, sum, prod = _reduction("Mean"), _reduction("Sum"), _reduction("Prod")
logsumexp, amax, amin = _reduction("LogSumExp"), _reduction("Max"), _reduction("Min")
all, any = _reduction("Min"), _reduction("Max")


def _spread(kind):
    def function(tensor, dim=None, unbiased=True, keepdim=False, correction=1, **_):
        return reduce(kind, tensor, None if isinstance(dim, bool) else dim, keepdim)

    return function


var, std = _spread("Var"), _spread("Std")


def norm(tensor, p=2, dim=None, keepdim=False, **_):
    return reduce("Norm", tensor, dim, keepdim)


def _argument(kind):
    def function(tensor, dim=None, keepdim=False):
        return reduce(kind, tensor, dim, keepdim, dtype=int64)

    return function


argmax, argmin = _argument("ArgMax"), _argument("ArgMin")


class Extremes(tuple):
    """Values and where they stand."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])


def _extreme(kind, other):
    def function(tensor, dim=None, keepdim=False):
        if isinstance(dim, Tensor):
            return binary(other, tensor, dim)
        if dim is None:
            return reduce(kind, tensor)
        return Extremes((reduce(kind, tensor, dim, keepdim), reduce("Arg" + kind, tensor, dim, keepdim, int64)))

    return function


max, min = _extreme("Max", "maximum"), _extreme("Min", "minimum")


def topk(tensor, k, dim=-1, largest=True, sorted=True):
    """Every value may be among the largest: a cumulative reading of the axis, cut to k."""
    ordered = cumsum(tensor, dim)
    chosen = record_one({"Slice": {"dim": dim, "start": 0, "stop": k, "step": 1}}, ordered)
    return Extremes((chosen, chosen._typed(int64)))


def cumsum(tensor, dim, **_):
    return record_one({"Cumulative": {"dim": dim}}, tensor)


cumprod = cumsum


# Products.


def matmul(a, b):
    return record_one("MatMul", a, b)


mm = bmm = dot = mv = matmul


def baddbmm(tensor, a, b, **_):
    return add(tensor, matmul(a, b))


addmm = baddbmm


def outer(a, b):
    return mul(unsqueeze(a, 1), unsqueeze(b, 0))


def einsum(equation, *operands):
    from gradus_einsum import einsum

    return einsum(equation, *operands)


def gather(tensor, dim, index):
    raise NotOffered("torch.gather is not offered here: what it reads depends on values")


def nonzero(tensor, *_, **__):
    raise ValuesNeeded("how many elements are not zero depends on values")


unique = masked_select = nonzero


def _plain_unary(name):
    def function(tensor, *_, **__):
        return elementwise(name, tensor)

    return function


def softmax(tensor, dim=None, **_):
    return functional("Softmax", tensor, dim=dim)


def log_softmax(tensor, dim=None, **_):
    return functional("LogSoftmax", tensor, dim=dim)


def _activation(name):
    return lambda tensor: functional(name, tensor)


relu, sigmoid, tanh = _activation("ReLU"), _activation("Sigmoid"), _activation("Tanh")

FUNCTIONS = {}


def _collect():
    """All functions by name; those of one tensor that nothing above defines; and the forms in place."""
    mine = globals()
    names = (
        "add sub mul div pow maximum minimum gt lt ge le eq ne floor_divide remainder logical_and lerp addcmul where "
        "masked_fill mean sum prod logsumexp amax amin all any var std norm argmax argmin max min topk cumsum cumprod "
        "matmul mm bmm dot mv baddbmm addmm outer reshape view view_as reshape_as flatten ravel unflatten permute "
        "transpose swapaxes swapdims t movedim squeeze unsqueeze expand broadcast_to expand_as repeat tile "
        "repeat_interleave flip roll cat concat concatenate stack hstack vstack chunk tensor_split split unbind "
        "select narrow index_select einsum gather nonzero unique masked_select softmax log_softmax relu sigmoid tanh"
    ).split()
    FUNCTIONS.update((name, mine[name]) for name in names)
    for name in UNARY:
        FUNCTIONS.setdefault(name, _plain_unary(name))
    FUNCTIONS.update(multiply=mul, subtract=sub, divide=div, true_divide=div, greater=gt, less=lt,
                     logical_or=logical_and, bitwise_and=logical_and, bitwise_or=logical_and)


def _in_place(function):
    return lambda self, *args, **kwargs: self._become(function(self, *args, **kwargs))


def _attach():
    for name, function in FUNCTIONS.items():
        setattr(Tensor, name, function)
    for name in ("add", "sub", "mul", "div", "pow", "relu", "sigmoid", "tanh", "clamp", "exp", "sqrt", "squeeze",
                 "unsqueeze", "masked_fill", "transpose", "abs", "neg", "round", "floor"):
        setattr(Tensor, name + "_", _in_place(FUNCTIONS[name]))
    for name in ("fill_", "zero_", "normal_", "uniform_", "bernoulli_", "copy_", "trunc_normal_", "random_"):
        setattr(Tensor, name, Tensor._same)
    forward = {"add": add, "sub": sub, "mul": mul, "truediv": div, "pow": pow}
    for name, function in forward.items():
        kind = "div" if name == "truediv" else name
        setattr(Tensor, f"__{name}__", lambda a, b, kind=kind: binary(kind, a, b))
        setattr(Tensor, f"__r{name}__", lambda a, b, kind=kind: binary(kind, b, a))
    for name in ("gt", "lt", "ge", "le", "eq", "ne"):
        setattr(Tensor, f"__{name}__", FUNCTIONS[name])
    Tensor.__matmul__ = lambda a, b: matmul(a, b) if isinstance(b, Tensor) else NotImplemented
    Tensor.__floordiv__ = floor_divide
    Tensor.__mod__ = remainder
    Tensor.__neg__ = FUNCTIONS["neg"]
    Tensor.__abs__ = FUNCTIONS["abs"]
    Tensor.__invert__ = FUNCTIONS["logical_not"]
    Tensor.__and__ = Tensor.__or__ = logical_and
    Tensor.__getitem__ = getitem
    Tensor.__setitem__ = setitem
    Tensor.T = property(lambda self: permute(self, list(range(self.dim()))[::-1]))
    Tensor.mT = property(lambda self: transpose(self, -2, -1))
    Tensor.H = Tensor.T
    for name in ("new_zeros", "new_ones", "new_empty"):
        setattr(Tensor, name, lambda self, *sizes, **_: Tensor._constant(dims_of(sizes), self.dtype))
    Tensor.new_full = lambda self, size, value, **_: Tensor._constant(dims_of((size,)), self.dtype)
    Tensor.unfold = windows


_collect()
_attach()
