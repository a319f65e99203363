"""The agents page in words: kinds, hosts and solvers as rows of tables. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from orchestrator.web.words import hhmmss
from protos.muster.operator.v1 import host_service_pb2 as pb

HOSTS_MAX = 300
#: An instruction that waits longer than this is worth a look.
SLOW_MS = 2_000
KIND_NAMES = {
    "vehicle": "Vehicles",
    "warehouse": "Warehouses",
    "production_line": "Production lines",
    "supplier": "Suppliers",
}
HOST_HEAD = ("Host", "Agents", "State", "Restarts", "Waiting", "Oldest", "Machine", "Process")
SOLVER_HEAD = ("Solver", "State", "Works on", "Solved", "Restarts", "Process")


@dataclass(frozen=True, slots=True)
class KindTile:
    """One kind of agent: how many are held, and what is wrong with its hosts. `tone`: "", warn or bad."""

    title: str
    value: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells of a row. `tone`: "" or bad."""

    cells: tuple[str, ...]
    tone: str = ""


def kind_tiles(found: pb.ListHostsResponse) -> tuple[KindTile, ...]:
    """A tile for each kind that the company has."""
    return tuple(_tile(kind) for kind in found.kinds if kind.agents or kind.hosts)


def _tile(kind: pb.AgentKindState) -> KindTile:
    missing = kind.agents - kind.held
    parts = [f"on {kind.hosts} host{'' if kind.hosts == 1 else 's'}"]
    if kind.hosts_away:
        parts.append(f"{kind.hosts_away} away")
    if kind.restarts:
        parts.append(f"{kind.restarts} restarts")
    if kind.mailbox_age_ms > SLOW_MS:
        parts.append(f"oldest instruction waits {_seconds(kind.mailbox_age_ms)}")
    tone = "bad" if missing > 0 else "warn" if kind.mailbox_age_ms > SLOW_MS else ""
    return KindTile(KIND_NAMES.get(kind.kind, kind.kind), f"{kind.held} / {kind.agents}", " · ".join(parts), tone)


def host_rows(found: pb.ListHostsResponse) -> tuple[TableRow, ...]:
    """A row for each host, those in trouble first."""
    hosts = sorted(found.hosts, key=lambda host: (host.alive and host.mailbox_age_ms <= SLOW_MS, host.name))
    return tuple(_host(host) for host in hosts[:HOSTS_MAX])


def _host(host: pb.AgentHost) -> TableRow:
    slow = host.mailbox_age_ms > SLOW_MS
    cells = (
        host.name,
        str(host.agents),
        "moving" if host.moving else "away" if not host.alive else "slow" if slow else "alive",
        str(host.restarts),
        str(host.mailbox),
        _seconds(host.mailbox_age_ms) if host.mailbox else "",
        host.node_name or "this one",
        str(host.pid) if host.pid else "",
    )
    return TableRow(cells, "" if (host.alive and not slow) or host.moving else "bad")


def solver_rows(found: pb.ListHostsResponse) -> tuple[TableRow, ...]:
    """A row for each solver process."""
    return tuple(
        TableRow(
            (
                one.name,
                "alive" if one.alive else "away",
                one.busy or "idle",
                str(one.solves),
                str(one.restarts),
                str(one.pid) if one.pid else "",
            ),
            "" if one.alive else "bad",
        )
        for one in found.solvers
    )


def bridge_line(found: pb.ListHostsResponse, zone: tzinfo) -> str:
    """One sentence about the process that runs them all."""
    if not found.phase:
        return found.last_error or "This server runs without agents and solver processes."
    since = f" since {hhmmss(found.since_s, zone)}" if found.since_s else ""
    trouble = f" Last trouble: {found.last_error}." if found.last_error else ""
    return f"Bridge ({found.runtime}) {found.phase}{since}, {found.restarts} restarts of it and its hosts.{trouble}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s"
