"""Work spreads: solves a second on one, two and three nodes, as a ratio to one node.

The nodes are network namespaces of this machine with a real Ray in them, and each is tied to one core. Solves that
work are counted on as many nodes as there are cores, so that each node has a core of its own as the one has; the head,
the bridge and the operating system take their part of these cores, the more so the more nodes there are. Solves that
only wait need no core: they show the spreading itself on more nodes, placement, messages and the queue in the bridge.
`found on` counts the nodes on which solvers really were.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.messages import AgentRef, Instruction
from orchestrator.runtime.bridge_client import BridgeClient
from orchestrator.runtime.bridge_messages import OutcomeKind, Solved
from orchestrator.runtime.bridge_settings import BridgeSettings
from orchestrator.runtime.clock import SystemClock
from solvers.budget import Budget
from tests.bench.row import Row, row
from tests.e2e.cluster.lab import Lab, why_no_lab
from tests.e2e.cluster.ray_nodes import RayNodes
from tests.waiting import wait_for

NODES = ("one", "two", "three")
SOLVES_A_NODE = 20
PROBLEMS: dict[str, tuple[str, float]] = {"work": ("count", 8_000_000), "waiting": ("wait", 0.5)}
UP_S = 180.0


@dataclass(frozen=True)
class Rate:
    """Solves a second of one kind on so many nodes, and on how many nodes solvers were found."""

    nodes: int
    per_s: float
    found_on: int
    seconds: float


def main() -> list[Row]:
    """The rows of `make bench-agents_nodes`; none where no network namespaces can be made."""
    if why := why_no_lab():
        print(f"agents_nodes is left out: {why}", file=sys.stderr)
        return []
    with TemporaryDirectory(prefix="mn-") as folder, Lab(["head", *NODES]) as lab:
        for count in range(1, len(NODES) + 1):
            Path(folder, str(count)).mkdir()
        rates = asyncio.run(_measure(lab, Path(folder)))
    return [one for name, found in rates.items() for one in _rows(name, found)]


def _rows(name: str, rates: Sequence[Rate]) -> list[Row]:
    rows = []
    for rate in rates:
        case = f"{name}: solves on {rate.nodes} nodes of a core each, found on {rate.found_on}"
        goal = 0.7 * rate.nodes if rate.nodes > 1 else None
        peers = {"one node": rates[0].per_s}
        rows.append(row(case, rate.per_s, "solves/s", seconds=rate.seconds, peers=peers, at_least=goal, judged="ratio"))
    return rows


async def _measure(lab: Lab, folder: Path) -> dict[str, list[Rate]]:
    nodes = RayNodes(lab, folder, "head", [], cpus=1)
    nodes.start()
    rates: dict[str, list[Rate]] = {name: [] for name in PROBLEMS}
    cores = sorted(os.sched_getaffinity(0))
    for count, name in enumerate(NODES, 1):
        nodes.start_worker(name, core=cores[(count - 1) % len(cores)])
        await asyncio.to_thread(nodes.joined, name)
        await _on(count, lab, nodes, folder / f"{count}", rates)
    return rates


async def _on(count: int, lab: Lab, nodes: RayNodes, data_dir: Path, rates: dict[str, list[Rate]]) -> None:
    """All problems with as many solvers as nodes."""
    settings = BridgeSettings(
        data_dir,
        ray_address=nodes.address,
        ray_token_path=nodes.token,
        solver_count=count,
        solvers=(("fixed", "tests.bench.nodes.fixed_work:solve"),),
    )
    client = BridgeClient(settings, SystemClock())
    client.on_resync = _no_agents
    await client.start()
    try:
        await wait_for(lambda: client.available and client.health().solvers == count, "the solvers are up", UP_S)
        await _solves(client, ("count", 1), count)
        found_on = len({lab.where(solver.pid) for solver in client.health().solver_list})
        for name, problem in PROBLEMS.items():
            if name == "work" and count > len(os.sched_getaffinity(0)):
                continue
            began_s = time.monotonic()
            await _solves(client, problem, count * SOLVES_A_NODE)
            took_s = time.monotonic() - began_s
            rates[name].append(Rate(count, count * SOLVES_A_NODE / took_s, found_on, took_s))
    finally:
        await client.stop()


async def _solves(client: BridgeClient, problem: Any, count: int) -> None:
    """So many solves, one more under way than there are solvers: the bridge refuses more than a few that wait."""
    turns = asyncio.Semaphore(client.health().solvers + 1)

    async def one() -> Solved:
        async with turns:
            solved, _ = await client.solve_watched("fixed", problem, None, Budget(60.0))
            return solved

    solved = await asyncio.gather(*(one() for _ in range(count)))
    failed = [f"{one.outcome.name}: {one.message}" for one in solved if one.outcome is not OutcomeKind.SOLVED]
    if failed:
        raise RuntimeError(f"{len(failed)} of {count} solves failed, the first with {failed[0]}")


def _no_agents(_agents: tuple[AgentRef, ...] | None) -> Sequence[Instruction]:
    return ()
