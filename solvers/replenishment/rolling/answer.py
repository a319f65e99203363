"""What a program of a group answers.

Promises: plain data. May not: judge. Called by: `rolling.model`, `rolling.options`, `rolling.solve`.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.replenishment.item import Key
from solvers.replenishment.plan import Orders


@dataclass(frozen=True, slots=True)
class Answer:
    """Orders of now by key, or None without any; `status` as the engine tells it."""

    orders: dict[Key, Orders] | None
    optimal: bool
    status: str
