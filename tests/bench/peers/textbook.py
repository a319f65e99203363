"""A shop by plain CP-SAT, the model of the textbooks: `python -m tests.bench.peers.textbook`, JSON in and out.

An optional interval for each machine a task may run on, exactly one of them present, no overlap on a machine, tasks of
a job one after another. A machine with setups also has a circuit through its tasks, whose arcs carry the setups.
The objective is the weighted sum that the question asks for: makespan, weighted tardiness, setup time.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any

from ortools.sat.python import cp_model

from tests.bench.peers.horizon import horizon_of
from tests.bench.peers.incumbents import Placed, answer

SCRIPT = "tests.bench.peers.textbook"


@dataclass(frozen=True)
class Step:
    """A task on a machine it may run on: `rank` in its job, and the literal that says it runs there."""

    job: int
    rank: int
    family: str
    start: Any
    end: Any
    there: Any
    interval: Any


def main() -> None:
    """Read, build, solve, tell."""
    question = json.load(sys.stdin)
    weights, horizon_s = question["weights"], horizon_of(question)
    model = cp_model.CpModel()
    makespan = model.new_int_var(0, horizon_s, "makespan")
    terms = [weights["weight_makespan"] * makespan]
    lines: list[list[Step]] = [[] for _ in question["machines"]]
    tasks: list[tuple[Any, Any, list[tuple[int, Any]]]] = []
    for number, job in enumerate(question["jobs"]):
        made = _job(model, horizon_s, number, job, lines)
        tasks.extend(made)
        end = made[-1][1]
        model.add(makespan >= end)
        if job["due_s"] is not None:
            late = model.new_int_var(0, horizon_s, "")
            model.add(late >= end - job["due_s"])
            terms.append(weights["weight_total_tardiness"] * job["weight"] * late)
    for line, setups in zip(lines, question["machines"], strict=True):
        model.add_no_overlap(step.interval for step in line)
        if setups:
            spent = _circuit(model, line, {(one, other): setup_s for one, other, setup_s in setups})
            terms.append(weights["weight_total_setup_time"] * spent)
    model.minimize(sum(terms))

    def place(value: Any) -> Placed:
        return [[next(m for m, there in on if value(there)), value(start), value(end)] for start, end, on in tasks]

    json.dump(answer(model, question, place), sys.stdout)


def _job(
    model: cp_model.CpModel, horizon_s: int, number: int, job: dict[str, Any], lines: list[list[Step]]
) -> list[tuple[Any, Any, list[tuple[int, Any]]]]:
    """Start, end, and the literal of each machine, of the tasks of a job."""
    made = []
    for rank, (family, modes) in enumerate(job["tasks"]):
        start, end = model.new_int_var(job["release_s"], horizon_s, ""), model.new_int_var(0, horizon_s, "")
        options = []
        for machine, duration_s in modes:
            there = model.new_bool_var("")
            interval = model.new_optional_interval_var(start, duration_s, end, there, "")
            lines[machine].append(Step(number, rank, family, start, end, there, interval))
            options.append((machine, there))
        model.add_exactly_one(there for _, there in options)
        made.append((start, end, options))
    for earlier, later in pairwise(made):
        model.add(later[0] >= earlier[1])
    return made


def _circuit(model: cp_model.CpModel, line: list[Step], setup_s: dict[tuple[str, str], int]) -> Any:
    """The order on a machine, node 0 before the first and after the last; the setup time spent."""
    arcs = [(0, 0, model.new_bool_var(""))]
    spent: list[Any] = []
    for node, step in enumerate(line, 1):
        arcs += [(0, node, model.new_bool_var("")), (node, 0, model.new_bool_var("")), (node, node, ~step.there)]
        model.add_implication(arcs[0][2], ~step.there)
    for (one, earlier), (other, later) in permutations(enumerate(line, 1), 2):
        if earlier.job == later.job and earlier.rank > later.rank:
            continue
        follows, needed_s = model.new_bool_var(""), setup_s.get((earlier.family, later.family), 0)
        arcs.append((one, other, follows))
        model.add(later.start >= earlier.end + needed_s).only_enforce_if(follows)
        spent.append(needed_s * follows)
    model.add_circuit(arcs)
    return sum(spent)


if __name__ == "__main__":
    main()
