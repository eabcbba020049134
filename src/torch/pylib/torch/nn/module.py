"""Modules: what they own, and being called."""

import _gradus
from gradus_faults import NotOffered
from gradus_placeholders import Placeholder
from gradus_tensor import TRACE, Tensor
from torch.nn.parameter import Buffer, Parameter

_OWN = ("_modules", "_parameters", "_buffers")


class Module:
    """A part of a network. A call is noted where a program makes it, since its shapes say what the model is meant for."""

    training = True

    def __init__(self, *_, **__):
        for name in _OWN:
            self.__dict__.setdefault(name, {})

    # What it owns.

    def __setattr__(self, name, value):
        mine = self.__dict__
        if isinstance(value, (Module, Parameter)) and "_modules" not in mine:
            kind = "module" if isinstance(value, Module) else "parameter"
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if isinstance(value, Module):
            self._forget(name)
            mine["_modules"][name] = value
        elif isinstance(value, Parameter):
            self._materialize()
            self._forget(name)
            mine["_parameters"][name] = value
        elif isinstance(value, Buffer) or name in mine.get("_buffers", ()):
            mine["_buffers"][name] = value
        elif value is None and (name in mine.get("_modules", ()) or name in mine.get("_parameters", ())):
            mine["_modules" if name in mine["_modules"] else "_parameters"][name] = None
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name):
        for owned in _OWN:
            if owned != "_modules":
                self.__dict__[owned].pop(name, None)
        self.__dict__.pop(name, None)

    def _materialize(self):
        """A layer makes its parameters when somebody asks for them."""

    def __getattr__(self, name):
        mine = self.__dict__
        for owned in _OWN:
            if name in mine.get(owned, ()):
                return mine[owned][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        for owned in _OWN:
            if name in self.__dict__.get(owned, ()):
                del self.__dict__[owned][name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return [*object.__dir__(self), *self._modules, *self._parameters, *self._buffers]

    def register_module(self, name, module):
        self.add_module(name, module)

    def add_module(self, name, module):
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        if not isinstance(name, str) or "." in name or name == "":
            raise KeyError(f"a module's name is a word without a dot, not {name!r}")
        self._modules[name] = module

    def register_parameter(self, name, parameter):
        self._materialize()
        self._parameters[name] = parameter

    def register_buffer(self, name, tensor, persistent=True):
        self._buffers[name] = tensor

    def _refuse_hooks(self, *_, **__):
        return _Handle()

    register_forward_hook = register_forward_pre_hook = register_full_backward_hook = _refuse_hooks
    register_backward_hook = register_load_state_dict_post_hook = _refuse_hooks

    # Walking through it.

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, path, remove_duplicate)
        if not remove_duplicate:
            memo.discard(id(self))

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def get_submodule(self, target):
        module = self
        for name in target.split(".") if target else ():
            module = getattr(module, name)
        return module

    def _named(self, owned, prefix="", recurse=True, remove_duplicate=True):
        seen = set()
        modules = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in modules:
            module._materialize()
            for name, tensor in module.__dict__[owned].items():
                if tensor is None or (remove_duplicate and id(tensor) in seen):
                    continue
                seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def state_dict(self, *_, **__):
        return {**dict(self.named_parameters()), **dict(self.named_buffers())}

    def load_state_dict(self, state, *_, **__):
        raise NotOffered("loading weights is not offered here: there are no values")

    def apply(self, function):
        for module in self.children():
            module.apply(function)
        function(self)
        return self

    # Modes and places, of which shapes know nothing.

    def train(self, mode=True):
        for module in self.modules():
            module.__dict__["training"] = mode
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

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

    def extra_repr(self):
        return ""

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        inside = [f"  ({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        if not inside:
            return f"{self._get_name()}({self.extra_repr()})"
        return f"{self._get_name()}(\n" + "\n".join(inside) + "\n)"

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
