"""Runs one instance with ours or with a peer, and has our checker judge and price every plan that comes back.

Ours runs in this process, peers each in one of their own with a hard end; all on the same cores, one after the other.
What a peer needs to read the question and to build its model is not counted against its limit; with ours it is.
Peers with one thread get a process, with a seed of its own, for each core, and the better plan counts. The last of
these processes is also given a start, our first insertion, for who can take one: from nothing and with 1,000 stops,
PyVRP begins with a local search that ends when it ends, and OR-Tools has no plan after a second.
Called by: the routing benchmarks and `compare`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import insert_only
from solvers.routing.solve import solve
from solvers.routing.timing import plan_of
from tests.bench.peers import environment
from tests.bench.peers.routing_talk import clock_of
from tests.bench.routing.elsewhere import Meanwhile, most_elsewhere
from tests.bench.routing.pack import Case
from tests.bench.routing.question import kinds, question, routes_of, save_matrices, sequences, unasked

ROOT = Path(__file__).resolve().parents[3]
OURS = "ours"
CORES = int(os.environ.get("MUSTER_BENCH_CORES", "2"))
TRIES = 4
BUILD_S = 60.0
PATIENCE = {"wall": 6.0, "cpu": 60.0}
"""By clock: how many limits a peer may take, and `BUILD_S` to build its model, before it is killed."""


@dataclass(frozen=True)
class Outcome:
    """One run. cost: in the file's numbers, None where no plan keeps all rules; `told` then says why.

    elsewhere: share of the cores that something else had meanwhile (`elsewhere`).
    first_s: when ours had its first plan that keeps all rules.
    """

    cost: float | None
    seconds: float
    told: str = ""
    first_s: float | None = None
    elsewhere: float = 0.0


@dataclass(frozen=True)
class Peer:
    """title: in tables. packages: its environment, "" for ours. needs: why it does not take a problem, or ""."""

    title: str
    script: str
    packages: str
    needs: Callable[[RoutingProblem], str]
    one_thread: bool = True
    only_wall: str = ""


def _single(problem: RoutingProblem) -> str:
    begin_s = min(vehicle.begin_s for vehicle in problem.vehicles)
    if any(vehicle.max_trips > 1 for vehicle in problem.vehicles):
        return "several trips"
    return "release times" if any(stop.release_s > begin_s for stop in problem.stops) else ""


def _vroom(problem: RoutingProblem) -> str:
    if any(vehicle.max_duration_s is not None for vehicle in problem.vehicles):
        return "limits of duration"
    return _single(problem) or _must(problem)


def _must(problem: RoutingProblem) -> str:
    return "prizes" if any(stop["prize"] is not None for stop in question(problem)["stops"]) else ""


def _commiv(problem: RoutingProblem) -> str:
    one = kinds(problem)[0][0]
    if len(kinds(problem)) > 1 or len(problem.dimensions) > 1 or one.fixed_cents:
        return "more than one kind of vehicle, a fixed cost, or several dimensions"
    if problem.shipments and 2 * len(problem.shipments) != len(problem.stops):
        return "shipments and other stops"
    return _single(problem) or _must(problem)


PEERS = {
    "pyvrp": Peer("PyVRP", "tests.bench.peers.pyvrp_script", "", lambda problem: ""),
    "ortools": Peer("OR-Tools GLS", "tests.bench.peers.ortools_script", "", _single, only_wall="keeps wall time only"),
    "vroom": Peer("VROOM", "tests.bench.peers.vroom_script", "pyvroom", _vroom, one_thread=False),
    "commiv": Peer("commiv", "tests.bench.peers.commiv_script", "commiv", _commiv),
}


def same_cores() -> None:
    """Keep this process, and so every peer, to the first cores it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def clock_name() -> str:
    """By which clock limits are kept: MUSTER_BENCH_CLOCK, wall or cpu. By cpu waiting threads cost nothing."""
    return os.environ.get("MUSTER_BENCH_CLOCK", "wall")


def run(engine: str, case: Case, seconds: float, seed: int) -> Outcome:
    """One run of ours or of a peer; of several, where the machine must be quieter, the least disturbed."""
    found: list[Outcome] = []
    while not found or (len(found) < TRIES and min(one.elsewhere for one in found) > most_elsewhere()):
        meanwhile = Meanwhile(CORES)
        one = ours(case, seconds, seed) if engine == OURS else peer(PEERS[engine], case, seconds, seed)
        found.append(replace(one, elsewhere=meanwhile.elsewhere()))
    return min(found, key=lambda one: one.elsewhere)


def ours(case: Case, seconds: float, seed: int) -> Outcome:
    """Our solve, from nothing."""
    clock = clock_of(clock_name(), CORES)
    began_s = clock()
    result = solve(case.instance.problem, None, Budget(seconds=seconds, seed=seed, workers=CORES, stopwatch=clock))
    took_s = clock() - began_s
    if result.plan is None:
        return Outcome(None, took_s, f"infeasible: {len(result.notes)} notes, {''.join(result.notes[:1])}")
    cost, told = judged(case, result.plan)
    return Outcome(cost, took_s, told or result.engine, result.first_feasible_s)


def judged(case: Case, plan: RoutingPlan) -> tuple[float | None, str]:
    """The checker's cost, or None and what is wrong."""
    verdict = check(case.instance.problem, plan)
    if verdict.violations:
        first = verdict.violations[0]
        return None, f"infeasible: {len(verdict.violations)} violations, {first.rule} by {first.size}"
    if plan.unplanned and not case.instance.prizes:
        return None, f"infeasible: {len(plan.unplanned)} stops unplanned"
    return float(case.instance.file_cost(plan, verdict.cost)), ""


def peer(asked: Peer, case: Case, seconds: float, seed: int) -> Outcome:
    """The best of what its processes find."""
    problem = case.instance.problem
    if reason := unasked(problem) or asked.needs(problem) or (clock_name() == "cpu" and asked.only_wall):
        return Outcome(None, 0.0, f"does not take it: {reason}")
    python = environment.python(asked.packages) if asked.packages else Path(sys.executable)
    if python is None:
        return Outcome(None, 0.0, "cannot be installed")
    copies = CORES if asked.one_thread else 1
    with tempfile.TemporaryDirectory() as folder:
        matrices = Path(folder) / "matrices.npz"
        save_matrices(problem, matrices)
        limits = {"seconds": seconds, "clock": clock_name(), "threads": CORES // copies, "matrices": str(matrices)}
        texts = [
            _text(problem, limits, seed + 1000 * copy, copies > 1 and copy == copies - 1) for copy in range(copies)
        ]
        answers = _ask(python, asked.script, texts, seconds, Path(folder))
    copies_best = [min(_read(case, *answer, seconds), key=_dearness) for answer in answers]
    best = min(copies_best, key=_dearness)
    if len(copies_best) == 1:
        return best
    each = " and ".join("none" if one.cost is None else f"{one.cost:,.2f}" for one in copies_best)
    return replace(best, told=f"{best.told}, processes: {each}".removeprefix(", "))


def _dearness(outcome: Outcome) -> float:
    return float("inf") if outcome.cost is None else outcome.cost


def _text(problem: RoutingProblem, limits: dict[str, Any], seed: int, started: bool) -> str:
    plan = insert_only(problem, None).plan if started else None
    start = [] if plan is None or check(problem, plan).violations else routes_of(problem, plan)
    return json.dumps({**question(problem), **limits, "seed": seed, "start": start})


def _ask(python: Path, script: str, texts: list[str], seconds: float, folder: Path) -> list[tuple[str, str]]:
    """What each process wrote to stdout and stderr until it ended or was killed."""
    processes, files = [], []
    for number, text in enumerate(texts):
        stem = folder / str(number)
        stem.with_suffix(".in").write_text(text, encoding="utf-8")
        with (
            stem.with_suffix(".in").open() as stdin,
            stem.with_suffix(".out").open("w") as out,
            stem.with_suffix(".err").open("w") as err,
        ):
            command = [str(python), "-m", script]
            processes.append(subprocess.Popen(command, stdin=stdin, stdout=out, stderr=err, cwd=ROOT))
        files.append(stem)
    end_s = time.perf_counter() + PATIENCE[clock_name()] * seconds + BUILD_S
    for process in processes:
        try:
            process.wait(timeout=max(0.0, end_s - time.perf_counter()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return [(stem.with_suffix(".out").read_text(), stem.with_suffix(".err").read_text()) for stem in files]


def _read(case: Case, out: str, err: str, seconds: float) -> list[Outcome]:
    """Its answers. One that came late counts, with its seconds: who breaks the limit is shown, not helped by it."""
    answers = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
    if not answers:
        return [Outcome(None, seconds, "no answer in time " + "".join(err.strip().splitlines()[-1:]))]
    problem, outcomes = case.instance.problem, []
    for answer in answers:
        try:
            cost, told = judged(case, plan_of(problem, sequences(problem, answer["routes"])))
        except ValueError as error:
            cost, told = None, f"infeasible: {error}"
        told = ", ".join(part for part in (answer["told"], told) if part)
        outcomes.append(Outcome(cost, answer["seconds"], told))
    return outcomes
