"""What every module is, with values or without: an owner of modules and parameters."""

from torch.nn.parameter import Buffer, Parameter

_OWN = ("_modules", "_parameters", "_buffers")


class Owner:
    """What a module owns, and walking through it."""

    training = True

    def __init__(self, *_, **__):
        for name in _OWN:
            self.__dict__.setdefault(name, {})

    # What it owns.

    def __setattr__(self, name, value):
        mine = self.__dict__
        if isinstance(value, (Owner, Parameter)) and "_modules" not in mine:
            kind = "module" if isinstance(value, Owner) else "parameter"
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if isinstance(value, Owner):
            self._forget(name)
            mine["_modules"][name] = value
        elif isinstance(value, Parameter):
            self._materialize()
            self._forget(name)
            mine["_parameters"][name] = value
        elif isinstance(value, Buffer) or name in mine.get("_buffers", ()):
            mine["_buffers"][name] = value
        elif value is None and (name in mine.get("_modules", ()) or name in mine.get("_parameters", ())):
            mine["_modules" if name in mine["_modules"] else "_parameters"][name] = None
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name):
        for owned in _OWN:
            if owned != "_modules":
                self.__dict__[owned].pop(name, None)
        self.__dict__.pop(name, None)

    def _materialize(self):
        """A layer makes its parameters when somebody asks for them."""

    def __getattr__(self, name):
        mine = self.__dict__
        for owned in _OWN:
            if name in mine.get(owned, ()):
                return mine[owned][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        for owned in _OWN:
            if name in self.__dict__.get(owned, ()):
                del self.__dict__[owned][name]
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return [*object.__dir__(self), *self._modules, *self._parameters, *self._buffers]

    def register_module(self, name, module):
        self.add_module(name, module)

    def add_module(self, name, module):
        if module is not None and not isinstance(module, Owner):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        if not isinstance(name, str) or "." in name or name == "":
            raise KeyError(f"a module's name is a word without a dot, not {name!r}")
        self._modules[name] = module

    def register_parameter(self, name, parameter):
        self._materialize()
        self._parameters[name] = parameter

    def register_buffer(self, name, tensor, persistent=True):
        self._buffers[name] = tensor

    # Walking through it.

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, path, remove_duplicate)
        if not remove_duplicate:
            memo.discard(id(self))

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def get_submodule(self, target):
        module = self
        for name in target.split(".") if target else ():
            module = getattr(module, name)
        return module

    def _named(self, owned, prefix="", recurse=True, remove_duplicate=True):
        seen = set()
        modules = self.named_modules(prefix=prefix) if recurse else [(prefix, self)]
        for path, module in modules:
            module._materialize()
            for name, tensor in module.__dict__[owned].items():
                if tensor is None or (remove_duplicate and id(tensor) in seen):
                    continue
                seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def apply(self, function):
        for module in self.children():
            module.apply(function)
        function(self)
        return self

    # Modes.

    def train(self, mode=True):
        for module in self.modules():
            module.__dict__["training"] = mode
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def extra_repr(self):
        return ""

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        inside = [f"  ({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        if not inside:
            return f"{self._get_name()}({self.extra_repr()})"
        return f"{self._get_name()}(\n" + "\n".join(inside) + "\n)"
