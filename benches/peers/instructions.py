"""Instructions of short processes: a count that no load disturbs, by valgrind's callgrind."""
import re
import shlex
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import page
from rows import JSON, SOURCE

# Under valgrind a process is some fifty times slower, and larger.
LIMITS = ("--time-limit", "600", "--memory-limit", "16384")

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--version",),
    ("questions",),
    ("explain", "own-stride"),
    ("shape", JSON),
    ("receptive-field", JSON),
    ("receptive-field", JSON, "--expect", "125", "--exit-zero"),
    ("shape", SOURCE),
    ("receptive-field", SOURCE),
    ("receptive-field", "--compare-growth"),
    ("dropout-expectation", "--p", "0.3", "--draws", "1e5"),
    ("dropout-placement",),
    ("gcn-demo",),
)

# One convolution, so many times: beyond what `shape` measures by itself, so that the growth is that of reading, formulas and writing.
LAYERS = (10_000, 100_000)
CONVOLUTION = '{"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}'

COLLECTED = re.compile(rb"Collected : (\d+)")


class Logs:
    """Where every process that valgrind follows sends its log: the sandbox's child may write to no file."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self.listener.getsockname())
        self.counts: list[int] = []
        self.readers: list[threading.Thread] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            self.readers.append(threading.Thread(target=self.read, args=(connection,)))
            self.readers[-1].start()

    def read(self, connection: socket.socket) -> None:
        with connection:
            log = b"".join(iter(lambda: connection.recv(65536), b""))
        self.counts += [int(found) for found in COLLECTED.findall(log)]

    def total(self) -> int:
        """The instructions since the last call."""
        for reader in self.readers:
            reader.join()
        counts, self.counts, self.readers = self.counts, [], []
        return sum(counts)


def count(gradus: Path, arguments: Sequence[str], root: Path, logs: Logs) -> int:
    """The instructions of a process and of its children."""
    own = (*arguments, *LIMITS) if SOURCE in arguments else arguments
    tool = ["valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null"]
    command = [*tool, f"--log-socket={logs.address}", str(gradus), *own]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"gradus {shlex.join(own)} fails under valgrind:\n{done.stderr[-2000:]}")
    return logs.total()


def table(gradus: Path, root: Path) -> str:
    logs, lines = Logs(), []

    def add(arguments: Sequence[str], words: str) -> None:
        found = count(gradus, arguments, root, logs)
        lines.append([words, f"{found / 1e6:,.1f}"])
        print(f"{words}: {found:,} instructions", flush=True)

    for arguments in COMMANDS:
        add(arguments, f"`{page.shown(arguments)}`")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        for layers in LAYERS:
            file.seek(0)
            file.write(f'{{"input": [1, 4, 64, 64], "layers": [{", ".join([CONVOLUTION] * layers)}]}}')
            file.flush()
            add(("shape", file.name, "--json"), f"`gradus shape --json` of {layers:,} convolutions")
    return page.table(["process", "million instructions"], lines)
