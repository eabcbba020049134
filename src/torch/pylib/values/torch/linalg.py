"""`torch.linalg`."""

import math

import _tensor
from gradus_faults import NotOffered
from gradus_operations import FUNCTIONS, det, inverse, matmul, norm as _norm
from gradus_shapes import stack, transpose, unsqueeze

inv = inverse
cross, diagonal = FUNCTIONS["cross"], FUNCTIONS["diagonal"]


def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    matrix = (dim is None and A.ndim == 2 and ord is not None) or (isinstance(dim, (tuple, list)) and len(dim) == 2)
    if matrix and ord is not None:
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim)
    return _norm(A, 2 if ord is None else ord, dim, keepdim)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    return _norm(x, ord, dim, keepdim)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    if ord == "fro":
        return _norm(A, 2, list(dim), keepdim)
    rows, columns = dim[0] % A.ndim, dim[1] % A.ndim
    if ord in (1, -1, math.inf, -math.inf):
        over, best = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = A.abs().sum(over, keepdim=True)
        made = (sums.amax if ord > 0 else sums.amin)(best, keepdim=True)
        return made if keepdim else made.squeeze((rows, columns))
    raise NotOffered(f"torch.linalg.matrix_norm with ord={ord!r} is not offered here")


def solve(A, B, *, left=True):
    if B.ndim == A.ndim - 1:
        return matmul(inverse(A), unsqueeze(B, -1)).squeeze(-1)
    return matmul(inverse(A), B) if left else matmul(B, inverse(A))


def slogdet(A):
    value = det(A)
    return value.sign(), value.abs().log()


def matrix_power(A, n):
    if n < 0:
        A, n = inverse(A), -n
    made = _identity(A)
    for _ in range(n):
        made = matmul(made, A)
    return made


def _identity(A):
    from gradus_making import eye

    return eye(A._dims[-1], dtype=A.dtype)


def multi_dot(tensors):
    return FUNCTIONS["chain_matmul"](*tensors)


def cholesky(A, *, upper=False):
    """Column by column."""
    n = A._dims[-1]
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            if j > i:
                row.append(A[..., 0, 0] * 0.0)
                continue
            total = A[..., i, j]
            for k in range(j):
                total = total - row[k] * (rows[j][k] if j < i else row[k])
            row.append(total.sqrt() if i == j else total / rows[j][j])
        rows.append(row)
    made = stack([stack(row, -1) for row in rows], -2)
    return transpose(made, -2, -1) if upper else made


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.linalg.{name} is not offered here")
