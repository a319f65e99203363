"""The level in one sentence for people: which part is away, since when, and what still works. Pure.

Called by the planner for the log and for status, and by ingest before there is a planner.
"""

from __future__ import annotations

from orchestrator.domain.measures import clock_time
from orchestrator.domain.state import State
from orchestrator.planning.ladder import NAMES, WORKS, Away, Ladder, Level

LOADING = "planning is loading its kernels"
STARTING = f"{LOADING}; still works: {WORKS[Level.LOG]}"


def cause_of(ladder: Ladder, state: State) -> str:
    """Why the level is not 0, in one sentence; "" when it is."""
    if ladder.level is Level.FULL:
        return ""
    parts = [_missing(one, state) for one in ladder.missing()]
    if ladder.hold is not None and ladder.hold.level >= ladder.level:
        hold = ladder.hold
        parts.insert(0, f"held by {hold.owner} until {clock_time(state, hold.until_s)}: {hold.reason}")
    return " and ".join(parts)[:1000] or "the level is about to rise"


def sentence_of(ladder: Ladder, state: State) -> str:
    """The cause, and what still works."""
    cause = cause_of(ladder, state)
    return f"{cause}; still works: {ladder.works}" if cause else ""


def _missing(one: Away, state: State) -> str:
    why = f" ({one.why})" if one.why else ""
    verb = "does not work" if NAMES[one.part].endswith(("search", "planning")) else "are away"
    return f"{NAMES[one.part]} {verb} since {clock_time(state, one.since_s)}{why}"
