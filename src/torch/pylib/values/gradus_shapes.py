"""Tensors seen in another shape, joined, cut, gathered and scattered."""

import builtins

import _tensor
from gradus_faults import NotOffered
from gradus_tensor import KINDS, Tensor, as_tensor, axis_of, dtype, ints


def reshape(tensor, *sizes, shape=None):
    sizes = ints(sizes if shape is None else (shape,))
    if -1 in sizes:
        known = 1
        for size in sizes:
            if size != -1:
                known *= size
        place = sizes.index(-1)
        if known == 0 or tensor.numel() % known or sizes.count(-1) > 1:
            raise RuntimeError(f"shape '{sizes}' is invalid for input of size {tensor.numel()}")
        sizes[place] = tensor.numel() // known
    count = 1
    for size in sizes:
        if size < 0:
            raise RuntimeError(f"invalid shape dimension {size}")
        count *= size
    if count != tensor.numel():
        raise RuntimeError(f"shape '{sizes}' is invalid for input of size {tensor.numel()}")
    return _tensor.reshape(tensor, sizes)


def view(tensor, *sizes):
    if len(sizes) == 1 and isinstance(sizes[0], dtype):
        return tensor._typed(sizes[0])
    return reshape(tensor, *sizes)


def view_as(tensor, other):
    return reshape(tensor, other._dims)


reshape_as = view_as


def flatten(input, start_dim=0, end_dim=-1):
    dims = input._dims
    if not dims:
        return reshape(input, [1])
    start, end = axis_of(start_dim, len(dims)), axis_of(end_dim, len(dims))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    size = 1
    for one in dims[start : end + 1]:
        size *= one
    return reshape(input, [*dims[:start], size, *dims[end + 1 :]])


def ravel(input):
    return flatten(input)


def unflatten(input, dim, sizes):
    axis = axis_of(dim, input.ndim)
    sizes = list(sizes)
    if -1 in sizes:
        known = 1
        for size in sizes:
            if size != -1:
                known *= size
        sizes[sizes.index(-1)] = input._dims[axis] // known
    return reshape(input, [*input._dims[:axis], *sizes, *input._dims[axis + 1 :]])


def permute(input, *dims):
    dims = [axis_of(dim, input.ndim) for dim in ints(dims)]
    if len(dims) != input.ndim:
        raise RuntimeError(f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of "
                           f"the desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to "
                           f"len(dims) = {len(dims)}")
    if len(set(dims)) != len(dims):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _tensor.permute(input, dims)


def transpose(input, dim0, dim1):
    rank = input.ndim
    if rank == 0:
        return input
    a, b = axis_of(dim0, rank), axis_of(dim1, rank)
    order = list(range(rank))
    order[a], order[b] = order[b], order[a]
    return _tensor.permute(input, order)


swapaxes = swapdims = transpose


def t(input):
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return transpose(input, 0, 1) if input.ndim == 2 else input


def adjoint(input):
    return transpose(input, -2, -1)


def movedim(input, source, destination):
    rank = input.ndim
    listed = lambda dims: [axis_of(dim, rank) for dim in (dims if isinstance(dims, (tuple, list)) else (dims,))]
    source, destination = listed(source), listed(destination)
    order = [axis for axis in range(rank) if axis not in source]
    for to, axis in sorted(zip(destination, source)):
        order.insert(to, axis)
    return permute(input, order)


moveaxis = movedim


def squeeze(input, dim=None):
    rank = input.ndim
    if dim is None:
        axes = range(rank)
    else:
        axes = [axis_of(one, rank) for one in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    return _tensor.reshape(input, [size for axis, size in enumerate(input._dims) if size != 1 or axis not in axes])


def unsqueeze(input, dim):
    axis = axis_of(dim, input.ndim + 1)
    return _tensor.reshape(input, [*input._dims[:axis], 1, *input._dims[axis:]])


def expand(input, *sizes, size=None, implicit=False):
    sizes = ints(sizes if size is None else (size,))
    lead = len(sizes) - input.ndim
    if lead < 0:
        raise RuntimeError(f"expand(torch.FloatTensor{{{list(input._dims)}}}, size={sizes}): the number of sizes provided "
                           f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor "
                           f"({input.ndim})")
    for place, size in enumerate(input._dims):
        wanted = sizes[lead + place]
        if wanted == -1:
            sizes[lead + place] = size
        elif size not in (1, wanted):
            raise RuntimeError(f"The expanded size of the tensor ({wanted}) must match the existing size ({size}) at "
                               f"non-singleton dimension {lead + place}.  Target sizes: {sizes}.  "
                               f"Tensor sizes: {list(input._dims)}")
    return _tensor.broadcast(input, sizes)


broadcast_to = expand


def expand_as(input, other):
    return expand(input, other._dims)


def broadcast_tensors(*tensors):
    dims = broadcast_shapes(*[tensor._dims for tensor in tensors])
    return tuple(_tensor.broadcast(tensor, dims) for tensor in tensors)


def broadcast_shapes(*shapes):
    from gradus_types import Size

    dims = ()
    for shape in shapes:
        dims = _tensor.broadcast_dims(dims, (shape,) if isinstance(shape, int) else shape)
    return Size(dims)


def sum_to_size(input, *sizes):
    return _tensor.op({"SumTo": ints(sizes)}, (input,))


def repeat(input, *repeats):
    times = ints(repeats)
    lead = len(times) - input.ndim
    if lead < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    dims = [1] * lead + list(input._dims)
    between, spread = [], []
    for times_one, size in zip(times, dims):
        between += [1, size]
        spread += [times_one, size]
    made = _tensor.broadcast(_tensor.reshape(input, between), spread).clone()
    return reshape(made, [times_one * size for times_one, size in zip(times, dims)])


def tile(input, *dims):
    times = ints(dims)
    return repeat(input, [1] * (input.ndim - len(times)) + times)


def repeat_interleave(input, repeats, dim=None, *, output_size=None):
    if dim is None:
        input, dim = flatten(input), 0
    axis = axis_of(dim, input.ndim)
    if isinstance(repeats, Tensor) and repeats.numel() > 1:
        numbers = [place for place, times in enumerate(repeats.tolist()) for _ in range(times)]
        return index_select(input, axis, _tensor.make(numbers, "int64"))
    times = int(repeats)
    spread = list(input._dims)
    spread.insert(axis + 1, times)
    wide = _tensor.broadcast(unsqueeze(input, axis + 1), spread)
    return flatten(wide.clone(), axis, axis + 1)


def flip(input, *dims):
    for dim in ints(dims):
        input = _tensor.op({"Flip": axis_of(dim, input.ndim)}, (input,))
    return input


def fliplr(input):
    return flip(input, 1)


def flipud(input):
    return flip(input, 0)


def rot90(input, k=1, dims=(0, 1)):
    for _ in range(k % 4):
        input = flip(transpose(input, *dims), dims[0])
    return input


def roll(input, shifts, dims=None):
    if dims is None:
        return reshape(roll(flatten(input), shifts, 0), input._dims)
    shifts, dims = ([one] if isinstance(one, int) else list(one) for one in (shifts, dims))
    for shift, dim in zip(shifts, dims):
        axis = axis_of(dim, input.ndim)
        length = input._dims[axis]
        cut = -shift % length if length else 0
        if cut:
            input = _tensor.cat((_tensor.slice(input, axis, cut, 1, length - cut), _tensor.slice(input, axis, 0, 1, cut)),
                                axis)
    return input


# Joining and cutting.


def _tensors(tensors):
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    for place, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected Tensor as element {place} in argument 0, but got {type(tensor).__name__}")
    kind = _tensor.kind_of(tensors)
    return [tensor if tensor._kind == kind else _tensor.cast(tensor, kind) for tensor in tensors]


def cat(tensors, dim=0, *, axis=None, out=None):
    tensors = _tensors(tensors)
    full = [tensor for tensor in tensors if tensor._dims != (0,)] or tensors[:1]
    first = full[0]
    if first.ndim == 0:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    axis = axis_of(dim if axis is None else axis, first.ndim)
    for place, tensor in enumerate(full):
        if tensor.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}")
        for one, (n, m) in enumerate(zip(first._dims, tensor._dims)):
            if one != axis and n != m:
                raise RuntimeError(f"Sizes of tensors must match except in dimension {axis}. Expected size {n} but got size "
                                   f"{m} for tensor number {place} in the list.")
    return _tensor.cat(full, axis)


concat = concatenate = cat


def stack(tensors, dim=0, *, out=None):
    tensors = _tensors(tensors)
    first = tensors[0]
    for place, tensor in enumerate(tensors):
        if tensor._dims != first._dims:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first._dims)} at entry 0 and "
                               f"{list(tensor._dims)} at entry {place}")
    axis = axis_of(dim, first.ndim + 1)
    made = _tensor.cat([unsqueeze(tensor, axis) for tensor in tensors], axis)
    return made._set_grad_name("StackBackward0") if made.requires_grad else made


def hstack(tensors):
    tensors = [reshape(tensor, [1]) if tensor.ndim == 0 else tensor for tensor in tensors]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)


def vstack(tensors):
    return cat([reshape(tensor, [1, -1]) if tensor.ndim < 2 else tensor for tensor in tensors], 0)


row_stack = vstack


def column_stack(tensors):
    return cat([reshape(tensor, [-1, 1]) if tensor.ndim < 2 else tensor for tensor in tensors], 1)


def dstack(tensors):
    return cat([tensor if tensor.ndim > 2 else unsqueeze(tensor if tensor.ndim == 2 else unsqueeze(tensor, 0), 2)
                for tensor in tensors], 2)


def block_diag(*tensors):
    width = builtins.sum(tensor.shape[1] for tensor in tensors)
    rows, before = [], 0
    for tensor in tensors:
        n, m = tensor.shape
        rows.append(cat([tensor.new_zeros(n, before), tensor, tensor.new_zeros(n, width - before - m)], 1))
        before += m
    return cat(rows, 0)


def split(tensor, split_size_or_sections, dim=0):
    axis = axis_of(dim, tensor.ndim)
    length = tensor._dims[axis]
    if isinstance(split_size_or_sections, int):
        each = split_size_or_sections
        sizes = [builtins.min(each, length - start) for start in range(0, length, each)] or [0]
    else:
        sizes = [int(size) for size in split_size_or_sections]
        if builtins.sum(sizes) != length:
            raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at "
                               f"dimension {axis}), but got split_sizes={sizes}")
    parts, start = [], 0
    for size in sizes:
        parts.append(_tensor.slice(tensor, axis, start, 1, size))
        start += size
    return tuple(parts)


split_with_sizes = split


def chunk(input, chunks, dim=0):
    length = input.size(dim)
    return split(input, builtins.max(1, -(-length // chunks)), dim)


def tensor_split(input, indices_or_sections, dim=0):
    length = input.size(dim)
    if isinstance(indices_or_sections, int):
        each, rest = divmod(length, indices_or_sections)
        return split(input, [each + (place < rest) for place in range(indices_or_sections)], dim)
    cuts = [0, *indices_or_sections, length]
    return split(input, [b - a for a, b in zip(cuts, cuts[1:])], dim)


def unbind(input, dim=0):
    axis = axis_of(dim, input.ndim)
    return tuple(select(input, axis, place) for place in range(input._dims[axis]))


def select(input, dim, index):
    axis = axis_of(dim, input.ndim)
    length = input._dims[axis]
    index = index.__index__()
    if not -length <= index < length:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(input._dims)} at dimension {axis}")
    part = _tensor.slice(input, axis, index % length, 1, 1)
    return _tensor.reshape(part, [*input._dims[:axis], *input._dims[axis + 1 :]])


def narrow(input, dim, start, length):
    axis = axis_of(dim, input.ndim)
    start = int(start) % (input._dims[axis] or 1) if int(start) < 0 else int(start)
    if start + length > input._dims[axis]:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({input._dims[axis]}).")
    return _tensor.slice(input, axis, start, 1, length)


def unfold(input, dimension, size, step):
    axis = axis_of(dimension, input.ndim)
    if size > input._dims[axis]:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {input._dims[axis]} but size is {size}")
    return _tensor.op({"Window": {"axis": axis, "kernel": size, "stride": step, "dilation": 1}}, (input,))


def meshgrid(*tensors, indexing="ij"):
    tensors = list(tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors)
    if indexing == "xy" and len(tensors) > 1:
        a, b, *rest = meshgrid(tensors[1], tensors[0], *tensors[2:])
        return (b, a, *rest)
    dims = [len(tensor) if tensor.ndim else 1 for tensor in tensors]
    made = []
    for place, tensor in enumerate(tensors):
        shape = [1] * len(dims)
        shape[place] = dims[place]
        made.append(_tensor.broadcast(reshape(tensor, shape), dims))
    return tuple(made)


def cartesian_prod(*tensors):
    return stack([flatten(one) for one in meshgrid(*tensors)], -1)


def combinations(input, r=2, with_replacement=False):
    import itertools

    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = [list(one) for one in choose(range(len(input)), r)]
    return input[_tensor.make(chosen, "int64")]


# Rows, and elements by number.


def _numbers(index, length):
    if index._kind != "int64":
        raise RuntimeError("expected scalar type Long for index")
    return index


def index_select(input, dim, index):
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    axis = axis_of(dim, input.ndim)
    if index._kind != "int64":
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    _within(index, input._dims[axis] if input.ndim else 1, "index out of range in self")
    index = reshape(index, [-1]) if index.ndim == 0 else index
    return _tensor.op({"IndexSelect": axis}, (input, index))


def _within(index, length, text):
    """Numbers outside of an axis are refused; negative ones are as well."""
    if index.numel():
        low, high = int(index.min()), int(index.max())
        if low < 0 or high >= length:
            bad = low if low < 0 else high
            raise IndexError(text) if "{" not in text else RuntimeError(text.format(bad))


def gather(input, dim, index, *, sparse_grad=False, out=None):
    axis = axis_of(dim, input.ndim)
    if index._kind != "int64":
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if index.ndim != input.ndim and not (input.ndim == 0 or index.ndim == 0):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for one in range(input.ndim):
        if one != axis and index._dims[one] > input._dims[one]:
            raise RuntimeError(f"Size does not match at dimension {one} expected index {list(index._dims)} to be no larger "
                               f"than self {list(input._dims)} apart from dimension {axis}")
    length = input._dims[axis]
    _within(index, length, f"index {{}} is out of bounds for dimension {axis} with size {length}")
    return _tensor.op({"Gather": axis}, (input, index))


def take(input, index):
    return reshape(index_select(flatten(input), 0, flatten(index)), index._dims)


def take_along_dim(input, indices, dim=None):
    if dim is None:
        return gather(flatten(input), 0, flatten(indices))
    axis = axis_of(dim, input.ndim)
    wide = list(_tensor.broadcast_dims([1 if one == axis else n for one, n in enumerate(input._dims)],
                                       [1 if one == axis else n for one, n in enumerate(indices._dims)]))
    at, of = list(wide), list(wide)
    at[axis], of[axis] = indices._dims[axis], input._dims[axis]
    return gather(_tensor.broadcast(input, of), axis, _tensor.broadcast(indices, at))


def _scattered(input, axis, index, src):
    """The sums of `src` at their places, in the shape of `input`, and how many came to each."""
    part = src
    for one, size in enumerate(index._dims):
        if part._dims[one] != size:
            part = _tensor.slice(part, one, 0, 1, size)
    made = _tensor.op({"ScatterAdd": {"axis": axis, "length": input._dims[axis]}}, (part, index))
    for one, size in enumerate(input._dims):
        if made._dims[one] != size:
            made = _tensor.op({"Unslice": {"axis": one, "start": 0, "step": 1, "length": size}}, (made,))
    return made


def _scatter_checked(input, dim, index):
    axis = axis_of(dim, input.ndim)
    if index.ndim != input.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    length = input._dims[axis]
    _within(index, length, f"index {{}} is out of bounds for dimension {axis} with size {length}")
    return axis


def scatter_add(input, dim, index, src):
    axis = _scatter_checked(input, dim, index)
    return input + _scattered(input, axis, index, src)


def scatter(input, dim, index, src=None, value=None, reduce=None):
    src = value if src is None else src
    axis = _scatter_checked(input, dim, index)
    if not isinstance(src, Tensor):
        src = _tensor.full(index._dims, src, input._kind)
    elif src.ndim == 0:
        src = _tensor.broadcast(src, index._dims)
    src = src if src._kind == input._kind else _tensor.cast(src, input._kind)
    if reduce == "add":
        return scatter_add(input, axis, index, src)
    count = _scattered(input, axis, index, _tensor.full(index._dims, 1, "int64"))
    if int(count.max()) > 1:
        return _last_wins(input, axis, index, src)
    written = _scattered(input, axis, index, src)
    return _tensor.select(count > 0, written, input)


def _last_wins(input, axis, index, src):
    """Several values for one place: each later slice of the index overwrites."""
    made = input
    for place in range(index._dims[axis]):
        one = _tensor.slice(index, axis, place, 1, 1)
        made = scatter(made, axis, one, _tensor.slice(src, axis, place, 1, 1))
    return made


def index_add(input, dim, index, source, *, alpha=1):
    axis = axis_of(dim, input.ndim)
    _within(index, input._dims[axis], "index out of range in self")
    source = source if alpha == 1 else source * alpha
    return input + _tensor.op({"IndexAdd": {"axis": axis, "length": input._dims[axis]}}, (source, index))


def index_copy(input, dim, index, source):
    made = input.clone()
    made[(slice(None),) * axis_of(dim, input.ndim) + (index,)] = source
    return made


def index_fill(input, dim, index, value):
    made = input.clone()
    made[(slice(None),) * axis_of(dim, input.ndim) + (index,)] = value
    return made


def index_put(input, indices, values, accumulate=False):
    if accumulate:
        raise NotOffered("index_put is offered without accumulate only")
    made = input.clone()
    made[tuple(indices)] = values
    return made


# Triangles and diagonals.


def _places(rows, columns):
    return (reshape(_tensor.line(0.0, 1.0, rows, "int64"), [rows, 1]),
            reshape(_tensor.line(0.0, 1.0, columns, "int64"), [1, columns]))


def _kept(input, mask, name):
    zero = _tensor.full((), 0, input._kind)
    made = _tensor.select(mask, input, zero)
    return made._set_grad_name(name) if made.requires_grad else made


def tril(input, diagonal=0):
    rows, columns = _places(*input._dims[-2:])
    return _kept(input, columns <= rows + diagonal, "TrilBackward0")


def triu(input, diagonal=0):
    rows, columns = _places(*input._dims[-2:])
    return _kept(input, columns >= rows + diagonal, "TriuBackward0")


def tril_indices(row, col, offset=0):
    places = [(i, j) for i in range(row) for j in range(col) if j <= i + offset]
    return _tensor.make([[i for i, _ in places], [j for _, j in places]], "int64")


def triu_indices(row, col, offset=0):
    places = [(i, j) for i in range(row) for j in range(col) if j >= i + offset]
    return _tensor.make([[i for i, _ in places], [j for _, j in places]], "int64")


def diagonal(input, offset=0, dim1=0, dim2=1):
    a, b = axis_of(dim1, input.ndim), axis_of(dim2, input.ndim)
    rest = [axis for axis in range(input.ndim) if axis not in (a, b)]
    moved = permute(input, rest + [a, b])
    n, m = moved._dims[-2:]
    count = builtins.max(0, builtins.min(n, m - offset) if offset >= 0 else builtins.min(n + offset, m))
    start = offset if offset >= 0 else -offset * m
    flat = reshape(moved, [*moved._dims[:-2], n * m])
    made = _tensor.slice(flat, flat.ndim - 1, start, m + 1, count) if count else flat[..., :0]
    return made._set_grad_name("DiagonalBackward0") if made.requires_grad else made


def diag_embed(input, offset=0):
    n = input._dims[-1] + builtins.abs(offset)
    flat = _tensor.op({"Unslice": {"axis": input.ndim - 1, "start": offset if offset >= 0 else -offset * n, "step": n + 1,
                                   "length": n * n}}, (input,))
    return reshape(flat, [*input._dims[:-1], n, n])


def diag(input, diagonal=0):
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    return globals()["diagonal"](input, diagonal)


diagflat = lambda input, offset=0: diag_embed(flatten(input), offset)


# The list stands below all that it names.

SHAPES = {}


def _collect():
    for name, value in list(globals().items()):
        if not name.startswith("_") and callable(value) and not isinstance(value, type):
            if name not in ("ints", "axis_of", "as_tensor"):
                SHAPES[name] = value


_collect()


def _attach():
    Tensor.T = property(lambda self: permute(self, list(range(self.ndim))[::-1]))
    Tensor.mT = property(adjoint)
    Tensor.H = property(lambda self: adjoint(self) if self.ndim == 2 else self)
    for name in ("squeeze", "unsqueeze", "transpose", "t", "swapaxes"):
        setattr(Tensor, name + "_", lambda self, *args, _function=globals()[name]: self._become(_function(self, *args)))

    def put(self, indices, values, accumulate=False):
        return self._store(index_put(self, indices, values, accumulate))

    Tensor.index_put_ = put


_attach()
