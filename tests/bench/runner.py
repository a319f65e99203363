"""Find the benchmarks, run each in a process of its own, print a table and keep the rows as JSON.

A process each, because libraries that must not meet (a gRPC compiler, OR-Tools, Ray) would meet here otherwise, and
because one benchmark's warm caches would flatter the next. A crash of one is told and the others still run.
"""

import argparse
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

import tests.bench
from tests.bench.row import Row

BUILD = Path(__file__).resolve().parents[2] / "build" / "bench"
BENCH_S_MAX = 1_800
LONGER = re.compile(r"^BENCH_S = (?P<seconds>[\d_]+)$", re.MULTILINE)
"""How a benchmark says that it needs longer than others may."""
NOT_BENCHES = frozenset({"runner", "row", "__main__"})


def bench_modules() -> dict[str, str]:
    """Name of each benchmark -> its module, in order. A module without `main` helps the others and is none."""
    found = {}
    for module in sorted(pkgutil.iter_modules(tests.bench.__path__), key=lambda module: module.name):
        path = Path(tests.bench.__path__[0]) / f"{module.name}.py"
        if module.name not in NOT_BENCHES and path.exists() and "\ndef main(" in path.read_text(encoding="utf-8"):
            found[module.name.removeprefix("bench_")] = f"tests.bench.{module.name}"
    return found


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; exit code 1 when one crashed, 2 when a name is unknown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benchmarks.")
    parser.add_argument("names", nargs="*", help="which, or the first word of several; none: all")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    options = parser.parse_args(arguments)
    known = bench_modules()
    if options.list:
        print("\n".join(known))
        return 0
    unknown = [name for name in options.names if not family(name, known)]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    names = [one for name in options.names for one in family(name, known)]
    if len(names) == 1:
        return run_here(names[0], importlib.import_module(known[names[0]]))
    return run_each(names or list(known))


def family(name: str, known: Iterable[str]) -> list[str]:
    """The benchmark of that name, or all whose names begin with it and an underscore."""
    known = list(known)
    return [name] if name in known else [one for one in known if one.startswith(f"{name}_")]


def longest_s(name: str) -> float:
    """Seconds a benchmark may take: BENCH_S_MAX, or the `BENCH_S` in its module, which is not imported here."""
    path = Path(tests.bench.__path__[0]) / f"{bench_modules()[name].rpartition('.')[2]}.py"
    told = LONGER.search(path.read_text(encoding="utf-8"))
    return float(told["seconds"]) if told else BENCH_S_MAX


def run_each(names: list[str]) -> int:
    """Run each benchmark in its own process, one after the other; name the ones that crashed."""
    crashed = []
    for name in names:
        command = [sys.executable, "-m", "tests.bench", name]
        try:
            code = subprocess.run(command, timeout=longest_s(name)).returncode
        except subprocess.TimeoutExpired:
            code = -1
        if code != 0:
            crashed.append(name)
    if crashed:
        print(f"crashed or over its time: {', '.join(crashed)}", file=sys.stderr)
    return 1 if crashed else 0


def run_here(name: str, module: ModuleType) -> int:
    """Run one benchmark in this process, print its table and write `build/bench/NAME.json`."""
    rows: list[Row] = module.main()
    BUILD.mkdir(parents=True, exist_ok=True)
    target = BUILD / f"{name}.json"
    target.write_text(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False) + "\n", "utf-8")
    Console(width=None if sys.stdout.isatty() else 140).print(table_of(name, rows))
    return 0


def table_of(name: str, rows: list[Row]) -> Table:
    """The rows as a person reads them."""
    table = Table(title=name, title_justify="left")
    for heading in ("case", "ours", "unit", "peers", "ratio", "goal", "holds", "s"):
        table.add_column(heading, justify="left" if heading in ("case", "peers", "goal") else "right")
    for row in rows:
        table.add_row(
            row.case,
            figure(row.ours),
            row.unit,
            ", ".join(f"{peer} {figure(value)}" for peer, value in row.peers.items()),
            "" if row.ratio is None else f"{row.ratio:.3g}",
            row.goal or "",
            {True: "yes", False: "NO", None: ""}[row.holds],
            f"{row.seconds:.1f}",
        )
    return table


def figure(value: float) -> str:
    """Four digits, or all before the point."""
    return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
