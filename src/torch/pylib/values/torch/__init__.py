"""The package `torch`: tensors with values on gradus's own operations, and gradients by gradus's own rules."""

import builtins

import _tensor
import gradus_operations
from gradus_autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from gradus_faults import NotOffered
from gradus_making import GENERATOR, MAKING
from gradus_operations import FUNCTIONS
from gradus_tensor import KINDS, TYPES, Tensor, as_tensor, kind_of
from gradus_types import (
    Size, bfloat16, bool_ as bool, complex64, device, dtype, float16, float32, float64, int8, int16, int32, int64, uint8,
)

globals().update(FUNCTIONS)
globals().update(MAKING)

float, double, half, long, int, short = float32, float64, float16, int64, int32, int16
__version__ = "2.0.0"
strided = contiguous_format = preserve_format = None
pi, inf, nan, e = 3.141592653589793, builtins.float("inf"), builtins.float("nan"), 2.718281828459045
newaxis = None


def _typed_class(kind):
    def make(*data):
        sizes = data and builtins.all(isinstance(one, builtins.int) for one in data)
        return _tensor.full(list(data), 0, kind) if sizes else _tensor.make(data[0] if data else [], kind)

    return make


FloatTensor, DoubleTensor = _typed_class("float32"), _typed_class("float64")
LongTensor, IntTensor, BoolTensor = _typed_class("int64"), _typed_class("int64"), _typed_class("bool")


def from_numpy(array):
    raise NotOffered("torch.from_numpy is not offered here: numpy is not")


def is_tensor(value):
    return isinstance(value, Tensor)


def is_floating_point(tensor):
    return tensor.is_floating_point()


def get_default_dtype():
    return TYPES[_tensor.default_kind()]


def set_default_dtype(dtype):
    if dtype not in (float32, float64):
        raise TypeError("only floating-point types are supported as the default type")
    _tensor.set_default_kind(kind_of(dtype))


def set_default_tensor_type(kind):
    set_default_dtype(float64 if "Double" in str(kind) else float32)


def result_type(a, b):
    return TYPES[_tensor.kind_of((a, b))]


def promote_types(a, b):
    return TYPES[_tensor.kind_of((_tensor.full((1,), 0, kind_of(a)), _tensor.full((1,), 0, kind_of(b))))]


def can_cast(from_, to):
    order = ("bool", "int64", "float32", "float64")
    return order.index(kind_of(from_)) <= order.index(kind_of(to)) or kind_of(from_)[0] == kind_of(to)[0]


class finfo:
    """The limits of floats."""

    def __init__(self, type=None):
        kind = kind_of(type or get_default_dtype())
        single = kind == "float32"
        self.bits = 32 if single else 64
        self.eps = 1.1920928955078125e-07 if single else 2.220446049250313e-16
        self.max = 3.4028234663852886e38 if single else 1.7976931348623157e308
        self.min = -self.max
        self.tiny = self.smallest_normal = 1.1754943508222875e-38 if single else 2.2250738585072014e-308
        self.dtype = kind


class iinfo:
    """The limits of integers."""

    def __init__(self, type):
        self.bits = 64
        self.max, self.min = 2**63 - 1, -(2**63)


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    usual = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, 2**62, 3, 80)}[profile or "default"]
    given = (precision, threshold, edgeitems, linewidth)
    chosen = [old if new is None else new for old, new in zip(usual, given)]
    chosen[1] = builtins.int(builtins.min(chosen[1], 2**62))
    _tensor.print_options(*chosen, sci_mode)


def _nothing(*_, **__):
    return None


seed = initial_seed = lambda: _tensor.seeded()
use_deterministic_algorithms = set_default_device = set_num_threads = set_float32_matmul_precision = _nothing


def get_num_threads():
    return 1


def compile(model=None, *_, **__):
    return (lambda inner: inner) if model is None else model


def vmap(function, in_dims=0, out_dims=0, **_):
    """Each entry of the first axes by itself."""

    def mapped(*args):
        dims = in_dims if isinstance(in_dims, (tuple, list)) else (in_dims,) * len(args)
        count = [arg.size(dim) for arg, dim in zip(args, dims) if dim is not None][0]
        pick = lambda place: [arg if dim is None else arg.select(dim, place) for arg, dim in zip(args, dims)]
        made = [function(*pick(place)) for place in range(count)]
        if isinstance(made[0], (tuple, builtins.list)):
            return tuple(FUNCTIONS["stack"](one, out_dims) for one in zip(*made))
        return FUNCTIONS["stack"](made, out_dims)

    return mapped


class _Space:
    """A namespace whose settings may be set and change nothing."""

    def __init__(self, name, **known):
        self.__dict__.update(known, _name=name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotOffered(f"{self._name}.{name} is not offered here")


class autocast(no_grad):
    """A context that changes nothing."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def _false(*_, **__):
    return False


def _unchanged(thing=None, *_, **__):
    return (lambda inner: inner) if thing is None else thing


cuda = _Space("torch.cuda", is_available=_false, device_count=lambda: 0, manual_seed=_nothing,
              manual_seed_all=_nothing, empty_cache=_nothing, synchronize=_nothing)
backends = _Space("torch.backends", cudnn=_Space("torch.backends.cudnn", is_available=_false),
                  cuda=_Space("torch.backends.cuda"), mps=_Space("torch.backends.mps", is_available=_false, is_built=_false))
mps = _Space("torch.mps", is_available=_false)
jit = _Space("torch.jit", script=_unchanged, ignore=_unchanged, export=_unchanged, unused=_unchanged,
             is_scripting=_false, is_tracing=_false, Final=None)
random = _Space("torch.random", manual_seed=MAKING["manual_seed"])
special = _Space("torch.special", **{name: FUNCTIONS[name] for name in (
    "erf", "erfc", "expm1", "exp2", "log1p", "logit", "logsumexp", "softmax", "log_softmax", "sinc", "xlogy", "round")},
    expit=FUNCTIONS["sigmoid"])

_FUNCTIONAL = ("dropout conv1d conv2d conv3d conv_transpose1d conv_transpose2d embedding layer_norm batch_norm group_norm "
               "instance_norm pixel_shuffle pixel_unshuffle adaptive_avg_pool1d avg_pool1d max_pool1d max_pool2d max_pool3d "
               "celu selu prelu bilinear cosine_similarity hardshrink rms_norm pairwise_distance rrelu").split()


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ("nn", "autograd", "optim", "utils", "linalg", "func", "distributions"):
        import sys

        __import__("torch." + name)
        return sys.modules["torch." + name]
    if name in _FUNCTIONAL:
        from .nn import functional

        return getattr(functional, name)
    raise NotOffered(f"torch.{name} is not offered here")


from . import nn  # noqa: E402
