"""The published instances by short name, with the best makespan known for each.

Called by: the scheduling benchmarks and `compare`. Reads MUSTER_INSTANCES (default ../shared/instances), and
MUSTER_BENCH_SHARE for a part of the benchmarks (see `share`).
Sources: instances.json and jobshop.json of the pack; for what has been closed or improved since, the bounds of
ScheduleOpt/benchmarks (flexible-jobshop/solutions/bks.json, 2026).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from solvers.errors import require
from solvers.scheduling.io import read
from solvers.scheduling.problem import SchedulingProblem

BRANDIMARTE = dict(
    zip((f"mk{number:02}" for number in range(1, 11)), (40, 26, 204, 60, 172, 57, 139, 523, 307, 193), strict=True)
)
AUTHORS: dict[str, tuple[str, ...]] = {
    "Brandimarte": ("mk",),
    "Kacem": ("k",),
    "Fattahi": ("sfjs", "mfjs"),
    "Barnes": ("mt10", "setb4", "seti5"),
    "Hurink": ("edata", "rdata", "vdata"),
}
NEWER = {**BRANDIMARTE, "k4": 11, "mfjs09": 1055, "mfjs10": 1196, "rdata_la01": 570, "rdata_la03": 477}
"""Where instances.json is older."""


def folder() -> Path | None:
    """Where the instances of scheduling are; None and a word on stderr where they are not."""
    found = Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "scheduling"
    if found.is_dir():
        return found
    print(f"no instances in {found}: set MUSTER_INSTANCES; nothing is measured", file=sys.stderr)
    return None


def share(wanted: Sequence[str]) -> list[str]:
    """What MUSTER_BENCH_SHARE leaves of a list: all; every tenth with 0.1; with names and commas, those of them."""
    asked = os.environ.get("MUSTER_BENCH_SHARE", "1")
    try:
        part = float(asked)
    except ValueError:
        return [name for name in wanted if name in asked.split(",")]
    require(0 < part <= 1, "MUSTER_BENCH_SHARE", asked, "a part, 0 < part <= 1, or names with commas between")
    return list(wanted[:: round(1 / part)])


def names() -> list[str]:
    """Every instance of the pack, flexible ones first."""
    where = folder()
    if where is None:
        return []
    flexible = [name for members in flexible_sets().values() for name in members]
    return [*flexible, *jobshops(), *industrial()]


def flexible_sets() -> dict[str, list[str]]:
    """The flexible job shops by author."""
    where = folder()
    stems = sorted(path.stem for path in (where / "fjsp").glob("*.txt")) if where else []
    return {author: [stem for stem in stems if stem.startswith(heads)] for author, heads in AUTHORS.items()}


def jobshops() -> list[str]:
    """ft, la, orb, ta."""
    return list(_jobshop())


def industrial() -> list[str]:
    """The two of some 5,000 operations."""
    where = folder()
    return sorted(path.stem for path in (where / "bel").glob("*.json")) if where else []


def problem(name: str) -> SchedulingProblem:
    """The instance of that name, objective makespan; KeyError where the pack has none."""
    where = folder()
    if where is not None and (where / "fjsp" / f"{name}.txt").is_file():
        return read(where / "fjsp" / f"{name}.txt")[1]
    if where is not None and (where / "bel" / f"{name}.json").is_file():
        return read(where / "bel" / f"{name}.json")[1]
    if where is not None and name in _jobshop():
        return read(f"{where / 'jsp' / 'jobshop.json'}#{name}")[1]
    raise KeyError(f"{name}: no such instance in the pack")


def best_known(name: str) -> int:
    """The optimum, or the best makespan published; of `bel` the load of the busiest machine, which is the optimum."""
    if name in NEWER:
        return NEWER[name]
    if name in _jobshop():
        return int(_jobshop()[name]["metadata"]["upper_bound"])
    if name.startswith("bel"):
        return busiest(problem(name))
    entry = _flexible()[name]
    return int(entry["optimum"] or entry["bounds"]["upper"])


def busiest(shop: SchedulingProblem) -> int:
    """Largest load of one machine, of what only it can do."""
    loads: dict[str, int] = {}
    for _, task in shop.tasks():
        if len(task.modes) == 1:
            loads[task.modes[0].machine_id] = loads.get(task.modes[0].machine_id, 0) + task.modes[0].duration_s
    return max(loads.values())


@cache
def _jobshop() -> dict[str, Any]:
    where = folder()
    if where is None:
        return {}
    found: dict[str, Any] = json.loads((where / "jsp" / "jobshop.json").read_text(encoding="utf-8"))
    return found


@cache
def _flexible() -> dict[str, Any]:
    where = folder()
    if where is None:
        return {}
    entries = json.loads((where / "fjsp" / "instances.json").read_text(encoding="utf-8"))
    return {entry["name"].replace("-", "data_"): entry for entry in entries}
