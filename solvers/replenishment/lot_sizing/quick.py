"""Lots for a line in milliseconds: what the core process itself may call, and the start of every engine.

Promises: no OR-Tools; deterministic for a seed; a plan that keeps every rule wherever every item has a backlog price
(then what does not fit waits). Without backlog prices it may not find one; `check_line` says so. Lots by Silver and
Meal (1973), pushed earlier where the line is full, annealed, and put into the cheapest order. May not: read a clock.
Called by planning in the core, `line_lots`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot
from solvers.replenishment.lot_sizing.quick_kernel import PATH_ITEMS, order_in, search, shortest_orders
from solvers.replenishment.lot_sizing.trim import trimmed

MOVES = 20_000
"""Moves of one call; about 10 ms for ten items and fourteen days."""


@dataclass(frozen=True, slots=True)
class _Arrays:
    """The problem as arrays; `second`: what a second of setup is worth, in cents, where orders are compared."""

    demand: Any
    opening: Any
    holding: Any
    late: Any
    least: Any
    multiple: Any
    unit_s: Any
    limit_s: Any
    normal_s: Any
    over_c: float
    setup_s: Any
    setup_c: Any
    carry: bool
    start: int
    second: float

    def price_of_waiting(self, i: int) -> tuple[bool, float, int]:
        """Orders items: who may not be late last, then by the price of a second's work that is late."""
        return bool(self.late[i] < 0), float(self.late[i]) / max(int(self.unit_s[i]), 1), i

    def line(self) -> tuple[Any, ...]:
        """The kernel's arguments from `demand` on."""
        return (
            self.demand, self.opening, self.holding, self.late, self.least, self.multiple, self.unit_s, self.limit_s,
            self.normal_s, self.over_c, self.setup_s, self.setup_c, self.carry, self.start, self.second,
        )  # fmt: skip


def _arrays(problem: LineProblem) -> _Arrays:
    items = problem.items
    count = len(items)
    setup_s = np.empty((count + 1, count), dtype=np.int64)
    setup_c = np.empty((count + 1, count))
    setup_s[:] = [item.setup_s for item in items]
    setup_c[:] = [item.setup_cents for item in items]
    if problem.changeover_s is not None and problem.changeover_cents is not None:
        setup_s[:count] = problem.changeover_s
        setup_c[:count] = problem.changeover_cents
    start = problem.index_of(problem.set_up_for)
    return _Arrays(
        demand=np.array([item.demand for item in items], dtype=np.int64),
        opening=np.array([item.opening_stock for item in items], dtype=np.int64),
        holding=np.array([item.holding_cents for item in items], dtype=float),
        late=np.array([-1 if item.backlog_cents is None else item.backlog_cents for item in items], dtype=float),
        least=np.array([_least(item) for item in items], dtype=np.int64),
        multiple=np.array([item.lot_multiple for item in items], dtype=np.int64),
        unit_s=np.array([item.unit_s for item in items], dtype=np.int64),
        limit_s=np.array([problem.limit_s(t) for t in range(problem.periods)], dtype=np.int64),
        normal_s=np.array(problem.capacity_s, dtype=np.int64),
        over_c=problem.overtime_cents_per_h / 3_600,
        setup_s=setup_s,
        setup_c=setup_c,
        carry=problem.carry_over,
        start=start if start >= 0 else count,
        second=max(problem.overtime_cents_per_h / 3_600, 0.01),
    )


def _least(item: LineItem) -> int:
    """The smallest lot there may be."""
    return -(-max(item.min_lot, 1) // item.lot_multiple) * item.lot_multiple


def quick_lots(problem: LineProblem, start: LinePlan | None = None, *, moves: int = MOVES, seed: int = 0) -> LinePlan:
    """A good plan, fast. `start`: a plan to improve; never worse than it if it keeps the rules."""
    arrays = _arrays(problem)
    made = _table(problem, start) if start is not None else _first(problem, arrays)
    best = made.copy()
    setup = float(arrays.setup_c.mean())
    warm = max(1.0, 0.15 * setup, 0.1 * _typical(arrays))
    soft = 2.0 * float(arrays.holding.mean()) + 2.5 * setup / max(1.0, float(arrays.demand.mean()))
    search(made, *arrays.line(), max(moves, 1), seed, warm, max(soft, 0.1), best)
    plan = trimmed(problem, _ordered(problem, arrays, _fit(arrays, best)))
    return plan if start is None else _better(problem, start, plan)


def _typical(arrays: _Arrays) -> float:
    """A period's demand of an item, held for a period: the scale of what moves cost."""
    return float((arrays.demand.mean(axis=1) * arrays.holding).mean())


def _better(problem: LineProblem, start: LinePlan, plan: LinePlan) -> LinePlan:
    from solvers.replenishment.lot_sizing.check import check_line

    old, new = check_line(problem, start), check_line(problem, plan)
    return start if old.ok and (not new.ok or old.cost_cents < new.cost_cents) else plan


def _table(problem: LineProblem, plan: LinePlan) -> Any:
    made = np.zeros((len(problem.items), problem.periods), dtype=np.int64)
    for t, lots in enumerate(plan.lots):
        for lot in lots:
            made[problem.index_of(lot.item_id), t] += lot.quantity
    return made


def _first(problem: LineProblem, arrays: _Arrays) -> Any:
    """Lots by Silver and Meal for each item alone, then pushed to earlier periods where the line is too full."""
    made = np.zeros((len(problem.items), problem.periods), dtype=np.int64)
    for i, item in enumerate(problem.items):
        _silver_meal(item, made[i])
    _push_earlier(arrays, made)
    return made


def _silver_meal(item: LineItem, row: Any) -> None:
    """Extend a lot while its setup and holding a period fall."""
    stock, t, periods = item.opening_stock, 0, len(item.demand)
    while t < periods:
        if stock >= item.demand[t]:
            stock -= item.demand[t]
            t += 1
            continue
        cost, best, quantity, end = float(item.setup_cents), float("inf"), item.demand[t] - stock, t + 1
        while True:
            if cost / (end - t) > best or end > periods:
                break
            best = cost / (end - t)
            if end == periods:
                end += 1
                break
            cost += item.holding_cents * item.demand[end] * (end - t)
            end += 1
        quantity = sum(item.demand[t : end - 1]) - stock
        lot = -(-max(quantity, item.min_lot, 1) // item.lot_multiple) * item.lot_multiple
        row[t] = lot
        stock += lot - sum(item.demand[t : end - 1])
        t = end - 1


def _push_earlier(arrays: _Arrays, made: Any) -> None:
    """From the last period back: what is over the limit goes into the period before, cheapest to hold first."""
    unit = np.maximum(arrays.unit_s, 1)
    setup = arrays.setup_s[-1]
    for t in range(made.shape[1] - 1, 0, -1):
        for i in np.argsort(arrays.holding / unit, kind="stable"):
            over = int((made[:, t] * arrays.unit_s).sum() + setup[made[:, t] > 0].sum() - arrays.limit_s[t])
            if over <= 0:
                break
            size = int(arrays.multiple[i])
            move = min(int(made[i, t]), -(-over // (int(unit[i]) * size)) * size)
            if 0 < made[i, t] - move < arrays.least[i] or (made[i, t - 1] == 0 and move < arrays.least[i]):
                move = int(made[i, t])
            made[i, t] -= move
            made[i, t - 1] += move


def _fit(arrays: _Arrays, made: Any) -> Any:
    """Take lots out of a period that is still over its limit into later ones, those that may wait cheapest first."""
    items, periods = made.shape
    order = np.zeros(items, dtype=np.int64)
    before = arrays.start
    for t in range(periods):
        for _ in range(4 * items):
            at = before if arrays.carry else items
            count = order_in(made, t, at, arrays.setup_s, arrays.setup_c, arrays.second, order)
            over = _used(arrays, made, order[:count], t, at) - int(arrays.limit_s[t])
            if over <= 0:
                break
            i = min(
                (int(j) for j in order[:count]),
                key=lambda j: (arrays.late[j] < 0, arrays.late[j] / max(arrays.unit_s[j], 1), j),
            )
            size = int(arrays.multiple[i])
            move = -(-over // (max(int(arrays.unit_s[i]), 1) * size)) * size
            if made[i, t] - move < arrays.least[i]:
                move = int(made[i, t])
            made[i, t] -= move
            if t + 1 < periods and made[i, t + 1] + move >= arrays.least[i]:
                made[i, t + 1] += move
        if count:
            before = int(order[count - 1])
    return made


def _used(arrays: _Arrays, made: Any, order: Any, t: int, before: int) -> int:
    used = 0
    for j in order:
        used += int(made[j, t] * arrays.unit_s[j])
        if j != before:
            used += int(arrays.setup_s[before if arrays.carry else -1, j])
        before = j
    return used


def _ordered(problem: LineProblem, arrays: _Arrays, made: Any) -> LinePlan:
    """The plan of a table, each period in the kernel's order, or the cheapest one over all periods if that fits."""
    orders = _near_orders(arrays, made)
    if arrays.carry:
        exact = _exact_orders(arrays, made, orders)
        if _fits(arrays, made, exact):
            orders = exact
    return LinePlan(
        tuple(tuple(Lot(problem.items[i].item_id, int(made[i, t])) for i in order) for t, order in enumerate(orders))
    )


def _near_orders(arrays: _Arrays, made: Any) -> list[list[int]]:
    order = np.zeros(made.shape[0], dtype=np.int64)
    before, orders = arrays.start, []
    for t in range(made.shape[1]):
        at = before if arrays.carry else made.shape[0]
        count = order_in(made, t, at, arrays.setup_s, arrays.setup_c, arrays.second, order)
        orders.append([int(i) for i in order[:count]])
        if count:
            before = int(order[count - 1])
    return orders


def _fits(arrays: _Arrays, made: Any, orders: list[list[int]]) -> bool:
    before = arrays.start
    for t, order in enumerate(orders):
        if _used(arrays, made, order, t, before) > arrays.limit_s[t]:
            return False
        before = order[-1] if order else before
    return True


def _exact_orders(arrays: _Arrays, made: Any, near: list[list[int]]) -> list[list[int]]:
    """Dynamic programming over periods (state: the last item), Held and Karp (1962) within a period of few items."""
    reached: dict[int, tuple[float, tuple[tuple[int, ...], ...]]] = {arrays.start: (0.0, ())}
    for t, order in enumerate(near):
        after: dict[int, tuple[float, tuple[tuple[int, ...], ...]]] = {}
        for before, (cost, path) in reached.items():
            for last, (more, way) in _ways(arrays, order, before).items():
                if last not in after or cost + more < after[last][0]:
                    after[last] = (cost + more, (*path, way))
        reached = after
        assert reached, t
    _, path = min(reached.values())
    return [list(way) for way in path]


def _ways(arrays: _Arrays, order: list[int], before: int) -> dict[int, tuple[float, tuple[int, ...]]]:
    """For each item that can be last: the cheapest order and its price."""
    count = len(order)
    if not count:
        return {before: (0.0, ())}
    if count > PATH_ITEMS:
        cost, at = 0.0, before
        first = sorted(order, key=lambda j: j != before)
        for j in first:
            cost += 0.0 if j == at else arrays.setup_c[at, j] + arrays.second * arrays.setup_s[at, j]
            at = j
        return {at: (float(cost), tuple(first))}
    members = np.array(order, dtype=np.int64)
    costs = np.empty((1 << count, count))
    trail = np.empty((1 << count, count), dtype=np.int64)
    shortest_orders(members, count, before, arrays.setup_s, arrays.setup_c, arrays.second, costs, trail)
    found = {}
    whole = (1 << count) - 1
    for k in range(count):
        if not np.isfinite(costs[whole, k]):
            continue
        way, mask, at = [], whole, k
        while at >= 0:
            way.append(int(members[at]))
            mask, at = mask & ~(1 << at), int(trail[mask, at])
        found[int(members[k])] = (float(costs[whole, k]), tuple(reversed(way)))
    return found
