"""The kinds of alert that agents raise, and how their subjects are written. Known to books and reports alike."""

from __future__ import annotations

VEHICLE_STALLED = "VEHICLE_STALLED"
VEHICLE_DETOUR = "VEHICLE_DETOUR"
STOCK_RISK = "STOCK_RISK"
TASK_LATE = "TASK_LATE"


def stock_subject(site_id: str, item_id: str) -> str:
    """The subject of an alert about stock."""
    return f"{site_id}:{item_id}"
