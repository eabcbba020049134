"""`torch.autograd`: a function of one's own is its `forward`; gradients are not computed here."""

from gradus_faults import NotOffered
from gradus_tensor import as_tensor


class _Context:
    """What `forward` leaves for `backward`."""

    needs_input_grad = (True,) * 16
    saved_tensors = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_dirty(self, *_):
        pass

    mark_non_differentiable = set_materialize_grads = mark_dirty


class Function:
    """A function with its own gradient."""

    @classmethod
    def apply(cls, *args, **kwargs):
        return cls.forward(_Context(), *args, **kwargs)


def Variable(data, *_, **__):
    return as_tensor(data)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotOffered(f"torch.autograd.{name} is not offered here: reading computes shapes only")
