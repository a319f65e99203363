"""Every instance of the pack: how soon there is a schedule, and whether the checker finds it right; `bel` to the proof.

Goals: the slowest first schedule of each set within 1 s; the optimum of each industrial shop proven within 30 s.
Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures nothing where the folder is missing.
MUSTER_BENCH_SHARE runs a part: 0.1, or k1,bel00.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solvers.scheduling.kernel.search import warm_up
from tests.bench.row import Row, row
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import Limits, ours

FIRST_S = 1.0
PROOF_S = 30.0
ANY = 2**62
"""An objective that every schedule reaches, so that the solve stops at the first."""


def main() -> list[Row]:
    """A row for each set, then the proofs."""
    if pack.folder() is None:
        return []
    warm_up()
    sets = {
        **pack.flexible_sets(),
        "ft, la, orb, ta": pack.jobshops(),
        "bel": pack.industrial(),
    }
    firsts = [row for title, names in sets.items() for row in first_rows(title, pack.share(names))]
    return [*firsts, *(proof_row(name) for name in pack.share(pack.industrial()))]


def first_rows(title: str, names: Sequence[str]) -> Iterator[Row]:
    """The slowest of the set; a schedule that breaks a rule stops the benchmark."""
    if not names:
        return
    took_s = {}
    for name in names:
        outcome = ours(pack.problem(name), Limits(2 * FIRST_S, enough=ANY))
        took_s[name] = outcome.points[0].at_s
    slowest = max(took_s, key=lambda name: took_s[name])
    case = f"{title}: first schedule of {len(names)}, all valid, slowest {slowest}"
    yield row(case, took_s[slowest], "s", seconds=sum(took_s.values()), at_most=FIRST_S)


def proof_row(name: str) -> Row:
    """Seconds to the proven optimum; twice the goal means that there was none."""
    outcome = ours(pack.problem(name), Limits(2 * PROOF_S))
    proven = outcome.proven and outcome.objective == pack.best_known(name)
    took_s = outcome.wall_s if proven else 2 * PROOF_S
    return row(f"{name}: optimum proven", took_s, "s", seconds=outcome.wall_s, at_most=PROOF_S)
