"""A plant of a wanted size from published shops: several instances in halls, one wave after the other.

From seed and family (mk, la or bel) instances are drawn until there are tasks enough. Each goes to a hall, where it
uses the machines of that hall and is released some time after the wave before it; large files (`bel`) are cut. The rest
is drawn too: which plants have shifts, operators, setups (`Traits`), and what they are like. Due dates are not set
here: they are promised from the first plan (`live`).
Called by: `live`. Needs the instances.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from solvers.scheduling.problem import (
    Interval,
    Job,
    Machine,
    Mode,
    Need,
    Operator,
    Prices,
    SchedulingProblem,
    Setup,
    Task,
)

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
BEGIN_S = 6 * HOUR_S
"""Nothing starts before six in the morning of day 0."""
DAYS = 60
HALL_TASKS = 250
"""One hall for every so many tasks."""
LOAD_PCT = 85
"""Load of the busiest machine of a hall: a wave is released when it could have done so much of the wave before."""
FAMILIES = ("mk", "la", "bel")
UNIT_S = {"mk": 300, "la": 60, "bel": 6}
"""Seconds per time unit of the instance: tasks take minutes to two hours."""
CUT_MACHINES = 12
"""Machines of a hall filled from `bel`, whose files have some fifty: their numbers are folded."""
Rows = list[list[list[tuple[int, int]]]]
"""Jobs of operations of modes (machine from 0, duration)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a plant has beside machines."""

    family: str
    operators: bool
    shifts: bool
    setups: bool


def traits_of(seed: int) -> Traits:
    """Seeds go through all of them; twelve in a row have every family with every pair of operators and shifts."""
    operators, shifts = bool(seed % 2), bool(seed // 2 % 2)
    return Traits(FAMILIES[seed // 4 % 3], operators, shifts, operators != shifts)


def rows_of(problem: SchedulingProblem) -> Rows:
    """A published instance as rows."""
    number = {machine.machine_id: position for position, machine in enumerate(problem.machines)}
    return [
        [[(number[mode.machine_id], mode.duration_s) for mode in task.modes] for task in job.tasks]
        for job in problem.jobs
    ]


class Plant:
    """Jobs and machines as they are drawn."""

    def __init__(self, traits: Traits, halls: int, rng: random.Random) -> None:
        self.traits, self.rng = traits, rng
        self.jobs: list[Job] = []
        self.ready_s = [BEGIN_S] * halls
        self.names: dict[str, None] = {}
        self.tasks = 0

    def add_wave(self, rows: Rows, wanted: int) -> None:
        """Jobs of one instance into the hall that is ready first, until there are `wanted` tasks in all."""
        hall = self.ready_s.index(min(self.ready_s))
        unit_s, begin_s = UNIT_S[self.traits.family], self.ready_s[hall]
        load_s: dict[str, float] = {}
        for row in rows:
            row = row[: wanted - self.tasks]
            if not row:
                break
            key, tasks = f"j{len(self.jobs)}", []
            for position, modes in enumerate(row):
                options = tuple(Mode(f"h{hall}m{machine}", duration * unit_s) for machine, duration in modes)
                tasks.append(Task(f"{key}.{position}", options, interruptible=self.rng.random() < 0.5))
                for mode in options:
                    share_s = mode.duration_s / len(options)
                    load_s[mode.machine_id] = load_s.get(mode.machine_id, 0) + share_s
            self.tasks += len(tasks)
            release_s = begin_s + self.rng.randint(0, HOUR_S)
            self.jobs.append(Job(key, tuple(tasks), release_s=release_s, weight=self.rng.choice((1, 2, 2, 2, 4))))
        self.names.update(dict.fromkeys(sorted(load_s)))
        self.ready_s[hall] += int(max(load_s.values(), default=0)) * 100 // LOAD_PCT

    def problem(self) -> SchedulingProblem:
        """The plant at its beginning, with shifts, operators and setups as its traits say."""
        machines = tuple(Machine(name) for name in self.names)
        jobs: tuple[Job, ...] = tuple(self.jobs)
        operators: tuple[Operator, ...] = ()
        if self.traits.shifts:
            machines = tuple(replace(m, unavailable=nights(0) if self.rng.random() < 0.7 else ()) for m in machines)
        if self.traits.setups:
            jobs, machines = self._families(jobs), tuple(replace(m, setups=self._setups()) for m in machines)
        if self.traits.operators:
            jobs, operators = self._skills(jobs, machines)
        return SchedulingProblem(BEGIN_S, machines, jobs, prices=Prices(), operators=operators)

    def _families(self, jobs: tuple[Job, ...]) -> tuple[Job, ...]:
        """Each job has a product family."""
        return tuple(
            replace(job, tasks=tuple(replace(task, family=name) for task in job.tasks))
            for job in jobs
            for name in (f"f{self.rng.randrange(4)}",)
        )

    def _setups(self) -> tuple[Setup, ...]:
        """One to five minutes between families, over no detour shorter (both ways take the same)."""
        at_s = {f"f{number}": self.rng.randint(1, 5) * MINUTE_S // 2 for number in range(4)}
        return tuple(Setup(one, other, at_s[one] + at_s[other]) for one in at_s for other in at_s if one != other)

    def _skills(
        self, jobs: tuple[Job, ...], machines: tuple[Machine, ...]
    ) -> tuple[tuple[Job, ...], tuple[Operator, ...]]:
        """Two in five machines need a person of the hall's skill; there are people for four in five of these."""
        skilled = {m.machine_id: m.machine_id.split("m")[0] for m in machines if self.rng.random() < 0.4}
        skilled = skilled or {machines[0].machine_id: "h0"}
        operators: list[Operator] = []
        for skill in sorted(set(skilled.values())):
            count = list(skilled.values()).count(skill)
            for number in range(max(1, count * 4 // 5)):
                away = nights(number % 2) if self.traits.shifts else ()
                operators.append(Operator(f"{skill}p{number}", (skill,), away))
        needing = tuple(
            replace(job, tasks=tuple(replace(task, modes=_with_people(task.modes, skilled)) for task in job.tasks))
            for job in jobs
        )
        return needing, tuple(operators)


def _with_people(modes: tuple[Mode, ...], skilled: dict[str, str]) -> tuple[Mode, ...]:
    return tuple(
        replace(mode, operators=(Need(skilled[mode.machine_id]),)) if mode.machine_id in skilled else mode
        for mode in modes
    )


def nights(turn: int) -> tuple[Interval, ...]:
    """Off from 22 to 6 o'clock; every second person one hour later."""
    return tuple((day * DAY_S + (22 + turn) * HOUR_S, (day + 1) * DAY_S + (6 + turn) * HOUR_S) for day in range(DAYS))
