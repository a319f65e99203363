"""The published routing instances by short name, each with the best cost known.

Called by: the routing benchmarks and `compare`. Reads MUSTER_INSTANCES (default ../shared/instances), and
MUSTER_BENCH_SHARE for a part of a benchmark (see `share`).
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from solvers.errors import InvalidProblem, require
from solvers.routing.io import Instance, read_instance

SETS = {
    "gh200": ("gh200", "*.txt"),
    "gh1000": ("pyvrp/VRPTW", "*.vrp"),
    "solomon": ("solomon", "*.txt"),
    "lilim": ("lilim100", "*.txt"),
    "PCVRPTW": ("pyvrp/PCVRPTW", "*.vrp"),
    "MDVRPTW": ("pyvrp/MDVRPTW", "*.vrp"),
    "HFVRP": ("pyvrp/HFVRP", "*.vrp"),
    "MTVRPTWR": ("pyvrp/MTVRPTWR", "*.vrp"),
}
"""Name of each set -> folder and files. A case is `FOLDER-OF-SET/FILE`, because files of two sets share names."""
EXACT = 1_000
"""MDVRPTW and HFVRP: their .sol files count in thousandths or in the file's units, by what they say."""


@dataclass(frozen=True)
class Case:
    """An instance to run. `best`: the best cost known, in the file's numbers; None where nobody has told us."""

    name: str
    instance: Instance
    best: float | None

    def gap(self, cost: float) -> float | None:
        """Percent over the best known."""
        return None if not self.best else 100.0 * (cost / self.best - 1.0)


def folder() -> Path | None:
    """Where the instances of routing are; None and a word on stderr where they are not."""
    found = Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "routing"
    if found.is_dir():
        return found
    print(f"no instances in {found}: set MUSTER_INSTANCES; nothing is measured", file=sys.stderr)
    return None


def names(set_name: str) -> list[str]:
    """The cases of a set."""
    where = folder()
    if where is None:
        return []
    inside, pattern = SETS[set_name]
    return [f"{set_name}/{path.stem}" for path in sorted((where / inside).glob(pattern))]


def share(wanted: Sequence[str]) -> list[str]:
    """What MUSTER_BENCH_SHARE leaves of a list: all; every tenth with 0.1; with names and commas, those of them."""
    asked = os.environ.get("MUSTER_BENCH_SHARE", "1")
    try:
        part = float(asked)
    except ValueError:
        chosen = asked.split(",")
        return [name for name in wanted if name in chosen or name.partition("/")[2] in chosen]
    require(0 < part <= 1, "MUSTER_BENCH_SHARE", asked, "a part, 0 < part <= 1, or names with commas between")
    return list(wanted[:: round(1 / part)])


def numbers(variable: str, default: Sequence[float]) -> list[float]:
    """A list of numbers from the environment, as MUSTER_BENCH_SEEDS=1,2 or MUSTER_BENCH_SECONDS=1."""
    asked = os.environ.get(variable)
    return [float(part) for part in asked.split(",")] if asked else list(default)


def cases(wanted: Sequence[str]) -> list[Case]:
    """The instances of those names; one that cannot be read is told and left out."""
    found = []
    for name in wanted:
        try:
            found.append(case(name))
        except InvalidProblem as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


@cache
def case(name: str) -> Case:
    """One instance. Raises InvalidProblem where it asks for what we do not model; KeyError for a name of no set."""
    where = folder()
    assert where is not None
    set_name, _, stem = name.partition("/")
    inside, pattern = SETS[set_name]
    path = where / inside / pattern.replace("*", stem)
    return Case(name, read_instance(path), best_known(path))


def find(stem: str) -> str:
    """The full name of a case by its file's name alone; KeyError where none or several have it."""
    known = [name for set_name in SETS for name in names(set_name)]
    found = [name for name in known if stem in (name, name.partition("/")[2])]
    if len(found) != 1:
        raise KeyError(f"{stem}: {', '.join(found) or 'no such instance'}")
    return found[0]


def best_known(path: Path) -> float | None:
    """From the `.sol` beside the file, or from Solomon's table of distances, which is of older literature."""
    solution, table = path.with_suffix(".sol"), path.parent / "best_known_distance.csv"
    if solution.is_file():
        lines = solution.read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[-1]) for line in lines if line.lower().startswith("cost"))
    if table.is_file():
        with table.open(encoding="utf-8") as file:
            return next((float(row["distance"]) for row in csv.DictReader(file) if row["instance"] == path.stem), None)
    return None
