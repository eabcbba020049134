"""Tensors that are made: filled, counted, drawn."""

import builtins
import math

import _tensor
from gradus_faults import NotOffered
from gradus_tensor import TYPES, Tensor, as_tensor, ints, kind_of


def _finished(made, requires_grad):
    if requires_grad:
        made.requires_grad = True
    return made


def tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False):
    if isinstance(data, Tensor):
        made = data.detach().clone()
        return _finished(made if dtype is None else made._typed(dtype), requires_grad)
    return _finished(_tensor.make(data, kind_of(dtype)), requires_grad)


def _filled(number):
    def function(*size, dtype=None, requires_grad=False, device=None, out=None, layout=None, pin_memory=False,
                 memory_format=None, **named):
        sizes = ints(size if "size" not in named else (named["size"],))
        return _finished(_tensor.full(sizes, number, kind_of(dtype)), requires_grad)

    return function


zeros, ones, empty = _filled(0.0), _filled(1.0), _filled(0.0)


def full(size, fill_value, *, dtype=None, requires_grad=False, device=None, out=None):
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    if dtype is not None:
        kind = kind_of(dtype)
    else:
        kind = ("bool" if isinstance(fill_value, builtins.bool) else
                "int64" if isinstance(fill_value, builtins.int) else None)
    return _finished(_tensor.full(ints((size,)), fill_value, kind), requires_grad)


def _like(make):
    def function(input, *args, dtype=None, requires_grad=False, device=None, memory_format=None, **kwargs):
        return make(input._dims, *args, dtype=dtype or input.dtype, requires_grad=requires_grad, **kwargs)

    return function


def rand(*size, dtype=None, requires_grad=False, device=None, generator=None, out=None, **named):
    sizes = ints(size if "size" not in named else (named["size"],))
    return _finished(_tensor.random(sizes, False, kind_of(dtype)), requires_grad)


def randn(*size, dtype=None, requires_grad=False, device=None, generator=None, out=None, **named):
    sizes = ints(size if "size" not in named else (named["size"],))
    return _finished(_tensor.random(sizes, True, kind_of(dtype)), requires_grad)


def randint(low, high=None, size=None, *, dtype=None, requires_grad=False, device=None, generator=None):
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    made = _tensor.random_integers(ints((size,)), builtins.int(low), builtins.int(high))
    return made if dtype is None else _finished(made._typed(dtype), requires_grad)


def randint_like(input, low, high=None, **_):
    return randint(low, high, input._dims) if high is not None else randint(0, low, input._dims)


def randperm(n, *, dtype=None, device=None, generator=None, requires_grad=False):
    order = _tensor.op({"ArgSort": {"axis": 0, "descending": False}}, (_tensor.random((n,), False, "float64"),))
    return order if dtype is None else order._typed(dtype)


def normal(mean=0.0, std=1.0, size=None, *, dtype=None, generator=None, requires_grad=False, device=None):
    if size is None:
        size = mean._dims if isinstance(mean, Tensor) else std._dims if isinstance(std, Tensor) else ()
    made = _tensor.random(ints((size,)), True, kind_of(dtype))
    return _finished(made * std + mean, requires_grad)


def bernoulli(input, p=None, *, generator=None):
    chance = input if p is None else p
    drawn = _tensor.random(input._dims, False, "float64")
    return _tensor.cast(drawn < chance, input._kind if input._kind[0] == "f" else _tensor.default_kind())


def poisson(input):
    raise NotOffered("torch.poisson is not offered here")


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """With replacement by the running sum; without by the largest of log p + Gumbel noise."""
    rows = input if input.ndim == 2 else reshape_row(input)
    rows = _tensor.cast(rows.detach(), "float64")
    if replacement:
        running = rows.cumsum(-1)
        drawn = _tensor.random((rows._dims[0], num_samples), False, "float64") * running[:, -1:]
        made = (running.unsqueeze(1) <= drawn.unsqueeze(2)).sum(-1)
    else:
        if builtins.int((rows > 0).sum(-1).min()) < num_samples:
            raise RuntimeError("invalid multinomial distribution (with replacement=False, not enough non-negative category "
                               "to sample)")
        noise = -(-_tensor.random(rows._dims, False, "float64").clamp(min=1e-300).log()).log()
        made = (rows.log() + noise).topk(num_samples, -1)[1]
    return made if input.ndim == 2 else made[0]


def reshape_row(input):
    return _tensor.reshape(input, (1, input.numel()))


def eye(n, m=None, *, dtype=None, requires_grad=False, device=None):
    m = n if m is None else m
    rows = _tensor.reshape(_tensor.line(0.0, 1.0, n, "int64"), (n, 1))
    columns = _tensor.reshape(_tensor.line(0.0, 1.0, m, "int64"), (1, m))
    kind = kind_of(dtype) or _tensor.default_kind()
    return _finished(_tensor.cast(rows == columns, kind), requires_grad)


def _number(value):
    return value.item() if isinstance(value, Tensor) else value


def arange(start, end=None, step=1, *, dtype=None, requires_grad=False, device=None, out=None):
    start, end = (0, start) if end is None else (start, end)
    start, end, step = _number(start), _number(end), _number(step)
    whole = builtins.all(isinstance(value, builtins.int) for value in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = -((start - end) // step) if whole else math.ceil((end - start) / step)
    kind = kind_of(dtype) or ("int64" if whole else None)
    return _finished(_tensor.line(builtins.float(start), builtins.float(step), builtins.int(count), kind), requires_grad)



def linspace(start, end, steps, *, dtype=None, requires_grad=False, device=None, out=None):
    """As PyTorch counts: the second half from the end, so that the end is exact."""
    start, end = builtins.float(_number(start)), builtins.float(_number(end))
    kind = kind_of(dtype)
    if steps < 2:
        return _finished(_tensor.line(start, 0.0, steps, kind), requires_grad)
    step = (end - start) / (steps - 1)
    half = steps // 2
    low = _tensor.line(start, step, half, "float64")
    high = _tensor.line(end - step * (steps - half - 1), step, steps - half, "float64")
    made = _tensor.cat((low, high), 0)
    return _finished(_tensor.cast(made, kind or _tensor.default_kind()), requires_grad)


def logspace(start, end, steps, base=10.0, **kwargs):
    return base ** linspace(start, end, steps, **kwargs)


zeros_like, ones_like, empty_like = _like(zeros), _like(ones), _like(empty)
rand_like, randn_like = _like(rand), _like(randn)


def full_like(input, fill_value, *, dtype=None, requires_grad=False, device=None):
    return full(input._dims, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


def manual_seed(seed):
    seed = builtins.int(seed)
    _tensor.seed((seed + 2**63) % 2**64 - 2**63)
    return GENERATOR


class Generator:
    """Where random numbers come from; here there is one of them."""

    def __init__(self, device="cpu"):
        self.device = device

    def manual_seed(self, seed):
        manual_seed(seed)
        return self

    def seed(self):
        return _tensor.seeded()

    initial_seed = seed


GENERATOR = Generator()


def get_rng_state():
    return _tensor.random_state()


def set_rng_state(state):
    _tensor.set_random_state(*state)


MAKING = {name: value for name, value in list(globals().items())
          if not name.startswith("_") and callable(value) and not isinstance(value, type)
          and name not in ("ints", "kind_of", "range_", "reshape_row")}
MAKING.update(asarray=as_tensor, scalar_tensor=tensor, Generator=Generator, default_generator=GENERATOR)


# The same as methods.


def _attach():
    for name, make in (("zeros", zeros), ("ones", ones), ("empty", empty)):
        def method(self, *size, dtype=None, requires_grad=False, make=make, **_):
            return make(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

        setattr(Tensor, "new_" + name, method)
    Tensor.new_full = lambda self, size, value, dtype=None, **_: full(size, value, dtype=dtype or self.dtype)
    Tensor.new_tensor = lambda self, data, dtype=None, requires_grad=False, **_: tensor(
        data, dtype=dtype or self.dtype, requires_grad=requires_grad)
    Tensor.new = lambda self, *size: zeros(*size, dtype=self.dtype)
    Tensor.bernoulli = bernoulli
    Tensor.multinomial = multinomial

    def filled(self, value):
        value = value.item() if isinstance(value, Tensor) and not value.requires_grad else value
        if isinstance(value, Tensor):
            return self._store(_tensor.broadcast(value, self._dims))
        return self._store(_tensor.full(self._dims, value, self._kind))

    def copied(self, other, non_blocking=False):
        return self._store(_tensor.cast(_tensor.broadcast(as_tensor(other), self._dims), self._kind))

    def drawn(draw):
        return lambda self, *args, generator=None, **kwargs: self._store(draw(self, *args, **kwargs))

    Tensor.fill_ = filled
    Tensor.zero_ = lambda self: filled(self, 0)
    Tensor.copy_ = copied
    Tensor.set_ = lambda self, other: self._become(other)
    Tensor.fill_diagonal_ = lambda self, value: self._store(self.masked_fill(eye(*self._dims).bool(), value))
    kind = lambda self: self._kind if self._kind[0] == "f" else None
    Tensor.normal_ = drawn(lambda self, mean=0.0, std=1.0: _tensor.random(self._dims, True, kind(self)) * std + mean)
    Tensor.uniform_ = drawn(lambda self, a=0.0, b=1.0: _tensor.random(self._dims, False, kind(self)) * (b - a) + a)
    Tensor.bernoulli_ = drawn(lambda self, p=0.5: (_tensor.random(self._dims, False, "float64") < p).to(self.dtype))
    Tensor.random_ = drawn(lambda self, low=0, high=None: randint(
        *((0, low) if high is None else (low, high)), self._dims).to(self.dtype))
    Tensor.exponential_ = drawn(lambda self, lambd=1.0: -(1.0 - _tensor.random(self._dims, False, "float64")).log().to(
        self.dtype) / lambd)


_attach()
