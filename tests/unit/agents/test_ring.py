"""The ring: nobody holds too much, and a change of one host or one agent moves few."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.messages import AgentKind, AgentRef
from agents.ring import Ring


def agents(count: int, seed: int = 0) -> list[AgentRef]:
    return [AgentRef(AgentKind.VEHICLE, f"V{seed}-{n}") for n in range(count)]


def hosts(count: int) -> list[str]:
    return [f"vehicle-{n}" for n in range(count)]


def moved(before: dict[AgentRef, str], after: dict[AgentRef, str]) -> int:
    return sum(before[agent] != after[agent] for agent in before.keys() & after.keys())


CASES = st.tuples(st.integers(2, 12), st.integers(2, 40), st.integers(0, 10_000))


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_all_are_placed_and_none_holds_too_much(case: tuple[int, int, int]) -> None:
    count, capacity, seed = case
    some = agents(count * capacity, seed)
    placed = Ring(hosts(count), capacity).place(some)
    assert set(placed) == set(some)
    assert all(list(placed.values()).count(host) == capacity for host in hosts(count))
    assert Ring(hosts(count), capacity).place(reversed(some)) == placed


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_an_agent_that_comes_or_goes_moves_few_others(case: tuple[int, int, int]) -> None:
    count, capacity, seed = case
    some = agents(count * capacity * 4 // 5, seed)
    ring = Ring(hosts(count), capacity)
    assert moved(ring.place(some), ring.place(some[1:])) <= count + 4


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_a_host_that_comes_or_goes_moves_little_more_than_its_own_share(case: tuple[int, int, int]) -> None:
    count, capacity, seed = case
    some = agents(count * capacity * 4 // 5, seed)
    before = Ring(hosts(count), capacity).place(some)
    after = Ring(hosts(count + 1), capacity).place(some)
    assert moved(before, after) <= 2 * len(some) // (count + 1) + 8


def test_at_scale_a_new_host_takes_its_share_and_not_more() -> None:
    some = agents(9_000)
    before = Ring(hosts(45), 250).place(some)
    after = Ring(hosts(46), 250).place(some)
    assert 0 < moved(before, after) <= 2 * 9_000 // 46


def test_without_room_it_says_so() -> None:
    with pytest.raises(ValueError, match="no room"):
        Ring(hosts(2), 3).place(agents(7))
    with pytest.raises(ValueError, match="capacity"):
        Ring(["a", "a"], 3)
