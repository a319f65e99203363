"""The pegging graph: which order hangs on which supply, and that on which materials and supplies before it.

Promises: a directed graph of networkx, demand → supply, built from the plan for one order; it explains, it decides
nothing. Called by `explain`.
"""

from __future__ import annotations

import networkx as nx

from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import Allocation
from orchestrator.planning.materials import Materials, materials_of, waiting_for_materials
from orchestrator.planning.supply import supply_of
from orchestrator.planning.working import Working


def pegging_graph(work: Working, allocation: Allocation) -> nx.DiGraph[str]:
    """An order, the stock and supplies it is pegged to, and what these wait for themselves."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node(allocation.order_id)
    for peg in allocation.pegs:
        source = peg.source_id or f"{peg.kind.value.lower()} of {peg.item_id} at {allocation.site_id}"
        graph.add_edge(allocation.order_id, source)
    waiting = materials_of(work, waiting_for_materials(work))
    todo = [source for source in graph.successors(allocation.order_id) if source in waiting]
    while todo:  # ends: a bill of materials has no cycle, and each supply is looked at once
        supply_id = todo.pop()
        for source in _waits_for(waiting[supply_id]):
            if source not in graph and source in waiting:
                todo.append(source)
            graph.add_edge(supply_id, source)
    return graph


def _waits_for(materials: Materials) -> list[str]:
    return [*materials.after, *(f"{item_id} (not ordered yet)" for item_id in materials.missing)]


def supply_chain(work: Working, graph: nx.DiGraph[str], supply_id: str) -> str:
    """A supply in words, with all that it waits for, the nearest first."""
    supply = supply_of(work, supply_id)
    text = f"{supply.kind.value.lower()} order {supply_id}, there at {clock_time(work.state, supply.arrival_s)}"
    behind = [node for node in nx.bfs_tree(graph, supply_id) if node != supply_id]
    return f"{text}, after {', '.join(behind)}" if behind else text
