"""On which node each host belongs, and which few hosts move there next.

Promises a pure answer from names: rendezvous hashing (Thaler, Ravishankar 1998) with a bound on each node, so that a
node that joins takes its share from all others, a node that leaves gives its hosts to all others, and no other host
moves. Called by `bridge_hosts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

#: Moves at a time: a moving host is away for a second or two, so the others must be there meanwhile.
MOVES_MAX = 2


@dataclass(frozen=True, slots=True)
class Move:
    """`host` leaves node `was` for `node`."""

    host: str
    was: str
    node: str


def moves(at: Mapping[str, str], nodes: Sequence[str]) -> tuple[Move, ...]:
    """All moves that are due. at: host -> node on which it runs, "" while unknown; such hosts are left alone."""
    wanted = homes(at, nodes)
    return tuple(Move(host, was, wanted[host]) for host, was in sorted(at.items()) if was and wanted[host] != was)


def homes(hosts: Iterable[str], nodes: Sequence[str]) -> dict[str, str]:
    """Host -> the node it belongs on: of those with room, the one that ranks highest for it."""
    names = sorted(hosts)
    if not nodes:
        return dict.fromkeys(names, "")
    room = -(-len(names) * 5 // (len(nodes) * 4))  # a quarter more than the mean
    held: Counter[str] = Counter()
    found: dict[str, str] = {}
    for name in names:
        found[name] = max((node for node in nodes if held[node] < room), key=lambda node: (_rank(name, node), node))
        held[found[name]] += 1
    return found


def _rank(host: str, node: str) -> bytes:
    return blake2b(f"{host}@{node}".encode(), digest_size=8).digest()
