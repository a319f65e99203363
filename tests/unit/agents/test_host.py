"""The host: it knows nothing until told everything, drops what it has seen, and keeps agents apart."""

import pytest

from agents.host import AgentHost, HostBatch
from agents.messages import AgentKind, AgentRef, Instruction, Leg, Position, VehicleBook

NOW_S = 1_700_006_400
V1, V2 = (AgentRef(AgentKind.VEHICLE, name) for name in ("V1", "V2"))
LATE = VehicleBook(True, Leg("acme/1", 0, 0, NOW_S - 9000, 0, 1000, NOW_S - 5000))


def full(agent: AgentRef, seq: int = 10, book: VehicleBook | None = None) -> Instruction:
    return Instruction(agent, seq, 1, book or VehicleBook(), full=True)


def test_a_host_without_memory_asks_to_be_told() -> None:
    reply = AgentHost(AgentKind.VEHICLE).handle(HostBatch(NOW_S, (Instruction(V1, 11, 1, LATE),), tick=True))
    assert not reply.knows
    assert reply.reports == ()


def test_it_holds_the_roster_and_steps_each_agent() -> None:
    host = AgentHost(AgentKind.VEHICLE)
    reply = host.handle(HostBatch(NOW_S, roster=(full(V1), full(V2))))
    assert (reply.knows, reply.agents, reply.seq) == (True, 2, 10)
    reply = host.handle(HostBatch(NOW_S, (Instruction(V2, 12, 1, LATE),)))
    assert [report.agent for report in reply.reports] == [V2]
    assert reply.seq == 12


def test_repeats_are_dropped() -> None:
    host = AgentHost(AgentKind.VEHICLE)
    host.handle(HostBatch(NOW_S, roster=(full(V1),)))
    batch = HostBatch(NOW_S, (Instruction(V1, 12, 1, LATE),))
    assert len(host.handle(batch).reports) == 1
    assert host.handle(batch).reports == ()


def test_a_restarted_host_continues_from_the_roster() -> None:
    first, second = AgentHost(AgentKind.VEHICLE), AgentHost(AgentKind.VEHICLE)
    first.handle(HostBatch(NOW_S, roster=(full(V1),)))
    first.handle(HostBatch(NOW_S, (Instruction(V1, 12, 1, LATE),)))
    second.handle(HostBatch(NOW_S, roster=(full(V1, 12, LATE),)))
    again = (Instruction(V1, 12, 1, VehicleBook()), Instruction(V1, 11, 1, VehicleBook()))
    second.handle(HostBatch(NOW_S, again))
    assert second.state_of(V1) == first.state_of(V1)


def test_agents_that_left_the_roster_are_gone_and_messages_to_them_are_dropped() -> None:
    host = AgentHost(AgentKind.VEHICLE)
    host.handle(HostBatch(NOW_S, roster=(full(V1), full(V2))))
    reply = host.handle(HostBatch(NOW_S, telemetry=(Position("V1", NOW_S, 0, 0),), roster=(full(V2),)))
    assert reply.agents == 1
    assert host.state_of(V1) is None


def test_what_telemetry_has_taught_survives_a_new_roster() -> None:
    host = AgentHost(AgentKind.VEHICLE)
    host.handle(HostBatch(NOW_S, telemetry=(Position("V1", NOW_S, 5, 7),), roster=(full(V1),)))
    host.handle(HostBatch(NOW_S, roster=(full(V1, 20),)))
    state = host.state_of(V1)
    assert state is not None
    assert (getattr(state, "lat_e7"), getattr(state, "lon_e7")) == (5, 7)  # noqa: B009  (the kind's own fields)


def test_a_roster_of_strangers_changes_nothing() -> None:
    host = AgentHost(AgentKind.WAREHOUSE)
    with pytest.raises(ValueError, match="another kind"):
        host.handle(HostBatch(NOW_S, roster=(full(V1),)))
    assert not host.handle(HostBatch(NOW_S)).knows
