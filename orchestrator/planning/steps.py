"""How a planning pass is run: a generator that yields pure calls and is sent their results.

Promises: the calls touch no state, so that whoever drives the pass may run them in a thread; between two of them the
pass reads the state. `run_here` drives one at once, in this thread. Called by every step that solves something.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
Steps = Generator[Callable[[], Any], Any, T]
"""Yields pure calls, is sent their results, returns T."""


def run_here(steps: Steps[T]) -> T:
    """Run a pass to its end without giving way."""
    try:
        call = next(steps)
        while True:
            call = steps.send(call())
    except StopIteration as done:
        result: T = done.value
        return result
