"""The environment as our problem: what of it a policy may see, and where its package is found.

The package is imported if it is installed, or from the folder MUSTER_GYM (default build/bench-gym), which
`MUSTER_GYM_INSTALL=1` makes with pip: only its own files, because what it needs else is here already.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from solvers.replenishment.network.problem import Link, Market, NetworkProblem, Node

REQUIREMENTS = ("gym-invmgmt==0.2.1", "gymnasium>=1.0", "farama-notifications", "cloudpickle")
DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "build" / "bench-gym"
INSTALL_S_MAX = 120
CENTS = 100.0


def package() -> ModuleType | None:
    """gym_invmgmt, or None with a word on stderr about how to get it."""
    folder = Path(os.environ.get("MUSTER_GYM", DEFAULT_FOLDER))
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), *REQUIREMENTS]
    if os.environ.get("MUSTER_GYM_INSTALL") == "1" and not folder.is_dir():
        subprocess.run([*command, "--quiet"], check=True, timeout=INSTALL_S_MAX)
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        return importlib.import_module("gym_invmgmt")
    except ImportError as error:
        print(f"gym-invmgmt is not here ({error}); MUSTER_GYM_INSTALL=1 installs it, by hand: "
              f"{' '.join(command[1:])}", file=sys.stderr)  # fmt: skip
        return None


def problem_of(env: Any, goodwill_cents: float) -> NetworkProblem:
    """The network as it stands at the start of the environment's period, to the end of the episode.

    Money times 100 is cents. The transfer prices between own nodes are income and cost at once and cancel: 0.
    """
    network, graph, now = env.network, env.graph, env.period
    own = {int(each) for each in network.main_nodes}
    nodes = []
    for each in network.main_nodes:
        data = graph.nodes[each]
        ratio = data.get("v", 1.0)
        stock = max(0.0, float(env.X[now, network.node_map[each]]))
        processing_cents = CENTS * data.get("o", 0.0) / ratio
        nodes.append(Node(str(each), stock, CENTS * data["h"], data.get("C"), ratio, processing_cents))
    links = []
    for position, (origin, to) in enumerate(network.reorder_links):
        data = graph.edges[(origin, to)]
        lead = int(data["L"])
        ordered = [now - lead + ahead for ahead in range(lead)]
        arriving = tuple(float(env.R[then, position]) if then >= 0 else 0.0 for then in ordered)
        unit_cents = 0.0 if origin in own else CENTS * data["p"]
        links.append(Link(str(origin), str(to), lead, unit_cents, CENTS * data["g"], None, arriving))
    markets = []
    for position, (node, market) in enumerate(network.retail_links):
        data = graph.edges[(node, market)]
        waiting = float(env.U[now - 1, position]) if now and env.backlog else 0.0
        prices = (CENTS * data["p"], CENTS * data["b"], goodwill_cents)
        markets.append(Market(f"market {market}", str(node), *prices, not env.backlog, waiting))
    sources = tuple(str(each) for each in network.rawmat)
    return NetworkProblem(env.num_periods - now, sources, tuple(nodes), tuple(links), tuple(markets))


def means_ahead(env: Any) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The demand law's mean of each coming period, told to informed policies only.

    Where customers' goodwill moves demand: from where it stands now, and as if nobody were kept waiting from now on.
    """
    engine, now = env.demand_engine, env.period
    standing = engine.sentiment if engine.use_goodwill else 1.0
    goodwill, means = standing, []
    for period in range(now, env.num_periods):
        if engine.use_goodwill and period > 0:
            kept_waiting = period == now and env.U[now - 1].sum() > 0
            after = goodwill * (engine.gw_decay if kept_waiting else engine.gw_growth)
            goodwill = min(engine.gw_cap, max(engine.gw_floor, after))
        means.append(engine.get_current_mu(period) / standing * goodwill)
    return np.array(means)
