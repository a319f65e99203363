"""The host: it knows nothing until told everything, drops what it has seen, and keeps agents apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import vehicle
from agents.host import AgentHost, HostBatch
from agents.machine import MEMORY_BYTES_MAX
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


def test_what_was_executed_is_confirmed_once_and_a_repeat_is_only_counted() -> None:
    host = AgentHost(AgentKind.VEHICLE)
    assert host.handle(HostBatch(NOW_S, roster=(full(V1), full(V2)))).confirmed == ((V1, 10), (V2, 10))
    batch = HostBatch(NOW_S, (Instruction(V1, 12, 1, LATE), Instruction(V1, 11, 1, LATE), Instruction(V1, 13, 1, LATE)))
    reply = host.handle(batch)
    assert (reply.confirmed, reply.repeats) == (((V1, 13),), 1)
    again = host.handle(batch)
    assert (again.confirmed, again.repeats) == ((), 3)


@given(st.lists(st.integers(11, 20), max_size=30))
def test_each_number_is_executed_at_most_once_however_often_it_comes(seqs: list[int]) -> None:
    host = AgentHost(AgentKind.VEHICLE)
    host.handle(HostBatch(NOW_S, roster=(full(V1),)))
    executed: list[int] = []
    for seq in seqs:
        executed += [seq for _, seq in host.handle(HostBatch(NOW_S, (Instruction(V1, seq, 1, LATE),))).confirmed]
    assert executed == sorted(set(executed))
    assert set(executed) <= set(seqs)
    assert executed[-1:] == ([max(seqs)] if seqs else [])


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A kind that remembers what the test says, and cannot read b"bad"."""
    learned: dict[str, bytes] = {}

    def recall(state: object, data: bytes) -> object:
        if data == b"bad":
            raise ValueError("not as it was written")
        learned["recalled"] = data
        return state

    monkeypatch.setattr(vehicle, "remember", lambda state: learned.get("now", b""), raising=False)
    monkeypatch.setattr(vehicle, "recall", recall, raising=False)
    return learned


def test_only_memories_that_changed_are_told(learning: dict[str, bytes]) -> None:
    host = AgentHost(AgentKind.VEHICLE)
    host.handle(HostBatch(NOW_S, roster=(full(V1),)))
    assert host.handle(HostBatch(NOW_S, remember=True)).memories == ()
    learning["now"] = b"fast"
    assert host.handle(HostBatch(NOW_S)).memories == ()
    assert host.handle(HostBatch(NOW_S, remember=True)).memories == ((V1, b"fast"),)
    assert host.handle(HostBatch(NOW_S, remember=True)).memories == ()
    learning["now"] = b"x" * (MEMORY_BYTES_MAX + 1)
    assert host.handle(HostBatch(NOW_S, remember=True)).memories == ((V1, b""),)


def test_a_memory_is_handed_to_new_agents_and_one_that_cannot_be_read_harms_nobody(learning: dict[str, bytes]) -> None:
    host = AgentHost(AgentKind.VEHICLE)
    reply = host.handle(HostBatch(NOW_S, roster=(full(V1), full(V2)), memories=((V1, b"fast"), (V2, b"bad"))))
    assert (reply.unread, reply.agents, learning["recalled"]) == ((V2,), 2, b"fast")
    host.handle(HostBatch(NOW_S, roster=(full(V1),), memories=((V1, b"older"),)))
    assert learning["recalled"] == b"fast"
