"""PyJobShop as a peer, in an environment of its own, so that its packages never meet ours.

Called by: `tests.bench.scheduling.engines`.
"""

from __future__ import annotations

from pathlib import Path

from tests.bench.peers import environment

SCRIPT = "tests.bench.peers.pyjobshop_script"


def python() -> Path | None:
    """The interpreter that has PyJobShop; None where it cannot be installed."""
    return environment.python("pyjobshop")
