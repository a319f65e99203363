"""Runs one problem with ours or with a peer, and has our checker judge every schedule that comes back.

A peer is a script that reads a question as JSON and answers with its incumbents over time, in a process of its own; the
building of its model is not counted against its limit. Called by: the scheduling benchmarks and `compare`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solvers.budget import Budget
from solvers.scheduling.check import Figures, check
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.solve import solve
from tests.bench.peers import pyjobshop, textbook
from tests.bench.peers.marks import Marks

ROOT = Path(__file__).resolve().parents[3]
BUILD_S = 300.0
"""What a peer may take beside its limit, to build its model and to answer."""


@dataclass(frozen=True)
class Limits:
    """What every engine gets. `marks_s`: moments asked about; `enough`: stop at this objective."""

    seconds: float
    workers: int = 2
    seed: int = 1
    marks_s: tuple[float, ...] = ()
    enough: int | None = None


@dataclass(frozen=True)
class Point:
    """A schedule that has passed the checker, and how long after the start of the solve it was there."""

    at_s: float
    figures: Figures


@dataclass(frozen=True)
class Outcome:
    """One run: better and better points, and how it ended."""

    points: tuple[Point, ...]
    proven: bool
    wall_s: float
    bound: float | None = None

    def at(self, seconds: float) -> int | None:
        """The best objective by then; None while there was no schedule."""
        return next((p.figures.objective for p in reversed(self.points) if p.at_s <= seconds), None)

    @property
    def objective(self) -> int | None:
        """The best objective of all."""
        return self.points[-1].figures.objective if self.points else None


def ours(problem: SchedulingProblem, limits: Limits) -> Outcome:
    """Our solve, from nothing; what it adopts in its last moment counts for the limit."""
    marks: Marks[Schedule] = Marks((*limits.marks_s, limits.seconds))

    def told(at_s: float, cost: int, schedule: Schedule) -> bool:
        marks.keep(at_s, schedule)
        return limits.enough is not None and cost <= limits.enough

    budget = Budget(seconds=limits.seconds, workers=limits.workers, seed=limits.seed)
    result = solve(problem, None, budget, told)
    points = tuple(judged(problem, schedule, at_s) for at_s, schedule in marks.points())
    return Outcome(points, result.bound == result.cost, result.wall_s, result.bound)


def peer(name: str, problem: SchedulingProblem, limits: Limits) -> Outcome | None:
    """The named peer's run; None where it is not to be had."""
    interpreter = pyjobshop.python() if name == "pyjobshop" else Path(sys.executable)
    if interpreter is None:
        return None
    script = {"pyjobshop": pyjobshop.SCRIPT, "cpsat": textbook.SCRIPT}[name]
    done = subprocess.run(
        [str(interpreter), "-m", script],
        input=json.dumps(question(problem, limits)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limits.seconds + BUILD_S,
    )
    if done.returncode:
        print(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return Outcome((), False, limits.seconds)
    told: dict[str, Any] = json.loads(done.stdout)
    points = tuple(judged(problem, placed(problem, places), at_s) for at_s, places in told["points"])
    if told["proven"]:
        # Both counts of an optimum are the same, or the peer was asked for something else.
        assert points[-1].figures.objective == round(told["bound"]), (name, points[-1], told["bound"])
    return Outcome(points, told["proven"], told["wall_s"], told["bound"])


def judged(problem: SchedulingProblem, schedule: Schedule, at_s: float) -> Point:
    """The schedule with the checker's figures; one that breaks a rule stops the benchmark."""
    report = check(problem, schedule)
    assert report.ok, report.violations[:3]
    return Point(at_s, report.figures)


def placed(problem: SchedulingProblem, places: Sequence[Sequence[int]]) -> Schedule:
    """A peer's answer, machine and times of each task, as a schedule."""
    return Schedule(
        tuple(
            Assignment(task.task_id, problem.machines[machine].machine_id, start_s, end_s)
            for (_, task), (machine, start_s, end_s) in zip(problem.tasks(), places, strict=True)
        )
    )


def question(problem: SchedulingProblem, limits: Limits) -> dict[str, Any]:
    """What a peer is asked: machines by number, with setups that take time; jobs in a row; the weights of the parts."""
    number = {machine.machine_id: position for position, machine in enumerate(problem.machines)}
    prices = problem.prices
    weights = {
        "weight_makespan": prices.makespan_s,
        "weight_total_tardiness": prices.tardiness_s,
        "weight_total_setup_time": prices.setup_s,
    }
    return {
        "seconds": limits.seconds,
        "workers": limits.workers,
        "seed": limits.seed,
        "marks_s": [*limits.marks_s, limits.seconds],
        "enough": limits.enough,
        "weights": weights,
        "machines": [[[s.from_family, s.to_family, s.duration_s] for s in m.setups] for m in problem.machines],
        "jobs": [
            {
                "release_s": job.release_s,
                "due_s": job.due_s,
                "weight": job.weight,
                "tasks": [
                    [task.family, [[number[m.machine_id], m.duration_s] for m in task.modes]] for task in job.tasks
                ],
            }
            for job in problem.jobs
        ],
    }
