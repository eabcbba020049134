"""Tensors seen in another shape, joined, cut and indexed."""

import _gradus
from gradus_faults import NotOffered, ValuesNeeded
from gradus_tensor import Tensor, bool_, dtype, record, record_one


def dims_list(dim):
    """Axes given as None, one number, or several."""
    if dim is None:
        return []
    return [dim] if isinstance(dim, int) else list(dim)


def reshape(tensor, *sizes):
    sizes = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, Tensor)) else sizes
    return record_one({"Reshape": {"sizes": [int(size) for size in sizes]}}, tensor)


def view(tensor, *sizes):
    if len(sizes) == 1 and isinstance(sizes[0], dtype):
        return tensor._typed(sizes[0])
    return reshape(tensor, *sizes)


def view_as(tensor, other):
    return reshape(tensor, other.shape)


reshape_as = view_as


def functional(name, tensor, **arguments):
    """A layer without weights as a function."""
    from torch.nn.module import call_layer

    handle, _ = _gradus.layer(name, (), arguments)
    return call_layer(handle, tensor)


def flatten(tensor, start_dim=0, end_dim=-1):
    return functional("Flatten", tensor, start_dim=start_dim, end_dim=end_dim)


def ravel(tensor):
    return flatten(tensor)


def unflatten(tensor, dim, sizes):
    return functional("Unflatten", tensor, dim=dim, unflattened_size=list(sizes))


def permute(tensor, *dims):
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return record_one({"Permute": {"dims": list(dims)}}, tensor)


def transpose(tensor, dim0, dim1):
    return record_one({"Transpose": {"first": dim0, "second": dim1}}, tensor)


swapaxes = swapdims = transpose


def t(tensor):
    return transpose(tensor, 0, 1)


def movedim(tensor, source, destination):
    rank = tensor.dim()
    order = [axis for axis in range(rank) if axis != source % rank]
    order.insert(destination % rank, source % rank)
    return permute(tensor, order)


def squeeze(tensor, dim=None):
    return record_one({"Squeeze": {"dims": dims_list(dim)}}, tensor)


def unsqueeze(tensor, dim):
    return record_one({"Unsqueeze": {"dim": dim}}, tensor)


def expand(tensor, *sizes):
    sizes = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], (int, Tensor)) else sizes
    return record_one({"Expand": {"sizes": [int(size) for size in sizes]}}, tensor)


broadcast_to = expand


def expand_as(tensor, other):
    return expand(tensor, other.shape)


def repeat(tensor, *times):
    times = times[0] if len(times) == 1 and not isinstance(times[0], int) else times
    return record_one({"Repeat": {"times": list(times)}}, tensor)


tile = repeat


def repeat_interleave(tensor, repeats, dim=None, **_):
    if not isinstance(repeats, int) or dim is None:
        raise NotOffered("torch.repeat_interleave is offered with a number and an axis only")
    rank = tensor.dim()
    axis = dim % rank
    times = [1] * (rank + 1)
    times[axis + 1] = repeats
    return flatten(repeat(unsqueeze(tensor, axis + 1), times), axis, axis + 1)


def flip(tensor, *dims):
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return record_one({"Flip": {"dims": list(dims)}}, tensor)


def roll(tensor, shifts, dims=None):
    if dims is None:
        return reshape(roll(flatten(tensor), shifts, 0), tensor.shape)
    return record_one({"Roll": {"shifts": dims_list(shifts), "dims": dims_list(dims)}}, tensor)


# Joining and cutting.


def cat(tensors, dim=0, axis=None, **_):
    return record_one({"Cat": {"dim": dim if axis is None else axis}}, *_tensors(tensors))


concat = concatenate = cat


def _tensors(tensors):
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("expected a non-empty list of Tensors")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected a Tensor, not {type(tensor).__name__}")
    return tensors


def stack(tensors, dim=0, **_):
    return record_one({"Stack": {"dim": dim}}, *_tensors(tensors))


def hstack(tensors):
    tensors = _tensors(tensors)
    return cat(tensors, 0 if tensors[0].dim() == 1 else 1)


def vstack(tensors):
    return cat(tensors, 0)


def _cut(tensor, pieces, dim, counted):
    if counted:
        tensor._known()
    return tuple(record({"Split": {"pieces": pieces, "dim": dim}}, tensor))


def chunk(tensor, chunks, dim=0):
    return _cut(tensor, {"Count": chunks}, dim, False)


tensor_split = chunk


def split(tensor, split_size_or_sections, dim=0, **_):
    if isinstance(split_size_or_sections, int):
        return _cut(tensor, {"Each": split_size_or_sections}, dim, True)
    return _cut(tensor, {"Sizes": list(split_size_or_sections)}, dim, False)


def unbind(tensor, dim=0):
    return _cut(tensor, "Unbind", dim, True)


def select(tensor, dim, index):
    made = record_one({"Select": {"dim": dim, "index": int(index)}}, tensor)
    if isinstance(tensor._value, list):
        made._value = tensor._value[index]
    return made


def narrow(tensor, dim, start, length):
    return _slice(tensor, dim, slice(start, start + length))


def index_select(tensor, dim, index):
    return _pick(tensor, dim, index)


def _slice(tensor, dim, item):
    step = 1 if item.step is None else item.step
    if step < 1:
        raise ValueError("step must be greater than zero")
    start, stop = (None if bound is None else int(bound) for bound in (item.start, item.stop))
    if start in (None, 0) and stop is None and step == 1:
        return tensor
    return record_one({"Slice": {"dim": dim, "start": start, "stop": stop, "step": step}}, tensor)


def getitem(tensor, index):
    """`x[…]` with integers, slices, None and Ellipsis, one axis after the other."""
    items = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis in [item for item in items if not isinstance(item, Tensor)]:
        at = [item is Ellipsis for item in items].index(True)
        before, after = items[:at], items[at + 1 :]
    else:
        before, after = items, []
    dim = -1
    for item in reversed(after):
        tensor, moved = _index(tensor, dim, item)
        dim -= moved
    dim = 0
    for item in before:
        tensor, moved = _index(tensor, dim, item)
        dim += moved
    return tensor


def _index(tensor, dim, item):
    """One axis indexed, and how many axes that leaves behind."""
    if isinstance(item, slice):
        return _slice(tensor, dim, item), 1
    if item is None:
        return unsqueeze(tensor, dim), 1
    if isinstance(item, Tensor) and item._dims == () and item._value is not None:
        item = item._value
    if isinstance(item, int) and not isinstance(item, bool):
        return select(tensor, dim, item), 0
    return _pick(tensor, dim, item), 1


def _pick(tensor, dim, index):
    """Positions of an axis by a list of them, or rows of a table."""
    if isinstance(index, Tensor) and index.dtype is bool_:
        raise ValuesNeeded("which elements are chosen depends on values")
    positions = index._value if isinstance(index, Tensor) else index
    if isinstance(positions, (list, tuple)) and all(isinstance(one, int) for one in positions):
        return stack([select(tensor, dim, one) for one in positions], dim)
    if isinstance(index, Tensor) and dim == 0 and tensor.dim() == 2:
        from torch.nn.functional import embedding

        return embedding(index, tensor)
    raise NotOffered("indexing with a tensor is offered for the rows of a table only")


def setitem(tensor, index, value):
    """Writing into a constant changes values only; writing into or from the trace would be lost."""
    if tensor._live() or (isinstance(value, Tensor) and value._live()):
        raise NotOffered("assigning into a part of a tensor is not offered here: join the parts with torch.cat")
    tensor._value = None


def windows(tensor, dimension, size, step):
    """Windows of an axis, as slices side by side."""
    length = tensor.size(dimension)
    count = (length - size) // step + 1
    if count < 1:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {length} but size is {size}")
    axis = dimension % tensor.dim()
    pieces = [_slice(tensor, axis, slice(offset, offset + (count - 1) * step + 1, step)) for offset in range(size)]
    return stack(pieces, -1)
