"""Which host holds which agent: consistent hashing with bounded loads.

Promises that the answer depends on names only (not on order, process or time), that no host holds more than its
capacity, and that few agents move when a host or an agent comes or goes. A ring of points (Karger et al. 1997), many
for each host; an agent goes to the first host with room clockwise of its own point (Mirrokni, Thorup, Zadimoghaddam
2018). Knows no host, only names. Called by `orchestrator.runtime.bridge_layout`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from agents.agent_ref import AgentRef

#: Points of a host on the ring: the share that falls to a host is even within about 9 %.
POINTS = 128
POINT_BYTES = 8
DIGEST_BYTES = 64


class Ring:
    """hosts: their names, all different. capacity: agents that one may hold, at least 1."""

    def __init__(self, hosts: Sequence[str], capacity: int) -> None:
        if capacity < 1 or len(set(hosts)) != len(hosts):
            raise ValueError(f"a ring needs a capacity of at least 1, not {capacity}, and hosts of different names")
        self._hosts, self._capacity = tuple(hosts), capacity
        points = sorted((point, host) for host in hosts for point in _points(host))
        self._points = [point for point, _ in points]
        self._owners = [host for _, host in points]

    def place(self, agents: Iterable[AgentRef]) -> dict[AgentRef, str]:
        """Agent -> host. Raises ValueError for more agents than there is room for."""
        found = sorted((_point(str(agent)), agent) for agent in set(agents))
        if len(found) > self._capacity * len(self._hosts):
            raise ValueError(f"{len(found)} agents: {len(self._hosts)} hosts of {self._capacity} have no room for them")
        held: Counter[str] = Counter()
        placed: dict[AgentRef, str] = {}
        for point, agent in found:
            placed[agent] = host = self._first_with_room(point, held)
            held[host] += 1
        return placed

    def _first_with_room(self, point: int, held: Counter[str]) -> str:
        first, count = bisect_left(self._points, point), len(self._owners)
        for step in range(count):
            host = self._owners[(first + step) % count]
            if held[host] < self._capacity:
                return host
        raise AssertionError("a ring with room has a host with room")


def _point(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=POINT_BYTES).digest())


def _points(host: str) -> list[int]:
    """The host's points; one digest gives several."""
    rounds = POINTS * POINT_BYTES // DIGEST_BYTES
    data = b"".join(blake2b(f"{host}#{n}".encode(), digest_size=DIGEST_BYTES).digest() for n in range(rounds))
    return [int.from_bytes(data[first : first + POINT_BYTES]) for first in range(0, len(data), POINT_BYTES)]
