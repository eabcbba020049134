"""The rows of the comparison: what is done, by whom, and what gradus must reach."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from measure import Spread, Turn

JSON = "fixtures/models/three_convolutions.json"
SOURCE = "fixtures/models/three_convolutions.py:cnn"
SMALL, LARGE = ("64", "50", "100"), ("300", "100", "100")


@dataclass(frozen=True)
class Goal:
    words: str
    figure: Callable[[Turn], float]
    limit: float
    least: bool  # whether the limit is the least that counts, or the most

    def reached(self, turns: Sequence[Turn]) -> bool:
        median = Spread.of([self.figure(turn) for turn in turns]).median
        return median >= self.limit if self.least else median <= self.limit


def whole(times: float, words: str | None = None) -> Goal:
    return Goal(words or f"{times:g}× whole", lambda turn: turn.whole, times, True)


def compute(times: float, words: str | None = None) -> Goal:
    return Goal(words or f"{times:g}× compute", lambda turn: turn.compute or 0.0, times, True)


def below(milliseconds: float, peer: float) -> Goal:
    """A time, set where the peer took so many seconds: held as the ratio, since machines differ."""
    words = f"< {milliseconds:g} ms where the peer takes {peer:g} s"
    return Goal(words, lambda turn: turn.whole, peer * 1e3 / milliseconds, True)


def peak(mebibytes: float) -> Goal:
    return Goal(f"< {mebibytes:g} MiB", lambda turn: turn.ours.peak, mebibytes, False)


def memory(share: float) -> Goal:
    return Goal(f"{share:g} of the memory", lambda turn: turn.memory, share, False)


@dataclass(frozen=True)
class Row:
    key: str
    job: str
    peer: str
    script: tuple[str, ...]  # arguments of the peer's Python
    ours: tuple[str, ...]  # arguments of gradus
    goals: tuple[Goal, ...] = ()
    base: tuple[str, ...] = ("--version",)  # arguments of the gradus whose time is no computing
    parts: tuple[int, str] | None = None  # into what the computing is divided


def script(name: str, *arguments: str) -> tuple[str, ...]:
    return (f"benches/peers/{name}.py", *arguments)


def two_layers(sizes: Sequence[str], *arguments: str) -> tuple[str, ...]:
    network = f"benches/peers/two_layers.py:network({', '.join(sizes)})"
    return ("grad-check", network, "--draws", "1", *arguments)


DROPOUT = ("dropout-expectation", "--p", "0.3", "--value", "1.7", "--draws", "1e8")
BODY = "fixtures/models/resnet18_body.py:body"
IMPORT = ("-c", "import torch")

ROWS = (
    Row("any-json", "any answer at all, JSON model", "`import torch`", IMPORT, ("shape", JSON), (below(10, 2.23), peak(60))),
    Row("any-source", "any answer at all, PyTorch source", "`import torch`", IMPORT, ("shape", SOURCE), (below(60, 2.23), peak(60))),
    Row("layers-json", "layer table, JSON model", "torchinfo", script("layer_table"), ("shape", JSON), (whole(100),)),
    Row("layers-source", "layer table, PyTorch source", "torchinfo", script("layer_table"), ("shape", SOURCE)),
    Row("shape", "output shape", "torch, meta device", script("output_shape"), ("shape", JSON), (whole(100),)),
    Row(
        "field-json", "receptive field measured at 1024², JSON model", "torch, gradient support",
        script("receptive_field"), ("receptive-field", JSON), (whole(50), compute(5)),
    ),
    Row(
        "field-source", "receptive field measured at 1024², PyTorch source", "torch, gradient support",
        script("receptive_field"), ("receptive-field", SOURCE),
    ),
    Row(
        "gradcheck-small", "every entry of 3,329 parameters", "gradcheck, slow mode",
        script("gradcheck"), two_layers(SMALL), (whole(20),),
    ),
    Row(
        "gradcheck-large", "every entry of 30,601 parameters", "gradcheck, slow mode",
        script("gradcheck", "300", "100"), two_layers(LARGE), (whole(10), memory(0.1)),
    ),
    Row(
        "direction-small", "one random direction, 3,329 parameters", "gradcheck, fast mode",
        script("gradcheck", "--fast"), two_layers(SMALL, "--directions", "1"),
    ),
    Row(
        "direction-large", "one random direction, 30,601 parameters", "gradcheck, fast mode",
        script("gradcheck", "300", "100", "--fast"), two_layers(LARGE, "--directions", "1"),
    ),
    Row(
        "direction-small-jax", "one random direction, 3,329 parameters", "jax check_grads",
        script("gradcheck_jax"), two_layers(SMALL, "--directions", "1"),
    ),
    Row(
        "direction-large-jax", "one random direction, 30,601 parameters", "jax check_grads",
        script("gradcheck_jax", "300", "100"), two_layers(LARGE, "--directions", "1"),
    ),
    Row("dropout-torch", "10⁸ draws of dropout", "torch in chunks", script("dropout_torch"), DROPOUT, (whole(8),)),
    Row(
        "dropout-numpy", "10⁸ draws of dropout", "NumPy in chunks",
        script("dropout_numpy"), DROPOUT, (whole(1, "faster"),),
    ),
    Row(
        "training", "42 layers, 200 steps, batch 64, float32", "torch",
        script("deep_training"), ("vanishing-demo", "--steps", "200"), (whole(2), compute(1, "no slower a step")),
        base=("vanishing-demo", "--steps", "0"), parts=(200, "step"),
    ),
    Row(
        "effective", "effective field of ResNet-18's body, 100 inputs of 224²", "torch",
        script("effective_field"), ("receptive-field", BODY, "--input", "1x3x224x224", "--effective"),
        (whole(1, "faster"),), parts=(100, "input"),
    ),
)
