"""One problem, ours beside the peers: `python -m tests.bench.scheduling.compare setups-mk01-tight-1 --seconds 10`.

Names: a file of the pack without its ending (mk01, la21, bel00), or setups-BASE-LEVEL-SEED (see `setups`); several may
be given. Every line is the checker's count of one engine's best schedule. A peer's answer is kept in
build/peers/answers by problem, limit, workers and seed; `--kept` shows it instead of running the peer again.
"""

from __future__ import annotations

import argparse
import sys

from solvers.scheduling.problem import SchedulingProblem
from tests.bench.scheduling import pack, setups
from tests.bench.scheduling.engines import ROOT, Limits, Outcome, ours, peer

ANSWERS = ROOT / "build" / "peers" / "answers"
PARTS = ("objective", "weighted_tardiness_s", "late_jobs", "setup_s", "makespan_s")


def main(arguments: list[str]) -> None:
    """Run what was asked for and print a line for each engine."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.scheduling.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default="ours,pyjobshop", help="of ours, pyjobshop, cpsat")
    parser.add_argument("--kept", action="store_true", help="show a peer's kept answer instead of running it")
    options = parser.parse_args(arguments)
    if pack.folder() is None:
        return
    limits = Limits(options.seconds, options.workers, options.seed)
    print(f"{'problem':24}{'engine':11}{'s':>6} {'proven':7}" + "".join(f"{part:>21}" for part in PARTS))
    for name in options.names:
        for engine in options.engines.split(","):
            line = told(engine, name, limits, options.kept)
            if line is not None:
                print(f"{name:24}{engine:11}{line}", flush=True)


def told(engine: str, name: str, limits: Limits, kept: bool) -> str | None:
    """What is printed of one run; None where the peer is not to be had."""
    file = ANSWERS / f"{engine}-{name}-{limits.seconds:g}-{limits.workers}-{limits.seed}.txt"
    if kept and engine != "ours" and file.exists():
        return file.read_text(encoding="utf-8")
    problem = problem_of(name)
    outcome = ours(problem, limits) if engine == "ours" else peer(engine, problem, limits)
    if outcome is None:
        return None
    line = line_of(outcome)
    if engine != "ours":
        ANSWERS.mkdir(parents=True, exist_ok=True)
        file.write_text(line, encoding="utf-8")
    return line


def line_of(outcome: Outcome) -> str:
    """Time, proof, and the parts of the objective."""
    head = f"{outcome.wall_s:6.1f} {'yes' if outcome.proven else '':7}"
    if not outcome.points:
        return f"{head}{'no schedule':>21}"
    return head + "".join(f"{getattr(outcome.points[-1].figures, part):>21,}" for part in PARTS)


def problem_of(name: str) -> SchedulingProblem:
    """A generated problem or a file of the pack."""
    return setups.problem(name) if name.startswith("setups-") else pack.problem(name)


if __name__ == "__main__":
    main(sys.argv[1:])
