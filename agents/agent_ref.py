"""How an agent is named. Imports nothing of ours; used by everything that speaks to or of agents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AgentKind(StrEnum):
    """Which resource an agent stands for."""

    VEHICLE = "vehicle"
    WAREHOUSE = "warehouse"
    PRODUCTION_LINE = "production_line"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True, order=True)
class AgentRef:
    """An agent's name: its kind and the id of its resource."""

    kind: AgentKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"
