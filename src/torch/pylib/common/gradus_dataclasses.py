"""The part of `dataclasses` that models use: fields with defaults, `__init__`, `__eq__` and `__repr__`."""

MISSING = object()


class Field:
    def __init__(self, default, default_factory, init):
        self.name = None
        self.default = default
        self.default_factory = default_factory
        self.init = init


def field(*, default=MISSING, default_factory=MISSING, init=True, **_):
    return Field(default, default_factory, init)


def _fields_of(cls):
    fields = {}
    for base in reversed(cls.__mro__):
        fields.update(base.__dict__.get("__dataclass_fields__", {}))
    for name, annotation in getattr(cls, "__annotations__", {}).items():
        if "ClassVar" in str(annotation):
            continue
        default = cls.__dict__.get(name, MISSING)
        one = default if isinstance(default, Field) else Field(default, MISSING, True)
        one.name = name
        fields[name] = one
        if isinstance(default, Field):
            if default.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, default.default)
    return fields


def _make_init(cls, fields):
    def __init__(self, *args, **kwargs):
        names = [name for name, one in fields.items() if one.init]
        if len(args) > len(names):
            raise TypeError(f"{cls.__name__}() takes {len(names)} arguments but {len(args)} were given")
        given = dict(zip(names, args))
        for name, value in kwargs.items():
            if name not in names or name in given:
                raise TypeError(f"{cls.__name__}() got an unexpected argument '{name}'")
            given[name] = value
        for name, one in fields.items():
            if name in given:
                value = given[name]
            elif one.default is not MISSING:
                value = one.default
            elif one.default_factory is not MISSING:
                value = one.default_factory()
            else:
                raise TypeError(f"{cls.__name__}() missing a required argument: '{name}'")
            object.__setattr__(self, name, value)
        post = getattr(self, "__post_init__", None)
        if post is not None:
            post()

    return __init__


def dataclass(cls=None, *, init=True, repr=True, eq=True, **_):
    def wrap(cls):
        all_fields = _fields_of(cls)
        cls.__dataclass_fields__ = all_fields
        if init and "__init__" not in cls.__dict__:
            cls.__init__ = _make_init(cls, all_fields)
        if repr and "__repr__" not in cls.__dict__:
            cls.__repr__ = lambda self: f"{cls.__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in all_fields)})"
        if eq and "__eq__" not in cls.__dict__:
            cls.__eq__ = lambda self, other: type(self) is type(other) and asdict(self) == asdict(other)
            cls.__hash__ = None
        return cls

    return wrap if cls is None else wrap(cls)


def fields(thing):
    return tuple(thing.__dataclass_fields__.values())


def asdict(thing):
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def astuple(thing):
    return tuple(asdict(thing).values())


def replace(thing, **changes):
    return type(thing)(**{**asdict(thing), **changes})


def is_dataclass(thing):
    return hasattr(thing, "__dataclass_fields__")
