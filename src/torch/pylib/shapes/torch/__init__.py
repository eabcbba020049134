"""The package `torch`: tensors have shapes and no values, modules write down what they do."""

import builtins

import gradus_operations
from gradus_faults import NotOffered
from gradus_operations import FUNCTIONS
from gradus_tensor import (
    Size, Tensor, as_tensor, bfloat16, complex64, device, dims_of, dtype, float16, float32, float64, int8, int16,
    int32, int64, uint8,
)
from gradus_tensor import bool_ as bool

globals().update(FUNCTIONS)

float, double, half, long, int, short = float32, float64, float16, int64, int32, int16
FloatTensor = Tensor
__version__ = "2.0.0"
strided = None
pi, inf, nan, e = 3.141592653589793, builtins.float("inf"), builtins.float("nan"), 2.718281828459045


# Making tensors.


def tensor(data, dtype=None, **_):
    return as_tensor(data, dtype)


asarray = tensor


def _filled(*sizes, size=None, dtype=None, **_):
    return Tensor._constant(dims_of(sizes if size is None else (size,)), dtype)


zeros = ones = empty = rand = randn = _filled


def full(size, fill_value=0, dtype=None, **_):
    return Tensor._constant(dims_of((size,)), dtype)


def normal(mean=0.0, std=1.0, size=(), **_):
    return Tensor._constant(mean.shape if isinstance(mean, Tensor) else dims_of((size,)))


def randint(low, high=None, size=None, dtype=None, **_):
    size = high if size is None else size
    return Tensor._constant(dims_of((size,)), dtype or int64)


def randperm(n, **_):
    return Tensor._constant((n,), int64)


def eye(n, m=None, **_):
    return Tensor._constant((n, n if m is None else m))


def _like(tensor, *_, dtype=None, **__):
    return Tensor._constant(tensor._known(), dtype or tensor.dtype)


zeros_like = ones_like = empty_like = rand_like = randn_like = full_like = randint_like = _like


def arange(start, end=None, step=1, dtype=None, **_):
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (value.item() if isinstance(value, Tensor) else value for value in (start, end, step))
    whole = all_ints(start, end, step)
    count = builtins.max(0, -builtins.int(-(end - start) // step))
    values = [start + place * step for place in range(count)] if count <= 4096 else None
    return Tensor._constant((count,), dtype or (int64 if whole else float32), values)


def linspace(start, end, steps=100, dtype=None, **_):
    start, end = (value.item() if isinstance(value, Tensor) else value for value in (start, end))
    width = (end - start) / (steps - 1) if steps > 1 else 0.0
    values = [start + place * width for place in range(steps)] if steps <= 4096 else None
    return Tensor._constant((steps,), dtype, values)


def all_ints(*values):
    return builtins.all(isinstance(value, builtins.int) for value in values)


def meshgrid(*tensors, indexing="ij", **_):
    tensors = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    sizes = [len(one) for one in tensors]
    if indexing == "xy" and len(sizes) > 1:
        sizes[0], sizes[1] = sizes[1], sizes[0]
    return tuple(Tensor._constant(sizes, one.dtype) for one in tensors)


def is_tensor(value):
    return isinstance(value, Tensor)


def numel(tensor):
    return tensor.numel()


def from_numpy(array):
    raise NotOffered("torch.from_numpy is not offered here: numpy is not")


# Gradients, seeds, devices: shapes know nothing of them.


class no_grad:
    """A context, and a decorator, that changes nothing."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, function):
        return function


inference_mode = enable_grad = set_grad_enabled = autocast = no_grad


def _nothing(*_, **__):
    return None


manual_seed = seed = use_deterministic_algorithms = set_default_dtype = set_default_device = _nothing
set_printoptions = set_num_threads = set_float32_matmul_precision = _nothing


def get_default_dtype():
    return float32


def is_grad_enabled():
    return True


def compile(model=None, *_, **__):
    return (lambda inner: inner) if model is None else model


class _Space:
    """A namespace whose settings may be set and change nothing."""

    def __init__(self, name, **known):
        self.__dict__.update(known, _name=name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotOffered(f"{self._name}.{name} is not offered here")


def _false(*_, **__):
    return False


def _unchanged(thing=None, *_, **__):
    return (lambda inner: inner) if thing is None else thing


cuda = _Space("torch.cuda", is_available=_false, device_count=lambda: 0, manual_seed=_nothing,
              manual_seed_all=_nothing, empty_cache=_nothing, synchronize=_nothing, FloatTensor=Tensor)
backends = _Space("torch.backends", cudnn=_Space("torch.backends.cudnn"), cuda=_Space("torch.backends.cuda"),
                  mps=_Space("torch.backends.mps", is_available=_false, is_built=_false))
mps = _Space("torch.mps", is_available=_false)
jit = _Space("torch.jit", script=_unchanged, ignore=_unchanged, export=_unchanged, unused=_unchanged,
             is_scripting=_false, is_tracing=_false, Final=None)
random = _Space("torch.random", manual_seed=_nothing)

from . import nn  # noqa: E402
from .nn import functional as _functional  # noqa: E402


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ("dropout", "conv1d", "conv2d", "conv3d", "embedding", "layer_norm", "batch_norm", "group_norm",
                "pixel_shuffle", "pixel_unshuffle", "adaptive_avg_pool1d", "avg_pool1d", "max_pool1d", "max_pool2d",
                "max_pool3d", "celu", "selu", "prelu", "bilinear", "cosine_similarity", "hardshrink", "rms_norm"):
        return getattr(_functional, name)
    if name == "autograd":
        from . import autograd

        return autograd
    if name in ("optim", "utils"):
        from gradus_placeholders import placeholder_module

        return placeholder_module(f"torch.{name}")
    raise NotOffered(f"torch.{name} is not offered here")
