"""Gradients: modes, `backward`, `grad`, and functions with a backward of one's own."""

import builtins

import _tensor
from gradus_tensor import Tensor

# While this is set, a Function's forward is recorded as any other code, and its backward is not asked.
through = False


class _Mode:
    """A context, and a decorator, in which operations are recorded or not."""

    _on = False

    def __init__(self, mode=None):
        self._before = []

    def __new__(cls, *args, **kwargs):
        made = object.__new__(cls)
        if len(args) == 1 and callable(args[0]):
            made.__init__()
            return made(args[0])
        return made

    def __enter__(self):
        self._before.append(_tensor.record(self._on))
        return self

    def __exit__(self, *_):
        _tensor.record(self._before.pop())
        return False

    def __call__(self, function):
        import functools

        @functools.wraps(function)
        def within(*args, **kwargs):
            with type(self)():
                return function(*args, **kwargs)

        return within


class no_grad(_Mode):
    pass


class inference_mode(_Mode):
    def __init__(self, mode=True):
        _Mode.__init__(self)
        self._on = not mode


class enable_grad(_Mode):
    _on = True


class set_grad_enabled(_Mode):
    """Takes effect at once; as a context it goes back at the end."""

    def __init__(self, mode):
        self._before = [_tensor.record(builtins.bool(mode))]

    def __enter__(self):
        return self


def is_grad_enabled():
    return _tensor.recording()


def _listed(values):
    return list(values) if isinstance(values, (tuple, list)) else [values]


def _upstream(outputs, gradients):
    """The gradient of each output: what is given, or 1 for a scalar."""
    gradients = [None] * len(outputs) if gradients is None else _listed(gradients)
    made = []
    for place, output in enumerate(outputs):
        gradient = gradients[place] if place < len(gradients) else None
        if not output.requires_grad:
            raise RuntimeError(f"element {place} of tensors does not require grad and does not have a grad_fn")
        if gradient is None:
            if output.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            gradient = _tensor.full(output._dims, 1, output._kind)
        elif gradient._dims != output._dims:
            raise RuntimeError(f"Mismatch in shape: grad_output[{place}] has a shape of {gradient.shape} and output[{place}] "
                               f"has a shape of {output.shape}.")
        made.append(gradient if gradient._kind == output._kind else _tensor.cast(gradient, output._kind))
    return made


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    tensors = _listed(tensors)
    upstream = _upstream(tensors, grad_tensors)
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        _tensor.backward(tensors, upstream, create_graph, retain)
        return
    inputs = _listed(inputs)
    for one, gradient in zip(inputs, _tensor.grad(tensors, upstream, inputs, create_graph, retain)):
        if gradient is not None:
            one.grad = gradient if one.grad is None else one.grad + gradient


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
         allow_unused=None, is_grads_batched=False, materialize_grads=False):
    outputs, inputs = _listed(outputs), _listed(inputs)
    upstream = _upstream(outputs, grad_outputs)
    for one in inputs:
        if not one.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    retain = create_graph if retain_graph is None else retain_graph
    found = _tensor.grad(outputs, upstream, inputs, create_graph, retain)
    if materialize_grads:
        found = [_tensor.full(one._dims, 0, one._kind) if gradient is None else gradient
                 for one, gradient in zip(inputs, found)]
    elif not allow_unused and None in [gradient if gradient is None else 0 for gradient in found]:
        raise RuntimeError("One of the differentiated Tensors appears to not have been used in the graph. Set "
                           "allow_unused=True if this is the desired behavior.")
    return tuple(found)


class Context:
    """What `forward` leaves for `backward`."""

    def __init__(self, needs=()):
        self.needs_input_grad = needs
        self._saved = ()
        self._plain = set()
        self._materialize = True

    def save_for_backward(self, *tensors):
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument is of type "
                                f"{type(tensor).__name__}")
        self._saved = tensors

    @property
    def saved_tensors(self):
        return self._saved

    saved_variables = saved_tensors

    def mark_non_differentiable(self, *tensors):
        self._plain.update(id(tensor) for tensor in tensors)
        self._kept = tensors

    def mark_dirty(self, *_):
        pass

    def set_materialize_grads(self, value):
        self._materialize = value


class Function:
    """A function with its own gradient."""

    @staticmethod
    def forward(*_, **__):
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(*_, **__):
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    vjp = backward

    def __call__(self, *_, **__):
        raise RuntimeError("Legacy autograd function with non-static forward method is deprecated. Please use new-style "
                           "autograd function with static forward method.")

    @classmethod
    def apply(cls, *args, **kwargs):
        needs = tuple(isinstance(one, Tensor) and one.requires_grad for one in args)
        ctx = Context(needs)
        ctx.name = lambda: cls.__name__ + "Backward"
        if through:
            return _run(cls, ctx, args, kwargs)
        before = _tensor.record(False)
        try:
            outputs = _run(cls, ctx, args, kwargs)
        finally:
            _tensor.record(before)
        if not before or not builtins.any(needs):
            return outputs
        several = isinstance(outputs, (tuple, list))
        listed = list(outputs) if several else [outputs]
        wanted = [place for place, one in enumerate(listed)
                  if isinstance(one, Tensor) and one._kind[0] == "f" and id(one) not in ctx._plain]
        places = [place for place, need in enumerate(needs) if need]
        made = _tensor.function([listed[place] for place in wanted], [args[place] for place in places],
                                _backward_of(cls, ctx, args, places, listed, wanted))
        for place, tensor in zip(wanted, made):
            listed[place] = tensor._set_grad_name(cls.__name__ + "Backward")
        return tuple(listed) if several else listed[0]


def _run(cls, ctx, args, kwargs):
    if cls.setup_context is not Function.setup_context:
        outputs = cls.forward(*args, **kwargs)
        cls.setup_context(ctx, args, outputs)
        return outputs
    return cls.forward(ctx, *args, **kwargs)


def _no_context(ctx, inputs, output):
    raise NotImplementedError


Function.setup_context = staticmethod(_no_context)


def _backward_of(cls, ctx, args, places, outputs, wanted):
    """From the gradients of the outputs that have one to those of the inputs that need one."""
    shapes = [(one._dims, one._kind) if isinstance(one, Tensor) else None for one in outputs]
    inputs = {place: (args[place]._dims, args[place]._kind) for place in places}
    count = len(args)

    def backward(arrived):
        upstream = [None] * len(shapes)
        for place, gradient in zip(wanted, arrived):
            upstream[place] = gradient
        if ctx._materialize:
            upstream = [_tensor.full(shape[0], 0, shape[1] if shape[1][0] == "f" else None)
                        if one is None and shape is not None else one for one, shape in zip(upstream, shapes)]
        rule = cls.backward if cls.backward is not Function.backward else cls.vjp
        answer = rule(ctx, *upstream)
        return checked(cls.__name__, answer, count, inputs)

    return backward


def checked(name, answer, count, inputs):
    """The answer of a backward, as PyTorch takes it: of the right number, each summed to the shape of its input."""
    answer = answer if isinstance(answer, (tuple, list)) else (answer,)
    if len(answer) > count and builtins.all(one is None for one in answer[count:]):
        answer = answer[:count]
    if len(answer) != count:
        raise RuntimeError(f"function {name}Backward returned an incorrect number of gradients (expected {count}, got "
                           f"{len(answer)})")
    made = []
    for place, (dims, kind) in inputs.items():
        made.append(fitted(name, place, answer[place], dims, kind))
    return made


def fitted(name, place, gradient, dims, kind):
    """One gradient as PyTorch takes it: None stays, one that was merely expanded is summed."""
    if gradient is None:
        return None
    if not isinstance(gradient, Tensor):
        raise TypeError(f"expected Variable or None (got {type(gradient).__name__})")
    if gradient._dims != dims:
        if not _expandable(dims, gradient._dims):
            raise RuntimeError(f"Function {name}Backward returned an invalid gradient at index {place} - got "
                               f"{list(gradient._dims)} but expected shape compatible with {list(dims)}")
        gradient = _tensor.op({"SumTo": list(dims)}, (gradient,))
    return gradient if gradient._kind == kind else _tensor.cast(gradient, kind)


def _expandable(dims, to):
    if len(dims) > len(to):
        return False
    return builtins.all(n in (1, m) for n, m in zip(reversed(dims), reversed(to)))


def Variable(data, requires_grad=False, volatile=False):
    return data.requires_grad_() if requires_grad else data
