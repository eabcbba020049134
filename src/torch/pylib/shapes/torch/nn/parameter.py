"""Tensors that a module owns and that train."""

from gradus_tensor import Tensor, as_tensor


class Parameter(Tensor):
    """A parameter. `_owner` is (handle, name) where a layer made it, and None where the user's program did."""

    __slots__ = ("_owner", "__dict__")

    def __init__(self, data=None, requires_grad=True):
        data = Tensor._constant((0,)) if data is None else as_tensor(data)
        Tensor.__init__(self, _dims=data._dims, _dtype=data.dtype)
        self.requires_grad = requires_grad
        self._owner = None

    def _is_leaf_of_trace(self):
        return True

    def __deepcopy__(self, memo):
        copy = Parameter(self.detach(), self.requires_grad)
        copy._owner = self._owner
        memo[id(self)] = copy
        return copy

    def __repr__(self):
        return f"Parameter containing: {Tensor.__repr__(self)}"


class Buffer(Tensor):
    """A buffer, made by hand."""

    __slots__ = ("persistent",)

    def __init__(self, data=None, persistent=True):
        data = Tensor._constant((0,)) if data is None else as_tensor(data)
        Tensor.__init__(self, _dims=data._dims, _dtype=data.dtype)
        self.persistent = persistent


class UninitializedParameter(Parameter):
    """A parameter whose shape comes later; it has none here."""
