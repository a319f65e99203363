"""The directory of telemetry ports on the operator port: where readings go, and what became of them.

Promises to touch no reading: those go from the clients straight to the hosts of agents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from agents.agent_ref import AgentKind, AgentRef
from orchestrator.domain.state import State
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import limited, page_size_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from protos.muster.operator.v1 import telemetry_directory_service_pb2 as pb

AGENTS_MAX = 1_000
PAGE_MAX = 10_000
NAME_CHARACTERS_MAX = 200


class TelemetryDirectoryService:
    """Where readings go. On a server without agents all are away."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def LocateHosts(self, request: pb.LocateHostsRequest, call: Call) -> pb.LocateHostsResponse:
        """The hosts of the agents asked for, with a new token."""
        limited(request.agents, AGENTS_MAX, "agents")
        limited(request.kinds, len(AgentKind), "kinds")
        known = _known(self._desk.state)
        wanted = _kinds(request.kinds)
        answer = pb.LocateHostsResponse()
        if self._desk.telemetry is not None:
            answer.token, answer.token_lifetime_s = self._desk.telemetry.new_token()
        if request.agents:
            names: Iterable[str] = request.agents
        else:
            size = page_size_in(request.page_size, PAGE_MAX, PAGE_MAX)
            every = [f"{kind}/{one}" for kind in wanted for one in known[kind]]
            page = await page_of(self._desk.pages, call.caller.principal, request, every, lambda _: True, size)
            names, answer.next_page_token = page.keys, page.next_token
        self._place(names, known, answer)
        return answer

    def _place(
        self, names: Iterable[str], known: Mapping[AgentKind, Mapping[str, object]], answer: pb.LocateHostsResponse
    ) -> None:
        """Sort agents by host into the answer."""
        places = self._desk.telemetry
        hosts: dict[str, pb.TelemetryHost] = {}
        for name in names:
            agent = _agent(name, known)
            if agent is None:
                answer.unknown.append(name[:NAME_CHARACTERS_MAX])
            elif (port := places.port_of(agent) if places is not None else None) is None:
                answer.away.append(name)
            else:
                host = hosts.get(port[1])
                if host is None:
                    host = hosts[port[1]] = answer.hosts.add(name=port[0], address=port[1], kind=agent.kind.value)
                host.agent_ids.append(agent.id)

    async def GetTelemetryCounters(self, request: pb.GetTelemetryCountersRequest, call: Call) -> pb.TelemetryCounters:
        """Sums over all hosts there have been."""
        if (places := self._desk.telemetry) is None:
            return pb.TelemetryCounters()
        counts = sorted(places.counts().items())
        rows = [pb.TelemetryCount(reading=word, outcome=outcome, count=count) for (word, outcome), count in counts]
        return pb.TelemetryCounters(counts=rows, ports=places.ports())


def _known(state: State) -> Mapping[AgentKind, Mapping[str, object]]:
    return {
        AgentKind.VEHICLE: state.vehicles,
        AgentKind.WAREHOUSE: state.sites,
        AgentKind.PRODUCTION_LINE: state.lines,
        AgentKind.SUPPLIER: state.suppliers,
    }


def _kinds(words: Sequence[str]) -> Sequence[AgentKind]:
    for number, word in enumerate(words):
        if word not in tuple(AgentKind):
            raise bad_field(f"kinds[{number}]", word, f"one of {', '.join(AgentKind)}")
    return [kind for kind in AgentKind if not words or kind.value in words]


def _agent(name: str, known: Mapping[AgentKind, Mapping[str, object]]) -> AgentRef | None:
    """The agent of that name, or None when the company has none."""
    word, _, own = name.partition("/")
    return next((AgentRef(kind, own) for kind, ids in known.items() if kind.value == word and own in ids), None)
