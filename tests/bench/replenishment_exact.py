"""Published optima of inventory theory beside ours, stockpyl's own functions beside both.

Closed forms and dynamic programs within 1e-6, limits of fine grids within 1e-4, and never asked to be nearer than
half of the last digit that was printed. Without stockpyl (requirements-oracles.lock) the rest is measured. Reads
MUSTER_INSTANCES (default ../shared/instances) to see that the inputs typed in are those of the published file.
"""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from solvers.replenishment.policies.distributions import Counted
from solvers.replenishment.policies.exposure import Costs, Exposure, LotRule
from solvers.replenishment.policies.reorder import best_by_cost, best_by_service, performance, warm_up
from tests.bench import exact_cases, exact_network_cases
from tests.bench.exact_case import Case
from tests.bench.row import Row, row

ITEM_SITES = 3_000
SEED = 5


def main() -> list[Row]:
    """All values, then the speed of the policies that a plan calls."""
    warm_up()
    with_oracle = find_spec("stockpyl") is not None
    if not with_oracle:
        print("no stockpyl: install requirements-oracles.lock; the oracle is not measured", file=sys.stderr)
    rows = [value_row(case, with_oracle) for case in (*exact_cases.cases(), *exact_network_cases.cases())]
    return [*rows, *input_rows(), *speed_rows()]


def value_row(case: Case, with_oracle: bool) -> Row:
    """One value: holds when it is near enough to the published one and, where there is an exact one, the oracle's."""
    began_s = time.perf_counter()
    ours = case.ours()
    took_s = time.perf_counter() - began_s
    peers, holds = {"published": float(case.published)}, case.agrees(ours)
    if with_oracle:
        if case.oracle is not None:
            peers["stockpyl"] = case.oracle()
            holds = holds and case.agrees_with_oracle(ours, peers["stockpyl"])
        peers.update({name: heuristic() for name, heuristic in case.heuristics.items()})
    goal = f"within {case.allowed / abs(float(case.published)):.1g} of published"
    return Row(case.name, ours, "", took_s, peers, ours / float(case.published), goal, holds)


def input_rows() -> Iterator[Row]:
    """How many of the inputs typed in differ from the published file."""
    path = Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "inventory" / "stockpyl_instances.json"
    if not path.is_file():
        print(f"no {path}: set MUSTER_INSTANCES; inputs are not compared", file=sys.stderr)
        return
    file = {one["name"]: one["data"] for one in json.loads(path.read_text(encoding="utf-8"))["instances"]}
    wrong = [name for name, facts in exact_cases.FACTS.items() if not same(facts, file[name])]
    if wrong:
        print(f"inputs differ from {path.name}: {', '.join(wrong)}", file=sys.stderr)
    yield row(f"inputs unlike the file, of {len(exact_cases.FACTS)}", len(wrong), "", seconds=0.0, at_most=0)


def same(ours: Any, theirs: Any) -> bool:
    """Equal up to rounding, whatever is nested in it."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return math.isclose(ours, theirs, rel_tol=1e-12)


def speed_rows() -> Iterator[Row]:
    """What 3,000 item-sites cost in total: intermittent, unit and smooth demand, lead times of 3 to 20 days."""
    rng = np.random.default_rng(SEED)
    exposures = [random_exposure(rng) for _ in range(ITEM_SITES)]
    rates = zip(rng.uniform(50, 5_000, ITEM_SITES), rng.uniform(0.01, 2, ITEM_SITES), strict=True)
    costs = [Costs(float(order), float(holding), 40 * float(holding)) for order, holding in rates]
    size = int(np.mean([len(exposure.protection.pmf) for exposure in exposures]))
    named: tuple[tuple[str, Callable[[Exposure, Costs], object]], ...] = (
        ("(s,S) by cost", best_by_cost),
        ("(r,nQ) by cost, multiples of 5", lambda e, c: best_by_cost(e, c, LotRule(5, 5))),
        ("(s,S) by cost, minimum 100", lambda e, c: best_by_cost(e, c, LotRule(least=100))),
        ("(s,S) by fill rate 95 %", lambda e, c: best_by_service(e, c, 0.95, "fill")),
        ("(s,S) by cycle service 95 %", lambda e, c: best_by_service(e, c, 0.95, "cycle")),
        ("performance of a policy", lambda e, c: performance(e, c, best_by_cost(e, c))),
    )
    for name, call in named:
        began_s = time.perf_counter()
        for exposure, cost in zip(exposures, costs, strict=True):
            call(exposure, cost)
        took_s = time.perf_counter() - began_s
        goal = 1.0 if "cost" in name else None
        yield row(f"{ITEM_SITES} x {name}, {size} units", took_s, "s", seconds=took_s, at_most=goal)


def random_exposure(rng: np.random.Generator) -> Exposure:
    """Demand of a random kind over a random lead time."""
    kind = rng.integers(3)
    if kind == 0:
        day = np.concatenate(([rng.uniform(2, 12)], rng.random(rng.integers(1, 12))))
    elif kind == 1:
        mean = rng.uniform(0.2, 8)
        day = np.exp([k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(int(mean + 8 * mean**0.5 + 4))])
    else:
        day = np.concatenate((np.zeros(rng.integers(1, 10)), rng.random(rng.integers(2, 12))))
    day = day / day.sum()
    lead = np.ones(1)
    for _ in range(rng.integers(3, 21)):
        lead = np.convolve(lead, day)
    return Exposure.of(Counted(lead), Counted(day))
