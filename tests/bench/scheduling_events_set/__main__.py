"""The event set from a shell: `generate` writes instances, `check` judges an answer, `answer` gives ours.

    python -m tests.bench.scheduling_events_set generate --seed 1 --tasks 200 --out DIR
    python -m tests.bench.scheduling_events_set answer DIR/200-1-breakdown.json --seconds 1 --out answer.json
    python -m tests.bench.scheduling_events_set check DIR/200-1-breakdown.json answer.json

Called by: people.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from solvers.budget import Budget
from solvers.errors import InvalidProblem, require
from solvers.scheduling.plan import Schedule
from solvers.scheduling.repair import repair
from solvers.scheduling.solve import solve
from tests.bench.scheduling import pack
from tests.bench.scheduling_events_set.events import KINDS, Case, case
from tests.bench.scheduling_events_set.form import read_answer, read_case, write_answer, write_case
from tests.bench.scheduling_events_set.live import live
from tests.bench.scheduling_events_set.right_shift import right_shift
from tests.bench.scheduling_events_set.score import score
from tests.bench.scheduling_events_set.source import drawn


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, 1 for an answer that breaks a rule, 2 for what cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "generate":
            return generate(options.seed, options.tasks, options.kinds, options.out)
        made = read_case(options.instance)
        if options.command == "answer":
            return answer(made, options.engine, options.seconds, options.out)
        return judge(made, options.answer)
    except (InvalidProblem, OSError, ValueError, KeyError, TypeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scheduling_events_set", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("generate", help="write one instance for each kind of event")
    made.add_argument("--seed", type=int, required=True)
    made.add_argument("--tasks", type=int, required=True)
    made.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    made.add_argument("--out", type=Path, required=True, help="folder")
    ours = commands.add_parser("answer", help="answer an instance")
    ours.add_argument("instance", type=Path)
    ours.add_argument("--engine", choices=("solve", "repair", "right-shift"), default="solve")
    ours.add_argument("--seconds", type=float, default=1.0)
    ours.add_argument("--out", type=Path, required=True, help="file")
    judged = commands.add_parser("check", help="judge an answer")
    judged.add_argument("instance", type=Path)
    judged.add_argument("answer", type=Path)
    return parser


def generate(seed: int, tasks: int, kinds: Sequence[str], out: Path) -> int:
    """Files OUT/TASKS-SEED-KIND.json; a plant without operators gets no `absent`."""
    require(pack.folder() is not None, "MUSTER_INSTANCES", "nothing found", "the folder of published instances")
    plant = live(seed, tasks, drawn)
    out.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        made = case(plant, kind)
        if made is not None:
            write_case(out / f"{made.name}.json", made)
            print(f"{out / made.name}.json: {made.event.text}")
    return 0


def answer(made: Case, engine: str, seconds: float, out: Path) -> int:
    """Our answer, or right shift's, into a file."""
    began_s = time.perf_counter()
    write_answer(out, made.name, _answered(made, engine, seconds), time.perf_counter() - began_s)
    return 0


def _answered(made: Case, engine: str, seconds: float) -> Schedule:
    if engine == "right-shift":
        return right_shift(made.problem, made.live.before)
    repaired = repair(made.problem)
    if engine == "repair":
        return repaired
    result = solve(made.problem, repaired, Budget(seconds=seconds, workers=2))
    assert result.plan is not None
    return result.plan


def judge(made: Case, path: Path) -> int:
    """Prints validity, the objective and its parts, and how stable the answer is."""
    name, schedule, seconds = read_answer(path)
    require(name == made.name, "instance", name, made.name)
    found = score(made, schedule)
    told = {"instance": name, "event": made.event.text, "seconds": seconds, **asdict(found)}
    shares = {key: round(getattr(found, key), 4) for key in ("moved_share", "reassigned_share", "disturbed_share")}
    print(json.dumps({**told, **shares}, indent=1))
    return 0 if found.valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
