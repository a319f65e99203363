"""How large the hosts of one kind of agent are: the part of the configuration that the bridge is handed as JSON.

Promises that values out of range are refused. Knows no process. Used by `config`, `bridge_settings` and the bridge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from agents.agent_ref import AgentKind

AGENTS_PER_HOST = 250
#: A trace of a CPU keeps an actor off nodes that offer none: the head, and the core's own.
CPUS_TRACE = 0.001


class HostSizes(BaseModel):
    """The hosts of one kind. What is not set: agents_per_host as for all kinds, as many hosts as that takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agents_per_host: int | None = Field(default=None, ge=1, le=10_000, description="Most agents of one host.")
    hosts: int | None = Field(
        default=None,
        ge=1,
        le=1_000,
        description="As many hosts, however many agents; agents_per_host is not looked at.",
    )
    cpus: float = Field(default=CPUS_TRACE, ge=CPUS_TRACE, le=64, description="CPUs that Ray reserves for a host.")
    memory_mb: int = Field(default=0, ge=0, le=1_048_576, description="Memory that Ray reserves for a host.")


class KindSizes:
    """The sizes of all kinds. given: those that differ from the default."""

    def __init__(
        self, agents_per_host: int = AGENTS_PER_HOST, given: Mapping[AgentKind, HostSizes] | None = None
    ) -> None:
        default = HostSizes(agents_per_host=agents_per_host)
        self._of: dict[AgentKind, HostSizes] = {}
        for kind in AgentKind:
            sizes = (given or {}).get(kind, default)
            per_host = sizes.agents_per_host or agents_per_host
            self._of[kind] = sizes.model_copy(update={"agents_per_host": per_host})

    def __getitem__(self, kind: AgentKind) -> HostSizes:
        return self._of[kind]

    @staticmethod
    def from_json(agents_per_host: int, text: str) -> KindSizes:
        """As the bridge's command line has it."""
        given = {AgentKind(kind): HostSizes.model_validate(sizes) for kind, sizes in json.loads(text or "{}").items()}
        return KindSizes(agents_per_host, given)


def as_json(given: Mapping[AgentKind, HostSizes]) -> str:
    """For the bridge's command line."""
    return json.dumps({kind.value: sizes.model_dump(exclude_none=True) for kind, sizes in sorted(given.items())})
