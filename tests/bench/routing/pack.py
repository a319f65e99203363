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
from solvers.routing.check import check
from solvers.routing.io import Instance, read_instance
from solvers.routing.timing import plan_of

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
"""Name of each set -> folder and files. A case is called `SET/FILE`, because two sets have files of the same name."""


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
    """What MUSTER_BENCH_SHARE leaves of a list: all; every tenth with 0.1; with names and commas, those of them.

    A name is that of a set, of a file, or both: gh1000, C1_10_4, gh1000/C1_10_4.
    """
    asked = os.environ.get("MUSTER_BENCH_SHARE", "1")
    try:
        part = float(asked)
    except ValueError:
        chosen = set(asked.split(","))
        return [name for name in wanted if chosen & {name, *name.split("/")}]
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
    instance = read_instance(path)
    return Case(name, instance, best_known(path, instance))


def find(stem: str) -> str:
    """The full name of a case by its file's name alone; KeyError where none or several have it."""
    known = [name for set_name in SETS for name in names(set_name)]
    found = [name for name in known if stem in (name, name.partition("/")[2])]
    if len(found) != 1:
        raise KeyError(f"{stem}: {', '.join(found) or 'no such instance'}")
    return found[0]


def best_known(path: Path, instance: Instance) -> float | None:
    """The checker's price of the routes in the `.sol` beside the file, or Solomon's table of distances.

    The `.sol` files state their costs in several units, so the routes are what counts. That table is of older
    literature. Raises ValueError for routes that break a rule.
    """
    solution, table = path.with_suffix(".sol"), path.parent / "best_known_distance.csv"
    if solution.is_file():
        plan = plan_of(instance.problem, _routes(solution.read_text(encoding="utf-8"), instance))
        verdict = check(instance.problem, plan)
        if verdict.violations:
            raise ValueError(f"{solution}: {verdict.violations[0]}")
        return float(instance.file_cost(plan, verdict.cost))
    if table.is_file():
        with table.open(encoding="utf-8") as file:
            return next((float(row["distance"]) for row in csv.DictReader(file) if row["instance"] == path.stem), None)
    return None


def _routes(text: str, instance: Instance) -> dict[str, list[list[str]]]:
    """A line for each vehicle, in the order of the file's. Places count from 0, the first depot, which ends a trip."""
    lines = [line.partition(":")[2].split() for line in text.splitlines() if line.lower().startswith("route")]
    sequences = {}
    for vehicle, places in zip(instance.problem.vehicles, lines, strict=False):
        trips: list[list[str]] = [[]]
        for place in places:
            if place == "0":
                trips.append([])
            else:
                trips[-1].append(str(int(place) + 1))
        sequences[vehicle.vehicle_id] = [trip for trip in trips if trip]
    return sequences
