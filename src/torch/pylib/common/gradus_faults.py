"""What the package refuses. Each class has a code that the message goes under."""


class NotOffered(AttributeError):
    """Something of PyTorch, or of another library, that is not here."""

    gradus_code = "not-offered"


class ValuesNeeded(RuntimeError):
    """A decision that depends on the values in a tensor."""

    gradus_code = "values-needed"
    gradus_help = "Reading computes shapes only: tensors have no values here."


class NotAModel(TypeError):
    """What was asked for is no module."""

    gradus_code = "not-a-model"


class NotAFunction(TypeError):
    """What was asked for is no function, or one that cannot be called."""

    gradus_code = "no-function"


class InputMismatch(TypeError):
    """The inputs are not those that the model takes."""

    gradus_code = "input-mismatch"


class NeedsShape(BaseException):
    """A size of a tensor whose shape is not known; no program is to catch it."""

    gradus_code = "input-needed"
    gradus_help = "Give the shape of the input, such as `--input 1x3x224x224`."


class OutputLimit(BaseException):
    """Too much printed; no program is to catch it."""

    gradus_code = "output-limit"
    gradus_help = "What a source prints is not shown: take the printing out."
