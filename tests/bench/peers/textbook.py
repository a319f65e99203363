"""A job shop by plain CP-SAT, the model of the textbooks: `python -m tests.bench.peers.textbook`, JSON in and out.

An optional interval for each machine a task may run on, exactly one of them present, no overlap on a machine, tasks of
a job one after another, the last end as small as can be. Makespan only: a question with setups is refused.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import Any

from ortools.sat.python import cp_model

from tests.bench.peers.incumbents import Placed, answer

SCRIPT = "tests.bench.peers.textbook"


def main() -> None:
    """Read, build, solve, tell."""
    question = json.load(sys.stdin)
    if any(question["machines"]):
        raise ValueError("the textbook model knows no setups")
    model = cp_model.CpModel()
    horizon_s = sum(max(d for _, d in modes) for job in question["jobs"] for _, modes in job["tasks"])
    makespan = model.new_int_var(0, horizon_s, "makespan")
    lines: list[list[Any]] = [[] for _ in question["machines"]]
    tasks: list[tuple[Any, Any, list[tuple[int, Any]]]] = []
    for job in question["jobs"]:
        made = [_task(model, horizon_s, modes, lines) for _, modes in job["tasks"]]
        for earlier, later in pairwise(made):
            model.add(later[0] >= earlier[1])
        model.add(makespan >= made[-1][1])
        tasks.extend(made)
    for line in lines:
        model.add_no_overlap(line)
    model.minimize(makespan)

    def place(value: Any) -> Placed:
        return [[next(m for m, there in on if value(there)), value(start), value(end)] for start, end, on in tasks]

    json.dump(answer(model, question, place), sys.stdout)


def _task(
    model: cp_model.CpModel, horizon_s: int, modes: list[list[int]], lines: list[list[Any]]
) -> tuple[Any, Any, list[tuple[int, Any]]]:
    """Start, end, and the literal of each machine."""
    start, end = model.new_int_var(0, horizon_s, ""), model.new_int_var(0, horizon_s, "")
    options = []
    for machine, duration_s in modes:
        there = model.new_bool_var("")
        lines[machine].append(model.new_optional_interval_var(start, duration_s, end, there, ""))
        options.append((machine, there))
    model.add_exactly_one(there for _, there in options)
    return start, end, options


if __name__ == "__main__":
    main()
