"""Shapes, types of elements and places, as `torch` names them."""


class Size(tuple):
    """A shape."""

    def numel(self):
        total = 1
        for dim in self:
            total *= dim
        return total

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Size(tuple.__add__(self, tuple(other)))

    def __repr__(self):
        return f"torch.Size({list(self)})"


class dtype:
    """The type of an element."""

    def __init__(self, name, floating=True):
        self.name = name
        self.is_floating_point = floating

    def __repr__(self):
        return f"torch.{self.name}"


float32, float64, float16, bfloat16 = dtype("float32"), dtype("float64"), dtype("float16"), dtype("bfloat16")
int64, int32, int16, int8 = dtype("int64", False), dtype("int32", False), dtype("int16", False), dtype("int8", False)
uint8, bool_ = dtype("uint8", False), dtype("bool", False)
complex64 = dtype("complex64")


class Typed:
    """What can be had as another type of elements; `_typed` says how."""

    __slots__ = ()

    def type_as(self, other):
        return self._typed(other.dtype)

    def float(self):
        return self._typed(float32)

    def double(self):
        return self._typed(float64)

    def half(self):
        return self._typed(float16)

    def long(self):
        return self._typed(int64)

    def int(self):
        return self._typed(int32)

    def bool(self):
        return self._typed(bool_)


class device:
    """A place that tensors are said to be at."""

    def __init__(self, type="cpu", index=None):
        self.type, self.index = str(type).split(":")[0], index

    def __repr__(self):
        return f"device(type='{self.type}')"

    def __str__(self):
        return self.type

    def __eq__(self, other):
        return str(self) == str(other)

    __hash__ = None


CPU = device()
