"""A supply network as JSON: read it, decide the coming period's orders, tell them.

The document (`"kind": "supply_network"`), units and cents as in `problem`:

    {"kind": "supply_network", "periods": 20, "sources": ["mill"], "whole_units": true, "scenarios": 40,
     "nodes": [{"node_id": "shop", "stock": 40, "holding_cents": 3}, …],
     "links": [{"from_id": "mill", "to_id": "shop", "lead_periods": 2, "unit_cents": 50, "arriving": [0, 20]}, …],
     "markets": [{"market_id": "town", "node_id": "shop", "price_cents": 200, "shortage_cents": 10,
                  "demand_history": [18, 22, null, 25], "prior_mean": 20}, …]}

A field that is left out has the default of `problem`. Demand is one of: `demand_history` of each market (oldest
first, null = unknown), learned from `prior_mean` units a period (default: the history's mean); `demand_mean` of each
market, known Poisson means of the coming periods (the last one goes on); or `demand_scenarios` of the document, a
list of scenarios, each a list of periods, each a list of units by market, all equally likely.

Promises: a file it does not understand is refused with the field and the rule. May not: write files.
Called by: `muster solve replenishment FILE`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from solvers.budget import Budget
from solvers.errors import InvalidProblem, require
from solvers.replenishment.network.demand import Scenarios, known_law
from solvers.replenishment.network.learn import Prior
from solvers.replenishment.network.lookahead import Lookahead, NetworkPlan
from solvers.replenishment.network.physics import step
from solvers.replenishment.network.planner import ScenarioPlanner
from solvers.replenishment.network.problem import Link, Market, NetworkProblem, Node

KIND = "supply_network"
MAX_BYTES = 20_000_000
MAX_HISTORY = 10_000
DEFAULT_SCENARIOS = 25
TOLERANCE_UNITS = 1e-6
TOP_FIELDS = frozenset(
    ("kind", "name", "periods", "sources", "nodes", "links", "markets", "whole_units", "scenarios", "demand_scenarios")
)
DEMAND_FIELDS = frozenset(("demand_history", "demand_mean", "prior_mean"))

Part = TypeVar("Part", Node, Link, Market)


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A read document: the problem, the demand as it was given by market, and the options."""

    name: str
    problem: NetworkProblem
    demand: tuple[Mapping[str, Any], ...]
    given: Scenarios | None
    whole_units: bool
    scenarios: int


def is_network(document: object) -> bool:
    """Whether a JSON document says that it is a supply network."""
    return isinstance(document, dict) and document.get("kind") == KIND


def solve_file(path: str | Path, budget_s: float, seed: int = 1) -> dict[str, object]:
    """Read, decide and tell within `budget_s`: the keys are those of `muster solve replenishment -o json`."""
    deadline = Budget(seconds=budget_s, seed=seed).start()
    file = read_network(path)
    plan = decide(file, seed, deadline.left_s())
    return {**_told(file, plan), "wall_s": round(deadline.elapsed_s(), 3)}


def decide(file: NetworkFile, seed: int = 1, limit_s: float | None = None) -> NetworkPlan:
    """The coming period's orders for a read document; deterministic for a seed unless `limit_s` bites.

    The network's own physics must carry every order as it is, or the plan is not told.
    """
    lookahead = Lookahead(file.whole_units)
    known = _known_scenarios(file, seed)
    if known is not None:
        plan = lookahead.plan(file.problem, known, limit_s)
    else:
        plan = _learning(file, seed, lookahead).decide(file.problem, limit_s)
    orders = [order.quantity for order in plan.orders]
    _, outcome = step(file.problem, orders, [0.0] * len(file.problem.markets))
    off = max((abs(sent - order) for sent, order in zip(outcome.sent, orders, strict=True)), default=0.0)
    if off > TOLERANCE_UNITS:
        raise RuntimeError(f"network plan: an order is {off} units more than the network can send")
    return plan


def read_network(path: str | Path) -> NetworkFile:
    """Read and validate; raises `InvalidProblem` naming the field, OSError for a file that cannot be read."""
    file = Path(path)
    require(file.stat().st_size <= MAX_BYTES, "path", file.name, f"at most {MAX_BYTES} bytes")
    try:
        document = json.loads(file.read_text(encoding="utf-8", errors="strict"))
    except ValueError as error:
        raise InvalidProblem("path", file.name, f"JSON ({error})") from error
    return parse_network(document, file.stem)


def parse_network(document: object, name: str = "") -> NetworkFile:
    """A document as `read_network` gives it."""
    require(is_network(document), "kind", getattr(document, "get", lambda _: None)("kind"), repr(KIND))
    assert isinstance(document, dict)
    _known(document, TOP_FIELDS, "document")
    markets = _list(document, "markets")
    demand = tuple({key: value for key, value in entry.items() if key in DEMAND_FIELDS} for entry in markets)
    plain = [{key: value for key, value in entry.items() if key not in DEMAND_FIELDS} for entry in markets]
    links = [{**entry, "arriving": tuple(entry.get("arriving", ()))} for entry in _list(document, "links")]
    problem = NetworkProblem(
        periods=_whole(document, "periods"),
        sources=tuple(str(each) for each in document.get("sources", ())),
        nodes=tuple(_part(Node, entry, f"nodes[{at}]") for at, entry in enumerate(_list(document, "nodes"))),
        links=tuple(_part(Link, entry, f"links[{at}]") for at, entry in enumerate(links)),
        markets=tuple(_part(Market, entry, f"markets[{at}]") for at, entry in enumerate(plain)),
    )
    scenarios = _whole(document, "scenarios", DEFAULT_SCENARIOS)
    whole_units = document.get("whole_units", True)
    require(isinstance(whole_units, bool), "whole_units", whole_units, "true or false")
    given = _given(document["demand_scenarios"]) if "demand_scenarios" in document else None
    return NetworkFile(str(document.get("name", name)), problem, demand, given, whole_units, scenarios)


def _known_scenarios(file: NetworkFile, seed: int) -> Scenarios | None:
    """Those given, or those of known means; None where demand has to be learned."""
    if file.given is not None:
        return file.given
    if not all("demand_mean" in entry for entry in file.demand):
        return None
    periods, names = file.problem.periods, [market.market_id for market in file.problem.markets]
    columns = [_means(entry["demand_mean"], periods, name) for entry, name in zip(file.demand, names, strict=True)]
    return known_law(np.stack(columns, axis=1), file.scenarios, seed)


def _learning(file: NetworkFile, seed: int, lookahead: Lookahead) -> ScenarioPlanner:
    """A planner that has seen the histories; before a shorter one began, its demand is unknown."""
    names = [market.market_id for market in file.problem.markets]
    read = [_history(entry, name) for entry, name in zip(file.demand, names, strict=True)]
    planner = ScenarioPlanner([prior for prior, _ in read], file.scenarios, seed, lookahead)
    longest = max(len(history) for _, history in read)
    padded = [[math.nan] * (longest - len(history)) + history for _, history in read]
    for units in zip(*padded, strict=True):
        planner.observe(units)
    return planner


def _means(values: object, periods: int, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    numbers = _numbers(values, f"markets[{name}].demand_mean")
    require(len(numbers) >= 1, f"markets[{name}].demand_mean", values, "at least one")
    padded = numbers[:periods] + [numbers[-1]] * max(0, periods - len(numbers))
    return np.array(padded)


def _history(entry: Mapping[str, Any], name: str) -> tuple[Prior, list[float]]:
    where = f"markets[{name}].demand_history"
    require("demand_history" in entry, where, None, "given, or demand_mean for every market, or demand_scenarios")
    history = _numbers(entry["demand_history"], where, gaps=True)
    seen = [units for units in history if not math.isnan(units)]
    mean = entry.get("prior_mean", sum(seen) / len(seen) if seen else 0.0)
    require(isinstance(mean, (int, float)) and mean > 0, f"markets[{name}].prior_mean", mean, "above 0")
    return Prior(float(mean)), history


def _numbers(values: object, where: str, gaps: bool = False) -> list[float]:
    require(isinstance(values, list) and len(values) <= MAX_HISTORY, where, type(values).__name__, "a list of numbers")
    assert isinstance(values, list)
    numbers = []
    for value in values:
        if gaps and value is None:
            numbers.append(math.nan)
            continue
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        require(good, where, value, "a number" + (" or null" if gaps else ""))
        numbers.append(float(value))
    return numbers


def _given(values: object) -> Scenarios:
    try:
        return Scenarios.equal(np.array(values, dtype=np.float64))
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidProblem):
            raise
        raise InvalidProblem("demand_scenarios", "…", "scenarios x periods x markets of numbers") from error


def _part(kind: type[Part], entry: Mapping[str, Any], where: str) -> Part:
    names = {each.name for each in fields(kind)}
    _known(entry, frozenset(names), where)
    try:
        return kind(**entry)
    except TypeError as error:
        raise InvalidProblem(where, sorted(entry), f"complete ({error})") from error


def _known(entry: Mapping[str, Any], names: frozenset[str], where: str) -> None:
    unknown = sorted(set(entry) - names)
    require(not unknown, where, unknown, f"only {', '.join(sorted(names))}")


def _list(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = document.get(name, [])
    good = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    require(good, name, type(entries).__name__, "a list of objects")
    return list(entries)


def _whole(document: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = document.get(name, default)
    require(isinstance(value, int) and not isinstance(value, bool), name, value, "a whole number")
    assert isinstance(value, int)
    return value


def _told(file: NetworkFile, plan: NetworkPlan) -> dict[str, object]:
    orders = [{"from_id": o.from_id, "to_id": o.to_id, "quantity": o.quantity} for o in plan.orders]
    return {
        "instance": file.name,
        "kind": KIND,
        "feasible": True,
        "status": "FEASIBLE",
        "engine": "scenario look-ahead",
        "scenarios": plan.scenarios,
        "orders": orders,
        "expected_profit_cents": round(plan.expected_profit_cents, 2),
        "expected_short_units": round(plan.expected_short_units, 3),
        "node_value_cents": {name: round(value, 3) for name, value in plan.node_value_cents},
    }
