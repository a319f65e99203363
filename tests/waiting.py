"""Waiting in tests: for a condition, with a deadline, never for a time.

wait_until(lambda: path.exists(), "endpoints.json is written")
await wait_for(lambda: core.idle, "the core has nothing to do")
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 30.0
STEP_S = 0.01


class StillWaiting(AssertionError):
    """A condition did not come true before its deadline; the message says which."""


def wait_until(condition: Callable[[], T], what: str, deadline_s: float = DEADLINE_S, every_s: float = STEP_S) -> T:
    """Poll until `condition()` is truthy and return its value; `StillWaiting` names `what` after `deadline_s`.

    every_s: longer for a condition that costs much to look at.
    """
    end = time.monotonic() + deadline_s
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise StillWaiting(f"after {deadline_s} s still waiting until {what}; last value {value!r}")
        time.sleep(every_s)


async def wait_for(
    condition: Callable[[], T | Awaitable[T]], what: str, deadline_s: float = DEADLINE_S, every_s: float = STEP_S
) -> T:
    """As `wait_until`, letting the event loop run; the condition may be a coroutine function."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        value = await answer if isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > end:
            raise StillWaiting(f"after {deadline_s} s still waiting until {what}; last value {value!r}")
        await asyncio.sleep(every_s)
