"""`torch.autograd.functional`: matrices of derivatives, row by row."""

import _tensor
from gradus_autograd import grad
from gradus_shapes import stack
from gradus_tensor import Tensor


def _entered(inputs, create_graph):
    several = isinstance(inputs, (tuple, list))
    listed = list(inputs) if several else [inputs]
    made = [one.clone() if create_graph and one.requires_grad else one.detach().clone().requires_grad_() for one in listed]
    return made, several


def _row(output, inputs, upstream, create_graph):
    """The gradients of the inputs; zeros where no path leads to one."""
    if not output.requires_grad:
        return [_tensor.full(one._dims, 0, one._kind) for one in inputs]
    found = grad(output, inputs, upstream, retain_graph=True, create_graph=create_graph, allow_unused=True)
    return [_tensor.full(one._dims, 0, one._kind) if gradient is None else gradient
            for one, gradient in zip(inputs, found)]


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    entered, several = _entered(inputs, create_graph)
    outputs = func(*entered)
    tuple_out = isinstance(outputs, (tuple, list))
    made = []
    for output in outputs if tuple_out else [outputs]:
        rows = [[] for _ in entered]
        for place in range(output.numel()):
            upstream = _tensor.reshape(_one(output.numel(), place, output._kind), output._dims)
            for row, gradient in zip(rows, _row(output, entered, upstream, create_graph)):
                row.append(gradient if create_graph else gradient.detach())
        blocks = tuple(_tensor.reshape(stack(row), [*output._dims, *one._dims]) for row, one in zip(rows, entered))
        made.append(blocks if several else blocks[0])
    return tuple(made) if tuple_out else made[0]


def _one(count, place, kind):
    return _tensor.cast(_tensor.line(0.0, 1.0, count, "int64") == place, kind)


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    several = isinstance(inputs, (tuple, list))

    def slope(*entered):
        output = func(*entered)
        if output.numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        if not output.requires_grad:
            return tuple(_tensor.full(one._dims, 0, one._kind) for one in entered)
        return tuple(_row(_tensor.reshape(output, ()), list(entered), None, True))

    made = jacobian(slope, tuple(inputs) if several else (inputs,), create_graph)
    return made if several else made[0][0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    entered, several = _entered(inputs, create_graph)
    outputs = func(*entered)
    upstream = v if v is not None else None
    found = tuple(_row(outputs, entered, upstream, create_graph))
    return outputs.detach(), found if several else found[0]


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """By the Jacobian itself."""
    matrices = jacobian(func, tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,), create_graph)
    vectors = v if isinstance(v, (tuple, list)) else (v,)
    output = func(*(inputs if isinstance(inputs, (tuple, list)) else (inputs,)))
    total = None
    for matrix, vector in zip(matrices, vectors):
        part = (_tensor.reshape(matrix, [output.numel(), vector.numel()]) @ _tensor.reshape(vector, [vector.numel()]))
        total = part if total is None else total + part
    return output, _tensor.reshape(total, output._dims)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    def slope(*entered):
        return tuple(_row(func(*entered), list(entered), None, True))

    several = isinstance(inputs, (tuple, list))
    listed, vectors = (tuple(inputs), tuple(v)) if several else ((inputs,), (v,))
    entered, _ = _entered(listed, create_graph)
    slopes = slope(*entered)
    total = sum((one * vector).sum() for one, vector in zip(slopes, vectors))
    found = tuple(_row(total, entered, None, create_graph))
    return func(*listed), found if several else found[0]
