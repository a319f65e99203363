"""The mixed-integer program of a group, in MathOpt, solved by HiGHS.

Two stages: the orders of now are the same in every scenario (lots, tiers, suppliers' least orders, freight, trucks,
every limit, price of change); later orders follow each scenario, at what a unit costs with its share of an order,
within the budget and the capacities of the periods to come. Holding and shortage of every period and scenario; what
is left at the end keeps its value. On order is firm: it is part of the certain arrivals.
Promises: the orders of now keep every limit of the group as whole numbers; stops at the time it is given.
May not: be imported by the core (OR-Tools); judge its own answer.
Called by: `rolling.solve`.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ortools.math_opt.python import mathopt

from solvers.budget import Deadline
from solvers.replenishment.item import Key, Source
from solvers.replenishment.plan import Orders
from solvers.replenishment.pricing import allowed, goods_cents, largest, smallest
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.rolling.answer import Answer
from solvers.replenishment.rolling.members import Group, Member
from solvers.replenishment.shared import DAY_S, Supplier

LEAST_S = 0.05
GAP = 0.002


@dataclass
class _Order:
    """An order of now: units = lots * multiple, whether there is one, goods in cents."""

    member: Member
    source: Source
    lots: Any
    placed: Any
    units: Any
    goods: Any


@dataclass
class _Build:
    problem: ReplenishmentProblem
    group: Group
    model: Any
    orders: list[_Order] = field(default_factory=list)
    cost: Any = 0.0
    spend: dict[str, dict[int, dict[int, list[Any]]]] = field(default_factory=dict)


def solve_group(problem: ReplenishmentProblem, group: Group, start: dict[Key, Orders], deadline: Deadline) -> Answer:
    """Build and solve. `start`: the base plan's orders, given to the solver as its first solution."""
    build = _Build(problem, group, mathopt.Model(name="replenishment"))
    for member in group.members:
        orders = [_order(build, member, source) for source in member.sources]
        _futures(build, member, orders)
    _shared_now(build)
    for supplier in problem.suppliers:
        _supplier(build, supplier)
    build.model.minimize(build.cost)
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=max(LEAST_S, deadline.left_s())), relative_gap_tolerance=GAP
    )
    hinted = mathopt.ModelSolveParameters(solution_hints=[_hint(build, start)])
    result = mathopt.solve(build.model, mathopt.SolverType.HIGHS, params=parameters, model_params=hinted)
    if not result.has_primal_feasible_solution():
        return Answer(None, False, str(result.termination.reason))
    optimal = result.termination.reason == mathopt.TerminationReason.OPTIMAL
    return Answer(_read(build, result), optimal, str(result.termination.reason))


def _order(build: _Build, member: Member, source: Source) -> _Order:
    """Variables of one possible order, its price by tiers, and the price of changing what was published."""
    model, name = build.model, f"{member.policy.key}/{source.source_id}"
    most = min(largest(source), allowed(source, member.most))
    multiple, least = source.order_multiple, smallest(source)
    placed = model.add_binary_variable(name=f"placed {name}")
    lots = model.add_integer_variable(lb=0, ub=most // multiple, name=f"lots {name}")
    units = lots * multiple
    model.add_linear_constraint(lots <= (most // multiple) * placed)
    model.add_linear_constraint(lots >= (least // multiple) * placed)
    goods = _goods(build, member, source, units, placed, most)
    order = _Order(member, source, lots, placed, units, goods)
    build.orders.append(order)
    build.cost += source.fixed_cents * placed
    if source.source_id in member.published:
        before = member.published[source.source_id]
        changed = model.add_binary_variable(name=f"changed {name}")
        model.add_linear_constraint(units - before <= most * changed)
        model.add_linear_constraint(before - units <= before * changed)
        build.cost += build.problem.change_cents * changed
    return order


def _goods(build: _Build, member: Member, source: Source, units: Any, placed: Any, most: int) -> Any:
    """Cents of the units alone: flat, by the tier reached, or tier by tier."""
    if len(source.tiers) < 2:
        return goods_cents(member.item_site, source, 1) * units
    model, total, price = build.model, 0.0, 0.0
    tiers = [tier for tier in source.tiers if tier.from_quantity <= most]
    ends = [tier.from_quantity - 1 for tier in tiers[1:]] + [most]
    reached = [model.add_binary_variable() for _ in tiers]
    parts = [model.add_variable(lb=0.0, ub=float(most)) for _ in tiers]
    for number, (tier, end) in enumerate(zip(tiers, ends, strict=True)):
        part, here = parts[number], reached[number]
        if source.tier_rule == "all_units":
            model.add_linear_constraint(part <= end * here)
            model.add_linear_constraint(part >= tier.from_quantity * here)
        else:
            width = end - tier.from_quantity + 1
            model.add_linear_constraint(part <= width * here)
            if number + 1 < len(tiers):
                model.add_linear_constraint(part >= width * reached[number + 1])
        total += part
        price += tier.unit_cents * part
    if source.tier_rule == "all_units":
        model.add_linear_constraint(sum(reached) == placed)
    model.add_linear_constraint(units == total)
    return price


def _futures(build: _Build, member: Member, orders: list[_Order]) -> None:
    """Stock of every scenario and period; later orders; holding, shortage and what is left."""
    model, group, share = build.model, build.group, 1.0 / build.group.scenarios
    starts = (0, *group.days[:-1])
    for s in range(group.scenarios):
        later = [model.add_variable(lb=0.0, ub=0.0 if day < group.next_day else math.inf) for day in group.days[:-1]]
        arriving: dict[int, list[Any]] = defaultdict(list)
        beyond: list[Any] = []
        for number, order in enumerate(orders):
            days = int(member.lead[number][s])
            if days >= 0:
                build.cost += share * (order.goods + order.source.transport_cents_unit * order.units)
                place = group.period_of(days)
                (beyond if place is None else arriving[place]).append(order.units)
        for number, units in enumerate(later):
            day = starts[number + 1] + member.mean_lead_days
            place = group.period_of(day)
            (beyond if place is None else arriving[place]).append(units)
            build.cost += share * member.unit_cents * units
            _later_takes(build, member, s, starts[number + 1], units)
        net: Any = member.opening
        for t, end in enumerate(group.days):
            here, short = model.add_variable(lb=0.0), model.add_variable(lb=0.0)
            model.add_linear_constraint(here - short == net + sum(arriving[t]) - float(member.units[s, t]))
            net = here - short
            length = end - starts[t]
            build.cost += share * length * (member.worth.holding * here + member.worth.shortage * short)
        build.cost -= share * member.unit_cents * (net + sum(beyond))


def _later_takes(build: _Build, member: Member, scenario: int, day: int, units: Any) -> None:
    """Note what a later order takes of limits that come again each period."""
    source = member.sources[0]
    takes: list[tuple[str, float]] = []
    if source.kind == "purchase":
        takes = [("budget", member.unit_cents), (f"supplier:{source.source_id}:capacity", 1.0)]
    elif source.kind == "production":
        lot = max(1, member.policy.order_quantity)
        takes = [(f"line:{source.source_id}:capacity", source.unit_s + source.setup_s / lot)]
    for name, rate in takes:
        if name in build.group.left and rate:
            window = day // _period_days(build.problem, name)
            build.spend.setdefault(name, {}).setdefault(scenario, {}).setdefault(window, []).append(rate * units)


def _period_days(problem: ReplenishmentProblem, name: str) -> int:
    if name == "budget" and problem.budget is not None:
        return problem.budget.period_s // DAY_S
    kind, owner, _ = name.split(":")
    if kind == "supplier":
        return next(s.capacity_s for s in problem.suppliers if s.supplier_id == owner) // DAY_S
    return next(line.period_s for line in problem.lines if line.line_id == owner) // DAY_S


def _amount(problem: ReplenishmentProblem, name: str) -> int:
    """What there is of a limit in a period to come."""
    if name == "budget" and problem.budget is not None:
        return problem.budget.cents
    kind, owner, _ = name.split(":")
    if kind == "supplier":
        return next(s.capacity_units for s in problem.suppliers if s.supplier_id == owner)
    return next(line.capacity_s for line in problem.lines if line.line_id == owner)


def _shared_now(build: _Build) -> None:
    """Every limit, for the orders of now and for the later ones of its first and of its coming periods."""
    taken: dict[str, list[Any]] = defaultdict(list)
    for order in build.orders:
        item_site, source = order.member.item_site, order.source
        if source.kind == "purchase":
            money = order.goods + source.transport_cents_unit * order.units + source.fixed_cents * order.placed
            taken["budget"].append(money)
            taken[f"supplier:{source.source_id}:capacity"].append(order.units)
            taken[f"supplier:{source.source_id}:weight"].append(item_site.weight_g * order.units)
            taken[f"supplier:{source.source_id}:volume"].append(item_site.volume_cm3 * order.units)
        elif source.kind == "production":
            work = source.setup_s * order.placed + source.unit_s * order.units
            taken[f"line:{source.source_id}:capacity"].append(work)
        taken[f"site:{item_site.site_id}:storage"].append(item_site.volume_cm3 * order.units)
        taken[f"site:{item_site.site_id}:weight"].append(item_site.weight_g * order.units)
    for name, left in build.group.left.items():
        now = sum(taken[name]) if taken.get(name) else 0.0
        if taken.get(name):
            build.model.add_linear_constraint(now <= left)
        for windows in build.spend.get(name, {}).values():
            for window, amounts in windows.items():
                room = left - now if window == 0 else _amount(build.problem, name)
                build.model.add_linear_constraint(sum(amounts) <= room)


def _supplier(build: _Build, supplier: Supplier) -> None:
    """Least order, freight and trucks of one supplier's order of now."""
    orders = [o for o in build.orders if o.source.kind == "purchase" and o.source.source_id == supplier.supplier_id]
    if not orders:
        return
    model = build.model
    any_ = model.add_binary_variable(name=f"any {supplier.supplier_id}")
    for order in orders:
        model.add_linear_constraint(order.placed <= any_)
    goods = sum(order.goods for order in orders)
    if supplier.min_order_cents:
        model.add_linear_constraint(goods >= supplier.min_order_cents * any_)
    if supplier.freight_cents:
        build.cost += supplier.freight_cents * any_
        if supplier.free_freight_cents:
            free = model.add_binary_variable()
            model.add_linear_constraint(free <= any_)
            model.add_linear_constraint(goods >= supplier.free_freight_cents * free)
            build.cost -= supplier.freight_cents * free
    if supplier.truck_cents:
        trucks = model.add_integer_variable(lb=0, ub=supplier.max_trucks or 1_000)
        weight = sum(o.member.item_site.weight_g * o.units for o in orders)
        volume = sum(o.member.item_site.volume_cm3 * o.units for o in orders)
        model.add_linear_constraint(trucks >= any_)
        if supplier.truck_weight_g:
            model.add_linear_constraint(weight <= supplier.truck_weight_g * trucks)
        if supplier.truck_volume_cm3:
            model.add_linear_constraint(volume <= supplier.truck_volume_cm3 * trucks)
        build.cost += supplier.truck_cents * trucks


def _hint(build: _Build, start: dict[Key, Orders]) -> Any:
    values: dict[Any, float] = {}
    for order in build.orders:
        units = dict(start.get(order.member.policy.key, ())).get(order.source.source_id, 0)
        values[order.lots] = float(math.floor(units / order.source.order_multiple))
        values[order.placed] = float(units > 0)
    return mathopt.SolutionHint(variable_values=values)


def _read(build: _Build, result: Any) -> dict[Key, Orders]:
    found: dict[Key, Orders] = {member.policy.key: () for member in build.group.members}
    values = result.variable_values()
    for order in build.orders:
        units = round(values[order.lots]) * order.source.order_multiple
        if units:
            key = order.member.policy.key
            found[key] = (*found[key], (order.source.source_id, units))
    return found
