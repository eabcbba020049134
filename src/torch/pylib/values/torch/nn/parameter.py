"""Tensors that a module owns and that train."""

import _tensor
from gradus_tensor import Tensor, as_tensor


class Parameter(Tensor):
    """A parameter."""

    def __new__(cls, data=None, requires_grad=True):
        data = _tensor.full((0,), 0.0, None) if data is None else as_tensor(data).detach()
        made = Tensor.__new__(cls, data)
        if requires_grad:
            made.requires_grad = True
        return made

    def __deepcopy__(self, memo):
        copy = memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return copy

    def __repr__(self):
        return "Parameter containing:\n" + Tensor.__repr__(self)


class Buffer(Tensor):
    """A buffer, made by hand."""

    def __new__(cls, data=None, *, persistent=True):
        made = Tensor.__new__(cls, as_tensor([] if data is None else data))
        made.persistent = persistent
        return made


class UninitializedParameter(Parameter):
    """A parameter whose shape comes later; it has none here."""
