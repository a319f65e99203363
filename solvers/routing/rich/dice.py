"""Chance for the rich kernel: one small generator, and places that are overlooked now and then.

Promises: the same seed, the same numbers. Called by the other parts of the rich kernel only; compiled.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.routing.rich.fold import folded
from solvers.routing.rich.shape import BLINK, State

ONE = 1 << 30
BLINKS = 100
"""One place in so many is overlooked, so that the greedy insertion does not always do the same."""


@folded
def random_bits(s: State) -> int:
    """Next number of a xorshift64* generator (Vigna 2016), 63 bits."""
    x = s.rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    s.rng[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(1))  # type: ignore[return-value]


@folded
def random_below(s: State, n: int) -> int:
    """Whole number in 0 .. n-1."""
    return random_bits(s) % n


@folded
def random_share(s: State) -> float:
    """Number in (0, 1]."""
    return ((random_bits(s) & (ONE - 1)) + 1) / ONE


@folded
def blinks(s: State) -> bool:
    """Whether this place is overlooked: about one in BLINKS, the gaps drawn at once."""
    s.sc[BLINK] -= 1
    if s.sc[BLINK] > 0:
        return False
    s.sc[BLINK] = 1 + int(-math.log(random_share(s)) * BLINKS)
    return True
