"""`python -m tests.bench.routing.compare C1_10_4 r1_2_1 --seconds 1 --seeds 1,2 --engines ours,pyvrp,commiv`.

A line for each run: instance, engine, seed, cost by our checker, percent over the best known, seconds, and what is to
be said. For whoever works on a search.
"""

from __future__ import annotations

import argparse

from solvers.routing.search import warm_up
from tests.bench.routing import pack
from tests.bench.routing.engines import OURS, PEERS, run, same_cores


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing.compare", description="Compare engines.")
    parser.add_argument("names", nargs="+", help="instances, or sets: " + ", ".join(pack.SETS))
    parser.add_argument("--seconds", default="1", help="limits, with commas between")
    parser.add_argument("--seeds", default="1", help="with commas between")
    parser.add_argument("--engines", default=",".join((OURS, *PEERS)), help="with commas between")
    options = parser.parse_args()
    names = [
        name for asked in options.names for name in (pack.names(asked) if asked in pack.SETS else [pack.find(asked)])
    ]
    same_cores()
    warm_up()
    for seconds in options.seconds.split(","):
        for case in pack.cases(names):
            for engine in options.engines.split(","):
                for seed in options.seeds.split(","):
                    found = run(engine, case, float(seconds), int(seed))
                    cost = "-" if found.cost is None else f"{found.cost:,.2f}"
                    gap = case.gap(found.cost) if found.cost else None
                    over = "" if gap is None else f"{gap:+.2f} %"
                    head = f"{case.name:18} {seconds:>3} s {engine:8} {seed}"
                    spent = f"{found.seconds:6.2f} s ({found.elsewhere:.0%} elsewhere)"
                    print(f"{head} {cost:>12} {over:>9} {spent} {found.told}", flush=True)


if __name__ == "__main__":
    main()
