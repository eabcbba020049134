"""Modules with values: being called, weights that can be saved, and layers of the catalog."""

import _gradus
import _tensor
from gradus_module import Owner
from gradus_placeholders import Placeholder
from gradus_tensor import Tensor, dtype, kind_of
from torch.nn.parameter import Parameter

_OWN = ("_modules", "_parameters", "_buffers")


class Hook:
    """What registering a hook returns."""

    def __init__(self, hooks, hook):
        self._hooks, self._hook = hooks, hook

    def remove(self):
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)


class Module(Owner):
    """A part of a network."""

    # Hooks.

    def _hooked(self, where, hook):
        hooks = self.__dict__.setdefault(where, [])
        hooks.append(hook)
        return Hook(hooks, hook)

    def register_forward_hook(self, hook, **_):
        return self._hooked("_after", hook)

    def register_forward_pre_hook(self, hook, **_):
        return self._hooked("_before", hook)

    def register_full_backward_hook(self, hook, **_):
        from gradus_faults import NotOffered

        raise NotOffered("register_full_backward_hook is not offered here: Tensor.register_hook is")

    register_backward_hook = register_full_backward_hook

    # Weights by name.

    def state_dict(self, *_, prefix="", **__):
        from collections import OrderedDict

        made = OrderedDict()
        for path, module in self.named_modules(prefix=prefix.rstrip("."), remove_duplicate=False):
            for owned in ("_parameters", "_buffers"):
                for name, tensor in module.__dict__[owned].items():
                    if tensor is not None and name not in module.__dict__.get("_passing", ()):
                        made[f"{path}.{name}" if path else name] = tensor.detach()
        return made

    def load_state_dict(self, state_dict, strict=True, assign=False):
        mine = {}
        for path, module in self.named_modules(remove_duplicate=False):
            for owned in ("_parameters", "_buffers"):
                for name, tensor in module.__dict__[owned].items():
                    if tensor is not None and name not in module.__dict__.get("_passing", ()):
                        mine[f"{path}.{name}" if path else name] = tensor
        missing = [name for name in mine if name not in state_dict]
        unexpected = [name for name in state_dict if name not in mine]
        errors = []
        if strict and unexpected:
            errors.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{name}"' for name in unexpected) + ". ")
        if strict and missing:
            errors.append("Missing key(s) in state_dict: " + ", ".join(f'"{name}"' for name in missing) + ". ")
        for name, tensor in mine.items():
            if name in state_dict and state_dict[name]._dims != tensor._dims:
                errors.append(f"size mismatch for {name}: copying a param with shape {state_dict[name].shape} from "
                              f"checkpoint, the shape in current model is {tensor.shape}.")
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        before = _tensor.record(False)
        try:
            for name, tensor in mine.items():
                if name in state_dict:
                    tensor.copy_(state_dict[name])
        finally:
            _tensor.record(before)
        return Loaded(missing, unexpected)

    def register_buffer(self, name, tensor, persistent=True):
        self._buffers[name] = tensor
        if not persistent:
            self.__dict__.setdefault("_passing", set()).add(name)

    def zero_grad(self, set_to_none=True):
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.zero_()

    def _apply(self, function):
        for module in self.modules():
            for tensor in module._parameters.values():
                if tensor is not None:
                    trains = tensor.requires_grad
                    with_type = function(tensor.detach())
                    tensor.requires_grad = False
                    tensor._become(with_type)
                    tensor.requires_grad = trains
            for name, tensor in module._buffers.items():
                if tensor is not None:
                    module._buffers[name] = function(tensor)
        return self

    def to(self, *args, dtype=None, **_):
        for wanted in args:
            dtype = wanted if kind_like(wanted) else dtype
        return self if dtype is None else self.type(dtype)

    def type(self, wanted):
        return self._apply(lambda tensor: tensor.to(wanted) if tensor.is_floating_point() else tensor)

    def double(self):
        return self.type(float64)

    def float(self):
        return self.type(float32)

    half = bfloat16 = float

    def cuda(self, *_, **__):
        return self

    cpu = cuda

    def share_memory(self):
        return self

    def compile(self, *_, **__):
        return self

    # Being called.

    def forward(self, *_, **__):
        raise NotImplementedError(f"Module [{type(self).__name__}] is missing the required \"forward\" function")

    def __call__(self, *args, **kwargs):
        mine = self.__dict__
        if "_before" not in mine and "_after" not in mine:
            return self.forward(*args, **kwargs)
        for hook in list(mine.get("_before", ())):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        output = self.forward(*args, **kwargs)
        for hook in list(mine.get("_after", ())):
            changed = hook(self, args, output)
            output = output if changed is None else changed
        return output

    def __deepcopy__(self, memo):
        from copy import deepcopy

        copy = type(self).__new__(type(self))
        memo[id(self)] = copy
        for name, value in self.__dict__.items():
            copy.__dict__[name] = deepcopy(value, memo)
        return copy


class Loaded(tuple):
    """What `load_state_dict` returns."""

    def __new__(cls, missing, unexpected):
        return tuple.__new__(cls, (missing, unexpected))

    missing_keys = property(lambda self: self[0])
    unexpected_keys = property(lambda self: self[1])

    def __repr__(self):
        if not self[0] and not self[1]:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self[0]}, unexpected_keys={self[1]})"


def kind_like(value):
    return isinstance(value, dtype)


from gradus_types import float32, float64  # noqa: E402


class Layer(Module):
    """A layer that the catalog knows: its class has its name, and the catalog knows its arguments and weights."""

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        mine = self.__dict__
        handle, bound = _gradus.layer(self._catalog_name, _plain(args), _plain(kwargs))
        mine["_bound"] = bound
        kind = kind_of(kwargs.get("dtype")) if kind_like(kwargs.get("dtype")) else None
        for name, dims, trains in _gradus.parameters(handle):
            tensor = _tensor.full(dims, 0.0, "int64" if name == "num_batches_tracked" else kind)
            if trains:
                mine["_parameters"][name] = Parameter(tensor)
            else:
                mine["_buffers"][name] = tensor
        self._begin()

    def _begin(self):
        """Weights as PyTorch draws them."""

    def reset_parameters(self):
        self._begin()

    def __getattr__(self, name):
        mine = self.__dict__
        for owned in _OWN:
            if name in mine.get(owned, ()):
                return mine[owned][name]
        if name.startswith("__") or "_bound" not in mine:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        if name in self._tensors:
            return None
        value = mine["_bound"].get(name, self._defaults.get(name, self))
        if value is self:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return self._shown(name, value)

    _defaults = {}
    # What is None where the layer does without.
    _tensors = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")

    def _shown(self, name, value):
        return value


def _plain(value):
    """Arguments as JSON: layers by their own arguments, functions and types by name."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Placeholder):
        value._refuse()
    if isinstance(value, Layer):
        return {"class": value._catalog_name, **value._bound}
    if isinstance(value, Tensor):
        return value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "_catalog_name"):
        return {"class": value._catalog_name}
    return getattr(value, "__name__", str(value))
