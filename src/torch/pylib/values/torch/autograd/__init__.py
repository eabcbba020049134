"""`torch.autograd`."""

from gradus_autograd import (
    Function, Variable, backward, enable_grad, grad, inference_mode, no_grad, set_grad_enabled,
)
from gradus_faults import NotOffered


class _Anomaly:
    """A context that changes nothing."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


detect_anomaly = set_detect_anomaly = _Anomaly


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "functional":
        import sys

        __import__("torch.autograd.functional")
        return sys.modules["torch.autograd.functional"]
    if name in ("gradcheck", "gradgradcheck"):
        from . import checking

        return getattr(checking, name)
    if name == "function":
        import sys

        return sys.modules["gradus_autograd"]
    raise NotOffered(f"torch.autograd.{name} is not offered here")
