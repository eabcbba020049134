"""A study of gradients: the function is found and run on drawn arguments, and what is claimed of it is put beside it.

The native module `_study` keeps what is found: programs, numbers, faults. Python only runs what people wrote.
"""

import _study
import _tensor
import gradus_autograd
import torch
from gradus_faults import NotAFunction
from torch import Tensor
from torch.autograd import Function
from torch.nn import Module

_CONTEXT = ("ctx", "context")
_CLAIMS = ("claims", "gradients")
_UPSTREAM_NAMES = ("g", "dy", "dout", "upstream", "delta")

def _uniform(dims):
    return torch.rand(*dims, dtype=torch.float64)


# What arguments are drawn from, where nothing else is said: the first for which the function is defined.
_DOMAINS = (
    ("normal numbers", lambda dims: torch.randn(*dims, dtype=torch.float64)),
    ("numbers between 0.1 and 0.9", lambda dims: 0.1 + 0.8 * _uniform(dims)),
    ("numbers between 0.5 and 1.5", lambda dims: 0.5 + _uniform(dims)),
    ("numbers between -0.9 and 0.9", lambda dims: 1.8 * _uniform(dims) - 0.9),
)


def prepare():
    """All floats are float64 here, whatever a program says."""
    _study.widen()


def make_known(names):
    names.update(torch=torch, nn=torch.nn, F=torch.nn.functional)


def describe(subject):
    return subject.name, subject.kind


class Subject:
    """A function, and its own backward where it has one."""

    def __init__(self, name, kind, forward, parameters, backward=None, claims=None, module=None, saves=False):
        self.name = name
        self.kind = kind
        self.forward = forward
        self.parameters = parameters
        self.backward = backward
        self.claims = claims or {}
        self.module = module
        # Whether `forward` itself leaves in the context what `backward` needs.
        self.saves = saves

    def run(self, context, arguments):
        """The outputs, as a tuple."""
        made = self.forward(context, arguments)
        outputs = tuple(made) if isinstance(made, (tuple, list)) else (made,)
        for output in outputs:
            if not isinstance(output, Tensor):
                raise TypeError(f"{self.name} returns a {type(output).__name__}; a tensor was expected")
        return outputs


# Finding it.


def _parameters(function):
    """The names of a function's positional parameters, and the defaults of those that have one."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        raise NotAFunction(f"a value of type {type(function).__name__} cannot be asked about")
    names = list(code.co_varnames[: code.co_argcount])
    if code.co_flags & 0x04:
        raise NotAFunction(f"{function.__name__} takes any number of arguments: name them one by one")
    values = function.__defaults__ or ()
    defaults = dict(zip(names[len(names) - len(values) :], values))
    defaults.update(getattr(function, "__kwdefaults__", None) or {})
    return names, defaults


def _is_backward(value):
    """A function of a context and gradients: `backward(ctx, grad_output)`."""
    if not callable(value) or isinstance(value, (type, Module)) or not hasattr(value, "__code__"):
        return False
    names = value.__code__.co_varnames[: value.__code__.co_argcount]
    if len(names) < 2 or names[0] not in _CONTEXT:
        return False
    return "backward" in value.__name__ or names[1].lower() in _UPSTREAM_NAMES or "grad" in names[1].lower()


def of(value, name, names):
    """The subject that a value of the sources is; `names` are the sources' own."""
    claims = _claims_in(names)
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(map(callable, value)):
        forward, backward = value
        subject = of(forward, getattr(forward, "__name__", name), names)
        subject.kind = "a function and its backward"
        subject.backward = backward
        return subject
    if isinstance(value, type) and issubclass(value, Function):
        return _of_function_class(value, name)
    if isinstance(value, type) and issubclass(value, Module):
        value = value()
    if isinstance(value, Module):
        return _of_module(value, name, claims)
    if callable(value):
        parameters, defaults = _parameters(value)
        takes_context = bool(parameters) and parameters[0] in _CONTEXT
        inner = parameters[1:] if takes_context else parameters

        def forward(context, arguments):
            return value(context, *arguments) if takes_context else value(*arguments)

        claims = getattr(value, "claims", None) or claims
        return Subject(name, "a function", forward, _with_defaults(inner, defaults), claims=claims, saves=takes_context)
    raise NotAFunction(f"{name} is not a function but a value of type {type(value).__name__}")


def _with_defaults(names, defaults):
    return [(name, name in defaults, defaults.get(name)) for name in names]


def _of_function_class(cls, name):
    separate = "setup_context" in cls.__dict__
    parameters, defaults = _parameters(cls.forward)
    if not separate:
        parameters = parameters[1:]

    def forward(context, arguments):
        if not separate:
            return cls.forward(context, *arguments)
        made = cls.forward(*arguments)
        cls.setup_context(context, tuple(arguments), made)
        return made

    return Subject(name, "an autograd.Function", forward, _with_defaults(parameters, defaults), cls.backward, saves=True)


def _of_module(module, name, claims):
    parameters, defaults = _parameters(module.forward)
    if parameters and parameters[0] == "self":
        parameters = parameters[1:]

    def forward(_, arguments):
        return module(*arguments)

    return Subject(name, "a module", forward, _with_defaults(parameters, defaults), claims=claims, module=module)


def _claims_in(names):
    for name in _CLAIMS:
        value = names.get(name)
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return value
    return {}


def find(names):
    """The one function that the sources are about: an autograd.Function, a function with a backward, or a function."""
    own = {name: value for name, value in names.items() if not name.startswith("_") and _is_own(value)}
    classes = {name: value for name, value in own.items() if isinstance(value, type) and issubclass(value, Function)}
    if len(classes) == 1:
        (name, value), = classes.items()
        return of(value, name, names)
    if len(classes) > 1:
        raise NotAFunction(_which(classes))
    plain = {name: value for name, value in own.items() if not isinstance(value, type) and hasattr(value, "__code__")}
    backwards = {name: value for name, value in plain.items() if _is_backward(value)}
    forwards = {name: value for name, value in plain.items() if name not in backwards and name not in _CLAIMS}
    if len(backwards) == 1 and len(forwards) == 1:
        (name, forward), = forwards.items()
        (_, backward), = backwards.items()
        return of((forward, backward), name, names)
    if not backwards and len(forwards) == 1:
        (name, forward), = forwards.items()
        return of(forward, name, names)
    if backwards and not forwards:
        raise NotAFunction(f"{next(iter(backwards))} is a backward; there is no function that it belongs to")
    modules = {name: value for name, value in names.items() if isinstance(value, Module) and not name.startswith("_")}
    if not plain and len(modules) == 1:
        (name, module), = modules.items()
        return of(module, name, names)
    if forwards or modules:
        raise NotAFunction(_which({**forwards, **backwards, **modules}))
    raise NotAFunction("there is no function here")


def _is_own(value):
    """Whether the sources, or a file that they import, define it: not the package."""
    module = getattr(value, "__module__", None) or ""
    return callable(value) and module not in _package() and not module.startswith(("torch", "gradus_"))


def _package():
    return ("builtins", "math", "functools", "itertools", "copy", "typing", "collections", "random", "operator")


def _which(found):
    return f"there are {len(found)} functions here: say which, {', '.join(found)}, or (forward, backward)"


# Its arguments.


class Arguments:
    """The values of a function's parameters, drawn anew each time."""

    def __init__(self, subject, drawn, given, names):
        self.subject = subject
        self.drawn = drawn
        self.given = given
        self.names = names
        known = [name for name, *_ in subject.parameters]
        for name in list(drawn) + list(given):
            if name not in known:
                raise NotAFunction(f"{subject.name} has no parameter `{name}`: it has {', '.join(known) or 'none'}")

    def anything(self):
        """Whether an argument may be drawn from any numbers for which the function is defined."""
        return any(argument["from"] == "Anything" for argument in self.drawn.values())

    def draw(self, number, domain):
        """A list of values. The sources' own tensors are taken as they are the first time, and moved a little later."""
        return [self._value(*parameter, number, domain) for parameter in self.subject.parameters]

    def _value(self, name, has_default, default, number, domain):
        if name in self.given:
            return self.given[name]
        if name in self.drawn:
            return _drawn(self.drawn[name], domain)
        if name in self.names and _is_argument(self.names[name]):
            return _moved(self.names[name], number)
        if has_default:
            return _moved(default, number)
        raise NotAFunction(
            f"nothing says what `{name}` of {self.subject.name} is: give its shape, `--arg {name}=2x3`"
        )


def _is_argument(value):
    return isinstance(value, (Tensor, int, float, bool, str, tuple, list, type(None)))


def _drawn(argument, domain):
    dims, kind = argument["dims"], argument["from"]
    if isinstance(kind, dict) and "Below" in kind:
        return torch.randint(0, kind["Below"], tuple(dims))
    if isinstance(kind, dict):
        low, high = kind["Between"]
        return low + (high - low) * _uniform(dims)
    return domain(dims)


def _moved(value, number):
    """A float tensor of the sources: itself the first time; later each number moved by up to a quarter and a bit."""
    if not isinstance(value, Tensor):
        return value
    tensor = value.detach().clone()
    if not tensor.is_floating_point():
        return tensor
    tensor = tensor.double()
    if number == 0:
        return tensor
    size = tensor.abs().mean().item() if tensor.numel() else 0.0
    factor = 0.75 + 0.5 * _uniform(tensor.shape)
    return tensor * factor + 0.2 * (size or 1.0) * (_uniform(tensor.shape) - 0.5)


# The runs.


class _Whole:
    """What somebody differentiates by hand is differentiated whole: `detach` and `no_grad` stop nothing in it."""

    def __init__(self, subject):
        self.on = subject.backward is not None

    def __enter__(self):
        self.before = _tensor.trace(self.on)

    def __exit__(self, *_):
        _tensor.trace(self.before)
        return False


class Run:
    """One run of a function on arguments of its own."""

    def __init__(self, subject, values):
        self.subject = subject
        self.values = values
        # The float tensors as leaves by name, and the call's arguments: aliases, so that a change in place is seen.
        self.inputs, self.passed = [], []
        for (name, *_), value in zip(subject.parameters, values):
            if isinstance(value, Tensor) and value.is_floating_point():
                leaf = value.detach().double().requires_grad_()
                self.inputs.append((name, leaf))
                self.passed.append(_study.alias(leaf))
            else:
                self.passed.append(value)
        if subject.module is not None:
            self.inputs.extend(subject.module.named_parameters())
        self.leaves = dict(self.inputs)
        self.context = gradus_autograd.Context(tuple(name in self.leaves for name, *_ in subject.parameters))
        with _Whole(subject):
            self.outputs = subject.run(self.context, self.passed)

    def is_defined(self):
        return all(bool(torch.isfinite(output.detach()).all()) for output in self.outputs)

    def changed(self):
        """The names of the arguments that the function changed in place."""
        pairs = zip(self.subject.parameters, self.passed)
        return [name for (name, *_), passed in pairs
                if name in self.leaves and not _study.same(passed, self.leaves[name])]

    def arrive(self, upstream):
        """The upstream gradients that the claims are about, one for each output."""
        names = ["G"] if len(upstream) == 1 else [f"G{place}" for place in range(len(upstream))]
        self.upstream = list(zip(names, upstream))

    def program(self, tensor):
        """A claim as operations on the inputs and the upstream gradients."""
        return _study.gradient(self.inputs + self.upstream, tensor)

    def note(self, words, claims, reference):
        forward = _study.program(self.inputs, list(self.outputs))
        _study.draw(forward, self.inputs, [one for _, one in self.upstream], words, claims, reference)


def study(subject, request, names, reference):
    """Draws the arguments, and notes what the function does and what is claimed of it."""
    gradus_autograd.through = True
    numbers = _study.numbers()
    drawn = {argument["name"]: argument for argument in request["arguments"]}
    arguments = Arguments(subject, drawn, dict(numbers["inputs"]) if numbers else {}, names)
    domains = list(_DOMAINS) if arguments.anything() else [("", None)]
    claims = _claims(subject, request, numbers)
    for number in range(1 if numbers else max(1, request["draws"])):
        words, run = _defined(subject, arguments, domains, number, request["seed"])
        if number == 0:
            _look(run, request["seed"])
            # Later draws come from where the function was defined.
            domains = [domain for domain in domains if domain[0] == words]
        run.arrive(_upstream(run, request, numbers, claims, _own_upstream(names, number)))
        noted = _by_backward(run) + [_by_claim(run, name, claim, names) for name, claim in claims.items()]
        if numbers:
            noted += [(name, "the given numbers", _given(run, tensor)) for name, tensor in numbers["gradients"]]
        run.note(words, noted, _held_against(run, reference))


def _defined(subject, arguments, domains, number, seed):
    """A run on numbers for which the function is defined, if there is one; and what they were drawn from."""
    for place, (words, domain) in enumerate(domains):
        torch.manual_seed(1_000_003 * seed + 97 * number + place)
        values = arguments.draw(number, domain)
        torch.manual_seed(_run_seed(seed))
        run = Run(subject, values)
        if run.is_defined():
            break
    return words, run


def _run_seed(seed):
    return 7919 * (seed + 1)


def _look(run, seed):
    """What else is to be said of the function: whether it changes its arguments, or is random."""
    name, changed = run.subject.name, run.changed()
    if changed:
        _study.note("mutates-input", f"{name} changes {', '.join(changed)} in place: the gradient is taken with respect "
                    "to what was passed")
    torch.manual_seed(_run_seed(seed) + 1)
    again = Run(run.subject, run.values).outputs
    if len(again) != len(run.outputs) or not all(map(_equal, run.outputs, again)):
        _study.note("random", f"{name} is random: two runs on the same arguments differ; the gradient is that of one "
                    "run, with its draws held fixed")


def _equal(one, other):
    one, other = one.detach(), other.detach()
    return one.shape == other.shape and torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))


def _held_against(run, reference):
    """The other function on the same arguments."""
    if reference is None:
        return None
    context = gradus_autograd.Context()
    passed = [run.leaves.get(name, value) for (name, *_), value in zip(run.subject.parameters, run.values)]
    return _study.program(run.inputs, list(reference.run(context, passed)))


# The upstream gradient.

_UPSTREAM = ("G", "grad_output", "grad_outputs", "upstream", "dout")


def _own_upstream(names, number):
    value = names.get("G")
    return _moved(value, number) if isinstance(value, Tensor) and value.is_floating_point() else None


def _upstream(run, request, numbers, claims, own):
    """Random, or the sources' own `G` where it is not all ones; ones only where they are asked for.

    A loss whose claims never name G is claimed for an upstream gradient of 1.
    """
    if numbers and numbers["upstream"] is not None:
        return [numbers["upstream"].double().requires_grad_()]
    scalar = all(output.numel() == 1 for output in run.outputs)
    silent = run.subject.backward is None and not any(map(_names_upstream, claims.values()))
    ones = request["ones"] or numbers or (scalar and silent)
    return [_one_upstream(output.shape, ones, own).requires_grad_() for output in run.outputs]


def _one_upstream(shape, ones, own):
    if ones:
        return torch.ones(*shape, dtype=torch.float64)
    if own is not None and own.shape == shape and not bool((own == 1).all()):
        return own
    if shape.numel() == 1:
        # Neither 1, which hides a factor, nor near 0, which hides everything.
        return 1.25 + 0.5 * _uniform(shape)
    return torch.randn(*shape, dtype=torch.float64)


def _names_upstream(claim):
    names = claim.code.co_names if claim.function is None else _parameters(claim.function)[0]
    return any(name in _UPSTREAM or (name.startswith("G") and name[1:].isdigit()) for name in names)


# What is claimed.


class Claim:
    """An expression, or a function of the arguments and G."""

    def __init__(self, name, given):
        self.written = given if isinstance(given, str) else f"the claim for {name}"
        self.code = compile(given.strip(), "<claim>", "eval") if isinstance(given, str) else None
        self.function = None if isinstance(given, str) else given

    def value(self, known, names):
        if self.function is None:
            return eval(self.code, {**names, **known})
        return self.function(*[known[one] for one in _parameters(self.function)[0]])


def _claims(subject, request, numbers):
    """Those of the command, else those in the file."""
    given = dict(request["claims"]) or ({} if numbers else subject.claims)
    return {name: Claim(name, claim) for name, claim in given.items()}


def _by_claim(run, name, claim, names):
    known = dict(zip((one for one, *_ in run.subject.parameters), run.values))
    known.update((key, _study.alias(leaf)) for key, leaf in run.inputs if key.isidentifier())
    arriving = [(key, _study.alias(one)) for key, one in run.upstream]
    known.update(arriving)
    known.update((key, arriving[0][1]) for key in _UPSTREAM if key not in known)
    try:
        return name, claim.written, _given(run, claim.value(known, names))
    except Exception as failure:
        return name, claim.written, _study.failed(failure)


def _by_backward(run):
    """What `backward` returns for each input."""
    if run.subject.backward is None:
        return []
    names = [name for name, *_ in run.subject.parameters]
    written = "what backward returns for {}".format
    if not run.subject.saves:
        tensors = [run.leaves.get(name, value) for name, value in zip(names, run.values)]
        run.context.save_for_backward(*[one for one in tensors if isinstance(one, Tensor)])
    try:
        with _Whole(run.subject):
            returned = run.subject.backward(run.context, *[_study.alias(one) for _, one in run.upstream])
        returned = tuple(returned) if isinstance(returned, (tuple, list)) else (returned,)
        while len(returned) > len(names) and returned[-1] is None:
            returned = returned[:-1]
        if len(returned) != len(names):
            raise RuntimeError(f"backward returned an incorrect number of gradients (expected {len(names)}, got "
                               f"{len(returned)})")
    except Exception as failure:
        return [(name, written(name), _study.failed(failure)) for name in names if name in run.leaves]
    pairs = zip(names, returned)
    return [(name, written(name), _given(run, gradient)) for name, gradient in pairs if name in run.leaves]


def _given(run, value):
    """What a claim comes to."""
    if value is None:
        return _study.absent()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = torch.tensor(float(value), dtype=torch.float64)
    if not isinstance(value, Tensor):
        return _study.refused("no-tensor", f"a tensor was expected, not a {type(value).__name__}")
    return run.program(value if value.is_floating_point() else value.double())
