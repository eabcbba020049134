"""`torch.nn.init`: how parameters begin."""

import math

import _tensor
from gradus_faults import NotOffered


def _written(tensor, value):
    before = _tensor.record(False)
    try:
        return tensor.copy_(value)
    finally:
        _tensor.record(before)


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    return _written(tensor, _tensor.random(tensor._dims, False, tensor._kind) * (b - a) + a)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    return _written(tensor, _tensor.random(tensor._dims, True, tensor._kind) * std + mean)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal numbers between bounds: those outside are drawn again."""
    drawn = _tensor.random(tensor._dims, True, "float64") * std + mean
    while bool(((drawn < a) | (drawn > b)).any()):
        again = _tensor.random(tensor._dims, True, "float64") * std + mean
        drawn = drawn.where((drawn >= a) & (drawn <= b), again)
    return _written(tensor, drawn)


def constant_(tensor, val):
    return _written(tensor, _tensor.full(tensor._dims, val, tensor._kind))


def zeros_(tensor):
    return constant_(tensor, 0.0)


def ones_(tensor):
    return constant_(tensor, 1.0)


def eye_(tensor):
    from torch import eye

    return _written(tensor, eye(*tensor._dims))


def calculate_gain(nonlinearity, param=None):
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 0.75
    if nonlinearity in ("linear", "sigmoid") or nonlinearity.startswith("conv"):
        return 1.0
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def fans(tensor):
    """How many inputs and outputs a weight's unit has."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = 1
    for size in tensor._dims[2:]:
        field *= size
    return tensor._dims[1] * field, tensor._dims[0] * field


_calculate_fan_in_and_fan_out = fans


def _fan(tensor, mode):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return fans(tensor)[mode == "fan_out"]


def xavier_uniform_(tensor, gain=1.0, generator=None):
    bound = gain * math.sqrt(6.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor, gain=1.0, generator=None):
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)))


def orthogonal_(tensor, gain=1.0, generator=None):
    """Normal vectors made orthonormal one after the other."""
    rows = tensor._dims[0]
    columns = tensor.numel() // rows
    drawn = _tensor.random((min(rows, columns), max(rows, columns)), True, "float64")
    made = []
    for vector in drawn:
        for _ in range(2):
            for known in made:
                vector = vector - known * (known * vector).sum()
        made.append(vector / (vector * vector).sum().sqrt())
    matrix = type(drawn).__dict__["T"].fget(_stacked(made)) if rows > columns else _stacked(made)
    return _written(tensor, matrix.reshape(tensor._dims) * gain)


def _stacked(vectors):
    from gradus_shapes import stack

    return stack(vectors)


def sparse_(tensor, sparsity, std=0.01, generator=None):
    raise NotOffered("torch.nn.init.sparse_ is not offered here")


uniform, normal, constant, xavier_uniform, xavier_normal = uniform_, normal_, constant_, xavier_uniform_, xavier_normal_
kaiming_uniform, kaiming_normal, orthogonal = kaiming_uniform_, kaiming_normal_, orthogonal_


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.nn.init.{name} is not offered here")
