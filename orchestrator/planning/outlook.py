"""Projected stock of an item at a site, and what was learned about it and its suppliers, as figures to show.

Promises: pure; every figure comes from the functions that planning decides by. Called by ingest, on the core's loop.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.learned import DemandHistory
from orchestrator.domain.state import DAY_S, State

HISTORY_SHOWN = 28


@dataclass(frozen=True, slots=True)
class PastDay:
    """Demand of a closed day; `censored`: at least that."""

    day_s: int
    units: int
    censored: bool


def past_days(state: State, site_id: str, item_id: str) -> tuple[PastDay, ...]:
    """The last closed days of an item at a site, oldest first."""
    history = state.demand.get((site_id, item_id), DemandHistory(first_day_s=0))
    skipped = max(0, len(history.units) - HISTORY_SHOWN)
    censored = frozenset(history.censored_days_s)
    days = ((history.first_day_s + (skipped + n) * DAY_S, units) for n, units in enumerate(history.units[skipped:]))
    return tuple(PastDay(day_s, units, day_s in censored) for day_s, units in days)
