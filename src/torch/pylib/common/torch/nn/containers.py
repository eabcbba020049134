"""Modules made of modules."""

from gradus_tensor import as_tensor

from .module import Module
from .parameter import Parameter


class _Listed(Module):
    """What a `Sequential` and a `ModuleList` share: modules by number."""

    def _checked(self, module):
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{_named(module)} is not a Module subclass")
        return module

    def _at(self, index):
        count = len(self._modules)
        index = index.__index__()
        if not -count <= index < count:
            raise IndexError(f"index {index} is out of range")
        return list(self._modules)[index % count]

    def _renumber(self, modules):
        self.__dict__["_modules"] = {str(place): module for place, module in enumerate(modules)}

    def __getitem__(self, index):
        if isinstance(index, str):
            return self._modules[index]
        if isinstance(index, slice):
            return self._part(list(self._modules.items())[index])
        return self._modules[self._at(index)]

    def __setitem__(self, index, module):
        self._modules[index if isinstance(index, str) else self._at(index)] = self._checked(module)

    def __delitem__(self, index):
        names = list(self._modules)[index] if isinstance(index, slice) else [self._at(index)]
        for name in names:
            del self._modules[name]
        if all(name.isdigit() for name in self._modules):
            self._renumber(list(self._modules.values()))

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(list(self._modules.values()))

    def __contains__(self, module):
        return any(module is one for one in self._modules.values())

    def append(self, module):
        self._modules[str(len(self._modules))] = self._checked(module)
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        modules = list(self._modules.values())
        modules.insert(index, self._checked(module))
        self._renumber(modules)
        return self

    def pop(self, index=-1):
        module = self[index]
        del self[index]
        return module

    def __iadd__(self, modules):
        return self.extend(modules)


def _named(thing):
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__


class Sequential(_Listed):
    """One module after the other."""

    def __init__(self, *modules):
        Module.__init__(self)
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            for place, module in enumerate(modules):
                if not isinstance(module, Module):
                    raise TypeError(f"{_named(module)} is not a Module subclass")
                self._modules[str(place)] = module

    def _part(self, items):
        part = type(self).__new__(type(self))
        Module.__init__(part)
        part._modules.update(items)
        return part

    def __add__(self, other):
        return Sequential(*self, *other)

    def __mul__(self, times):
        return Sequential(*(list(self) * times))

    def forward(self, input):
        for module in list(self._modules.values()):
            input = module(input)
        return input


class ModuleList(_Listed):
    """A list of modules."""

    def __init__(self, modules=None):
        Module.__init__(self)
        self.extend(modules or ())

    def _part(self, items):
        return ModuleList([module for _, module in items])

    def __add__(self, other):
        return ModuleList([*self, *other])


class ModuleDict(Module):
    """Modules by name."""

    def __init__(self, modules=None):
        Module.__init__(self)
        self.update(modules or {})

    def update(self, modules):
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self[name] = module

    def __getitem__(self, name):
        return self._modules[name]

    def __setitem__(self, name, module):
        self.add_module(name, module)

    def __delitem__(self, name):
        del self._modules[name]

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, name):
        return name in self._modules

    def keys(self):
        return self._modules.keys()

    def values(self):
        return self._modules.values()

    def items(self):
        return self._modules.items()

    def pop(self, name):
        return self._modules.pop(name)


class ParameterList(Module):
    """A list of parameters."""

    def __init__(self, values=None):
        Module.__init__(self)
        self.extend(values or ())

    def append(self, value):
        self._parameters[str(len(self))] = value if isinstance(value, Parameter) else Parameter(as_tensor(value))
        return self

    def extend(self, values):
        for value in values:
            self.append(value)
        return self

    def __getitem__(self, index):
        return list(self._parameters.values())[index]

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters.values())


class ParameterDict(Module):
    """Parameters by name."""

    def __init__(self, values=None):
        Module.__init__(self)
        for name, value in (values or {}).items():
            self[name] = value

    def __getitem__(self, name):
        return self._parameters[name]

    def __setitem__(self, name, value):
        self._parameters[name] = value if isinstance(value, Parameter) else Parameter(as_tensor(value))

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters)

    def __contains__(self, name):
        return name in self._parameters

    def keys(self):
        return self._parameters.keys()

    def values(self):
        return self._parameters.values()

    def items(self):
        return self._parameters.items()
