"""Days in which everything that may happen happens, drawn by seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.bench.routing_dynamic.happenings import DAY_S, PLAIN, Happenings
from tests.unit.solvers.routing.hostile import Feature

EVENTS_A_DAY = 200


def drive(seed: int, events: int = EVENTS_A_DAY, features: frozenset[Feature] = PLAIN) -> Happenings:
    """One day of at most so many events; new orders and time passing are the most frequent ones."""
    day = Happenings(seed, features)
    draw = random.Random(seed).randrange
    happenings: list[tuple[int, Callable[[], None]]] = [
        (6, lambda: day.new_orders(draw(1, 4), draw(10**6))),
        (6, lambda: day.wait(draw(DAY_S // 40))),
        (1, lambda: day.cancel(draw(99))),
        (1, lambda: day.breakdown(draw(99), draw(DAY_S // 5))),
        (1, lambda: day.back(draw(99))),
        (1, lambda: day.delay(draw(99), draw(DAY_S // 50))),
        (1, lambda: day.capacity(draw(99), draw(50, 160))),
        (1, lambda: day.shift(draw(99), draw(-DAY_S // 10, DAY_S // 10))),
        (2, lambda: day.longer_service(draw(99), draw(DAY_S // 50))),
        (1, lambda: day.window(draw(99), draw(-DAY_S // 10, DAY_S // 10), draw(DAY_S // 40))),
        (1, lambda: day.release(draw(99), draw(DAY_S // 10))),
        (1, lambda: day.prize(draw(99), draw(100_000))),
        (1, lambda: day.keep_on(draw(99), draw(99))),
        (1, lambda: day.lock(draw(99))),
        (1, lambda: day.unlock(draw(99))),
    ]
    some = [happen for weight, happen in happenings for _ in range(weight)]
    while day.count < events and day.world.now_s < DAY_S:
        some[draw(len(some))]()
    return day
