"""`torch.nn`: layers from the catalog, made when they are first named, and containers."""

import _gradus
from gradus_faults import NotOffered
from gradus_operations import reduce
from gradus_tensor import Tensor

from . import functional, init
from .containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .module import Layer, Module, call_layer, tensors_in
from .parameter import Buffer, Parameter, UninitializedParameter

_CLASSES = frozenset(_gradus.classes())


class _Recurrent(Layer):
    _data = 2

    def forward(self, input, hx=None):
        output, *states = call_layer(self._handle, input, *tensors_in(hx))
        return output, tuple(states) if len(states) > 1 else states[0]

    def flatten_parameters(self):
        pass


class _MultiheadAttention(Layer):
    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                average_attn_weights=True, is_causal=False):
        output, weights = call_layer(self._handle, query, key, value)
        return output, weights if need_weights else None


class _Bilinear(Layer):
    _data = 2


class _MaxPool(Layer):
    """A maximum pool; the positions of the maxima have the shape of the maxima."""

    def forward(self, input):
        output = call_layer(self._handle, input)
        if self._bound.get("return_indices"):
            return output, output.detach()
        return output


_SPECIAL = {"RNN": _Recurrent, "LSTM": _Recurrent, "GRU": _Recurrent, "MultiheadAttention": _MultiheadAttention,
            "Bilinear": _Bilinear}


class UnknownLayer(Module):
    """A layer that the catalog does not know: it can stand in a model, and what comes out of it has no known shape."""

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        self.__dict__["_handle"], self.__dict__["_assumed"] = _gradus.unknown_layer(type(self).__name__)
        self.__dict__["_bound"] = {}

    def forward(self, *args, **kwargs):
        return call_layer(self._handle, *args, *kwargs.values())

    def _copied(self):
        self.__dict__["_handle"] = _gradus.copy(self._handle)


def note_unknown(layer):
    name = type(layer).__name__
    if layer._assumed:
        _gradus.note("assumed-pointwise", f"nn.{name}, which gradus does not know, is taken as element-wise")
    else:
        _gradus.note("unknown-layer", f"gradus does not know nn.{name}: what follows it is not certain; "
                     f"`--assume {name}=pointwise` takes it as element-wise")


class Loss(Module):
    """A loss: a number for each call, not a part of any model."""

    def __init__(self, *args, reduction="mean", **kwargs):
        Module.__init__(self)

    def forward(self, input, *_, **__):
        return reduce("Mean", input)


class DataParallel(Module):
    """A model spread over devices is the model."""

    def __new__(cls, module, *_, **__):
        return module


class _Utils:
    """`torch.nn.utils`: norms of weights leave shapes as they are."""

    def __getattr__(self, name):
        if name in ("weight_norm", "spectral_norm", "remove_weight_norm", "remove_spectral_norm"):
            return lambda module, *_, **__: module
        if name == "parametrizations":
            return self
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotOffered(f"torch.nn.utils.{name} is not offered here")


utils = _Utils()


def _make(name):
    if name in _CLASSES:
        base = _SPECIAL.get(name, _MaxPool if name.startswith("MaxPool") else Layer)
        return type(name, (base,), {"_catalog_name": name, "__module__": "torch.nn"})
    meant = [known for known in _CLASSES if known.lower() == name.lower()]
    if meant:
        raise AttributeError(f"module 'torch.nn' has no attribute '{name}'; did you mean '{meant[0]}'?")
    if name.endswith("Loss"):
        return type(name, (Loss,), {"__module__": "torch.nn"})
    return type(name, (UnknownLayer,), {"__module__": "torch.nn"})


def __getattr__(name):
    if name == "__all__":
        return sorted(_CLASSES) + ["Module", "Sequential", "ModuleList", "ModuleDict", "Parameter", "ParameterList"]
    if not name[:1].isupper():
        if name in ("modules", "parallel", "conv", "linear", "activation", "batchnorm", "pooling", "container"):
            import sys

            return sys.modules[__name__]
        raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.nn.{name} is not offered here")
    made = globals()[name] = _make(name)
    return made
