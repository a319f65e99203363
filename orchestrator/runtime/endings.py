"""Knowing at once that a process of this machine has ended, also one that is nobody's child here.

Uses Linux's pidfd, so that waiting costs nothing; elsewhere nothing is ever said, and heartbeats must do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any


async def ended(pid: int) -> None:
    """Returns when the process has ended, at once if it has already; never where that cannot be known."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):
        await never()
        return
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(watched, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def overlook(task: asyncio.Task[Any]) -> None:
    """What became of a task that nobody waits for any more is of no interest: a done-callback."""
    if not task.cancelled():
        task.exception()


async def never() -> None:
    """Waits for ever."""
    await asyncio.Event().wait()


async def first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    """Returns when the first of them has returned, and cancels the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
