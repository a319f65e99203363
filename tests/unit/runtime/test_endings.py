"""The end of a process is known at once, whoever's child it is."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from orchestrator.runtime.endings import ended, first_of, never

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pidfd is Linux's")


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])


async def test_a_killed_process_is_known_to_have_ended() -> None:
    with sleeper() as process:
        waiting = asyncio.create_task(ended(process.pid))
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
        process.kill()
        await asyncio.wait_for(waiting, 5.0)
    await asyncio.wait_for(ended(process.pid), 5.0)  # gone for good: known at once


async def test_the_first_end_counts_and_the_other_waits_are_over() -> None:
    await asyncio.wait_for(first_of(never(), asyncio.sleep(0), never()), 5.0)
    assert len(asyncio.all_tasks()) == 1
