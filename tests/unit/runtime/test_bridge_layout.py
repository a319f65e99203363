"""Lay-out: sizes by configuration, the same answer each time, few moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.messages import AgentKind, AgentRef
from orchestrator.runtime.bridge_layout import lay_out
from orchestrator.runtime.host_sizes import HostSizes, KindSizes, as_json

VEHICLE = AgentKind.VEHICLE


def agents(count: int) -> list[AgentRef]:
    return [AgentRef(VEHICLE, f"V{n}") for n in range(count)]


@given(st.integers(0, 300), st.integers(1, 40))
@settings(deadline=None)
def test_every_agent_has_one_host_and_none_holds_more_than_it_may(count: int, per_host: int) -> None:
    some = agents(count)
    hosts = lay_out(VEHICLE, some, HostSizes(agents_per_host=per_host))
    assert sorted(agent for held in hosts.values() for agent in held) == sorted(some)
    assert all(0 < len(held) <= per_host for held in hosts.values())
    assert lay_out(VEHICLE, some[::-1], HostSizes(agents_per_host=per_host)) == hosts


def test_one_agent_a_host_never_moves() -> None:
    hosts = lay_out(VEHICLE, agents(5), HostSizes(agents_per_host=1))
    assert hosts["vehicle-V3"] == [AgentRef(VEHICLE, "V3")]
    fewer = lay_out(VEHICLE, agents(4), HostSizes(agents_per_host=1))
    assert fewer.items() < hosts.items()


def test_a_number_of_hosts_can_be_set() -> None:
    hosts = lay_out(VEHICLE, agents(100), HostSizes(hosts=4))
    assert len(hosts) == 4
    assert max(map(len, hosts.values())) <= 32


def test_one_agent_more_moves_few() -> None:
    def at(count: int) -> dict[AgentRef, str]:
        hosts = lay_out(VEHICLE, agents(count), HostSizes(agents_per_host=20))
        return {agent: name for name, held in hosts.items() for agent in held}

    for count in range(100, 140):
        before, after = at(count), at(count + 1)
        assert sum(before[agent] != after[agent] for agent in before) <= 2 * count // 7 + 4


def test_sizes_go_to_the_bridge_and_come_back() -> None:
    given = {VEHICLE: HostSizes(agents_per_host=500, memory_mb=200), AgentKind.SUPPLIER: HostSizes(hosts=2, cpus=0.5)}
    sizes = KindSizes.from_json(99, as_json(given))
    assert sizes[VEHICLE] == given[VEHICLE]
    assert (sizes[AgentKind.SUPPLIER].hosts, sizes[AgentKind.SUPPLIER].cpus) == (2, 0.5)
    assert sizes[AgentKind.WAREHOUSE].agents_per_host == 99


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        HostSizes(agents_per_host=0)
