"""Repair: a feasible schedule in milliseconds, as near to the plan in force as the facts allow.

What can stay stays, what cannot goes to a later gap or to another machine, whichever costs less; new tasks are inserted
into the gaps or, if that pays, in front. Several priority rules are tried, then the cheapest result's order again with
the late jobs brought forward (priorities learned from lateness, as in Kolisch 1996 and squeaky wheel, Joslin and
Clements 1999), and the cheapest of all is taken.
Promises: always a schedule of all tasks that `check` passes; the same input gives the same schedule; with
nothing new and nothing broken it changes nothing.
May not: import a solver or look at a clock.
Called by: planning in the core, `solve` for a first incumbent, `io`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solvers.scheduling import rules
from solvers.scheduling.build import Build, Orders, built
from solvers.scheduling.plan import Schedule
from solvers.scheduling.price import cost, job_ends_s
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.shop import Shop, index

_PLACED_TASKS = 2_400
"""About so many tasks are placed in all, over all rules: the larger the problem, the fewer are tried."""
_LEAST_BUILDS, _MOST_BUILDS = 5, 20


def repair(problem: SchedulingProblem) -> Schedule:
    """Schedule every task, starting from what is published."""
    shop = index(problem)
    latest_s = [rules.latest_start_s(shop, op) for op in shop.operations]
    tries = max(_LEAST_BUILDS, min(_MOST_BUILDS, _PLACED_TASKS // max(1, len(shop.operations))))
    if not problem.published:
        return _best(shop, rules.fresh(shop, latest_s), latest_s, tries).schedule()
    stable = built(shop, rules.published_first(shop))
    if _is_in_force(stable):
        return stable.schedule()
    return _best(shop, rules.after_event(shop, latest_s), latest_s, tries, stable).schedule()


def right_shift(problem: SchedulingProblem) -> Schedule:
    """The baseline of the literature (Abumaizar and Svestka 1997): machines and sequences stay, everything waits."""
    shop = index(problem)
    rules.chain_machines(shop)
    return built(shop, rules.kept_sequences(shop)).schedule()


def _is_in_force(build: Build) -> bool:
    """Nothing is new, and all stands as published."""
    return all(
        op.started or (run is not None and (run.machine, run.start_s) == op.published)
        for op, run in zip(build.shop.operations, build.board.run_of, strict=True)
    )


class _Priced:
    """Builds and their prices. Only the sequence of the keys counts, so what was tried already is not built again."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._known: dict[tuple[bool, tuple[int, ...]], tuple[Build, int]] = {}

    def of(self, orders: Orders) -> tuple[Build, int]:
        """The build of these orders, which name no machines, and its price."""
        tried = orders.may_advance, tuple(sorted(range(len(orders.keys)), key=orders.keys.__getitem__))
        found = self._known.get(tried)
        if found is None:
            build = built(self._shop, orders)
            found = self._known[tried] = build, cost(build.board)
        return found


def _best(shop: Shop, orders: Iterable[Orders], latest_s: list[int], tries: int, best: Build | None = None) -> Build:
    """The cheapest of the rules, then of what is learned from its lateness."""
    priced = _Priced(shop)
    least = cost(best.board) if best else None
    for one in orders:
        if not tries:
            break
        tries -= 1
        build, price = priced.of(one)
        if least is None or price < least:
            best, least = build, price
    assert best is not None
    assert least is not None
    plain = Orders([(latest_s[number], number) for number in range(len(latest_s))])
    for start in (best.orders, plain):
        best, least = _learn(priced, start, best, least, (tries + 1) // 2)
    return best


def _learn(priced: _Priced, start: Orders, best: Build, least: int, tries: int) -> tuple[Build, int]:
    """Bring late jobs forward by as much as they are late, again and again; ends when nothing is late."""
    shop = best.shop
    earlier_s = [0] * len(shop.problem.jobs)
    build = best
    for _ in range(tries):
        late_s = [
            max(0, end_s - job.due_s) if job.due_s is not None else 0
            for job, end_s in zip(shop.problem.jobs, job_ends_s(build.board), strict=True)
        ]
        if not any(late_s):
            break
        earlier_s = [before_s + more_s for before_s, more_s in zip(earlier_s, late_s, strict=True)]
        keys = [
            (*key[:-2], key[-2] - earlier_s[op.job], op.number)
            for key, op in zip(start.keys, shop.operations, strict=True)
        ]
        build, price = priced.of(replace(start, keys=keys))
        if price < least:
            best, least = build, price
    return best, least
