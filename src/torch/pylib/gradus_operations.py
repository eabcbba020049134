"""What can be done with tensors: each function is one of `torch` and a method of `Tensor`."""

import builtins

import _gradus
from gradus_faults import NotOffered, ValuesNeeded
from gradus_tensor import (
    Size, Tensor, as_tensor, bool_, dims_of, int64, record, record_one,
)

_all, _any = builtins.all, builtins.any


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


def _dims(dim):
    if dim is None:
        return []
    return [dim] if isinstance(dim, int) else list(dim)


def reduce(kind, tensor, dim=None, keepdim=False, dtype=None):
    return record_one({"Reduce": {"kind": kind, "dims": _dims(dim), "keepdim": keepdim}}, tensor, dtype=dtype)


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


# Shapes.


def reshape(tensor, *sizes):
    sizes = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, Tensor)) else sizes
    return record_one({"Reshape": {"sizes": [int(size) for size in sizes]}}, tensor)


def view(tensor, *sizes):
    from gradus_tensor import dtype

    if len(sizes) == 1 and isinstance(sizes[0], dtype):
        return tensor._typed(sizes[0])
    return reshape(tensor, *sizes)


def view_as(tensor, other):
    return reshape(tensor, other.shape)


reshape_as = view_as


def _functional(name, tensor, **arguments):
    from torch.nn.module import call_layer

    handle, _ = _gradus.layer(name, (), arguments)
    return call_layer(handle, tensor)


def flatten(tensor, start_dim=0, end_dim=-1):
    return _functional("Flatten", tensor, start_dim=start_dim, end_dim=end_dim)


def ravel(tensor):
    return flatten(tensor)


def unflatten(tensor, dim, sizes):
    return _functional("Unflatten", tensor, dim=dim, unflattened_size=list(sizes))


def permute(tensor, *dims):
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return record_one({"Permute": {"dims": list(dims)}}, tensor)


def transpose(tensor, dim0, dim1):
    return record_one({"Transpose": {"first": dim0, "second": dim1}}, tensor)


swapaxes = swapdims = transpose


def t(tensor):
    return transpose(tensor, 0, 1)


def movedim(tensor, source, destination):
    rank = tensor.dim()
    order = [axis for axis in range(rank) if axis != source % rank]
    order.insert(destination % rank, source % rank)
    return permute(tensor, order)


def squeeze(tensor, dim=None):
    return record_one({"Squeeze": {"dims": _dims(dim)}}, tensor)


def unsqueeze(tensor, dim):
    return record_one({"Unsqueeze": {"dim": dim}}, tensor)


def expand(tensor, *sizes):
    sizes = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, Tensor)) else sizes
    return record_one({"Expand": {"sizes": [int(size) for size in sizes]}}, tensor)


broadcast_to = expand


def expand_as(tensor, other):
    return expand(tensor, other.shape)


def repeat(tensor, *times):
    times = times[0] if len(times) == 1 and not isinstance(times[0], int) else times
    return record_one({"Repeat": {"times": list(times)}}, tensor)


tile = repeat


def repeat_interleave(tensor, repeats, dim=None, **_):
    if not isinstance(repeats, int) or dim is None:
        raise NotOffered("torch.repeat_interleave is offered with a number and an axis only")
    rank = tensor.dim()
    axis = dim % rank
    times = [1] * (rank + 1)
    times[axis + 1] = repeats
    return flatten(repeat(unsqueeze(tensor, axis + 1), times), axis, axis + 1)


def flip(tensor, *dims):
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return record_one({"Flip": {"dims": list(dims)}}, tensor)


def roll(tensor, shifts, dims=None):
    if dims is None:
        return reshape(roll(flatten(tensor), shifts, 0), tensor.shape)
    return record_one({"Roll": {"shifts": _dims(shifts), "dims": _dims(dims)}}, tensor)


# Joining and cutting.


def cat(tensors, dim=0, axis=None, **_):
    return record_one({"Cat": {"dim": dim if axis is None else axis}}, *_tensors(tensors))


concat = concatenate = cat


def _tensors(tensors):
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("expected a non-empty list of Tensors")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected a Tensor, not {type(tensor).__name__}")
    return tensors


def stack(tensors, dim=0, **_):
    return record_one({"Stack": {"dim": dim}}, *_tensors(tensors))


def hstack(tensors):
    tensors = _tensors(tensors)
    return cat(tensors, 0 if tensors[0].dim() == 1 else 1)


def vstack(tensors):
    return cat(tensors, 0)


def _cut(tensor, pieces, dim, counted):
    if counted:
        tensor._known()
    return tuple(record({"Split": {"pieces": pieces, "dim": dim}}, tensor))


def chunk(tensor, chunks, dim=0):
    return _cut(tensor, {"Count": chunks}, dim, False)


tensor_split = chunk


def split(tensor, split_size_or_sections, dim=0, **_):
    if isinstance(split_size_or_sections, int):
        return _cut(tensor, {"Each": split_size_or_sections}, dim, True)
    return _cut(tensor, {"Sizes": list(split_size_or_sections)}, dim, False)


def unbind(tensor, dim=0):
    return _cut(tensor, "Unbind", dim, True)


def select(tensor, dim, index):
    made = record_one({"Select": {"dim": dim, "index": int(index)}}, tensor)
    if isinstance(tensor._value, list):
        made._value = tensor._value[index]
    return made


def narrow(tensor, dim, start, length):
    return _slice(tensor, dim, slice(start, start + length))


def index_select(tensor, dim, index):
    return _pick(tensor, dim, index)


def _slice(tensor, dim, item):
    step = 1 if item.step is None else item.step
    if step < 1:
        raise ValueError("step must be greater than zero")
    start, stop = (None if bound is None else int(bound) for bound in (item.start, item.stop))
    if start in (None, 0) and stop is None and step == 1:
        return tensor
    return record_one({"Slice": {"dim": dim, "start": start, "stop": stop, "step": step}}, tensor)


def getitem(tensor, index):
    """`x[…]` with integers, slices, None and Ellipsis, one axis after the other."""
    items = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis in [item for item in items if not isinstance(item, Tensor)]:
        at = [item is Ellipsis for item in items].index(True)
        before, after = items[:at], items[at + 1 :]
    else:
        before, after = items, []
    dim = -1
    for item in reversed(after):
        tensor, moved = _index(tensor, dim, item)
        dim -= moved
    dim = 0
    for item in before:
        tensor, moved = _index(tensor, dim, item)
        dim += moved
    return tensor


def _index(tensor, dim, item):
    """One axis indexed, and how many axes that leaves behind."""
    if isinstance(item, slice):
        return _slice(tensor, dim, item), 1
    if item is None:
        return unsqueeze(tensor, dim), 1
    if isinstance(item, Tensor) and item._dims == () and item._value is not None:
        item = item._value
    if isinstance(item, int) and not isinstance(item, bool):
        return select(tensor, dim, item), 0
    return _pick(tensor, dim, item), 1


def _pick(tensor, dim, index):
    """Positions of an axis by a list of them, or rows of a table."""
    if isinstance(index, Tensor) and index.dtype is bool_:
        raise ValuesNeeded("which elements are chosen depends on values")
    positions = index._value if isinstance(index, Tensor) else index
    if isinstance(positions, (list, tuple)) and _all(isinstance(one, int) for one in positions):
        return stack([select(tensor, dim, one) for one in positions], dim)
    if isinstance(index, Tensor) and dim == 0 and tensor.dim() == 2:
        from torch.nn.functional import embedding

        return embedding(index, tensor)
    raise NotOffered("indexing with a tensor is offered for the rows of a table only")


def setitem(tensor, index, value):
    """Writing into a constant changes values only; writing into or from the trace would be lost."""
    if tensor._live() or (isinstance(value, Tensor) and value._live()):
        raise NotOffered("assigning into a part of a tensor is not offered here: join the parts with torch.cat")
    tensor._value = None


def einsum(equation, *operands):
    """Two operands as a batched matrix product; one as a permutation and a sum."""
    operands = operands[0] if len(operands) == 1 and not isinstance(operands[0], Tensor) else operands
    terms, _, out = equation.replace(" ", "").partition("->")
    terms = terms.split(",")
    if "." in equation or len(terms) != len(operands) or _any(len(set(term)) != len(term) for term in terms):
        raise NotOffered(f"torch.einsum({equation!r}) is not offered here")
    if not _:
        letters = "".join(terms)
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    result, term = operands[0], terms[0]
    for place, (operand, other) in enumerate(zip(operands[1:], terms[1:])):
        later = out + "".join(terms[place + 2 :])
        result, term = _contract(result, term, operand, other, later)
    summed = [place for place, letter in enumerate(term) if letter not in out]
    if summed:
        result = sum(result, summed)
        term = "".join(letter for letter in term if letter in out)
    order = [term.index(letter) for letter in out]
    return result if order == sorted(order) else permute(result, order)


def _contract(a, left, b, right, later):
    """`left,right` with the letters that nothing later needs summed: batch, rows × inner, inner × columns."""
    a, left = _drop(a, left, right + later)
    b, right = _drop(b, right, left + later)
    sizes = {**dict(zip(left, a._known())), **dict(zip(right, b._known()))}
    both = [letter for letter in left if letter in right]
    batch = [letter for letter in both if letter in later]
    inner = [letter for letter in both if letter not in later]
    rows = [letter for letter in left if letter not in right]
    columns = [letter for letter in right if letter not in left]
    size = lambda letters: Size(sizes[letter] for letter in letters).numel()
    lead = [sizes[letter] for letter in batch]
    a = _arranged(a, left, batch + rows + inner, lead + [size(rows), size(inner)])
    b = _arranged(b, right, batch + inner + columns, lead + [size(inner), size(columns)])
    term = batch + rows + columns
    return _arranged(matmul(a, b), term, term, [sizes[letter] for letter in term]), "".join(term)


def _arranged(tensor, term, order, sizes):
    """The axes in another order, then seen in other sizes; what changes nothing is left out."""
    places = [list(term).index(letter) for letter in order]
    if places != sorted(places):
        tensor = permute(tensor, places)
    return tensor if list(tensor._known()) == sizes else reshape(tensor, sizes)


def _drop(tensor, term, needed):
    """Letters that nobody else has are summed first."""
    alone = [place for place, letter in enumerate(term) if letter not in needed]
    if not alone:
        return tensor, term
    return sum(tensor, alone), "".join(letter for letter in term if letter in needed)


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
    return _functional("Softmax", tensor, dim=dim)


def log_softmax(tensor, dim=None, **_):
    return _functional("LogSoftmax", tensor, dim=dim)


def _activation(name):
    return lambda tensor: _functional(name, tensor)


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
    Tensor.unfold = _unfold


def _unfold(tensor, dimension, size, step):
    """Windows of an axis, as slices side by side."""
    length = tensor.size(dimension)
    count = (length - size) // step + 1
    if count < 1:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {length} but size is {size}")
    axis = dimension % tensor.dim()
    pieces = [_slice(tensor, axis, slice(offset, offset + (count - 1) * step + 1, step)) for offset in range(size)]
    return stack(pieces, -1)


_collect()
_attach()
