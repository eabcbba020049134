"""`torch.utils`."""

from gradus_faults import NotOffered

from . import data


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.utils.{name} is not offered here")
