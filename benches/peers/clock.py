"""The scripts' own clock: what a job takes without imports and preparation."""
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def compute() -> Iterator[None]:
    """Prints the seconds of its block as the line that compare.py looks for."""
    start = time.perf_counter()
    yield
    print(f"compute: {time.perf_counter() - start:.6f} s")
