"""How an agent is named. Imports nothing of ours; used by everything that speaks to or of agents."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AgentKind(StrEnum):
    """Which resource an agent stands for."""

    VEHICLE = "vehicle"
    WAREHOUSE = "warehouse"
    PRODUCTION_LINE = "production_line"
    SUPPLIER = "supplier"


class AgentRef(NamedTuple):
    """An agent's name: its kind and the id of its resource. A tuple, because it is hashed for every message."""

    kind: AgentKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"
