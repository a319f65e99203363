"""Several ways of maintaining the same plant with the same luck, beside each other, as a table.

Promises one line a policy, in the order asked for. Called by `muster twin upkeep` and the benchmark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from orchestrator.twin.plant.play import Books, Plant
from orchestrator.twin.plant.policies import policy_named

COLUMNS = ("policy", "cost €", "failures", "maintained", "late h", "late jobs", "jobs")


def play_all(policies: Sequence[str], seed: int, days: int, told: Callable[[str, int], None]) -> list[Books]:
    """Play each; `told` hears of each day that is over."""
    played = []
    for name in policies:
        played.append(Plant(policy_named(name), seed).play(days, partial(told, name)))
    return played


def table(played: Sequence[Books]) -> str:
    """The books beside each other; cost is repairs, planned maintenance and lateness."""
    rows = [COLUMNS, *(_cells(books) for books in played)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _cells(books: Books) -> tuple[str, ...]:
    numbers = (books.failures, books.planned, round(books.late_h), books.late_jobs, books.jobs)
    return (books.policy, f"{books.cost_cents / 100:,.0f}", *(str(number) for number in numbers))
