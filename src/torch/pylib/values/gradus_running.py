"""A scope for a program to run in: what it prints, what it may import."""

import builtins
import sys

import _gradus
import _tensor
import gradus_placeholders
from gradus_faults import OutputLimit

_plain_import = builtins.__import__


class _Printed:
    """Where prints go."""

    encoding = "utf-8"

    def write(self, text):
        if not _gradus.print(text):
            raise OutputLimit("the program prints more than 4 MiB")
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False


class _Loader:
    """A module from its text."""

    def __init__(self, text, name):
        self.text, self.name = text, name

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        if self.text is not None:
            exec(compile(self.text, self.name, "exec"), module.__dict__)


class _Finder:
    """Finds the files that stand beside the program."""

    def __init__(self, served):
        self.served = served
        self.packages = {name.rpartition(".")[0] for name in served}
        for name in list(self.packages):
            while "." in name:
                name = name.rpartition(".")[0]
                self.packages.add(name)
        self.packages.discard("")

    def find_spec(self, name, path=None, target=None):
        package = name in self.packages
        if name not in self.served and not package:
            return None
        text, code_name = self.served.get(name, (None, None))
        spec = sys.modules["_frozen_importlib"].ModuleSpec(name, _Loader(text, code_name), is_package=package)
        gradus_placeholders.SERVED.add(name)
        return spec

    def invalidate_caches(self):
        pass


def prepare(names, served, known, seed):
    """Makes a scope ready: where prints go, which modules there are, which seed begins."""
    sys.stdout = sys.stderr = _Printed()
    sys.setrecursionlimit(1000)
    sys.meta_path.insert(0, _Finder(served))
    if known:
        import torch

        names.update(torch=torch, nn=torch.nn, F=torch.nn.functional)
    gradus_placeholders.install()
    usual = builtins.__import__

    def importing(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0 and name in _NEED_OS and name not in sys.modules:
            _started(name, seed)
        return usual(name, globals, locals, fromlist, level)

    builtins.__import__ = importing
    builtins.open = gradus_placeholders.Placeholder("open")
    builtins.input = gradus_placeholders.Placeholder("input")
    builtins.exit = builtins.quit = _leave
    _tensor.seed(seed % 2**63)


# Modules of the standard library that name `os` and hardly use it: they start with an `os` that has nothing.
_NEED_OS = ("random", "contextlib", "statistics")


def _started(name, seed):
    known = sys.modules.get("os")
    nothing = sys.modules["os"] = type(sys)("os")
    nothing.urandom = nothing.fspath = gradus_placeholders.Placeholder("os.urandom")
    try:
        module = _plain_import(name)
        if "random" in sys.modules and hasattr(sys.modules["random"], "seed"):
            sys.modules["random"].seed(seed)
        return module
    finally:
        del sys.modules["os"]
        if known is not None:
            sys.modules["os"] = known


def _leave(code=None):
    raise SystemExit(code)
