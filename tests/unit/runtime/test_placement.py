"""Placement: each node has its share, and only the hosts that must move do."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.runtime.placement import homes, moves

COUNTS = st.tuples(st.integers(1, 60), st.integers(1, 8))


def named(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{n}" for n in range(count)]


@given(COUNTS)
def test_every_host_has_a_node_and_no_node_much_more_than_its_share(counts: tuple[int, int]) -> None:
    hosts, nodes = named("vehicle", counts[0]), named("node", counts[1])
    found = homes(hosts, nodes)
    assert list(found) == sorted(hosts)
    assert max(Counter(found.values()).values()) <= -(-len(hosts) * 5 // (len(nodes) * 4))


@given(COUNTS)
def test_hosts_at_home_stay(counts: tuple[int, int]) -> None:
    nodes = named("node", counts[1])
    assert moves(homes(named("vehicle", counts[0]), nodes), nodes) == ()


@given(COUNTS)
def test_a_node_that_joins_moves_about_its_share(counts: tuple[int, int]) -> None:
    hosts, nodes = named("vehicle", counts[0]), named("node", counts[1])
    due = moves(homes(hosts, nodes), [*nodes, "new"])
    assert len(due) <= 2 * len(hosts) // (len(nodes) + 1) + 4


@given(COUNTS)
def test_a_node_that_leaves_has_no_host_afterwards(counts: tuple[int, int]) -> None:
    hosts, nodes = named("vehicle", counts[0]), named("node", counts[1] + 1)
    at = homes(hosts, nodes)
    due = {move.host: move.node for move in moves(at, nodes[1:])}
    assert nodes[0] not in {**at, **due}.values()


def test_hosts_that_are_nowhere_yet_are_left_alone() -> None:
    assert moves({"vehicle-0": ""}, ["n1", "n2"]) == ()
