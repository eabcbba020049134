"""`gradcheck`: every entry of the analytic Jacobian beside central differences of the program itself."""

import _tensor
from gradus_autograd import grad
from gradus_tensor import Tensor


class GradcheckError(RuntimeError):
    """What `gradcheck` raises."""


def _outputs(func, inputs):
    made = func(*inputs)
    made = made if isinstance(made, (tuple, list)) else (made,)
    return [one for one in made if isinstance(one, Tensor) and one._kind[0] == "f"]


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0, check_undefined_grad=True,
              check_grad_dtypes=False, check_batched_grad=False, fast_mode=False, masked=None, **_):
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    try:
        _check(func, inputs, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func, inputs, eps, atol, rtol):
    places = [place for place, one in enumerate(inputs) if isinstance(one, Tensor) and one.requires_grad]
    if not places:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have "
                         "requires_grad=True.")
    outputs = _outputs(func, inputs)
    for number, output in enumerate(outputs):
        if not output.requires_grad:
            continue
        count = output.numel()
        for place in places:
            x = inputs[place]
            analytic = []
            for one in range(count):
                upstream = _tensor.reshape(_tensor.cast(_tensor.line(0.0, 1.0, count, "int64") == one, output._kind),
                                           output._dims)
                found = grad(output, x, upstream, retain_graph=True, allow_unused=True)[0]
                analytic.append([0.0] * x.numel() if found is None else found.flatten().tolist())
            numeric = _numeric(func, inputs, place, number, eps)
            for i in range(x.numel()):
                for j in range(count):
                    a, n = analytic[j][i], numeric[i][j]
                    if not abs(a - n) <= atol + rtol * abs(n):
                        raise GradcheckError(
                            f"Jacobian mismatch for output {number} with respect to input {place},\n"
                            f"numerical:{_matrix(numeric)!r}\nanalytical:{_matrix(list(zip(*analytic)))!r}\n")


def _matrix(rows):
    return _tensor.make([list(row) for row in rows], "float64")


def _numeric(func, inputs, place, number, eps):
    """A row for each entry of the input: how each entry of the output changes."""
    values = inputs[place].detach().flatten().tolist()
    dims, kind = inputs[place]._dims, inputs[place]._kind
    rows = []
    for i in range(len(values)):
        sides = []
        for sign in (1.0, -1.0):
            moved = values[:i] + [values[i] + sign * eps] + values[i + 1 :]
            one = _tensor.reshape(_tensor.make(moved, kind), dims).clone()
            arguments = list(inputs)
            arguments[place] = one.requires_grad_()
            sides.append(_outputs(func, arguments)[number].detach().flatten().tolist())
        rows.append([(a - b) / (2 * eps) for a, b in zip(*sides)])
    return rows


def gradgradcheck(func, inputs, grad_outputs=None, **kwargs):
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    output = _outputs(func, inputs)[0]
    upstream = _tensor.random(output._dims, True, output._kind)

    def slope(*entered):
        wanted = [one for one in entered if isinstance(one, Tensor) and one.requires_grad]
        found = grad(_outputs(func, entered)[0], wanted, upstream, create_graph=True, allow_unused=True)
        return tuple(one for one in found if one is not None)

    return gradcheck(slope, inputs, **kwargs)
