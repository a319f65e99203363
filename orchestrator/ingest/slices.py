"""Converting many things without holding up the core's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: At some tens of microseconds each, a slice takes a millisecond or two.
SLICE = 40


async def converted(things: Iterable[T], convert: Callable[[T], R], size: int = SLICE) -> list[R]:
    """All things converted, `size` at a time; others have their turn in between.

    Which things there are is settled at the call; they are immutable, so a list of them is of one moment.
    """
    known = tuple(things)
    done: list[R] = []
    for start in range(0, len(known), size):
        if start:
            await asyncio.sleep(0)
        done.extend(map(convert, known[start : start + size]))
    return done
