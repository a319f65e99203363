"""How late a best schedule can end, for the peers whose variables need a bound.

Needs only the standard library, so that peers' environments can import it. Called by: the peers' scripts.
"""

from __future__ import annotations

from typing import Any


def horizon_of(question: dict[str, Any]) -> int:
    """An end that some best schedule keeps: everything one after another, each with the longest setup."""
    jobs = question["jobs"]
    work_s = sum(max(duration_s for _, duration_s in modes) for job in jobs for _, modes in job["tasks"])
    setup_s = max((setup_s for setups in question["machines"] for _, _, setup_s in setups), default=0)
    tasks = sum(len(job["tasks"]) for job in jobs)
    return int(max(job["release_s"] for job in jobs) + work_s + tasks * setup_s)
