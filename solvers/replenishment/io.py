"""A replenishment problem as a JSON file, and its plan as one JSON object.

The file holds the fields of the dataclasses by name (`problem`, `item`, `shared`); what has a default may be left out.
A lead time is {"agreed_days": 5, "sd_days": 1, "received_days": [...], "lost": 0, "open_ages": [...]}, learned while it
is read; demand is `demand_history`, and with "learn": true a forecast is learned from it (days with a stock-out in
"censored_days", counted from 0).
Promises: an unknown field, a wrong type or a broken rule is an `InvalidProblem` that names it.
May not: run in the core (it solves).
Called by: `solvers.solve_file`, tests.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from solvers.budget import Budget as TimeBudget
from solvers.errors import InvalidProblem, require
from solvers.replenishment.explain import tell, tell_held
from solvers.replenishment.forecast import DemandSeries, learn
from solvers.replenishment.item import ItemSite
from solvers.replenishment.lead_time import LeadTime, observe, start
from solvers.replenishment.plan import Proposal, ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.scorecard import cards
from solvers.replenishment.shared import DAY_S

MAX_BYTES = 200_000_000
_LEARNED = ("series", "forecast")
_EXTRA = ("learn", "censored_days")


def read_problem(path: Path) -> ReplenishmentProblem:
    """The problem of a file. OSError, or InvalidProblem with the field."""
    size = path.stat().st_size
    require(size <= MAX_BYTES, "file", size, f"at most {MAX_BYTES} bytes")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidProblem("file", path.name, f"JSON: {error}") from error
    return problem_of(content)


def problem_of(content: object) -> ReplenishmentProblem:
    """The problem of decoded JSON."""
    fields = _object(content, "problem")
    today = int(fields.get("now_s", 0)) // DAY_S if isinstance(fields.get("now_s", 0), int) else 0
    entries = fields.get("item_sites")
    require(isinstance(entries, list), "item_sites", type(entries).__name__, "a list")
    assert isinstance(entries, list)
    items = tuple(_item_site(_object(e, f"item_sites[{n}]"), f"item_sites[{n}]", today) for n, e in enumerate(entries))
    rest = {name: value for name, value in fields.items() if name != "item_sites"}
    made = _values(ReplenishmentProblem, rest, "problem", given={"item_sites": items})
    return ReplenishmentProblem(**made)


def _item_site(fields: Mapping[str, Any], where: str, today: int) -> ItemSite:
    plain = {name: value for name, value in fields.items() if name not in _EXTRA}
    for name in _LEARNED:
        require(name not in plain, f"{where}.{name}", "given", 'left out: say "learn": true')
    made = _values(ItemSite, plain, where, given={})
    if fields.get("learn"):
        history = made.get("demand_history", (0,))
        first = max(0, today - len(history))
        out = [first + int(day) for day in fields.get("censored_days", ())]
        try:
            series = DemandSeries.of(history, first_day=first, censored=out)
            longest = max((source.promised_s for source in made.get("sources", ())), default=0) // DAY_S
            made |= {"series": series, "forecast": learn(series, None, today, horizon_days=max(1, longest + 1))}
        except ValueError as error:
            raise InvalidProblem(f"{where}.demand_history", len(history), str(error)) from error
    return ItemSite(**made)


def _values(cls: type, fields: Mapping[str, Any], where: str, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a dataclass from JSON fields; `given` are made already."""
    hints = get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls) if f.init}
    for name in fields:
        require(name in known, f"{where}.{name}", fields[name], f"one of {', '.join(sorted(known))}")
    made = {name: _value(hints[name], value, f"{where}.{name}") for name, value in fields.items()} | given
    for name, entry in known.items():
        free = entry.default is not dataclasses.MISSING or entry.default_factory is not dataclasses.MISSING
        require(free or name in made, f"{where}.{name}", None, "must be there")
    return made


def _value(hint: Any, value: Any, where: str) -> Any:
    """One field's value, by its type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(next(t for t in inner if t is not type(None)), value, where)
    if origin is tuple:
        require(isinstance(value, list), where, value, "a list")
        if inner[-1] is Ellipsis:
            return tuple(_value(inner[0], entry, f"{where}[{n}]") for n, entry in enumerate(value))
        require(len(value) == len(inner), where, value, f"{len(inner)} entries")
        return tuple(_value(t, entry, where) for t, entry in zip(inner, value, strict=True))
    if origin is Literal:
        require(value in inner, where, value, f"one of {', '.join(map(str, inner))}")
        return value
    if hint is LeadTime:
        return _lead_time(_object(value, where), where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _made(hint, _object(value, where), where)
    require(type(value) is hint, where, value, f"a value of type {getattr(hint, '__name__', hint)}")
    return value


def _made(cls: type, fields: Mapping[str, Any], where: str) -> Any:
    return cls(**_values(cls, fields, where, given={}))


def _lead_time(fields: Mapping[str, Any], where: str) -> LeadTime:
    known = {"agreed_days", "sd_days", "received_days", "lost", "open_ages"}
    require(set(fields) <= known, where, sorted(fields), f"only {', '.join(sorted(known))}")
    try:
        record = start(int(fields["agreed_days"]), int(fields.get("sd_days", 1)))
        seen = {name: fields[name] for name in ("received_days", "lost", "open_ages") if name in fields}
        return observe(record, **seen) if seen else record
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidProblem(where, dict(fields), f"a lead time: {error}") from error


def _object(value: object, where: str) -> Mapping[str, Any]:
    require(isinstance(value, dict), where, type(value).__name__, "an object")
    assert isinstance(value, dict)
    return value


def solve_file(path: Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read a problem and solve it; the answer as one JSON object. InvalidProblem or OSError for the file."""
    from solvers.replenishment.rolling.solve import solve

    problem = read_problem(path)
    result = solve(problem, None, TimeBudget(seconds=budget_s, seed=seed))
    plan = result.plan
    assert plan is not None, "the marginal list is always there"
    return {
        "instance": path.stem,
        "status": str(result.status),
        "engine": result.engine,
        "expected_cost_cents": result.cost,
        "proposals": [_proposal(problem, plan, proposal) for proposal in plan.proposals],
        "held": [{**dataclasses.asdict(held), "text": tell_held(held)} for held in plan.held],
        "policies": [dataclasses.asdict(policy) for policy in plan.policies],
        "suppliers": [dataclasses.asdict(card) for card in cards(problem, plan)],
        "notes": list(result.notes),
        "wall_s": round(result.wall_s, 3),
    }


def _proposal(problem: ReplenishmentProblem, plan: ReplenishmentPlan, proposal: Proposal) -> dict[str, object]:
    told = tell(problem, plan, proposal)
    return {**dataclasses.asdict(proposal), "sentences": list(told.sentences), "order_ids": list(told.order_ids)}
