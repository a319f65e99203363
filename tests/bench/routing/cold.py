"""GH200 and GH1000 from nothing: what the benchmarks at 1, 10 and 60 s have in common, and their goals.

Called by: `routing_cold_1s`, `routing_cold_10s`, `routing_cold_60s`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.routing import pack
from tests.bench.routing.runs import Runs
from tests.bench.row import Row


@dataclass(frozen=True)
class Goals:
    """At one limit. Ratios are means over both sets, the gap is that of GH1000 in percent."""

    pyvrp: float
    gap_pct: float
    ortools: float | None = None
    vroom_commiv: float | None = None


GOALS = {
    1: Goals(0.94, 3.5, ortools=0.90, vroom_commiv=1.0),
    10: Goals(0.97, 1.7),
    60: Goals(0.99, 1.0),
}
FIRST_S = 1.0
SETS = ("gh200", "gh1000")


def rows(seconds: int, peers: tuple[str, ...], within_s: float) -> list[Row]:
    """All rows at one limit."""
    if pack.folder() is None:
        return []
    goals = GOALS[seconds]
    runs = Runs(f"routing_cold_{seconds}s", [name for one in SETS for name in pack.names(one)], seconds, peers)
    runs.run(within_s)
    both, large = runs.names(), runs.names("gh1000")
    title = "GH200, GH1000"
    return [
        *runs.feasible(title, both),
        *runs.ratio(title, both, ["pyvrp"], goals.pyvrp),
        *runs.ratio("GH200", runs.names("gh200"), ["pyvrp"], None),
        *runs.ratio("GH1000", large, ["pyvrp"], None),
        *runs.ratio(title, both, ["ortools"], goals.ortools),
        *runs.ratio(title, both, ["vroom", "commiv"], goals.vroom_commiv),
        *runs.gap("GH1000", large, goals.gap_pct),
        *runs.first("GH1000", large, FIRST_S),
        runs.limit_kept(),
        *runs.each(),
    ]
