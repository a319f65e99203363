"""Muster's own domain through the core: every event survives the codec, every state survives a snapshot."""

import json
from collections.abc import Callable

import pytest

from orchestrator.core.loop import Core
from orchestrator.core.model import code_version, muster_domain
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain import commands as c
from orchestrator.domain.answers import Answer, ItemOutcome
from orchestrator.domain.entities import LockLevel, OverrideKind
from orchestrator.domain.events import InstructionRefused, event_types
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.speeds import HorizonRecord
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.domain.state import REVISIONS_KEPT, State
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.runtime.clock import ManualClock
from tests.unit.core.harness import KEY, small
from tests.unit.domain.small_company import NOW_S, World, draft, small_company
from tests.unit.domain.test_fleet import loaded_world
from tests.unit.domain.test_plan_and_overrides import override, planned_world


def overridden_world() -> World:
    """A plan with an override and its alert."""
    world = planned_world()
    world.do(override(OverrideKind.LOCK, level=LockLevel.SEQUENCE))
    return world


WORLDS: dict[str, Callable[[], World]] = {
    "empty": World,
    "company": World.with_company,
    "planned": planned_world,
    "loaded": loaded_world,
    "overridden": overridden_world,
}


def test_every_event_is_known_to_the_codec() -> None:
    assert set(muster_domain().events.names) == set(event_types())


@pytest.mark.parametrize("name", WORLDS)
def test_a_state_survives_its_bytes(name: str) -> None:
    state = WORLDS[name]().state
    content = dump_dataclass(state)
    again = load_dataclass(State, content)
    assert again == state
    assert dump_dataclass(again) == content
    assert again.revisions.maxlen == REVISIONS_KEPT


@pytest.mark.parametrize("name", WORLDS)
def test_every_event_of_a_world_survives_the_codec(name: str) -> None:
    codec = muster_domain().events
    for event in WORLDS[name]().events:
        encoded = codec.encode(event)
        assert codec.decode(encoded.type, encoded.schema_version, encoded.payload) == event


def test_a_refusal_of_an_older_log_is_read_as_one_that_plans_nothing() -> None:
    payload = b'{"kind":"warehouse","resource_id":"W1","revision":3,"reason":"no goods","for_s":0}'
    event = muster_domain().events.decode("InstructionRefused", 1, payload)
    assert event == InstructionRefused(kind="warehouse", resource_id="W1", revision=3, reason="no goods")
    assert event.code is RefusalCode.OTHER
    assert muster_domain().events.encode(event).schema_version == 3
    fields = b',"code":"DOCKS_CLOSED","subject":"","until_s":1700000000}'
    closed = muster_domain().events.decode("InstructionRefused", 2, payload[:-1] + fields)
    assert isinstance(closed, InstructionRefused)
    assert (closed.code, closed.left) == (RefusalCode.DOCKS_CLOSED, 0)


def test_speeds_of_an_older_log_are_read_without_what_is_of_no_concern_any_more() -> None:
    horizon = {"until_s": 900, "scores": [5], "blind": 1, "low_tail_ppm": 100_000, "high_tail_ppm": 90_000}
    speeds = {"version": 1, "through": 9, "legs": 9, "cell_e7": 1_000, "hours_micro": [0] * 24, "horizons": [horizon]}
    event = muster_domain().events.decode("SpeedsLearned", 1, json.dumps({"speeds": speeds}).encode())
    assert isinstance(event, SpeedsLearned)
    assert event.speeds.horizons == (
        HorizonRecord(until_s=900, scores=(5,), low_tail_ppm=100_000, high_tail_ppm=90_000),
    )


def test_the_code_version_is_one_digest() -> None:
    assert code_version() == code_version()
    assert len(code_version()) == 64


async def test_orders_survive_a_restart_with_their_answers() -> None:
    disk, clock = MemoryDisk(), ManualClock(NOW_S)
    core = await Core.open(muster_domain(), MemoryStore(disk), KEY, clock, limits=small(snapshot_on_close=1))
    await core.submit(c.ImportCompany(company=small_company()), principal="operator:ada")
    orders = c.SubmitOrders(partner_id="acme", orders=(draft("1"), draft("2"), draft("3", customer_id="nobody")))
    first = await core.submit(orders, principal="partner:acme", request_id="r1")
    assert isinstance(first.answer, Answer)
    outcomes = [result.outcome for result in first.answer.orders]
    assert outcomes == [ItemOutcome.ACCEPTED, ItemOutcome.ACCEPTED, ItemOutcome.REFUSED]
    await core.close()
    core = await Core.open(muster_domain(), MemoryStore(disk), KEY, clock)
    assert list(core.state.orders) == ["acme/1", "acme/2"]
    again = await core.submit(orders, principal="partner:acme", request_id="r1")
    assert (again.replayed, again.answer, again.events) == (True, first.answer, first.events)
    await core.close()
