"""How long production orders really take, from release to stock: what a line's lead time is, queue included.

Promises: read off the state alone, so that a restart knows the same; a few orders of the line are enough, the newest
count; none: the caller's assumption stands. Called by `stock_facts`.
"""

from __future__ import annotations

from math import isqrt

from orchestrator.domain.state import State

ORDERS_LEAST, ORDERS_MOST = 5, 40
LOOKED_AT_MOST = 200
"""Orders looked at, newest first: those of other lines are among them."""


def line_lead(state: State, line_id: str) -> tuple[int, int] | None:
    """(mean, standard deviation) in seconds of the newest finished orders of a line; None: too few to tell."""
    taken: list[int] = []
    for looked, order in enumerate(reversed(state.production.values())):
        if looked >= LOOKED_AT_MOST or len(taken) >= ORDERS_MOST:
            break
        item = state.items.get(order.item_id)
        if order.done_s is not None and item is not None and item.line_id == line_id:
            taken.append(max(0, order.done_s - order.released_s))
    if len(taken) < ORDERS_LEAST:
        return None
    mean_s = sum(taken) // len(taken)
    return mean_s, isqrt(sum((one - mean_s) ** 2 for one in taken) // len(taken))
