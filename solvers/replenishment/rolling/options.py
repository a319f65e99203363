"""The same decision over ready-made quantities: each item-site takes one of its options, each priced exactly.

Where the program of `model` sees the periods to come and simplifies each item-site, this one sees only now but prices
every option by the planner's own valuation (demand, arrival and loss as distributions; tiers and two sources as they
are). A multiple-choice knapsack with the suppliers' least orders, freight and trucks.
Promises: every limit of the group is kept; stops at the time it is given.
May not: be imported by the core (OR-Tools); judge its own answer.
Called by: `rolling.solve`.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

from ortools.math_opt.python import mathopt

from solvers.budget import Deadline
from solvers.replenishment.item import Key, Source
from solvers.replenishment.plan import Orders
from solvers.replenishment.pricing import allowed, goods_cents, smallest
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.rolling.answer import Answer
from solvers.replenishment.rolling.members import Group, Member
from solvers.replenishment.shared import Supplier

PARTS = 24
LEAST_S = 0.05
GAP = 0.0005


def solve_options(problem: ReplenishmentProblem, group: Group, start: dict[Key, Orders], deadline: Deadline) -> Answer:
    """Choose for every member. `start`: orders that are among the options whatever the grid is."""
    model = mathopt.Model(name="options")
    chosen: dict[Key, list[tuple[Orders, Any]]] = {}
    cost: Any = 0.0
    taken: dict[str, list[Any]] = defaultdict(list)
    for member in group.members:
        key = member.policy.key
        options = _options(member, start.get(key, ()))
        picks = [model.add_binary_variable() for _ in options]
        model.add_linear_constraint(sum(picks) == 1)
        chosen[key] = list(zip(options, picks, strict=True))
        cents = member.worth.of(options)
        for option, pick, value in zip(options, picks, cents, strict=True):
            changes = sum(dict(option).get(source_id) != q for source_id, q in member.published.items())
            cost += (value - cents[0] + changes * problem.change_cents) * pick
            for name, amount in group.limits.takes(member.item_site, option).items():
                taken[name].append(amount * pick)
    for name, amounts in taken.items():
        model.add_linear_constraint(sum(amounts) <= group.left[name])
    for supplier in problem.suppliers:
        cost += _supplier(model, group, chosen, supplier)
    model.minimize(cost)
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=max(LEAST_S, deadline.left_s())), relative_gap_tolerance=GAP
    )
    values = {pick: float(o == start.get(key, ())) for key, picks in chosen.items() for o, pick in picks}
    hinted = mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(variable_values=values)])
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters, model_params=hinted)
    if not result.has_primal_feasible_solution():
        return Answer(None, False, str(result.termination.reason))
    found = result.variable_values()
    orders = {key: next(o for o, pick in picks if found[pick] > 0.5) for key, picks in chosen.items()}
    optimal = result.termination.reason == mathopt.TerminationReason.OPTIMAL
    return Answer(orders, optimal, str(result.termination.reason))


def _options(member: Member, start: Orders) -> list[Orders]:
    """Nothing first; a grid of quantities from each source; parts of what is wanted; what `start` has."""
    found: dict[Orders, None] = {(): None, start: None, member.policy.orders: None}
    for source in member.sources:
        most = min(allowed(source, member.most), allowed(source, 10**12))
        starts = [tier.from_quantity for tier in source.tiers[1:]]
        steps = [most * part // PARTS for part in range(1, PARTS + 1)]
        for quantity in sorted({smallest(source), *steps, *starts}):
            units = allowed(source, max(1, quantity))
            if units <= max(most, smallest(source)):
                found[((source.source_id, units),)] = None
    if len(member.policy.orders) > 1:
        for part in range(1, PARTS // 2):
            found[tuple((s, q) for s, q in _parts(member, part, PARTS // 2) if q)] = None
    return list(found)


def _parts(member: Member, part: int, parts: int) -> Orders:
    found = []
    for source_id, quantity in member.policy.orders:
        source = _source(member, source_id)
        found.append((source_id, allowed(source, max(1, quantity * part // parts))))
    return tuple(found)


def _source(member: Member, source_id: str) -> Source:
    return next(source for source in member.sources if source.source_id == source_id)


def _supplier(model: Any, group: Group, chosen: dict[Key, list[tuple[Orders, Any]]], supplier: Supplier) -> Any:
    """Least order, freight and trucks; gives their cost."""
    name = supplier.supplier_id
    goods: list[Any] = []
    weight: list[Any] = []
    volume: list[Any] = []
    any_ = model.add_binary_variable()
    for member in group.members:
        buys = any(s.source_id == name and s.kind == "purchase" for s in member.sources)
        for option, pick in chosen[member.policy.key] if buys else ():
            units = dict(option).get(name, 0)
            if units:
                model.add_linear_constraint(pick <= any_)
                goods.append(goods_cents(member.item_site, _source(member, name), units) * pick)
                weight.append(member.item_site.weight_g * units * pick)
                volume.append(member.item_site.volume_cm3 * units * pick)
    if not goods:
        return 0.0
    cost: Any = 0.0
    if supplier.min_order_cents:
        model.add_linear_constraint(sum(goods) >= supplier.min_order_cents * any_)
    if supplier.freight_cents:
        cost += supplier.freight_cents * any_
        if supplier.free_freight_cents:
            free = model.add_binary_variable()
            model.add_linear_constraint(free <= any_)
            model.add_linear_constraint(sum(goods) >= supplier.free_freight_cents * free)
            cost -= supplier.freight_cents * free
    if supplier.truck_cents:
        trucks = model.add_integer_variable(lb=0, ub=supplier.max_trucks or 1_000)
        model.add_linear_constraint(trucks >= any_)
        for load, room in ((weight, supplier.truck_weight_g), (volume, supplier.truck_volume_cm3)):
            if room:
                model.add_linear_constraint(sum(load) <= room * trucks)
        cost += supplier.truck_cents * trucks
    return cost
