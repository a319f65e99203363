"""What the core knows of telemetry: which host takes which agent, where it listens, and what became of the readings.

Promises to see no reading. Fed by `bridge_client` with the bridge's layouts and heartbeats; asked by the directory on
the operator port and by `gauges`. Belongs to the core's loop.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from agents.messages import AgentRef
from orchestrator.runtime.bridge_messages import Layout, Status
from orchestrator.telemetry.token import TOKEN_LIFETIME_S, new_token


class TelemetryPlaces:
    """`key`: of the tokens that the hosts' ports take."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._host_of: dict[AgentRef, str] = {}
        self._address_of: dict[str, str] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last: Counter[tuple[str, str]] = Counter()

    def take_layout(self, layout: Layout) -> None:
        """Who is meant to be where from now on."""
        self._host_of = {agent: name for name, agents in layout.hosts for agent in agents}

    def take_status(self, status: Status) -> None:
        """Where the living hosts listen, and the bridge's sums; one that has become smaller began anew at zero."""
        self._address_of = {host.name: host.address for host in status.hosts if host.address}
        for word, outcome, count in status.readings:
            last = self._last[word, outcome]
            self._counts[word, outcome] += count - last if count >= last else count
            self._last[word, outcome] = count

    def port_of(self, agent: AgentRef) -> tuple[str, str] | None:
        """(name, address) of the host with an open port that holds an agent, or None while there is none."""
        name = self._host_of.get(agent, "")
        address = self._address_of.get(name)
        return (name, address) if address is not None else None

    def ports(self) -> int:
        """Open ports."""
        return len(self._address_of)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """(word of the reading, outcome) -> readings since the server started."""
        return self._counts

    def new_token(self) -> tuple[str, int]:
        """A token for the ports, and for how many seconds it is good."""
        return new_token(self._key, int(time.time())), TOKEN_LIFETIME_S
