"""The compiled part of `quick`: what a table of quantities costs, moves of lots, and an exact order within a period.

Promises: whole numbers; deterministic for a seed; releases the interpreter's lock. `made[i, t]` is units of item i in
period t; `setup_s[i, j]` and `setup_c[i, j]` are for j after i, row `items` for j after nothing known. Prices: seconds
beyond the line's limit, and units short that may not be late, are counted apart; they cost little at first and so
much at the end that they go.
Called by `quick`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.replenishment.lot_sizing.jit import compiled

HARD = 10_000_000.0
PATH_ITEMS = 8
"""Up to so many items a period the order is exact, beyond it the nearest next."""


@compiled
def stock_cost(row: Any, demand: Any, opening: int, holding: float, late: float) -> tuple[float, float]:
    """Holding and lateness of one item; units short at the ends of periods if nothing may be late (`late` < 0)."""
    stock, cost, short = opening, 0.0, 0.0
    for t in range(len(row)):
        stock += row[t] - demand[t]
        if stock >= 0:
            cost += stock * holding
        elif late < 0:
            short -= stock
        else:
            cost -= stock * late
    return cost, short


@compiled
def order_in(made: Any, t: int, before: int, setup_s: Any, setup_c: Any, second: float, order: Any) -> int:
    """Write the order of period t, the nearest next, an item of the next period last; gives how many."""
    items, periods = made.shape
    count = 0
    for i in range(items):
        if made[i, t] > 0:
            order[count] = i
            count += 1
    if count <= 1:
        return count
    last, gain = -1, 0.0
    if t + 1 < periods:
        for k in range(count):
            i = order[k]
            worth = setup_c[items, i] + second * setup_s[items, i]
            if i != before and made[i, t + 1] > 0 and worth > gain:
                last, gain = k, worth
    if last >= 0:
        order[last], order[count - 1] = order[count - 1], order[last]
    free = count - 1 if last >= 0 else count
    at = before
    for k in range(free):
        best, lowest = k, np.inf
        for m in range(k, free):
            j = order[m]
            price = -1.0 if j == before else setup_c[at, j] + second * setup_s[at, j]
            if price < lowest:
                best, lowest = m, price
        order[k], order[best] = order[best], order[k]
        at = order[k]
    return count


@compiled
def line_cost(
    made: Any, unit_s: Any, limit_s: Any, normal_s: Any, over_c: float, setup_s: Any, setup_c: Any, carry: bool,
    start: int, second: float, order: Any,
) -> tuple[float, float]:  # fmt: skip
    """Setups and overtime; seconds beyond the line's limit."""
    items, periods = made.shape
    before = start
    cost, over = 0.0, 0.0
    for t in range(periods):
        used = 0
        if carry:
            count = order_in(made, t, before, setup_s, setup_c, second, order)
            for k in range(count):
                j = order[k]
                used += made[j, t] * unit_s[j]
                if j != before:
                    used += setup_s[before, j]
                    cost += setup_c[before, j]
                before = j
        else:
            for j in range(items):
                if made[j, t] > 0:
                    used += made[j, t] * unit_s[j] + setup_s[items, j]
                    cost += setup_c[items, j]
        if used > normal_s[t]:
            cost += (min(used, limit_s[t]) - normal_s[t]) * over_c
        if used > limit_s[t]:
            over += used - limit_s[t]
    return cost, over


@compiled
def _shift(made: Any, demand: Any, multiple: Any, i: int, t: int, kind: int, saved: Any) -> tuple[bool, int]:
    """To another period: all of a lot, or what one period asks for. Gives whether, and which other item moved."""
    items, periods = made.shape
    reach = 1 + np.random.randint(3)
    to = t - reach if np.random.randint(2) == 0 else t + reach
    draw = np.random.randint(4)
    if draw == 0:
        to = np.random.randint(periods)
    elif draw == 1:  # to the item's next lot in that direction: a setup less
        step = 1 if to > t else -1
        to = t + step
        while 0 <= to < periods and made[i, to] == 0:
            to += step
    if made[i, t] == 0 or to < 0 or to >= periods or to == t:
        return False, -1
    amount = made[i, t]
    if kind >= 2:
        amount = demand[i, np.random.randint(periods)]
        if kind == 4:
            amount = amount // 2 + 1 if np.random.randint(2) == 0 else 1 + np.random.randint(made[i, t])
        amount = min(made[i, t], -(-amount // multiple[i]) * multiple[i])
    made[i, t] -= amount
    made[i, to] += amount
    if kind == 0 and made[i, to] > amount:  # and of another item what is there comes back
        other = np.random.randint(items)
        if other != i and made[other, to] > 0:
            saved[1] = made[other]
            made[other, t] += made[other, to]
            made[other, to] = 0
            return True, other
    return True, -1


@compiled
def _exchange(made: Any, i: int, t: int, saved: Any) -> tuple[bool, int]:
    """Two items change places."""
    items, periods = made.shape
    other = np.random.randint(items)
    to = min(periods - 1, t + 1 + np.random.randint(2))
    if other == i or made[i, t] == 0 or made[other, to] == 0:
        return False, -1
    saved[1] = made[other]
    made[i, to] += made[i, t]
    made[i, t] = 0
    made[other, t] += made[other, to]
    made[other, to] = 0
    return True, other


@compiled
def _resize(made: Any, demand: Any, least: Any, multiple: Any, i: int, t: int) -> None:
    """More or less of a lot."""
    amount = multiple[i] * (1 + np.random.randint(3))
    if np.random.randint(2) == 0:
        amount = -(-demand[i, np.random.randint(made.shape[1])] // multiple[i]) * multiple[i]
    if np.random.randint(2) == 0:
        amount = -amount
    if made[i, t] == 0 and amount > 0:
        amount = max(amount, least[i])
    made[i, t] = max(0, made[i, t] + amount)


@compiled
def _too_small(row: Any, least: int) -> bool:
    """Whether a lot is smaller than it may be."""
    small = False
    for units in row:
        small = small or 0 < units < least
    return small


@compiled
def search(
    made: Any, demand: Any, opening: Any, holding: Any, late: Any, least: Any, multiple: Any, unit_s: Any,
    limit_s: Any, normal_s: Any, over_c: float, setup_s: Any, setup_c: Any, carry: bool, start: int, second: float,
    moves: int, seed: int, warm: float, soft: float, best: Any,
) -> float:  # fmt: skip
    """Simulated annealing over lots; leaves the best table in `best` and gives its cost.

    `warm`: the first temperature in cents. `soft`: the first price of what is counted apart.
    """
    np.random.seed(seed)
    items, periods = made.shape
    order = np.zeros(items, dtype=np.int64)
    stocks, shorts = np.zeros(items), np.zeros(items)
    for i in range(items):
        stocks[i], shorts[i] = stock_cost(made[i], demand[i], opening[i], holding[i], late[i])
    line, over = line_cost(made, unit_s, limit_s, normal_s, over_c, setup_s, setup_c, carry, start, second, order)
    now, wrongs = stocks.sum() + line, shorts.sum() + over
    best[:] = made
    lowest = now + HARD * wrongs
    saved = np.zeros((2, periods), dtype=np.int64)
    for move in range(moves):
        heat = warm * (0.005 ** (move / moves))
        hard = soft * (1_000.0 ** (move / moves))
        i, t = np.random.randint(items), np.random.randint(periods)
        moved, other = True, -1
        saved[0] = made[i]
        kind = np.random.randint(8)
        if kind <= 4:
            moved, other = _shift(made, demand, multiple, i, t, kind, saved)
        elif kind <= 6:
            _resize(made, demand, least, multiple, i, t)
        else:
            moved, other = _exchange(made, i, t, saved)
        if not moved:
            continue
        accepted = False
        if not _too_small(made[i], least[i]):
            mine, mine_short = stock_cost(made[i], demand[i], opening[i], holding[i], late[i])
            line, over = line_cost(
                made, unit_s, limit_s, normal_s, over_c, setup_s, setup_c, carry, start, second, order
            )
            cost, breaks = mine + line, mine_short + over
            rest, rest_short = 0.0, 0.0
            if other >= 0:
                rest, rest_short = stock_cost(made[other], demand[other], opening[other], holding[other], late[other])
            for j in range(items):
                if j != i:
                    cost += rest if j == other else stocks[j]
                    breaks += rest_short if j == other else shorts[j]
            worse = cost - now + hard * (breaks - wrongs)
            accepted = worse <= 0 or np.random.random() < np.exp(-worse / heat)
        if accepted:
            now, wrongs = cost, breaks
            stocks[i], shorts[i] = mine, mine_short
            if other >= 0:
                stocks[other], shorts[other] = rest, rest_short
            if now + HARD * wrongs < lowest:
                lowest = now + HARD * wrongs
                best[:] = made
        else:
            made[i] = saved[0]
            if other >= 0:
                made[other] = saved[1]
    return lowest


@compiled
def shortest_orders(
    members: Any, count: int, before: int, setup_s: Any, setup_c: Any, second: float, cost: Any, trail: Any
) -> None:
    """Cheapest order of `members` after `before` for each last one: cost[mask, last], trail the one before it."""
    cost[:] = np.inf
    trail[:] = -1
    for k in range(count):
        j = members[k]
        cost[1 << k, k] = 0.0 if j == before else setup_c[before, j] + second * setup_s[before, j]
    for mask in range(1, 1 << count):
        for k in range(count):
            if cost[mask, k] == np.inf:
                continue
            for m in range(count):
                if mask & (1 << m):
                    continue
                i, j = members[k], members[m]
                price = cost[mask, k] + setup_c[i, j] + second * setup_s[i, j]
                wider = mask | (1 << m)
                if price < cost[wider, m]:
                    cost[wider, m] = price
                    trail[wider, m] = k
