"""Seeded problems with setups, due dates, weights and releases, made from published shops.

`problem("setups-mk01-tight-1")`: the operations, machines and durations of mk01; the rest is drawn from the seed, from
distributions that stand in the literature:

- Families: a third as many as jobs, 3 at least and 8 at most. Every job belongs to one, drawn evenly, with all its
  operations: a product family.
- Setups: for each machine and ordered pair of families a whole number, evenly from 1 to half of the shop's longest
  duration (SSD50 of Ruiz and Stützle 2008), then cut to the shortest way over other families, so that no detour
  beats the direct change. None within a family, none before a machine's first task.
- Releases: evenly from 0 to a quarter of the longer of the average machine's load and the longest job.
- Due dates by total work content: release + factor × work, floored, where the work of a job is the sum of its
  operations' mean durations; the factor is `FACTOR_PCT` (Pinedo and Singer 1999: 1.3 is tight, 1.6 is loose), times
  half the jobs per machine where that is more than 1, because so many wait for each. Setups come on top of the work,
  so that a job in a shop that changes all the time is late even if nothing else is in its way.
- Weights: a fifth of the jobs 4, three fifths 2, a fifth 1, shuffled (Pinedo and Singer 1999).
- Prices: tardiness 100 a second times the weight, setups 10 a second, makespan 1 a second: the product's defaults.

Called by: `scheduling_setups`, `compare`. Needs the pack.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

from solvers.errors import require
from solvers.scheduling.problem import Job, Prices, SchedulingProblem, Setup, Task
from tests.bench.scheduling import pack

FACTOR_PCT = {"tight": 130, "loose": 160}
SETUP_PCT = 50
RELEASE_PCT = 25
PRICES = Prices(
    deadline_s=0, tardiness_s=100, makespan_s=1, setup_s=10, cost_cent=0, moved_task=0, shifted_s=0, reassigned_task=0
)
WEIGHTS = (4, 2, 2, 2, 1)


def problem(name: str) -> SchedulingProblem:
    """The problem of that name, `setups-BASE-LEVEL-SEED` with LEVEL tight or loose; the same every time."""
    parts = name.split("-")
    require(len(parts) == 4 and parts[0] == "setups" and parts[2] in FACTOR_PCT, "name", name, "setups-BASE-LEVEL-SEED")
    return with_setups(pack.problem(parts[1]), parts[2], random.Random(f"{parts[1]} {parts[3]}"))


def with_setups(shop: SchedulingProblem, level: str, rng: random.Random) -> SchedulingProblem:
    """The shop with everything drawn; `shop` has nothing but machines and durations."""
    jobs, machines = shop.jobs, shop.machines
    families = [f"f{number}" for number in range(max(3, min(8, len(jobs) // 3)))]
    longest_s = max(mode.duration_s for _, task in shop.tasks() for mode in task.modes)
    reach_s = max(1, longest_s * SETUP_PCT // 100)
    tables = [_setups(families, reach_s, rng) for _ in machines]
    crowd = max(1.0, len(jobs) / (2 * len(machines)))
    factor = FACTOR_PCT[level] / 100 * crowd
    loads_s = [_work_s(job) for job in jobs]
    last_release_s = int(max(sum(loads_s) / len(machines), max(loads_s)) * RELEASE_PCT / 100)
    weights = [WEIGHTS[number * len(WEIGHTS) // len(jobs)] for number in range(len(jobs))]
    rng.shuffle(weights)
    made = []
    for job, work_s, weight in zip(jobs, loads_s, weights, strict=True):
        family, release_s = rng.choice(families), rng.randint(0, last_release_s)
        due_s = release_s + int(factor * work_s)
        tasks = tuple(replace(task, family=family) for task in job.tasks)
        made.append(replace(job, tasks=tasks, release_s=release_s, due_s=due_s, weight=weight))
    equipped = tuple(replace(machine, setups=table) for machine, table in zip(machines, tables, strict=True))
    return replace(shop, machines=equipped, jobs=tuple(made), prices=PRICES)


def _work_s(job: Job) -> float:
    return sum(_mean_s(task) for task in job.tasks)


def _mean_s(task: Task) -> float:
    return sum(mode.duration_s for mode in task.modes) / len(task.modes)


def _setups(families: list[str], reach_s: int, rng: random.Random) -> tuple[Setup, ...]:
    """One machine's table, closed under detours (Floyd and Warshall)."""
    times = {pair: rng.randint(1, reach_s) if pair[0] != pair[1] else 0 for pair in product(families, families)}
    for over, one, other in product(families, families, families):
        times[one, other] = min(times[one, other], times[one, over] + times[over, other])
    return tuple(Setup(one, other, duration_s) for (one, other), duration_s in times.items() if one != other)
