"""Which operations move together next: neighbourhoods of the incumbent, small enough for one CP-SAT call.

First from now on through time, overlapping by half (a rolling horizon), then around what costs most: late jobs, what
has been changed, busy machines, or any moment. Kinds that gain come more often; sizes follow what a call can finish.
Promises: every free operation is in some window of the first pass; the same seed and answers give the same windows.
May not: look at a clock.
Called by: `solve`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from solvers.scheduling.plan import Schedule
from solvers.scheduling.shop import Shop

FEWEST, MOST = 30, 300
"""Operations in a window."""
KINDS = ("late", "changed", "machines", "moment")
FADE = 0.8
LEAST_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Window:
    """What may move, and what kind of neighbourhood that is."""

    free: frozenset[int]
    kind: str


class Windows:
    """The stream of windows of one solve; it learns from what became of the last ones."""

    def __init__(self, shop: Shop, seed: int, size: int) -> None:
        self.shop = shop
        self.size = size
        self.random = np.random.default_rng(seed)
        self.weights = np.ones(len(KINDS))
        self.rolling: deque[frozenset[int]] = deque()
        self.exhausted: set[frozenset[int]] = set()
        self.begun = False

    def next(self, schedule: Schedule, free: Collection[int], focus: Collection[int]) -> Window:
        """The next one; `focus`: what an event has touched, looked at before everything else."""
        picture = _Picture(self.shop, schedule, free)
        if not self.begun:
            self.begun = True
            self.rolling.extend(picture.along(sorted(set(focus) & set(free)), self.size))
            self.rolling.extend(picture.through_time(self.size))
        while self.rolling:
            window = self.rolling.popleft() & frozenset(free)
            if window:
                return Window(window, "rolling")
        for _ in range(8):
            kind = KINDS[int(self.random.choice(len(KINDS), p=self.weights / self.weights.sum()))]
            window = picture.window(kind, self.size, self.random)
            if window not in self.exhausted:
                break
        return Window(window, kind)

    def learn(self, window: Window, gained: bool, finished: bool) -> None:
        """`finished`: the call has looked at everything in the window."""
        if gained:
            self.exhausted.clear()
        elif finished:
            self.exhausted.add(window.free)
        if window.kind in KINDS:
            kind = KINDS.index(window.kind)
            self.weights[kind] = max(LEAST_WEIGHT, FADE * self.weights[kind] + (1 - FADE) * (3.0 if gained else 0.0))
        if finished:
            self.size = min(MOST, self.size + self.size // 8 + 1)
        elif not gained:
            self.size = max(FEWEST, self.size - self.size // 8)


class _Picture:
    """The incumbent as arrays over its free operations."""

    def __init__(self, shop: Shop, schedule: Schedule, free: Collection[int]) -> None:
        self.shop, self.places = shop, schedule.assignments
        self.numbers = np.array(sorted(free), dtype=np.int64)
        self.starts = np.array([self.places[n].start_s for n in self.numbers], dtype=np.int64)
        self.ends = np.array([self.places[n].end_s for n in self.numbers], dtype=np.int64)
        self.machines = np.array([shop.machine_of[self.places[n].machine_id] for n in self.numbers], dtype=np.int64)

    def through_time(self, size: int) -> list[frozenset[int]]:
        """Slices by start that overlap by half."""
        order, half = self.numbers[np.lexsort((self.numbers, self.starts))], max(1, size // 2)
        return [_set(order[first : first + size]) for first in range(0, max(1, len(order) - half), half)]

    def along(self, seeds: list[int], size: int) -> Iterator[frozenset[int]]:
        """The seeds in order of time, two thirds of a window at once, each time with what stands around them."""
        seeds.sort(key=lambda number: (self.places[number].start_s, number))
        part = max(1, 2 * size // 3)
        for first in range(0, len(seeds), part):
            yield self.around(seeds[first : first + part], size)

    def window(self, kind: str, size: int, random: np.random.Generator) -> frozenset[int]:
        """One of this kind; any moment where there is nothing of the kind."""
        seeds: list[int] = []
        if kind == "late":
            seeds = self._late(random)
        elif kind == "changed":
            seeds = self._changed(random)
        elif kind == "machines":
            return self._on_few_machines(size, random)
        return self.around(seeds or [int(random.choice(self.numbers))], size)

    def around(self, seeds: Collection[int], size: int) -> frozenset[int]:
        """The seeds, and what stands nearest to them in time; on their machines it counts as twice as near."""
        if len(self.numbers) <= size:
            return _set(self.numbers)
        distance = np.full(len(self.numbers), 2.0**60)
        for seed in list(seeds)[:size]:
            place = self.places[seed]
            away = np.maximum(0, np.maximum(self.starts - place.end_s, place.start_s - self.ends)).astype(float)
            away += np.abs(self.starts - place.start_s) / 16.0
            away[self.machines != self.shop.machine_of[place.machine_id]] *= 2.0
            distance = np.minimum(distance, away)
        distance[np.isin(self.numbers, list(seeds)[:size])] = -1.0
        return _set(self.numbers[np.argsort(distance, kind="stable")[:size]])

    def _on_few_machines(self, size: int, random: np.random.Generator) -> frozenset[int]:
        """A longer time on two to four machines."""
        known = np.unique(self.machines)
        chosen = random.choice(known, size=min(len(known), int(random.integers(2, 5))), replace=False)
        on_them = np.flatnonzero(np.isin(self.machines, chosen))
        centre_s = self.starts[on_them[int(random.integers(len(on_them)))]]
        nearest = on_them[np.argsort(np.abs(self.starts[on_them] - centre_s), kind="stable")]
        return _set(self.numbers[nearest[:size]])

    def _late(self, random: np.random.Generator) -> list[int]:
        """The operations of a late job, the later and heavier the likelier."""
        ends: dict[int, int] = {}
        for op in self.shop.operations:
            ends[op.job] = max(ends.get(op.job, 0), self.places[op.number].end_s)
        costs = np.array([self._lateness(number, end_s) for number, end_s in ends.items()], dtype=float)
        if not costs.sum():
            last_s = max(ends.values())
            return [op.number for op in self.shop.operations if ends[op.job] == last_s]
        job = list(ends)[int(random.choice(len(costs), p=costs / costs.sum()))]
        return [op.number for op in self.shop.operations if op.job == job]

    def _lateness(self, number: int, end_s: int) -> float:
        job, prices = self.shop.problem.jobs[number], self.shop.problem.prices
        cost = 0.0
        if job.due_s is not None:
            cost += prices.tardiness_s * job.weight * max(0, end_s - job.due_s)
        if job.deadline_s is not None:
            cost += prices.deadline_s * max(0, end_s - job.deadline_s)
        return cost

    def _changed(self, random: np.random.Generator) -> list[int]:
        """One that is not where the plan in force has it."""
        changed = [
            number
            for number, machine, start_s in zip(self.numbers, self.machines, self.starts, strict=True)
            if (where := self.shop.operations[number].published) and (where[0], where[1]) != (machine, start_s)
        ]
        return [int(random.choice(changed))] if changed else []


def _set(numbers: np.typing.NDArray[np.int64]) -> frozenset[int]:
    return frozenset(int(number) for number in numbers)
