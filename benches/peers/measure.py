"""Runs of processes, in turns."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# OpenBLAS is to find out by itself what processor it is on.
HIDDEN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
CLOCK = re.compile(r"^compute: ([0-9.]+) s$", re.MULTILINE)
LAUNCH = Path(__file__).with_name("launch.py")

# A process of less than this many seconds is run so often a turn, and the turn counts the median.
SHORT, REPEATS = 0.2, 5


@dataclass(frozen=True)
class Run:
    """What a process took from start to exit."""

    wall: float
    peak: float  # MiB
    clock: float | None  # seconds by its own clock


@dataclass(frozen=True)
class Turn:
    """One after the other: the peer, gradus, and the gradus whose time is no computing."""

    peer: Run
    ours: Run
    base: Run

    @property
    def whole(self) -> float:
        return self.peer.wall / self.ours.wall

    @property
    def computing(self) -> float:
        """What gradus computes: never less than a tenth of a millisecond, which is what can be told apart."""
        return max(self.ours.wall - self.base.wall, 1e-4)

    @property
    def compute(self) -> float | None:
        return None if self.peer.clock is None else self.peer.clock / self.computing

    @property
    def memory(self) -> float:
        return self.ours.peak / self.peer.peak


@dataclass(frozen=True)
class Spread:
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Spread":
        return cls(min(numbers), statistics.median(numbers), max(numbers))


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in HIDDEN}


def run(command: Sequence[str], root: Path) -> Run:
    """Runs a command from the repository's root; its output is read for its own clock."""
    with tempfile.NamedTemporaryFile("r", suffix=".run") as file:
        launch = [sys.executable, "-I", "-S", str(LAUNCH), file.name, *command]
        done = subprocess.run(launch, cwd=root, env=environment(), capture_output=True, text=True, check=False)
        figures = file.read().split()
    if len(figures) != 3 or figures[2] != "0":
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    clock = CLOCK.search(done.stdout)
    return Run(float(figures[0]), int(figures[1]) / 1024, float(clock[1]) if clock else None)


def settled(command: Sequence[str], root: Path) -> Run:
    """One run, or the median of several of a short process."""
    runs = [run(command, root)]
    if runs[0].wall < SHORT:
        runs += [run(command, root) for _ in range(REPEATS - 1)]
    middle = sorted(runs, key=lambda one: one.wall)[len(runs) // 2]
    return Run(middle.wall, max(one.peak for one in runs), middle.clock)


def turns(
    commands: tuple[Sequence[str], Sequence[str], Sequence[str]],
    count: int,
    root: Path,
    done: Callable[[Turn], None],
) -> list[Turn]:
    """Peer, gradus, base, peer, gradus, base, …, after a warm-up of each."""
    for command in commands:
        run(command, root)
    found = []
    for _ in range(count):
        found.append(Turn(*(settled(command, root) for command in commands)))
        done(found[-1])
    return found
