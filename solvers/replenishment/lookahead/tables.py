"""Fixed tables of evenly spread numbers: the luck of the drawn futures, the same on every machine and every day.

Promises: each column holds the middles of `rows` equal slices of (0, 1), shuffled by a hash of row and column
(splitmix64), so that no library's random stream decides an order.
Called by: `belief`, `order`.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@lru_cache(maxsize=64)
def even(rows: int, columns: int, salt: int = 0) -> Floats:
    """(rows, columns) of uniform numbers; read only."""
    first = (np.arange(columns, dtype=np.uint64) << np.uint64(32)) + (np.uint64(salt) << np.uint64(52))
    number = np.add.outer(first, np.arange(rows, dtype=np.uint64)).astype(np.uint64)
    ranks = np.argsort(_mixed(number), axis=1, kind="stable")
    found = np.ascontiguousarray(((ranks + 0.5) / rows).T)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=64)
def normal(rows: int, columns: int, salt: int = 0) -> Floats:
    """(rows, columns) of standard normal numbers; read only."""
    slices = np.array([NormalDist().inv_cdf((k + 0.5) / rows) for k in range(rows)])
    found = slices[np.floor(even(rows, columns, salt) * rows).astype(np.int64)]
    found.setflags(write=False)
    return found


def _mixed(number: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """splitmix64 (Steele, Lea and Flood 2014); the overflow is wanted."""
    with np.errstate(over="ignore"):
        z = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
