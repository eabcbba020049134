"""Tensors that have a shape but no values, and the trace that they are written into.

A tensor is live while it stands in the current trace: then it has a port, and what is done with it is recorded.
Every other tensor is a constant: what is done with it only makes other constants, and it enters the trace as one node
when it meets a live one. `_dims` is the shape, or None where it is not known.
"""

import builtins

import _gradus
from gradus_faults import NeedsShape, NotOffered, ValuesNeeded
from gradus_types import (
    CPU, Size, Typed, bfloat16, bool_, complex64, device, dtype, float16, float32, float64, int8, int16, int32, int64,
    uint8,
)


class _Trace:
    """The state of the trace: on or off, and which one it is."""

    def __init__(self):
        self.on = False
        self.epoch = 0
        self.depth = 0
        self.failed_call = None
        self.leaves = {}
        self.names = {}


TRACE = _Trace()


def dims_of(sizes):
    """Sizes given one by one or as one sequence, checked."""
    if len(sizes) == 1 and not isinstance(sizes[0], int):
        sizes = sizes[0]
    if isinstance(sizes, Tensor):
        sizes = sizes.tolist()
    dims = []
    for size in sizes:
        if isinstance(size, Tensor):
            size = size.item()
        if not isinstance(size, int):
            raise TypeError(f"a size is an int, not {type(size).__name__}")
        if size < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {size}: {list(sizes)}")
        dims.append(size)
    return tuple(dims)


class Tensor(Typed):
    """See the module."""

    __slots__ = ("_dims", "_port", "_epoch", "_value", "dtype", "requires_grad", "grad")

    def __init__(self, *data, _dims=None, _dtype=None, **_):
        if data and _dims is None:
            sizes = all(isinstance(size, int) for size in data) or isinstance(data[0], Size)
            _dims = dims_of(data) if sizes else as_tensor(data[0])._dims
        elif _dims is None and not data and _dtype is None:
            _dims = (0,)
        self._dims = _dims
        self._port = None
        self._epoch = 0
        self._value = None
        self.dtype = _dtype or float32
        self.requires_grad = False
        self.grad = None

    # Making one.

    @staticmethod
    def _constant(dims, dtype=None, value=None):
        made = Tensor(_dims=None if dims is None else tuple(dims), _dtype=dtype or float32)
        made._value = value
        return made

    @staticmethod
    def _at(output, dtype=None):
        node, index, dims = output
        made = Tensor._constant(dims, dtype)
        made._port, made._epoch = (node, index), TRACE.epoch
        return made

    # Its place in the trace.

    def _is_leaf_of_trace(self):
        return False

    def _live(self):
        return self._port is not None and self._epoch == TRACE.epoch

    def _traced(self):
        return self._live() or self._is_leaf_of_trace()

    def _reach(self):
        """Its port; a constant or a parameter gets its node here."""
        if self._live():
            return self._port
        known = TRACE.leaves.get(id(self))
        if known is None:
            name = TRACE.names.get(id(self))
            parameter = self._is_leaf_of_trace() and getattr(self, "_owner", None) is None
            kind = "parameter" if parameter else "constant"
            node, index, _ = _gradus.leaf(kind, self._known(), name or kind)
            # The tensor is kept too, so that no other one gets its id.
            known = TRACE.leaves[id(self)] = ((node, index), self)
        return known[0]

    def _known(self):
        if self._dims is None:
            raise NeedsShape("the shape of this tensor is not known: it depends on the input's")
        return self._dims

    def _become(self, other):
        """Takes the other's place, as an operation in place does."""
        self._dims, self._port, self._epoch, self._value = other._dims, other._port, other._epoch, other._value
        return self

    # Its shape.

    @property
    def shape(self):
        return Size(self._known())

    def size(self, dim=None):
        return Size(self._known()) if dim is None else self._known()[dim]

    def dim(self):
        return len(self._known())

    ndim = property(dim)
    ndimension = dim

    def numel(self):
        return Size(self._known()).numel()

    nelement = numel

    def element_size(self):
        return 8 if self.dtype in (float64, int64) else 4

    def __len__(self):
        if not self._known():
            raise TypeError("len() of a 0-d tensor")
        return self._dims[0]

    def is_contiguous(self, **_):
        return True

    def is_floating_point(self):
        return self.dtype.is_floating_point

    # Values, where a constant's are plain.

    def item(self):
        if isinstance(self._value, (int, float)):
            return self._value
        raise ValuesNeeded("the value of a tensor is asked for here")

    def tolist(self):
        if self._value is None:
            raise ValuesNeeded("the values of a tensor are asked for here")
        return list(self._value) if isinstance(self._value, list) else self._value

    def numpy(self, *_, **__):
        raise ValuesNeeded("the values of a tensor are asked for here")

    def __bool__(self):
        if isinstance(self._value, (int, float)):
            return builtins.bool(self._value)
        raise ValuesNeeded("a decision depends on the value of a tensor")

    def __int__(self):
        return int(self.item())

    def __float__(self):
        return float(self.item())

    def __index__(self):
        return int(self.item())

    def __iter__(self):
        if isinstance(self._value, list):
            return iter([Tensor._constant((), self.dtype, value) for value in self._value])
        return iter(self.unbind(0))

    def __contains__(self, _):
        raise ValuesNeeded("the values of a tensor are asked for here")

    __hash__ = object.__hash__

    def __repr__(self):
        return "tensor(…)" if self._dims is None else f"tensor(…, size={self._dims})"

    def __format__(self, _):
        return repr(self)

    def __deepcopy__(self, memo):
        copy = memo[id(self)] = Tensor._constant(self._dims, self.dtype, self._value)
        return copy

    # Where it is, what it is made of, and gradients: shapes know nothing of them.

    def _same(self, *_, **__):
        return self

    cpu = cuda = contiguous = clone = detach_ = requires_grad_ = retain_grad = pin_memory = _same
    data = property(_same, lambda self, value: self._become(as_tensor(value)))
    device = property(lambda self: CPU)
    is_cuda = False
    grad_fn = None
    is_leaf = True

    def detach(self):
        return self

    def to(self, *args, **kwargs):
        wanted = kwargs.get("dtype", args[0] if args else None)
        wanted = wanted.dtype if isinstance(wanted, Tensor) else wanted
        return self._typed(wanted if isinstance(wanted, dtype) else self.dtype)

    def type(self, wanted=None):
        return self if not isinstance(wanted, dtype) else self._typed(wanted)

    def _typed(self, wanted):
        if wanted is self.dtype:
            return self
        made = Tensor._constant(self._dims, wanted, self._value)
        if self._traced() and TRACE.on:
            made._port, made._epoch = self._reach(), TRACE.epoch
        return made

    def backward(self, *_, **__):
        raise NotOffered("gradients are not offered here: reading computes shapes only")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotOffered(f"Tensor.{name} is not offered here")


def as_tensor(data, dtype=None, **_):
    """A tensor of nested lists of numbers."""
    if isinstance(data, Tensor):
        return data if dtype is None else data._typed(dtype)
    flat = data
    dims = []
    while isinstance(flat, (list, tuple, range)):
        dims.append(len(flat))
        if not flat:
            break
        flat = flat[0]
    if isinstance(flat, Tensor):
        dims.extend(flat._known())
    elif not dims and not isinstance(flat, (int, float, complex)):
        raise TypeError(f"a tensor is made of numbers, not of {type(data).__name__}")
    plain = len(dims) <= 1 and not isinstance(flat, Tensor)
    value = (list(data) if dims else data) if plain else None
    guessed = float32 if isinstance(flat, (float, list, tuple)) else bool_ if isinstance(flat, builtins.bool) else int64
    return Tensor._constant(dims, dtype or guessed, value)


def record(operation, *tensors, dtype=None):
    """Does an operation: the outputs, in the trace where an input stands in it."""
    if TRACE.on and any(tensor._traced() for tensor in tensors):
        outputs = _gradus.operation(operation, [tensor._reach() for tensor in tensors])
        made = [Tensor._at(output) for output in outputs]
    else:
        known = [tensor._dims for tensor in tensors]
        made = [Tensor._constant(dims) for dims in _gradus.operation_shapes(operation, known)]
    for one in made:
        one.dtype = dtype or tensors[0].dtype
    return made


def record_one(operation, *tensors, dtype=None):
    return record(operation, *tensors, dtype=dtype)[0]
