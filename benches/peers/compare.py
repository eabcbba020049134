"""Runs the programs that people would pick instead beside gradus, in turns, and writes docs/benchmarks.md.

    python3 benches/peers/compare.py [--runs N] [--only ROW]… [--venv FOLDER] [--instructions] [--bench]

The first run makes a virtual environment under target/ with the versions of requirements.txt (several gigabytes). The exit
code is 1 where a goal is missed.
"""
import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import instructions
import page
from measure import Turn, turns
from rows import ROWS, Row

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
GRADUS = ROOT / "target" / "release" / "gradus"
PAGE = ROOT / "docs" / "benchmarks.md"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="turns of each row after a warm-up [default: 5]")
    parser.add_argument("--only", action="append", choices=[row.key for row in ROWS], help="this row; the page stays as it is")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "peers", help="the virtual environment [default: target/peers]")
    parser.add_argument("--instructions", action="store_true", help="count instructions too, by valgrind")
    parser.add_argument("--bench", action="store_true", help="run `cargo bench` too, and what draws and writes its figures")
    return parser.parse_args()


def interpreter(folder: Path) -> str:
    """The environment's Python; where there is none it is made, and what it lacks is installed."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if not versions(str(python)):
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
    return str(python)


def versions(python: str) -> list[str]:
    """The peers' versions as they are installed; none where one is missing or another than is asked for."""
    asked = [line.strip() for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    names = [line.partition("==")[0] for line in asked]
    code = f"import importlib.metadata as m\nfor name in {names}: print(name + '==' + m.version(name))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    if found.returncode != 0 or found.stdout.split() != asked:
        return []
    return [line.replace("==", " ") for line in asked]


def cargo(*words: str) -> None:
    subprocess.run(["cargo", *words], cwd=ROOT, check=True)


def measured(row: Row, python: str, runs: int) -> list[Turn]:
    """The row's turns, each told as it ends."""
    print(f"{row.key}: {row.job}, {row.peer}", flush=True)

    def tell(turn: Turn) -> None:
        computed = "" if turn.compute is None else f", compute {turn.compute:.2f}×"
        print(
            f"  {turn.peer.wall:.3f} s, {turn.peer.peak:.0f} MiB; {turn.ours.wall:.4f} s, {turn.ours.peak:.0f} MiB; "
            f"{turn.whole:.2f}×{computed}",
            flush=True,
        )

    commands = ([python, *row.script], [str(GRADUS), *row.ours], [str(GRADUS), *row.base])
    found = turns(commands, runs, ROOT, tell)
    for goal in row.goals:
        print(f"  {goal.words}: {'reached' if goal.reached(found) else 'MISSED'}", flush=True)
    return found


def main() -> int:
    asked = arguments()
    rows: Sequence[Row] = [row for row in ROWS if not asked.only or row.key in asked.only]
    python = interpreter(asked.venv.absolute())
    cargo("build", "--release", "--locked")
    load = os.getloadavg()[0]
    results = {row: measured(row, python, asked.runs) for row in rows}
    if not asked.only:
        gradus = subprocess.run([GRADUS, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        parts = [
            page.machine([gradus, *versions(python)], asked.runs, load),
            page.processes(results),
            "What is computed, without imports and start:",
            page.computing(results),
            "The commands:",
            page.commands(rows),
        ]
        page.write(PAGE, "peers", "\n\n".join(parts))
    if asked.instructions:
        page.write(PAGE, "instructions", instructions.table(GRADUS, ROOT))
    if asked.bench:
        cargo("bench", "--locked")
        cargo("bench", "--locked", "--", "page")
    missed = [row.key for row, found in results.items() for goal in row.goals if not goal.reached(found)]
    print(f"missed: {', '.join(missed)}" if missed else "every goal is reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
