"""What holds for every agent, whatever it is told: repeats and copies change nothing, order is kept, state travels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.machine import fresh, step
from agents.messages import (
    AgentKind,
    AgentRef,
    Inbound,
    Instruction,
    Leg,
    LineBook,
    MachineBook,
    MachineSignal,
    Message,
    Pick,
    Position,
    Purchase,
    Report,
    ShelfCount,
    SupplierBook,
    TaskBook,
    Tick,
    VehicleBook,
    WarehouseBook,
)
from orchestrator.runtime.frames import dumps, loads

DAY_S = 1_700_006_400
times = st.integers(0, 4 * 3600).map(lambda second: DAY_S + second)
few = st.sampled_from(["1", "2", "3"])
amounts = st.integers(0, 20)


def entries(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(few, st.none() | values, max_size=3)


legs = st.builds(
    Leg, few, st.just(0), st.just(0), times, st.just(0), st.integers(0, 900_000), times.map(lambda at: at + 1800)
)
BOOKS: dict[AgentKind, st.SearchStrategy[Any]] = {
    AgentKind.VEHICLE: st.builds(VehicleBook, st.booleans(), st.none() | legs, st.none() | times, st.booleans()),
    AgentKind.WAREHOUSE: st.builds(
        WarehouseBook,
        entries(amounts),
        entries(st.builds(Pick, times, st.lists(st.tuples(few, amounts), max_size=3).map(tuple))),
        entries(st.builds(Inbound, few, amounts, times)),
        st.lists(few, max_size=2, unique=True).map(tuple),
    ),
    AgentKind.PRODUCTION_LINE: st.builds(
        LineBook,
        entries(st.builds(MachineBook, st.just("") | few, st.none() | times)),
        entries(st.builds(TaskBook, few, times, times)),
        st.lists(few, max_size=2, unique=True).map(tuple),
    ),
    AgentKind.SUPPLIER: st.builds(
        SupplierBook, entries(st.builds(Purchase, times, times, st.none() | times)), st.integers(0, 7200)
    ),
}
TELEMETRY: dict[AgentKind, st.SearchStrategy[Any]] = {
    AgentKind.VEHICLE: st.builds(Position, st.just("X"), times, st.just(0), st.integers(0, 900_000)),
    AgentKind.WAREHOUSE: st.builds(ShelfCount, st.just("X"), few, amounts, times),
    AgentKind.PRODUCTION_LINE: st.builds(MachineSignal, st.just("X"), few, times, st.booleans(), st.integers(-1, 1000)),
    AgentKind.SUPPLIER: st.just(Tick()),
}


@st.composite
def days(draw: st.DrawFn) -> tuple[AgentRef, list[tuple[Message, int]]]:
    """An agent and what it is told: instructions numbered upwards, telemetry and ticks, at times that go forward."""
    ref = AgentRef(draw(st.sampled_from(list(AgentKind))), "X")
    messages: list[tuple[Message, int]] = []
    now_s, seq = DAY_S, 1
    for number in range(draw(st.integers(1, 15))):
        now_s += draw(st.integers(0, 1800))
        kind = draw(st.sampled_from(["instruction", "telemetry", "tick"])) if number else "instruction"
        if kind == "instruction":
            book = draw(BOOKS[ref.kind])
            messages.append((Instruction(ref, seq, seq, book, full=number == 0 or draw(st.integers(0, 9)) == 0), now_s))
            seq += draw(st.integers(1, 3))
        else:
            messages.append((draw(TELEMETRY[ref.kind]) if kind == "telemetry" else Tick(), now_s))
    return ref, messages


def run(ref: AgentRef, state: Any, messages: list[tuple[Message, int]]) -> tuple[Any, list[Report]]:
    said: list[Report] = []
    for message, now_s in messages:
        state, reports = step(ref, state, message, now_s)
        said += reports
    return state, said


@given(days())
def test_an_instruction_told_twice_is_told_once(day: tuple[AgentRef, list[tuple[Message, int]]]) -> None:
    ref, messages = day
    doubled = [pair for pair in messages for _ in range(2 if _is_patch(pair[0]) else 1)]
    assert run(ref, fresh(ref), doubled) == run(ref, fresh(ref), messages)


@given(days(), st.data())
def test_an_old_instruction_that_comes_again_changes_nothing(
    day: tuple[AgentRef, list[tuple[Message, int]]], data: st.DataObject
) -> None:
    ref, messages = day
    state, _ = run(ref, fresh(ref), messages)
    patches = [message for message, _ in messages if _is_patch(message)]
    if patches:
        again = data.draw(st.sampled_from(patches))
        assert step(ref, state, again, messages[-1][1]) == (state, ())


@given(days(), st.integers(0, 15))
def test_a_state_that_was_put_away_and_taken_out_goes_on_as_if_nothing_had_been(
    day: tuple[AgentRef, list[tuple[Message, int]]], cut: int
) -> None:
    ref, messages = day
    half, said = run(ref, fresh(ref), messages[:cut])
    moved = loads(dumps(half))
    assert moved == half
    end, said_after = run(ref, moved, messages[cut:])
    assert (end, said + said_after) == run(ref, fresh(ref), messages)


@given(days())
def test_reports_are_numbered_without_gap_since_the_last_full_book(
    day: tuple[AgentRef, list[tuple[Message, int]]],
) -> None:
    ref, messages = day
    state: Any = fresh(ref)
    number = 0
    for message, now_s in messages:
        if isinstance(message, Instruction) and message.full:
            number = 0
        state, reports = step(ref, state, message, now_s)
        assert [report.number for report in reports] == list(range(number + 1, number + 1 + len(reports)))
        assert all(report.agent == ref and report.at_s == now_s for report in reports)
        number += len(reports)


@given(days())
def test_the_same_moment_again_has_no_news(day: tuple[AgentRef, list[tuple[Message, int]]]) -> None:
    ref, messages = day
    state, _ = run(ref, fresh(ref), messages)
    state, _ = step(ref, state, Tick(), messages[-1][1])
    assert step(ref, state, Tick(), messages[-1][1]) == (state, ())


@pytest.mark.parametrize("kind", list(AgentKind))
def test_a_full_book_brings_back_an_agent_whatever_its_number(kind: AgentKind) -> None:
    ref = AgentRef(kind, "X")
    books = {
        AgentKind.VEHICLE: VehicleBook(True),
        AgentKind.WAREHOUSE: WarehouseBook({"1": 5}),
        AgentKind.PRODUCTION_LINE: LineBook({"1": MachineBook()}),
        AgentKind.SUPPLIER: SupplierBook({"1": Purchase(DAY_S, DAY_S)}),
    }
    told = Instruction(ref, 9, 9, books[kind], full=True)
    state, _ = step(ref, fresh(ref), replace(told, seq=100), DAY_S)
    state, _ = step(ref, state, told, DAY_S)
    assert state.seq == 9


def _is_patch(message: Message) -> bool:
    return isinstance(message, Instruction) and not message.full
