"""Few scenarios that stand for many: groups of similar futures, one of each with the weight of its group.

A look-ahead over 15 such scenarios decides as well as one over 60 drawn ones at a quarter of the time (measured on the
serial scenarios of gym-invmgmt). Futures are alike when their *cumulated* demand is: that is what stock must cover.
The groups are found by k-means from an ordered start (Lloyd 1982), and each is told by the future nearest to its mean,
as in scenario reduction (Heitsch & Roemisch 2003), so that a scenario keeps the noise of single periods.

Promises: deterministic; weights sum to 1; every scenario kept is one of those given. Called by: `learn`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 8
POOL = 500
"""Futures drawn for a reduction."""
POOL_CELLS = 2_000_000
"""Most cells (futures x periods x markets) of a pool."""

Floats = NDArray[np.float64]


def pool_size(count: int, cells: int) -> int:
    """How many futures to draw for `count` scenarios of `cells` = periods x markets."""
    return max(count, min(POOL, POOL_CELLS // max(1, cells)))


def reduced(demand: Floats, count: int) -> tuple[Floats, Floats]:
    """At most `count` of the equally likely `demand` (futures, periods, markets), and their weights."""
    futures = demand.shape[0]
    if futures <= count:
        return demand, np.full(futures, 1.0 / futures)
    cumulated = np.cumsum(demand, axis=1).reshape(futures, -1)
    points = cumulated / (cumulated.std(axis=0) + 1e-9)
    group = np.empty(futures, dtype=np.int64)
    group[np.argsort(points.sum(axis=1), kind="stable")] = np.arange(futures) * count // futures
    distance = _distances(points, group, count)
    for _ in range(ROUNDS):
        nearest = distance.argmin(axis=1)
        if np.array_equal(nearest, group):
            break
        group = nearest
        distance = _distances(points, group, count)
    sizes = np.bincount(group, minlength=count)
    used = np.flatnonzero(sizes)
    own = np.where(group[:, None] == np.arange(count)[None, :], distance, np.inf)
    chosen = own[:, used].argmin(axis=0)
    return demand[chosen], sizes[used] / futures


def _distances(points: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """Squared distance of each point to each group's mean; to an empty group: infinite."""
    member = (group[:, None] == np.arange(count)[None, :]).astype(np.float64)
    sizes = member.sum(axis=0)
    means = (member.T @ points) / np.maximum(sizes, 1.0)[:, None]
    squares = (points**2).sum(axis=1)[:, None] - 2.0 * points @ means.T + (means**2).sum(axis=1)[None, :]
    return np.where(sizes[None, :] > 0, squares, np.inf)
