"""The class `torch.Tensor`: what Python adds to the native one."""

import builtins

import _tensor
from gradus_faults import NotOffered
from gradus_types import (
    CPU, Size, Typed, bfloat16, bool_, complex64, device, dtype, float16, float32, float64, int8, int16, int32, int64,
    uint8,
)

# What each type is computed as here.
KINDS = {float32: "float32", float64: "float64", float16: "float32", bfloat16: "float32", int64: "int64",
         int32: "int64", int16: "int64", int8: "int64", uint8: "int64", bool_: "bool",
         builtins.float: "float64", builtins.int: "int64", builtins.bool: "bool"}
TYPES = {"float32": float32, "float64": float64, "int64": int64, "bool": bool_}
_NARROWED = {float16: "float32", bfloat16: "float32", int32: "int64", int16: "int64", int8: "int64", uint8: "int64"}


def kind_of(wanted):
    """The native kind of a type; None stays."""
    if wanted is None:
        return None
    if wanted in _NARROWED:
        import _gradus

        _gradus.note("other-type", f"{wanted} is computed as torch.{_NARROWED[wanted]} here")
    try:
        return KINDS[wanted]
    except (KeyError, TypeError):
        raise NotOffered(f"{wanted} is not offered here") from None


def ints(values):
    """Sizes or axes given one by one or as one sequence."""
    if len(values) == 1 and not isinstance(values[0], int):
        values = values[0]
        if isinstance(values, Tensor):
            values = values.tolist() if values.dim() else (values.item(),)
        elif isinstance(values, int) or not hasattr(values, "__iter__"):
            values = (values,)
    return [value.__index__() for value in values]


class Tensor(Typed, _tensor.TensorBase):
    """See the module."""

    __slots__ = ()

    __hash__ = object.__hash__
    __array_priority__ = 1000
    is_cuda = is_sparse = is_quantized = False
    layout = "torch.strided"

    # What it is like.

    shape = property(lambda self: Size(self._dims))
    dtype = property(lambda self: TYPES[self._kind])
    device = property(lambda self: CPU)

    def size(self, dim=None):
        if dim is None:
            return Size(self._dims)
        return self._dims[axis_of(dim, self.ndim)]

    ndimension = _tensor.TensorBase.dim
    nelement = _tensor.TensorBase.numel

    def element_size(self):
        return {"bool": 1, "float32": 4}.get(self._kind, 8)

    itemsize = property(element_size)
    nbytes = property(lambda self: self.numel() * self.element_size())

    def stride(self, dim=None):
        strides, step = [], 1
        for size in reversed(self._dims):
            strides.append(step)
            step *= builtins.max(size, 1)
        strides.reverse()
        return tuple(strides) if dim is None else strides[dim]

    def is_contiguous(self, **_):
        return True

    def is_floating_point(self):
        return self._kind[0] == "f"

    def is_complex(self):
        return False

    def get_device(self):
        return -1

    def data_ptr(self):
        base = self._base
        return id(self if base is None else base)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[place] for place in range(self._dims[0])])

    def __reversed__(self):
        return self.flip(0)

    def __contains__(self, item):
        return builtins.bool((self == item).any())

    def __format__(self, spec):
        if self.ndim == 0 and spec:
            return format(self.item(), spec)
        return repr(self) if self.ndim else format(self.item(), spec)

    def __divmod__(self, other):
        return self // other, self % other

    def __round__(self, ndigits=0):
        return self.round(decimals=ndigits)

    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
                               "at the moment.")
        with_grad = self.requires_grad
        copy = memo[id(self)] = self.detach().clone()
        if with_grad:
            copy.requires_grad = True
        return copy

    def __copy__(self):
        return self

    def numpy(self, *_, **__):
        raise NotOffered("Tensor.numpy is not offered here: numpy is not")

    def __array__(self, *_, **__):
        raise NotOffered("a tensor cannot become an array here: numpy is not offered")

    # Its place in the graph of gradients.

    data = property(_tensor.TensorBase.detach, lambda self, other: self._assign(other))

    @property
    def grad_fn(self):
        name = self._grad_name
        return None if name is None else GradFn(name, self)

    def requires_grad_(self, requires_grad=True):
        self.requires_grad = requires_grad
        return self

    def detach_(self):
        return self._become(self.detach().clone())

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        from gradus_autograd import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook):
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        self._hook(hook)
        return HookHandle(self, hook)

    retains_grad = False

    # The same numbers elsewhere, or as another type.

    def _same(self, *_, **__):
        return self

    cpu = cuda = contiguous = pin_memory = share_memory_ = coalesce = resolve_conj = resolve_neg = _same

    def to(self, *args, dtype=None, copy=False, **_):
        for wanted in args:
            if isinstance(wanted, Tensor):
                dtype = wanted.dtype
            elif wanted in KINDS if not isinstance(wanted, (str, device)) else False:
                dtype = wanted
        made = self if dtype is None else self._typed(dtype)
        return made.clone() if copy and made is self else made

    def type(self, wanted=None):
        if wanted is None:
            return {"float32": "torch.FloatTensor", "float64": "torch.DoubleTensor", "int64": "torch.LongTensor",
                    "bool": "torch.BoolTensor"}[self._kind]
        if isinstance(wanted, str):
            name = wanted.rpartition(".")[2]
            wanted = {"FloatTensor": float32, "DoubleTensor": float64, "LongTensor": int64, "IntTensor": int32,
                      "BoolTensor": bool_}.get(name) or globals()[name]
        return self._typed(wanted)

    def _typed(self, wanted):
        kind = kind_of(wanted)
        return self if kind == self._kind else _tensor.cast(self, kind)

    def bfloat16(self):
        return self._typed(bfloat16)

    short = char = byte = Typed.int

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("imag", "real"):
            return self
        raise NotOffered(f"Tensor.{name} is not offered here")


_tensor.set_class(Tensor)


class GradFn:
    """What made a tensor, as `grad_fn` says it."""

    def __init__(self, name, tensor):
        self._name, self._tensor = name, tensor

    def name(self):
        return self._name

    @property
    def next_functions(self):
        raise NotOffered("grad_fn.next_functions is not offered here")

    def __repr__(self):
        return f"<{self._name} object at 0x7f0000000000>"


class HookHandle:
    """What registering a hook on a tensor returns."""

    def __init__(self, tensor, hook):
        self._tensor, self._registered = tensor, hook

    def remove(self):
        self._tensor._unhook(self._registered)


def axis_of(dim, rank):
    """An axis counted from the front."""
    dim = dim.__index__()
    limit = rank if rank > 0 else 1
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return dim % limit


def axes_of(dim, rank):
    """Axes given as None (all of them), one number, or several; ascending."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return list(range(rank))
    if isinstance(dim, (tuple, list)):
        axes = [axis_of(one, rank) for one in dim]
        if len(set(axes)) != len(axes):
            raise RuntimeError(f"dim {axes[0]} appears multiple times in the list of dims")
        axes.sort()
    else:
        axes = [axis_of(dim, rank)]
    return axes if rank else []


def as_tensor(data, dtype=None, **_):
    """A tensor of nested lists of numbers; one that is a tensor already stays itself."""
    if isinstance(data, Tensor):
        return data if dtype is None else data._typed(dtype)
    return _tensor.make(data, kind_of(dtype))


def floats(tensor):
    """A tensor of floats: integers and truth values become the default float."""
    return tensor if tensor._kind[0] == "f" else _tensor.cast(tensor, _tensor.default_kind())
