"""One line of a benchmark: what was measured, beside what, and whether it is good enough.

Absolute figures drift from machine to machine, so a goal is best set on the ratio to a peer that ran beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Judged = Literal["ours", "ratio"]


@dataclass(frozen=True)
class Row:
    """One measured case. `ratio` is ours over the first peer; `holds` is None where no goal is set."""

    case: str
    ours: float
    unit: str
    seconds: float
    peers: Mapping[str, float] = field(default_factory=dict)
    ratio: float | None = None
    goal: str | None = None
    holds: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as `build/bench/NAME.json` keeps it."""
        return asdict(self)


def row(
    case: str,
    ours: float,
    unit: str,
    *,
    seconds: float,
    peers: Mapping[str, float] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    judged: Judged = "ours",
) -> Row:
    """A row with its ratio and verdict worked out.

    `seconds` is the time the case took. `at_least` and `at_most` bound `ours`, or the ratio with `judged="ratio"`.
    A goal on a ratio without a peer is a ValueError.
    """
    named = dict(peers or {})
    first = next(iter(named.values()), None)
    ratio = ours / first if first else None
    value = ours if judged == "ours" else ratio
    if value is None and (at_least, at_most) != (None, None):
        raise ValueError(f"{case}: a goal on the ratio needs a peer that is not zero")
    return Row(case, ours, unit, seconds, named, ratio, *_verdict(value, at_least, at_most, judged, unit))


def _verdict(
    value: float | None, at_least: float | None, at_most: float | None, judged: Judged, unit: str
) -> tuple[str | None, bool | None]:
    if value is None or (at_least is None and at_most is None):
        return None, None
    suffix = f" {unit}" if judged == "ours" else " × peer"
    parts = [f"{sign} {bound:g}{suffix}" for sign, bound in (("≥", at_least), ("≤", at_most)) if bound is not None]
    low_enough = at_most is None or value <= at_most
    high_enough = at_least is None or value >= at_least
    return " and ".join(parts), low_enough and high_enough
