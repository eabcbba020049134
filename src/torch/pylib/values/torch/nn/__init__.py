"""`torch.nn`: layers from the catalog, made when they are first named, containers and losses."""

import sys

import _gradus
from gradus_faults import NotOffered

from . import functional, init
from .containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .module import Layer, Module
from .parameter import Buffer, Parameter, UninitializedParameter


class DataParallel(Module):
    """A model spread over devices is the model."""

    def __new__(cls, module, *_, **__):
        return module


def _make(name):
    import gradus_layers

    made = gradus_layers.make(name)
    if made is not None:
        return made
    meant = [known for known in _gradus.classes() if known.lower() == name.lower()]
    if meant:
        raise AttributeError(f"module 'torch.nn' has no attribute '{name}'; did you mean '{meant[0]}'?")
    raise NotOffered(f"torch.nn.{name} is not offered here")


sys.modules["torch.nn.modules"] = sys.modules[__name__]


def __getattr__(name):
    if name == "__all__":
        return sorted(_gradus.classes()) + ["Module", "Sequential", "ModuleList", "ModuleDict", "Parameter", "ParameterList"]
    if name == "utils":
        __import__("torch.nn.utils")
        return sys.modules["torch.nn.utils"]
    if not name[:1].isupper():
        if name in ("modules", "parallel", "conv", "linear", "activation", "batchnorm", "pooling", "container"):
            return sys.modules[__name__]
        raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.nn.{name} is not offered here")
    made = globals()[name] = _make(name)
    return made
