"""Cut a plan into regions that can be searched side by side, and put the parts together again.

Promises: every vehicle and every stop belongs to one region; near routes belong together more often than not; another
cut each time. Called by `plain`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.routing import layout
from solvers.routing.layout import I64, Data, State


class Regions:
    """Cuts of one problem."""

    def __init__(self, data: Data, seed: int) -> None:
        self.data = data
        self._random = np.random.Generator(np.random.PCG64(seed))

    def split(self, written: I64, parts: int) -> I64:
        """Owner, 0 .. parts-1, of every vehicle of a solution as the kernel writes it.

        Routes are ranked by which of two far stops they are nearer to, the first one chosen at random, and dealt out
        so that regions have about as many stops. Empty vehicles go round.
        """
        n = len(self.data.si)
        vehicle = read_owners(written, len(self.data.vi), n)
        a = int(self._random.integers(n))
        from_a = self.data.go[0, a, :n, 0].astype(np.float64)
        from_b = self.data.go[0, int(np.argmax(from_a)), :n, 0]
        planned = vehicle >= 0
        stops = np.bincount(vehicle[planned], minlength=len(self.data.vi))
        means = np.bincount(vehicle[planned], weights=(from_a - from_b)[planned], minlength=len(self.data.vi))
        ranked = np.argsort(means / np.maximum(stops, 1), kind="stable")
        before = np.cumsum(stops[ranked]) - stops[ranked] // 2
        owner = np.empty(len(self.data.vi), np.int64)
        owner[ranked] = np.minimum(before * parts // max(1, int(stops.sum())), parts - 1)
        empty = np.flatnonzero(stops == 0)
        owner[empty] = np.arange(len(empty)) % parts
        return owner

    def hand_over(self, state: State, written: I64, owner: I64, number: int) -> None:
        """Tell a state what is its own: the vehicles of region `number` and their stops; absent stops go round, those
        on board to their carrier."""
        n = len(self.data.si)
        vehicle = read_owners(written, len(owner), n)
        carrier = self.data.si[:, layout.BOARD]
        vehicle = np.where((vehicle < 0) & (carrier >= 0), carrier, vehicle)
        region = np.where(vehicle >= 0, owner[vehicle], np.arange(n) % (int(owner.max()) + 1))
        mine = np.flatnonzero(region == number)
        state.vx[:, layout.OWN] = owner == number
        state.mine[: len(mine)] = mine
        state.sc[layout.NMINE] = len(mine)


def read_owners(written: I64, vehicles: int, stops: int) -> I64:
    """Vehicle of every stop of what the kernel wrote; -1: none."""
    vehicle = np.full(stops, -1, np.int64)
    values, at = written.tolist(), 0
    for v in range(vehicles):
        trips = values[at]
        at += 1
        for _ in range(trips):
            count = values[at]
            vehicle[values[at + 1 : at + 1 + count]] = v
            at += 1 + count
    return vehicle


def merge_written(parts: Sequence[I64], owner: I64) -> I64:
    """One solution of the parts that its vehicles' owners wrote."""
    begins = [_begins(part, len(owner)) for part in parts]
    pieces = [parts[k][begins[k][v] : begins[k][v + 1]] for v, k in enumerate(owner.tolist())]
    merged = np.zeros_like(parts[0])
    joined = np.concatenate(pieces) if pieces else merged
    merged[: len(joined)] = joined
    return merged


def _begins(written: I64, vehicles: int) -> list[int]:
    values = written.tolist()
    begins, at = [], 0
    for _ in range(vehicles):
        begins.append(at)
        trips = values[at]
        at += 1
        for _ in range(trips):
            at += 1 + values[at]
    return [*begins, at]
