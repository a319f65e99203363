"""How a host's process opens its telemetry port: from the bridge's settings to `orchestrator.telemetry.port`.

Promises that the ports' key travels in environments and in Ray's calls only, never on a command line. Called by
`bridge`, `bridge_ray` and `bridge_worker`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.inbox import Inbox
from agents.messages import AgentKind

TELEMETRY_KEY_ENV = "MUSTER_TELEMETRY_KEY"
#: Instead of an address to bind: that of the machine in its cluster.
NODE = "node"
#: Nothing is measured at suppliers.
KINDS = frozenset(AgentKind) - {AgentKind.SUPPLIER}


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """key_hex: of the ports' tokens. host: the address that ports bind, or `NODE`."""

    key_hex: str = field(repr=False)
    host: str

    def open_port(self, inbox: Inbox) -> str:
        """Open a port for the host in this process; its address, "" when it cannot be opened."""
        from orchestrator.telemetry.port import PortSettings, open_port

        return open_port(PortSettings(bytes.fromhex(self.key_hex), self.host), inbox)
