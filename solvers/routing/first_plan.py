"""A first plan where there is none, as the kernel reads it.

Promises: at least as good a place to begin as nothing; quick (about 10 ms for 1,000 stops). Called by `search`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.routing.kernel.savings import CHAIN_COLUMNS, savings
from solvers.routing.layout import BEGIN, BOARDS, DEPOT, HOUR, I64, KM, MAXT, NLOCK, OPEN, PROF, SVC, WE, WS, Data

PAIRS = 50
"""Joins are tried with so many near stops."""
WAIT_PRICE = 0.5
"""What a second of unavoidable waiting between two stops takes off their saving, in seconds driven."""


def applies(data: Data) -> bool:
    """Whether savings know this fleet: one kind, at its depot, one trip, nothing locked, no forbidden vehicle."""
    return (
        len(data.si) > 2
        and len(data.kinds) == 1
        and bool((data.allowed == 1).all())
        and data.vi[0, MAXT] == 1
        and data.vi[0, OPEN] == 0
        and data.vi[0, BOARDS] == 0
        and not data.vi[:, NLOCK].any()
    )


def by_savings(data: Data) -> I64:
    """The plan as `kernel.repair` reads it: the chains with most stops, as far as there are vehicles."""
    n = len(data.si)
    pairs, worth = _pairs(data)
    order = np.argsort(-worth, kind="stable")[: int((worth > 0).sum())]
    follow, head = np.empty(n, np.int64), np.empty(n, np.int64)
    chain, load = np.empty((n, CHAIN_COLUMNS), np.int64), np.empty((n, data.dem.shape[1]), np.int64)
    savings(data, pairs, order, chain, load, follow, head)
    chains: dict[int, list[int]] = {}
    for first in np.flatnonzero(head == np.arange(n)).tolist():
        stops, c = [], first
        while c >= 0:
            stops.append(c)
            c = int(follow[c])
        chains[first] = stops
    longest = sorted(chains.values(), key=len, reverse=True)[: len(data.vi)]
    written: list[int] = []
    for stops in longest:
        written += [1, len(stops), *stops]
    return np.array(written + [0] * (len(data.vi) - len(longest)), np.int64)


def _pairs(data: Data) -> tuple[I64, npt.NDArray[np.float64]]:
    """Ordered pairs of near stops and what it saves to drive from one to the other instead of home and out again."""
    n = len(data.si)
    near = data.near[:, :PAIRS]
    a = np.repeat(np.arange(n), near.shape[1])
    b = near.ravel().astype(np.int64)
    pairs = np.concatenate([np.stack([a, b], axis=1), np.stack([b, a], axis=1)])
    i, j = pairs[:, 0], pairs[:, 1]
    go, depot, v = data.go[data.vi[0, PROF]], int(data.vi[0, DEPOT]), data.vi[0]
    price = np.array([float(v[KM]), float(v[HOUR])])
    if not price.any():
        price = np.ones(2)
    between = go[i, j]
    saved = (go[:, depot][i] + go[depot][j] - between) @ price
    worth = float((between @ price).sum() / max(1.0, float(between[:, 1].sum())))
    opens = np.maximum(data.si[:, WS], v[BEGIN])
    wait = np.maximum(0, opens[j] - (data.si[i, WE] + data.si[i, SVC] + between[:, 1]))
    return pairs, saved - WAIT_PRICE * worth * wait
