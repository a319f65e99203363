"""The textbook's models as files: JSON with a "model" and its figures, answered exactly.

Promises: every model names what it needs; a missing, superfluous or impossible field is refused by name. Costs are
per period (whatever period the figures are in), unless the answer says otherwise.
May not: learn anything; the planner does that and calls the same policies.
Called by: `published`, for `muster solve replenishment FILE`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from solvers.errors import InvalidProblem, require
from solvers.replenishment.lookahead import Economics, LeadLaw, OpenOrder, Position, order_quantity
from solvers.replenishment.multi_echelon import placement, serial
from solvers.replenishment.policies import base_stock, disruption, economic, lost_sales, newsvendor, normal_reorder
from solvers.replenishment.policies.discounts import Tier, all_units_quantity, incremental_quantity
from solvers.replenishment.policies.distributions import Counted, Normal, poisson
from solvers.replenishment.policies.exposure import Costs, Exposure, LotRule, counted
from solvers.replenishment.policies.finite_horizon import Period, best_horizon
from solvers.replenishment.policies.joint import JointItem, joint_cycle
from solvers.replenishment.policies.lot_for_time import lots_in_time
from solvers.replenishment.policies.reorder import best_by_cost, best_by_service, performance

LIST_MAX = 10_000
Answer = dict[str, Any]


@dataclass(slots=True)
class Given:
    """The fields of a file; those that were read are remembered, so that the others can be refused."""

    fields: Mapping[str, Any]
    where: str = ""
    read: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return name in self.fields

    def number(self, name: str, default: float | None = None) -> float:
        """A number."""
        self.read.add(name)
        value = self.fields.get(name, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        require(good, self.where + name, value, "a number")
        return float(value or 0)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.number(name, default)
        require(value == int(value), self.where + name, value, "a whole number")
        return int(value)

    def word(self, name: str, words: tuple[str, ...]) -> str:
        """One of the words."""
        self.read.add(name)
        value = self.fields.get(name)
        require(value in words, self.where + name, value, f"one of {', '.join(words)}")
        return str(value)

    def numbers(self, name: str) -> list[float]:
        """A list of numbers."""
        self.read.add(name)
        values = self.fields.get(name)
        good = isinstance(values, list) and 0 < len(values) <= LIST_MAX
        require(good, self.where + name, values, f"a list of 1 to {LIST_MAX} numbers")
        return [Given({name: value}, self.where).number(name) for value in values or ()]

    def one_or_all(self, name: str, default: float = 0.0) -> list[float] | float:
        """A number for all periods, or a list with one for each."""
        return self.numbers(name) if isinstance(self.fields.get(name), list) else self.number(name, default)

    def rows(self, name: str) -> list[Given]:
        """A list of objects."""
        self.read.add(name)
        values = self.fields.get(name)
        good = isinstance(values, list) and 0 < len(values) <= LIST_MAX and all(isinstance(v, dict) for v in values)
        require(good, self.where + name, values, f"a list of 1 to {LIST_MAX} objects")
        return [Given(value, f"{self.where}{name}[{number}].") for number, value in enumerate(values or ())]

    def rows_or_none(self, name: str) -> list[Given]:
        """A list of objects that may be missing or empty."""
        self.read.add(name)
        return self.rows(name) if self.fields.get(name) else []

    def text(self, name: str) -> str:
        """A name."""
        self.read.add(name)
        value = self.fields.get(name)
        require(isinstance(value, str) and bool(value), self.where + name, value, "a name")
        return str(value)

    def demand(self, name: str = "demand") -> Counted | Normal:
        """{"mean", "sd"}: normal; {"poisson": mean}; {"pmf": [...]}: probability of 0, 1, 2, … units."""
        self.read.add(name)
        value = self.fields.get(name)
        require(isinstance(value, dict), self.where + name, value, "an object with mean and sd, poisson, or pmf")
        told = Given(value or {}, f"{self.where}{name}.")
        if told.has("pmf"):
            pmf = np.array(told.numbers("pmf"))
            require(bool((pmf >= 0).all()) and abs(pmf.sum() - 1) < 1e-9, told.where + "pmf", pmf.sum(), "a sum of 1")
            return told.only(Counted(pmf))
        if told.has("poisson"):
            return told.only(poisson(told.number("poisson")))
        return told.only(Normal(told.number("mean"), told.number("sd")))

    def only(self, answer: Any) -> Any:
        """The answer, if nothing was told in vain."""
        unknown = sorted(set(self.fields) - self.read)
        require(not unknown, self.where + "".join(unknown[:1]), unknown, "no field of this model")
        return answer


def is_textbook(path: Path) -> bool:
    """Whether it is a JSON object with a "model"."""
    if path.suffix.lower() != ".json":
        return False
    content = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(content, dict) and "model" in content


def solve_file(path: Path) -> Answer:
    """Read and answer. OSError, or InvalidProblem with the field."""
    return {"feasible": True, "instance": path.stem, **answer(json.loads(path.read_text(encoding="utf-8")))}


def answer(content: Mapping[str, Any]) -> Answer:
    """The answer of the model that `content` names."""
    model = content.get("model")
    require(model in MODELS, "model", model, f"one of {', '.join(sorted(MODELS))}")
    given = Given({name: value for name, value in content.items() if name != "model"})
    found = MODELS[str(model)](given)
    given.only(None)
    return {"model": model, **found}


def _eoq(g: Given) -> Answer:
    order, holding, demand = g.number("order_cost"), g.number("holding_cost"), g.number("demand")
    if g.has("shortage_cost"):
        return asdict(economic.backordered_quantity(order, holding, g.number("shortage_cost"), demand))
    if g.has("production"):
        return asdict(economic.production_quantity(order, holding, demand, g.number("production")))
    quantity = economic.economic_quantity(order, holding, demand)
    return {"quantity": quantity, "cost": economic.economic_cost(order, holding, demand, quantity)}


def _discount(g: Given) -> Answer:
    tiers = [row.only(Tier(row.number("least"), row.number("price"))) for row in g.rows("tiers")]
    figures = g.number("order_cost"), g.number("holding_rate"), g.number("demand")
    incremental = g.word("rule", ("all_units", "incremental")) == "incremental"
    return asdict((incremental_quantity if incremental else all_units_quantity)(*figures, tiers))


def _disrupted_eoq(g: Given) -> Answer:
    names = ("order_cost", "holding_cost", "lost_cost", "demand", "disruption_rate", "recovery_rate")
    return asdict(disruption.disrupted_quantity(*(g.number(name) for name in names)))


def _disrupted_stock(g: Given) -> Answer:
    names = ("holding_cost", "shortage_cost", "demand", "disruption", "recovery")
    level, cost = disruption.disrupted_base_stock(*(g.number(name) for name in names))
    return {"level": level, "cost": cost}


def _yield(g: Given) -> Answer:
    names = ("order_cost", "holding_cost", "demand", "mean", "sd")
    additive = g.word("rule", ("additive", "multiplicative")) == "additive"
    solve = disruption.additive_yield_quantity if additive else disruption.multiplicative_yield_quantity
    return asdict(solve(*(g.number(name) for name in names)))


def _newsvendor(g: Given) -> Answer:
    costs = g.number("holding_cost"), g.number("shortage_cost")
    if g.has("log_mean"):
        level, cost = newsvendor.newsvendor_lognormal(g.number("log_mean"), g.number("log_sd"), *costs)
        return {"level": level, "cost": cost}
    demand = g.demand()
    if isinstance(demand, Normal):
        level, cost = newsvendor.newsvendor_normal(demand.mean, demand.sd, *costs)
        return {"level": level, "cost": cost}
    whole, cost = newsvendor.newsvendor(demand, *costs)
    return {"level": whole, "cost": cost}


def _exposure(g: Given) -> Exposure:
    lead, review = counted(g.demand("lead_demand")), counted(g.demand("review_demand"))
    return Exposure.of(lead, review, g.number("review_days", 1.0))


def _reorder(g: Given) -> Answer:
    exposure = _exposure(g)
    costs = Costs(g.number("order_cost"), g.number("holding_cost"), g.number("shortage_cost", 0.0))
    lots = LotRule(g.whole("least", 1), g.whole("multiple", 1))
    if g.has("target"):
        kind = g.word("service", ("cycle", "fill"))
        policy = best_by_service(exposure, costs, g.number("target"), kind, lots)  # type: ignore[arg-type]
    else:
        policy = best_by_cost(exposure, costs, lots)
    return {**asdict(policy), "order_up_to": policy.order_up_to, **asdict(performance(exposure, costs, policy))}


def _base_stock(g: Given) -> Answer:
    exposure = _exposure(g)
    costs = Costs(0.0, g.number("holding_cost"), g.number("shortage_cost", 0.0))
    if g.has("target"):
        kind = g.word("service", ("cycle", "fill"))
        policy = base_stock.base_stock_by_service(exposure, g.number("target"), kind)  # type: ignore[arg-type]
    else:
        policy = base_stock.base_stock_by_cost(exposure, costs)
    level = policy.order_up_to
    return {"level": level, **asdict(base_stock.base_stock_performance(exposure, costs, level))}


def _normal_reorder(g: Given) -> Answer:
    names = ("order_cost", "holding_cost", "shortage_cost", "demand", "lead_mean", "lead_sd")
    item = normal_reorder.NormalItem(*(g.number(name) for name in names))
    if g.has("target"):
        kind = g.word("service", ("cycle", "fill"))
        return asdict(normal_reorder.best_normal_by_service(item, g.number("target"), kind))  # type: ignore[arg-type]
    if g.has("quantity"):
        return asdict(normal_reorder.best_normal_point(item, g.number("quantity")))
    return asdict(normal_reorder.best_normal(item))


def _lost_sales(g: Given) -> Answer:
    if g.has("lead_demand"):
        figures = (g.number(name) for name in ("units_day", "order_cost", "holding_cost", "lost_cost"))
        return asdict(lost_sales.best_lost_sales_lot(counted(g.demand("lead_demand")), *figures))
    demand, lead = counted(g.demand()), g.whole("lead_periods")
    item = lost_sales.LostSalesItem(demand, lead, g.number("holding_cost"), g.number("lost_cost"))
    return {"capped": asdict(lost_sales.best_capped(item)), "base_stock": asdict(lost_sales.best_base_stock(item))}


def _lots_in_time(g: Given) -> Answer:
    costs = g.one_or_all("order_costs"), g.one_or_all("holding_costs"), g.one_or_all("unit_costs")
    return asdict(lots_in_time(g.numbers("demand"), *costs, on_hand=g.number("on_hand", 0.0)))


def _horizon(g: Given) -> Answer:
    periods = []
    for row in g.rows("periods"):
        demand = row.demand()
        period = Period(
            counted(demand),
            order_cost=row.number("order_cost"),
            unit_cost=row.number("unit_cost"),
            holding_cost=row.number("holding_cost"),
            shortage_cost=row.number("shortage_cost"),
            discount=row.number("discount", 1.0),
            charged=demand if isinstance(demand, Normal) else None,
        )
        periods.append(row.only(period))
    ends = g.number("terminal_holding", 0.0), g.number("terminal_shortage", 0.0)
    plan = best_horizon(periods, *ends, g.whole("position", 0))
    return {"cost": plan.cost, "order_points": plan.order_points, "order_up_to": plan.order_up_to}


def _joint(g: Given) -> Answer:
    rows = g.rows("items")
    names = ("order_cost", "holding_cost", "demand")
    items = [row.only(JointItem(*(row.number(name) for name in names))) for row in rows]
    return asdict(joint_cycle(g.number("shared_cost"), items))


def _serial(g: Given) -> Answer:
    rows = g.rows("stages")
    stages = [row.only(serial.Stage(row.number("holding_cost"), row.number("lead_time"))) for row in rows]
    if g.has("poisson"):
        demands = [counted(poisson(g.number("poisson") * stage.lead_time)) for stage in stages]
        plan = serial.serial_discrete([s.holding_cost for s in stages], g.number("shortage_cost"), demands)
    else:
        plan = serial.serial_normal(stages, g.number("shortage_cost"), g.number("mean"), g.number("sd"))
    return {"levels": plan.levels, "cost": plan.cost}


def _placement(g: Given) -> Answer:
    stages = []
    for row in g.rows("stages"):
        promise = row.whole("promise") if row.has("promise") else None
        name, time, holding = row.text("name"), row.whole("time"), row.number("holding_cost")
        stage = placement.Stage(name, time, holding, row.whole("inbound", 0), promise, row.number("sd", 0.0))
        stages.append(row.only(stage))
    links = [
        row.only(placement.Link(row.text("upstream"), row.text("downstream"), row.number("units", 1.0)))
        for row in g.rows("links")
    ]
    return asdict(placement.place(stages, links, g.number("safety_factor")))


def _look_ahead(g: Given) -> Answer:
    """Not in a textbook: one item with lost sales, its demand and changes learned from the history alone."""
    history = [int(units) for units in g.numbers("history")]
    orders = [row.only(OpenOrder(row.whole("quantity"), row.whole("age"))) for row in g.rows_or_none("open_orders")]
    position = Position(g.whole("on_hand"), tuple(orders))
    law = g.numbers("lead_time")
    try:
        lead = LeadLaw(tuple(law), g.number("lost", 0.0))
    except ValueError as error:
        raise InvalidProblem("lead_time", law, str(error)) from error
    economics = Economics(g.number("margin"), g.number("holding_cost"), g.whole("periods_left", 0))
    proposal = order_quantity(position, history, lead, economics)
    return {"quantity": proposal.quantity, **asdict(proposal.explain())}


MODELS: Mapping[str, Callable[[Given], Answer]] = {
    "eoq": _eoq,
    "quantity_discount": _discount,
    "eoq_with_disruptions": _disrupted_eoq,
    "base_stock_with_disruptions": _disrupted_stock,
    "eoq_with_yield": _yield,
    "newsvendor": _newsvendor,
    "reorder": _reorder,
    "base_stock": _base_stock,
    "normal_reorder": _normal_reorder,
    "lost_sales": _lost_sales,
    "lots_in_time": _lots_in_time,
    "finite_horizon": _horizon,
    "joint_replenishment": _joint,
    "serial_system": _serial,
    "guaranteed_service": _placement,
    "look_ahead": _look_ahead,
}

__all__ = ["MODELS", "InvalidProblem", "answer", "is_textbook", "solve_file"]
