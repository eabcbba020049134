"""From a module to a model: finding it, calling it with inputs that are recorded, writing it down."""

import builtins
import sys

import _gradus
import gradus_placeholders
import torch
from gradus_faults import InputMismatch, NeedsShape, NotAModel, OutputLimit
from gradus_tensor import TRACE, Tensor
from torch.nn import Loss, Module
from torch.nn.module import tensors_in
from torch.nn.parameter import Parameter


class _Printed:
    """Where prints go: counted, not kept."""

    encoding = "utf-8"

    def write(self, text):
        if not _gradus.printed(len(text)):
            raise OutputLimit("the source prints more than 4 MiB")
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def prepare(names):
    """A scope in which `torch`, `nn` and `F` are known."""
    names.update(torch=torch, nn=torch.nn, F=torch.nn.functional)
    sys.stdout = sys.stderr = _Printed()
    sys.setrecursionlimit(1000)
    sys.modules["torch.nn.modules"] = torch.nn
    gradus_placeholders.install()
    builtins.open = gradus_placeholders.Placeholder("open")
    builtins.input = gradus_placeholders.Placeholder("input")


# Finding it.


def is_module(value):
    return isinstance(value, Module)


def candidates(names):
    """Names of modules that are not parts of others; without any, names of classes that need no arguments."""
    modules = {}
    for name, value in names.items():
        if isinstance(value, Module) and not isinstance(value, Loss) and not name.startswith("_"):
            modules.setdefault(id(value), (name, value))
    parts = {id(part) for _, module in modules.values() for part in module.modules() if part is not module}
    found = [{"name": name, "class": False} for key, (name, _) in modules.items() if key not in parts]
    if found:
        return found
    return [{"name": name, "class": True} for name, value in names.items() if _is_ready(value)]


def _is_ready(value):
    return (isinstance(value, type) and issubclass(value, Module) and value.__module__ == "__main__"
            and "forward" in dir(value) and _required(value.__init__) == 0)


def _positional(function):
    """The names of a function's positional parameters without `self`, and how many of them have no default."""
    code = getattr(function, "__code__", None)
    if code is None:
        return [], 0
    names = code.co_varnames[1 : code.co_argcount]
    return list(names), len(names) - len(function.__defaults__ or ())


def _required(function):
    keyword_only = getattr(function, "__code__", None) and function.__code__.co_kwonlyargcount
    defaults = len(getattr(function, "__kwdefaults__", None) or ())
    return max(0, _positional(function)[1]) + max(0, (keyword_only or 0) - defaults)


def instance(value, name):
    if isinstance(value, type) and issubclass(value, Module):
        if _required(value.__init__):
            names, count = _positional(value.__init__)
            example = ", ".join(f"{one}=…" for one in names[:count])
            raise NotAModel(f"{name} is a class that needs arguments: ask for `{name}({example})`")
        value = value()
    if isinstance(value, Module):
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, Module) for one in value):
        raise NotAModel(f"{name} is a list of {len(value)} modules: ask for `nn.Sequential(*{name})`")
    raise NotAModel(f"{name} is not a module but a value of type {type(value).__name__}")


def poison(names, bound, changed, reason):
    """Names that a failed statement was to bind, or may have left half changed, fail from here on."""
    for name in bound:
        names[name] = gradus_placeholders.Missing(name, reason)
    for name in changed:
        if isinstance(names.get(name), (Module, list, dict, set)):
            names[name] = gradus_placeholders.Missing(name, reason)


def failed_in_call(failure):
    return TRACE.failed_call is failure


# Calling it.


def read(root, inputs, name):
    """Traces the module with given shapes, with those that the source calls it with, with none, or with a guess."""
    if inputs is not None:
        return _trace(root, name, [_given(dims) for dims in inputs], {})
    seen = root.__dict__.get("_seen")
    if seen is not None and tensors_in(seen):
        args, kwargs = seen
        _trace(root, name, _renewed(args), _renewed(kwargs))
        shapes = ", ".join("×".join(map(str, tensor._known())) for tensor in tensors_in(seen))
        _gradus.note("input-from-source", f"the input is what the source calls the model with: {shapes}")
        return None
    count = _input_count(root)
    try:
        return _trace(root, name, [_given(None) for _ in range(count)], {})
    except NeedsShape as failure:
        return _guess(root, name, count, failure)


def _given(dims):
    return ("input", dims)


def _renewed(value):
    """The same arguments with every tensor to be an input of the trace."""
    if isinstance(value, Tensor):
        return _given(value._known())
    if isinstance(value, (tuple, list)):
        return [_renewed(item) for item in value]
    if isinstance(value, dict):
        return {key: _renewed(item) for key, item in value.items()}
    return value


def _entered(value):
    """The same arguments with every input as a tensor of the trace."""
    if isinstance(value, tuple) and len(value) == 2 and value[0] == "input":
        dims = value[1]
        return Tensor._at(_gradus.leaf("input", dims, "input"))
    if isinstance(value, list):
        return [_entered(item) for item in value]
    if isinstance(value, dict):
        return {key: _entered(item) for key, item in value.items()}
    return value


def _input_count(root):
    names, required = _positional(type(root).forward)
    if isinstance(root, (torch.nn.MultiheadAttention, torch.nn.Bilinear)):
        return 3 if isinstance(root, torch.nn.MultiheadAttention) else 2
    return required if required > 0 else 1


def _guess(root, name, count, failure):
    handle = _gradus.first_call()
    if handle is None:
        handle = next((part._handle for part in root.modules() if hasattr(part, "_handle")), None)
    for dims in _gradus.guesses(handle) if handle is not None else ():
        try:
            _trace(root, name, [_given(dims) for _ in range(count)], {})
        except (Exception, NeedsShape):
            continue
        shape = "x".join(map(str, dims))
        _gradus.note(
            "input-assumed",
            f"the model asks for sizes and no input is given: {shape} is assumed, since the model runs with it; "
            f"`--input` gives another",
        )
        return None
    raise failure


def _trace(root, name, args, kwargs):
    paths = _paths(root)
    _check_count(root, args, kwargs)
    TRACE.epoch += 1
    TRACE.leaves = {}
    TRACE.names = {id(tensor): path for path, tensor in _own_tensors(root)}
    _gradus.begin([(path, part._handle) for path, part in paths])
    TRACE.on = True
    try:
        outputs = tensors_in(root(*_entered(args), **_entered(kwargs)))
        if not outputs:
            raise NotAModel(f"calling {name} returns no tensor")
        ports = [tensor._reach() for tensor in outputs]
        for _, tensor in _own_tensors(root):
            if isinstance(tensor, Parameter):
                tensor._reach()
    finally:
        TRACE.on = False
    _gradus.finish(name, _registered(paths), ports)


def _check_count(root, args, kwargs):
    names, required = _positional(type(root).forward)
    if not names or kwargs:
        return
    if not max(1, required) <= len(args) <= len(names) and not type(root).forward.__code__.co_flags & 4:
        takes = f"{len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)})"
        raise InputMismatch(f"the model's forward takes {takes}, but {len(args)} given: one shape is meant for each")


def _paths(root):
    """Every layer under every path it is registered at."""
    found = []
    for path, part in root.named_modules(remove_duplicate=False):
        if "_handle" in part.__dict__:
            found.append((path or type(part).__name__.lower(), part))
    return found


def _own_tensors(root):
    """Parameters and buffers that the program made, not a layer."""
    for path, part in root.named_modules():
        for owned in (part._parameters, part._buffers):
            for name, tensor in owned.items():
                if isinstance(tensor, Tensor) and getattr(tensor, "_owner", None) is None:
                    if "_handle" not in part.__dict__:
                        yield (f"{path}.{name}" if path else name), tensor


def _registered(paths):
    modules = {}
    for path, part in paths:
        if part._handle in modules:
            modules[part._handle]["paths"].append(path)
            continue
        frozen, tied = [], []
        for name, parameter in part._parameters.items():
            if parameter is None:
                continue
            if not parameter.requires_grad:
                frozen.append(name)
            owner = parameter._owner
            if owner is not None and owner != (part._handle, name):
                tied.append((name, *owner))
        if isinstance(part, torch.nn.UnknownLayer):
            torch.nn.note_unknown(part)
        modules[part._handle] = {"handle": part._handle, "paths": [path], "frozen": frozen, "tied": tied}
    return list(modules.values())
