"""How many hosts a kind needs, what they are called, and which agents each holds.

Promises a pure answer: the same agents and sizes give the same hosts after any restart, and a change of few agents
moves few. Called by `bridge_hosts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.messages import AgentKind, AgentRef
from agents.ring import Ring
from orchestrator.runtime.host_sizes import AGENTS_PER_HOST, HostSizes

#: Hosts are filled to four fifths on the mean: the room that keeps moves few.
FILLED_PERCENT = 80


def lay_out(kind: AgentKind, agents: Sequence[AgentRef], sizes: HostSizes) -> dict[str, list[AgentRef]]:
    """Host name -> its agents, sorted; hosts without agents are left out."""
    per_host = sizes.agents_per_host or AGENTS_PER_HOST
    if sizes.hosts is None and per_host == 1:
        return {f"{kind.value}-{agent.id}": [agent] for agent in sorted(agents)}
    names = [f"{kind.value}-{number}" for number in range(host_count(len(agents), sizes))]
    capacity = per_host if sizes.hosts is None else _with_room(len(agents), sizes.hosts)
    wanted: dict[str, list[AgentRef]] = {name: [] for name in names}
    for agent, name in Ring(names, capacity).place(agents).items():
        wanted[name].append(agent)
    return {name: sorted(held) for name, held in wanted.items() if held}


def host_count(agents: int, sizes: HostSizes) -> int:
    """As many as were set, or as it takes to hold these agents with room to spare."""
    per_host = sizes.agents_per_host or AGENTS_PER_HOST
    if sizes.hosts is not None:
        return sizes.hosts
    if agents <= per_host:
        return 1
    return agents if per_host == 1 else -(-agents * 100 // (per_host * FILLED_PERCENT))


def _with_room(agents: int, hosts: int) -> int:
    return max(1, -(-agents * 100 // (hosts * FILLED_PERCENT)))
