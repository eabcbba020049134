"""Initialisers: they change values, and there are none here."""


def __getattr__(name):
    if name == "calculate_gain":
        return lambda *_, **__: 1.0
    if name.startswith("__"):
        raise AttributeError(name)
    return _leave


def _leave(tensor, *_, **__):
    return tensor
