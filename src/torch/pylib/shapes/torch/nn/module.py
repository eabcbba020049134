"""Modules that write down what they do when they are called."""

import _gradus
from gradus_faults import NotOffered
from gradus_module import Owner
from gradus_placeholders import Placeholder
from gradus_tensor import TRACE, Tensor
from torch.nn.parameter import Parameter

_OWN = ("_modules", "_parameters", "_buffers")


class Module(Owner):
    """A part of a network. A call is noted where a program makes it, since its shapes say what the model is meant for."""

    def _refuse_hooks(self, *_, **__):
        return _Handle()

    register_forward_hook = register_forward_pre_hook = register_full_backward_hook = _refuse_hooks
    register_backward_hook = register_load_state_dict_post_hook = _refuse_hooks

    def state_dict(self, *_, **__):
        return {**dict(self.named_parameters()), **dict(self.named_buffers())}

    def load_state_dict(self, state, *_, **__):
        raise NotOffered("loading weights is not offered here: there are no values")

    # Places, of which shapes know nothing.

    def _same(self, *_, **__):
        return self

    to = cuda = cpu = half = float = double = bfloat16 = type = share_memory = compile = zero_grad = _same

    # Being called.

    def forward(self, *_, **__):
        raise NotImplementedError(f"Module [{type(self).__name__}] is missing the required \"forward\" function")

    def __call__(self, *args, **kwargs):
        if TRACE.on or TRACE.depth > 0:
            return self.forward(*args, **kwargs)
        self.__dict__.setdefault("_seen", (args, kwargs))
        TRACE.depth = 1
        try:
            return self.forward(*args, **kwargs)
        except BaseException as failure:
            TRACE.failed_call = failure
            raise
        finally:
            TRACE.depth = 0

    def __deepcopy__(self, memo):
        from copy import deepcopy

        copy = type(self).__new__(type(self))
        memo[id(self)] = copy
        for name, value in self.__dict__.items():
            if name != "_seen":
                copy.__dict__[name] = deepcopy(value, memo)
        copy._copied()
        return copy

    def _copied(self):
        """A copy of a layer is a layer of its own."""


class _Handle:
    """What registering a hook returns."""

    def remove(self):
        pass


class Layer(Module):
    """A layer that the catalog knows: its class has its name, `_handle` the native side's number.

    `_data` says how many of its call's arguments are data (the rest are masks and options).
    """

    _data = 1

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        name = self._layer_name()
        handle, bound = _gradus.layer(name, _plain(args), _plain(kwargs))
        self.__dict__["_handle"] = handle
        self.__dict__["_bound"] = bound

    @classmethod
    def _layer_name(cls):
        for base in cls.__mro__:
            if "_catalog_name" in base.__dict__:
                return base._catalog_name
        return cls.__name__

    def _materialize(self):
        if "_whole" in self.__dict__:
            return
        self.__dict__["_whole"] = True
        for name, dims, trains in _gradus.parameters(self._handle):
            if name in self._parameters or name in self._buffers:
                continue
            if trains:
                parameter = Parameter(Tensor._constant(dims))
                parameter._owner = (self._handle, name)
                self._parameters[name] = parameter
            else:
                self._buffers[name] = Tensor._constant(dims)

    def _copied(self):
        old = self._handle
        new = self.__dict__["_handle"] = _gradus.copy(old)
        for parameter in self._parameters.values():
            if parameter is not None and parameter._owner and parameter._owner[0] == old:
                parameter._owner = (new, parameter._owner[1])

    def __getattr__(self, name):
        mine = self.__dict__
        if name.startswith("__") or "_handle" not in mine:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        if "_whole" not in mine:
            self._materialize()
        for owned in _OWN:
            if name in mine[owned]:
                return mine[owned][name]
        return self._setting(name)

    def _setting(self, name):
        """An argument of the constructor, as PyTorch keeps it."""
        value = self._bound.get(name, _DEFAULTS.get(name, self))
        if value is self:
            if name in ("weight", "bias", "running_mean", "running_var"):
                return None
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        rank = self._layer_name()[-2:-1]
        axes = name in ("kernel_size", "stride", "padding", "dilation", "output_padding")
        if axes and "Conv" in self._layer_name() and isinstance(value, int) and rank.isdigit():
            return (value,) * int(rank)
        return value

    def forward(self, *args, **kwargs):
        data = args[: self._data] if args else list(kwargs.values())[: self._data]
        return call_layer(self._handle, *data)

    def extra_repr(self):
        return ", ".join(f"{name}={value}" for name, value in self._bound.items())


_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0, "batch_first": False,
             "num_layers": 1, "bidirectional": False, "eps": 1e-5, "momentum": 0.1, "padding_mode": "zeros",
             "inplace": False, "p": 0.5, "padding_idx": None, "affine": True}


def _plain(value):
    """Arguments as JSON: layers by their own arguments, functions and types by name."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Placeholder):
        value._refuse()
    if isinstance(value, Layer):
        return {"class": value._layer_name(), **value._bound}
    if isinstance(value, Tensor) and value._value is not None:
        return value._value
    if value is None or isinstance(value, (bool, int, float, str, Tensor)):
        return value
    if hasattr(value, "_catalog_name"):
        return {"class": value._catalog_name}
    return getattr(value, "__name__", str(value))


def tensors_in(value):
    """The tensors in a value, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [tensor for item in value for tensor in tensors_in(item)]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in tensors_in(item)]
    inside = getattr(value, "__dict__", None)
    if inside and hasattr(value, "__dataclass_fields__"):
        return tensors_in(inside)
    return []


def call_layer(handle, *data, weights=()):
    """A call of a layer with its data, and with its weights where it does not own them. One output, or several."""
    inputs = tensors_in(data)
    if not inputs:
        raise TypeError("a layer is called with a tensor")
    every = inputs + list(weights)
    if TRACE.on and any(tensor._traced() for tensor in every):
        outputs = _gradus.call(handle, [tensor._reach() for tensor in every], len(inputs))
        made = [Tensor._at(output) for output in outputs]
    else:
        made = [Tensor._constant(dims) for dims in _gradus.layer_shapes(handle, [tensor._dims for tensor in inputs])]
    return made[0] if len(made) == 1 else made
