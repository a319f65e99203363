"""How much of the cores something else had while a run was on.

A limit in seconds measures the machine as much as the search where others work on it too. With MUSTER_BENCH_BUSY=0.1
a run in which others had more than a tenth of the cores is made again, a few times, and the least disturbed counts.
Where the system does not tell (it is asked in /proc), nothing was elsewhere. Called by: `engines`.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

STAT = Path("/proc/stat")
IDLE = (3, 4)
"""Columns of a core's line: idle, and waiting for a disk. The ninth and tenth count what is in the first ones again."""
COUNTED = 8


def most_elsewhere() -> float:
    """The share of the cores up to which a run counts as undisturbed."""
    return float(os.environ.get("MUSTER_BENCH_BUSY", "1"))


class Meanwhile:
    """From when it is made; on the first `cores` cores that this process may use."""

    def __init__(self, cores: int) -> None:
        usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self.cores = [f"cpu{core}" for core in usable[:cores]]
        self.busy, self.total, self.own_s = *self._system(), _own_s()

    def elsewhere(self) -> float:
        """The share until now, from 0 to 1. Children count as ours once they have ended."""
        busy, total = self._system()
        if total <= self.total:
            return 0.0
        own = (_own_s() - self.own_s) * os.sysconf("SC_CLK_TCK")
        return min(1.0, max(0.0, (busy - self.busy - own) / (total - self.total)))

    def _system(self) -> tuple[int, int]:
        """Ticks in which the cores were busy, and all."""
        if not STAT.exists():
            return 0, 0
        busy = total = 0
        for line in STAT.read_text(encoding="ascii").splitlines():
            name, *texts = line.split()
            if name in self.cores:
                ticks = [int(text) for text in texts[:COUNTED]]
                total += sum(ticks)
                busy += sum(ticks) - sum(ticks[column] for column in IDLE)
        return busy, total


def _own_s() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in spent)
