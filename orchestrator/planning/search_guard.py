"""Whether something that can fail is trusted: away after a few failures in a row, tried again by and by.

Promises: one success forgets all failures; while away it asks for a probe after `PROBE_S`, each time twice as long up
to `PROBE_S_MAX`, and two good probes in a row bring it back. Pure: times are handed in. Used by the planner for the
core's own search and for planning as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES_MAX = 3
PROBE_S = 5.0
PROBE_S_MAX = 120.0
GOOD_PROBES = 2


@dataclass(slots=True)
class Guard:
    """Counts what happens to one thing. `why`: the last failure."""

    why: str = ""
    _failures: int = 0
    _good: int = 0
    _away: bool = False
    _wait_s: float = PROBE_S
    _probe_at_s: float = 0.0

    @property
    def away(self) -> bool:
        """Whether it is not to be relied on."""
        return self._away

    def failed(self, why: str, mono_s: float) -> None:
        """It raised, overran or was refused."""
        self.why = why
        self._failures += 1
        self._good = 0
        if self._away:
            self._wait_s = min(PROBE_S_MAX, 2 * self._wait_s)
        if self._failures >= FAILURES_MAX or self._away:
            self._away = True
            self._probe_at_s = mono_s + self._wait_s

    def worked(self, mono_s: float) -> None:
        """It did what it should."""
        self._failures = 0
        if not self._away:
            return
        self._good += 1
        self._probe_at_s = mono_s
        if self._good >= GOOD_PROBES:
            self._away, self._good, self._wait_s, self.why = False, 0, PROBE_S, ""

    def probe_due(self, mono_s: float) -> bool:
        """Whether somebody should try it once; asking puts the next one off."""
        if not self._away or mono_s < self._probe_at_s:
            return False
        self._probe_at_s = mono_s + self._wait_s
        return True
