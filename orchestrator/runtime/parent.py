"""A process that ends when its parent does: a few lines that every child calls, without anything to load.

On Linux the parent whose death counts is the thread that made the child, so children are started from main threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT_ENV = "MUSTER_PARENT_PID"
#: For a spare child: be ready, and wait for a line on stdin.
SPARE_ENV = "MUSTER_SPARE"
PARENT_POLL_S = 0.5
PR_SET_PDEATHSIG = 1


def die_with_parent(death_signal: int = signal.SIGKILL, parent_pid: int | None = None) -> None:
    """Make this process end when its parent does.

    On Linux the kernel sends `death_signal`, which reaches also a process that is deep in a native call; elsewhere a
    thread looks twice a second. `parent_pid`: whose child this should be (default: the supervisor's word, else the
    present parent); when that one is gone already, the process ends here.
    """
    expected = parent_pid or int(os.environ.get(PARENT_ENV, "0")) or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    else:
        threading.Thread(target=_watch_parent, args=(expected,), daemon=True, name="parent watch").start()
    if os.getppid() != expected:
        os._exit(1)


def wait_for_turn() -> None:
    """A spare child waits here until it is needed, and ends when it is not; every other child goes on at once."""
    if os.environ.pop(SPARE_ENV, "") and not sys.stdin.readline():
        os._exit(0)


def _watch_parent(expected: int) -> None:
    while os.getppid() == expected:
        time.sleep(PARENT_POLL_S)
    os._exit(1)
