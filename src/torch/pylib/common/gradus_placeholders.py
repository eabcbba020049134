"""Stand-ins for what is not here: each fails by name where it is first used."""

import builtins
import sys

from gradus_faults import NotOffered

_import = builtins.__import__


class Placeholder:
    """A module, or a name of one, that is not offered."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def _refuse(self, *_, **__):
        raise NotOffered(f"{self._name} is not offered here")

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = __add__ = __mul__ = __matmul__ = _refuse
    __mro_entries__ = _refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotOffered(f"{self._name}.{name} is not offered here")

    def __setattr__(self, name, value):
        pass


class Missing(Placeholder):
    """A name that a failed statement left without a value."""

    def __init__(self, name, reason):
        self.__dict__["_name"] = name
        self.__dict__["_reason"] = reason

    def _refuse(self, *_, **__):
        raise NotOffered(f"`{self._name}` was not made whole: {self._reason}")

    __call__ = __getitem__ = __iter__ = __len__ = __enter__ = __add__ = __mul__ = __matmul__ = _refuse
    __mro_entries__ = _refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()


class PlaceholderModule(Placeholder):
    """A module; `from it import name` gives a placeholder too."""

    def __init__(self, name):
        Placeholder.__init__(self, name)
        self.__dict__["__name__"] = name
        self.__dict__["__path__"] = []
        self.__dict__["__spec__"] = None


def placeholder_module(name):
    """The one placeholder of this name."""
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules[name] = PlaceholderModule(name)
    return module


# Modules of the standard library that do not start without an operating system, with what stands in for them.
_INSTEAD = {"dataclasses": "gradus_dataclasses"}


def _import_or_stand_in(name, globals=None, locals=None, fromlist=(), level=0):
    instead = _INSTEAD.get(name)
    if instead is not None and level == 0:
        module = _import(instead)
        sys.modules[name] = module
        return module
    try:
        module = _import(name, globals, locals, fromlist, level)
    except ImportError:
        if globals is not None and not _is_source(globals):
            raise
        return _stand_in(name, fromlist)
    if isinstance(module, PlaceholderModule):
        return _stand_in(name, fromlist)
    return module


# Modules of the user's own, besides the program itself.
SERVED = set()


def _is_source(globals):
    return globals.get("__name__") == "__main__" or globals.get("__name__") in SERVED


def _stand_in(name, fromlist):
    """The placeholder for `import name` or `from name import …`."""
    parts = name.split(".") if name else ["this notebook's folder"]
    if not isinstance(sys.modules.get(parts[0], None), (PlaceholderModule, type(None))):
        root = None
    else:
        root = placeholder_module(parts[0])
    module = root
    path = parts[0]
    for part in parts[1:]:
        path += "." + part
        inner = placeholder_module(path)
        if isinstance(module, PlaceholderModule):
            module.__dict__[part] = inner
        module = inner
    if not fromlist:
        return root if root is not None else sys.modules[parts[0]]
    for wanted in fromlist:
        if wanted != "*" and wanted not in module.__dict__:
            module.__dict__[wanted] = Placeholder(f"{path}.{wanted}")
    return module


def install():
    """From here on a module that is not here imports as a placeholder."""
    builtins.__import__ = _import_or_stand_in
