"""What was measured, as tables of docs/benchmarks.md."""
import datetime
import os
import platform
import re
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from measure import Spread, Turn
from rows import Row

FLAGS = {"avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512", "avx512_vnni": "VNNI", "amx_tile": "AMX", "asimd": "NEON", "sve": "SVE"}


def write(page: Path, name: str, text: str) -> None:
    """Puts a text between the markers `<!-- begin: NAME -->` and `<!-- end: NAME -->`; the rest of the page stays."""
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page} has no place for `{name}`")
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    ruled = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in ruled)


def number(value: float) -> str:
    """Three significant digits, with no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2g}"


def spread(values: Sequence[float], scale: float = 1.0) -> str:
    of = Spread.of([value * scale for value in values])
    return f"{number(of.low)}–**{number(of.median)}**–{number(of.high)}"


def time(values: Sequence[float]) -> str:
    """Seconds, or milliseconds where they are few."""
    return f"{spread(values)} s" if Spread.of(values).median >= 1 else f"{spread(values, 1e3)} ms"


def verdict(row: Row, turns: Sequence[Turn]) -> str:
    return "<br>".join("reached" if goal.reached(turns) else "**missed**" for goal in row.goals) or "–"


def processes(results: Mapping[Row, Sequence[Turn]]) -> str:
    lines = []
    for row, turns in results.items():
        peaks = [max(run.peak for run in side) for side in (
            [turn.peer for turn in turns], [turn.ours for turn in turns],
        )]
        lines.append([
            f"`{row.key}`: {row.job}",
            row.peer,
            time([turn.peer.wall for turn in turns]),
            time([turn.ours.wall for turn in turns]),
            spread([turn.whole for turn in turns]),
            f"{number(peaks[0])}; {number(peaks[1])}",
            "<br>".join(goal.words for goal in row.goals) or "–",
            verdict(row, turns),
        ])
    return table(["job", "peer", "peer, whole", "gradus, whole", "ratio", "peak MiB: peer; gradus", "goal", ""], lines)


def computing(results: Mapping[Row, Sequence[Turn]]) -> str:
    lines = []
    for row, turns in results.items():
        ratios = [turn.compute for turn in turns if turn.compute is not None]
        clocks = [turn.peer.clock for turn in turns if turn.peer.clock is not None]
        if not ratios:
            continue
        parts, name = row.parts or (1, "")
        each = f"{row.job}, per {name}" if name else row.job
        lines.append([
            f"`{row.key}`: {each}",
            time([clock / parts for clock in clocks]),
            time([turn.computing / parts for turn in turns]),
            spread(ratios),
            f"`{shown(row.base)}`",
        ])
    return table(["job", "peer's clock", "gradus", "ratio", "less the time of"], lines)


def shown(arguments: Sequence[str]) -> str:
    return shlex.join(["gradus", *arguments])


def commands(rows: Iterable[Row]) -> str:
    lines = ([f"`{row.key}`", f"`{shlex.join(['python', *row.script])}`", f"`{shown(row.ours)}`"] for row in rows)
    return table(["row", "peer", "gradus"], lines)


def machine(versions: Sequence[str], runs: int, load: float) -> str:
    cores = len(os.sched_getaffinity(0))
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", info, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", info, re.MULTILINE)
    known = [name for flag, name in FLAGS.items() if flags and flag in flags[1].split()]
    kib = re.search(r"^MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return (
        f"{datetime.date.today()}: {cores} cores ({model[1] if model else platform.machine()}; {', '.join(known)}), "
        f"{round(int(kib[1]) / 2**20) if kib else '?'} GiB, {platform.system()} {platform.machine()}, a load of {load:.1f} at the "
        f"start; {', '.join(versions)}, Python {platform.python_version()}, rustc {rustc}; {runs} turns after a warm-up. "
        "Minimum–**median**–maximum."
    )
