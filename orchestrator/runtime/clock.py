"""Company time: the only source of "now" in the orchestrator.

Promises whole seconds (and milliseconds) since the Unix epoch, UTC, that never run backwards within a
process. May not be bypassed: no other room imports `time`. `bootstrap` builds one clock and hands it to every
room; tests hand in a `ManualClock`.

The demo's day runs faster than the wall: a `ScaledClock` is *held* at the day's start until somebody starts
it at a speed. Its anchor (company time, wall time, speed) is a `ClockRecord`, kept in `clock.json` of the
data folder, so that a core that was killed goes on at the company time it would have had, and so that a twin
on the same machine can follow the same anchor without asking.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

CLOCK_FILE = "clock.json"
SPEED_MAX = 100_000.0
NS_PER_MS = 1_000_000


class ClockError(ValueError):
    """A clock was given a value it refuses, or its file is damaged; the message names field, value and rule."""


class Clock(Protocol):
    """What every room may ask."""

    def now_s(self) -> int:
        """Company time in whole seconds since the epoch, UTC."""
        ...

    def now_ms(self) -> int:
        """Company time in whole milliseconds since the epoch, UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Real nanoseconds from an arbitrary start, never scaled: for measuring latency and for budgets."""
        ...


class SystemClock:
    """The wall clock of this machine: company time in production."""

    def now_s(self) -> int:
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        return time.time_ns() // NS_PER_MS

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """Where a scaled clock stands: company time `origin_ms` was at wall time `anchor_wall_ms` and runs
    `speed` times.

    `anchor_wall_ms` is None while the clock is held: company time is then `origin_ms`, whatever the wall
    says.
    """

    origin_ms: int
    speed: float
    anchor_wall_ms: int | None

    def __post_init__(self) -> None:
        if self.origin_ms < 0:
            raise ClockError(f"origin_ms is {self.origin_ms}: must not be before the epoch")
        if not 0.0 < self.speed <= SPEED_MAX:
            raise ClockError(f"speed is {self.speed}: must be above 0 and at most {SPEED_MAX:.0f}")
        if self.anchor_wall_ms is not None and self.anchor_wall_ms < 0:
            raise ClockError(f"anchor_wall_ms is {self.anchor_wall_ms}: must not be before the epoch")

    def company_ms(self, wall_ms: int) -> int:
        """Company time at a wall time; never before the origin, also when the wall was set back."""
        if self.anchor_wall_ms is None:
            return self.origin_ms
        return self.origin_ms + int(max(0, wall_ms - self.anchor_wall_ms) * self.speed)


class ScaledClock:
    """Company time that stands still until `start`, then runs `speed` times as fast as the wall.

    The wall clock is read once, at construction or start; from there the monotonic clock counts, so that
    setting the wall back does not make company time run backwards within a process.
    """

    def __init__(
        self,
        record: ClockRecord,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // NS_PER_MS,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ns = monotonic_ns
        self._anchor(record)

    @classmethod
    def held_at(cls, origin_s: int) -> "ScaledClock":
        """A clock that stands at `origin_s` (seconds since the epoch) until it is started."""
        return cls(ClockRecord(origin_ms=origin_s * 1000, speed=1.0, anchor_wall_ms=None))

    def _anchor(self, record: ClockRecord) -> None:
        self._record = record
        self._base_ms = record.company_ms(self._wall_ms())
        self._base_ns = self._monotonic_ns()

    @property
    def record(self) -> ClockRecord:
        """The anchor to persist."""
        return self._record

    @property
    def held(self) -> bool:
        """True until the first `start`."""
        return self._record.anchor_wall_ms is None

    @property
    def speed(self) -> float:
        """Company seconds per real second (what it will be once started, while held)."""
        return self._record.speed

    def start(self, speed: float) -> ClockRecord:
        """Run at `speed` from the present company time on; the new record is returned for `save_clock`.

        Calling it on a running clock changes the speed without a jump.
        """
        self._anchor(ClockRecord(self.now_ms(), float(speed), self._wall_ms()))
        return self._record

    def advance_to(self, to_ms: int) -> ClockRecord:
        """Put a held clock forward; it stays held. Refuses to go back, and while the clock runs."""
        if not self.held:
            raise ClockError("the clock runs: only a held clock is put forward")
        if to_ms < self.now_ms():
            raise ClockError(f"to_ms is {to_ms}: must not be before now ({self.now_ms()})")
        self._anchor(ClockRecord(to_ms, self._record.speed, None))
        return self._record

    def now_s(self) -> int:
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        if self.held:
            return self._base_ms
        elapsed_ns = self._monotonic_ns() - self._base_ns
        return self._base_ms + int(elapsed_ns * self._record.speed) // NS_PER_MS

    def monotonic_ns(self) -> int:
        return self._monotonic_ns()


class ManualClock:
    """A clock for tests: it moves when told to, and company time and real time move together."""

    def __init__(self, now_s: int = 1_700_000_000) -> None:
        self._now_ns = now_s * 1000 * NS_PER_MS

    def now_s(self) -> int:
        return self.now_ms() // 1000

    def now_ms(self) -> int:
        return self._now_ns // NS_PER_MS

    def monotonic_ns(self) -> int:
        return self._now_ns

    def advance(self, seconds: int = 0, *, ms: int = 0) -> None:
        """Move forward; refuses to move back."""
        step_ms = seconds * 1000 + ms
        if step_ms < 0:
            raise ClockError(f"advance by {step_ms} ms: a clock does not run backwards")
        self._now_ns += step_ms * NS_PER_MS


def save_clock(data_dir: Path, record: ClockRecord) -> None:
    """Write `clock.json` so that a reader sees the old or the new record, never half of one, also after a
    crash.
    """
    target = data_dir / CLOCK_FILE
    draft = target.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def load_clock(data_dir: Path) -> ClockRecord | None:
    """The record in `clock.json`, or None when there is no file. A damaged file raises `ClockError`."""
    path = data_dir / CLOCK_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(text)
        anchor = fields["anchor_wall_ms"]
        return ClockRecord(
            origin_ms=int(fields["origin_ms"]),
            speed=float(fields["speed"]),
            anchor_wall_ms=None if anchor is None else int(anchor),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ClockError(f"{path}: not a clock record ({error})") from error
