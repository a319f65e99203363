"""The inbox: nothing is lost uncounted, the newest wins, memory stays bounded, threads may all put at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.agent_ref import AgentKind, AgentRef
from agents.inbox import AHEAD_S_MAX, Inbox, Outcome
from agents.readings import (
    DockState,
    DriverHours,
    MachineSignal,
    Position,
    SensorReading,
    SensorSpan,
    ShelfCount,
    Telemetry,
)

NOW_S = 1_000
V1, L1, S1 = (
    AgentRef(AgentKind.VEHICLE, "V1"),
    AgentRef(AgentKind.PRODUCTION_LINE, "L1"),
    AgentRef(AgentKind.WAREHOUSE, "S1"),
)


def inbox(*agents: AgentRef, held_max: int = 1_000) -> Inbox:
    made = Inbox(held_max)
    made.hold(agents or (V1, L1, S1))
    return made


def position(at_s: int, vehicle_id: str = "V1", lat_e7: int = 0) -> Position:
    return Position(vehicle_id, at_s, lat_e7, 0)


def heat(at_s: int, value_milli: int, machine_id: str = "M1") -> SensorReading:
    return SensorReading("L1", machine_id, "heat", at_s, value_milli)


seconds = st.integers(0, 5)
readings = st.one_of(
    st.builds(position, seconds, st.sampled_from(["V1", "V2", "elsewhere"])),
    st.builds(heat, seconds, st.integers(-9, 9), st.sampled_from(["M1", "M2"])),
    st.builds(MachineSignal, st.just("L1"), st.sampled_from(["M1", "M2"]), seconds, st.booleans()),
    st.builds(ShelfCount, st.just("S1"), st.sampled_from("AB"), st.integers(0, 9), seconds),
    st.builds(DriverHours, st.sampled_from(["V1", "V2"]), seconds, st.just(60), st.just(90)),
    st.builds(DockState, st.just("S1"), seconds, st.integers(0, 3)),
)


def by_outcome(counts: Counter[tuple[str, str]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (_, outcome), count in counts.items():
        totals[outcome] += count
    return totals


@given(st.lists(st.one_of(readings, st.none()), max_size=60), st.integers(1, 6))
def test_every_reading_is_counted_once_and_what_was_accepted_is_somewhere(
    steps: list[Telemetry | None], held_max: int
) -> None:
    box = inbox(V1, AgentRef(AgentKind.VEHICLE, "V2"), L1, S1, held_max=held_max)
    drained = offered = 0
    for step in steps:
        if step is None:
            drained += len(box.drain(NOW_S))
        else:
            box.put(step)
            offered += 1
        assert box.held <= held_max
    totals = by_outcome(box.counts())
    assert totals[Outcome.ACCEPTED] == drained + totals[Outcome.SUPERSEDED] + box.held
    ends = (Outcome.ACCEPTED, Outcome.LATE, Outcome.STRAY, Outcome.FULL, Outcome.REFUSED)
    assert sum(totals[end] for end in ends) == offered


@given(st.lists(st.tuples(seconds, st.integers(-9, 9)), min_size=1, max_size=20))
def test_a_sensors_reading_stands_for_all_that_it_superseded(values: list[tuple[int, int]]) -> None:
    box = inbox()
    box.put_all([heat(at_s, value) for at_s, value in values])
    kept: list[tuple[int, int]] = []
    for at_s, value in values:
        if not kept or at_s >= kept[-1][0]:
            kept.append((at_s, value))
    (drained,) = box.drain(NOW_S)
    assert isinstance(drained, SensorReading)
    assert (drained.at_s, drained.value_milli) == kept[-1]
    numbers = [value for _, value in kept]
    assert drained.span == SensorSpan(kept[0][0], len(kept), sum(numbers), min(numbers), max(numbers))


def test_the_newest_of_each_kind_agent_and_part_waits() -> None:
    box = inbox()
    box.put_all([position(5, lat_e7=1), DriverHours("V1", 5, 60, 90), position(6, lat_e7=2), position(4, lat_e7=3)])
    assert box.drain(NOW_S) == (position(6, lat_e7=2), DriverHours("V1", 5, 60, 90))
    assert box.drain(NOW_S) == ()


def test_two_sensors_of_a_machine_do_not_supersede_each_other() -> None:
    box = inbox()
    box.put_all([heat(1, 10), SensorReading("L1", "M1", "vibration", 1, 20)])
    assert len(box.drain(NOW_S)) == 2


def test_what_is_older_than_what_was_drained_is_late() -> None:
    box = inbox()
    box.put(position(5))
    box.drain(NOW_S)
    assert box.put_all([position(4)]).counts == {("position", Outcome.LATE): 1}
    assert box.put_all([position(5)]).counts == {("position", Outcome.ACCEPTED): 1}


def test_strays_are_named_and_an_agent_that_has_moved_away_strays() -> None:
    box = inbox(V1)
    elsewhere = AgentRef(AgentKind.VEHICLE, "V9")
    assert box.put_all([position(1), position(1, "V9")]).strays == {elsewhere}
    box.hold([elsewhere])
    assert box.put_all([position(2), position(2, "V9")]).strays == {V1}


def test_before_the_roster_is_known_everything_strays() -> None:
    assert Inbox().put_all([position(1)]).counts == {("position", Outcome.STRAY): 1}


def test_a_clock_far_ahead_does_not_shut_its_vehicle_up() -> None:
    box = inbox()
    box.drain(NOW_S)
    ahead = box.put_all([position(NOW_S + AHEAD_S_MAX + 1)])
    assert ahead.counts == {("position", Outcome.REFUSED): 1}
    assert box.refused_fields() == {("position", "at_s"): 1}
    box.put(position(NOW_S))
    assert box.drain(NOW_S) == (position(NOW_S),)


def test_a_full_inbox_takes_news_of_what_it_holds_and_nothing_more() -> None:
    box = inbox(held_max=1)
    box.put(position(1))
    assert box.put_all([heat(1, 1)]).counts == {("sensor", Outcome.FULL): 1}
    box.put(position(2))
    assert box.drain(NOW_S) == (position(2),)


def test_made_up_parts_do_not_fill_the_memory_for_good() -> None:
    box = inbox(held_max=10)
    for first in range(0, 50, 5):
        box.put_all([heat(9, 1, f"M{first + n}") for n in range(5)])
        box.drain(NOW_S)
    assert box.put_all([heat(1, 1, "M0")]).counts == {("sensor", Outcome.ACCEPTED): 1}


def test_refused_fields_are_counted_and_their_names_are_bounded() -> None:
    box = inbox()
    for number in range(500):
        box.refuse("sensor", f"made up {number}")
    assert len(box.refused_fields()) <= 101
    assert box.refused_fields().total() == box.counts()["sensor", Outcome.REFUSED] == 500


def test_counts_are_taken_once() -> None:
    box = inbox()
    box.put_all([position(1), position(2)])
    assert set(box.take_counts()) == {("position", "accepted", 2), ("position", "superseded", 1)}
    assert box.take_counts() == ()
    box.drain(NOW_S)
    box.put(position(3))
    assert box.take_counts() == (("position", "accepted", 1),)


@pytest.mark.parametrize("threads", [4])
def test_many_threads_lose_nothing(threads: int) -> None:
    box = inbox()
    drained: list[Telemetry] = []

    def put(number: int) -> None:
        for at_s in range(500):
            box.put_all([position(at_s), heat(at_s, number)])
            if number == 0:
                drained.extend(box.drain(NOW_S))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(put, range(threads)))
    totals = by_outcome(box.counts())
    assert totals[Outcome.ACCEPTED] == len(drained) + totals[Outcome.SUPERSEDED] + box.held
    assert totals[Outcome.ACCEPTED] + totals[Outcome.LATE] == threads * 1_000
