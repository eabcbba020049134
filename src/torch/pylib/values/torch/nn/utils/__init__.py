"""`torch.nn.utils`: lengths of gradients, parameters as one vector."""

import math

import _tensor
from gradus_faults import NotOffered
from gradus_operations import norm
from gradus_shapes import cat, reshape, stack
from gradus_tensor import Tensor


def _gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [one.grad for one in parameters if one.grad is not None]


def get_total_norm(gradients, norm_type=2.0):
    return norm(stack([norm(one, norm_type) for one in gradients]), norm_type)


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    gradients = _gradients(parameters)
    before = _tensor.record(False)
    try:
        if not gradients:
            return _tensor.full((), 0.0, None)
        total = get_total_norm([one.detach() for one in gradients], float(norm_type))
        if error_if_nonfinite and not bool(total.isfinite()):
            raise RuntimeError(f"The total norm of order {norm_type} for gradients from `parameters` is non-finite")
        scale = (max_norm / (total + 1e-6)).clamp(max=1.0)
        for one in gradients:
            one.mul_(scale)
        return total
    finally:
        _tensor.record(before)


def clip_grad_value_(parameters, clip_value, foreach=None):
    before = _tensor.record(False)
    for one in _gradients(parameters):
        one.clamp_(-clip_value, clip_value)
    _tensor.record(before)


def parameters_to_vector(parameters):
    return cat([reshape(one, -1) for one in parameters])


def vector_to_parameters(vec, parameters):
    start = 0
    for one in parameters:
        one.data = reshape(vec[start : start + one.numel()], one._dims)
        start += one.numel()


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.nn.utils.{name} is not offered here")
