"""Hostile scheduling problems with every feature, always valid: from a seed, or drawn (and shrunk) by hypothesis.

Each problem draws which features it has, so that all mixtures come up, plain ones too. Starts, pins, fences, absences
and breaks fall on each other on purpose. What is said once for both ways: `generate`.
"""

from __future__ import annotations

import os
import random

from hypothesis import strategies as st

from solvers.scheduling.problem import (
    MAKESPAN_ONLY,
    After,
    CostStep,
    Interval,
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    Pinned,
    Prices,
    Published,
    SchedulingProblem,
    Setup,
    Started,
    Task,
    Tool,
)

NOW_S = 1_000
FAMILIES = ("", "a", "b")
SKILLS = ("weld", "turn", "test")
KINDS = ("die", "jig")
FEATURES = (
    "operators",
    "tools",
    "batches",
    "overtime",
    "deadlines",
    "start_cost",
    "materials",
    "lags",
    "setups",
    "breaks",
    "started",
    "pins",
    "locks",
    "published",
    "lots",
)
PRICES = (
    Prices(),
    MAKESPAN_ONLY,
    Prices(shifted_s=3, makespan_s=0),
    Prices(deadline_s=7, tardiness_s=3, cost_cent=1, near_s=0),
    Prices(moved_task=3, reassigned_task=5, near_pct=1_000, near_s=77),
)


def seeds(usual: int) -> range:
    """The seeds of one run: so many by default, or as many as `RANDOM_PROBLEMS` says, from `RANDOM_FROM` on."""
    first = int(os.environ.get("RANDOM_FROM", "0"))
    return range(first, first + int(os.environ.get("RANDOM_PROBLEMS", str(usual))))


def random_problem(seed: int, size: int = 12) -> SchedulingProblem:
    """About `size` tasks; the same seed and size give the same problem."""
    return generate(random.Random(f"{seed}/{size}"), size)


def random_problems(most: int = 10) -> st.SearchStrategy[SchedulingProblem]:
    """The same, drawn by hypothesis; shrinks towards few tasks and few features."""
    return st.builds(generate, st.randoms(use_true_random=False), st.integers(0, most))


def generate(rng: random.Random, size: int) -> SchedulingProblem:
    """One problem of `size` tasks with the draws of `rng`."""
    return _Generator(rng, size).problem()


class _Generator:
    """Draws the parts in the order in which they refer to each other."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng = rng
        self.size = size
        self.span_s = 60 + 12 * size
        self.features = {name for name in FEATURES if rng.random() < 0.5}
        self.operators: tuple[Operator, ...] = ()
        self.tools: tuple[Tool, ...] = ()
        self.machines: dict[str, Machine] = {}
        self.running: dict[str, tuple[Started, str]] = {}
        self.held: set[str] = set()
        self.tasks: list[Task] = []

    def problem(self) -> SchedulingProblem:
        rng = self.rng
        if "operators" in self.features:
            self.operators = tuple(self._operator(number) for number in range(rng.randint(1, 5)))
        if "tools" in self.features:
            self.tools = tuple(
                Tool(f"tool{number}", rng.choice(KINDS), self._intervals("breaks"))
                for number in range(rng.randint(1, 3))
            )
        for number in range(rng.randint(1, max(1, min(5, 1 + self.size // 3)))):
            self.machines[f"M{number}"] = self._machine(f"M{number}")
        jobs: list[Job] = []
        while len(self.tasks) < self.size:
            jobs.append(self._job(len(jobs), min(rng.randint(1, 4), self.size - len(self.tasks))))
        published = self._published() if "published" in self.features else ()
        plant, prices = tuple(self.machines.values()), rng.choice(PRICES)
        return SchedulingProblem(NOW_S, plant, tuple(jobs), published, prices, self.operators, self.tools)

    def _has(self, feature: str, share: float) -> bool:
        return feature in self.features and self.rng.random() < share

    def _intervals(self, feature: str, most: int = 3) -> tuple[Interval, ...]:
        if feature not in self.features:
            return ()
        rng = self.rng
        starts = [NOW_S + rng.randint(-80, self.span_s) for _ in range(rng.randint(0, most))]
        return tuple((start_s, start_s + rng.randint(1, 60)) for start_s in starts)

    def _operator(self, number: int) -> Operator:
        skills = tuple(self.rng.sample(SKILLS, self.rng.randint(1, len(SKILLS))))
        return Operator(f"op{number}", skills, self._intervals("breaks"))

    def _machine(self, machine_id: str) -> Machine:
        rng = self.rng
        setups: list[Setup] = []
        if "setups" in self.features:
            pairs = [(a, b) for a in FAMILIES for b in FAMILIES]
            setups = [Setup(*pair, rng.randint(0, 20), rng.randint(0, 9)) for pair in rng.sample(pairs, 4)]
        return Machine(
            machine_id,
            downtime=self._intervals("breaks", 2),
            unavailable=self._intervals("breaks"),
            ready_s=rng.choice((0, 0, NOW_S - 5, NOW_S + 30)),
            fence_s=rng.choice((0, NOW_S + 30, NOW_S + self.span_s // 2)),
            setups=tuple(setups),
            family=rng.choice(FAMILIES),
            overtime=self._overtime(),
            batch_capacity=rng.randint(1, 6) if self._has("batches", 0.6) else 0,
        )

    def _overtime(self) -> tuple[Overtime, ...]:
        if "overtime" not in self.features:
            return ()
        rng = self.rng
        moments = sorted(NOW_S + rng.randint(-60, self.span_s) for _ in range(2 * rng.randint(0, 4)))
        pairs = zip(moments[::2], moments[1::2], strict=True)
        return tuple(Overtime(low_s, high_s, rng.randint(0, 20)) for low_s, high_s in pairs if low_s < high_s)

    def _job(self, number: int, count: int) -> Job:
        rng, first = self.rng, len(self.tasks)
        for position in range(count):
            self.tasks.append(self._task(f"T{number}.{position}", self._after(first)))
        due_s = NOW_S + rng.randint(-50, self.span_s) if rng.random() < 0.7 else None
        deadline_s = NOW_S + rng.randint(-20, 2 * self.span_s) if self._has("deadlines", 0.5) else None
        release_s = NOW_S + rng.randint(-90, 60)
        return Job(f"J{number}", tuple(self.tasks[first:]), release_s, due_s, rng.randint(0, 9), deadline_s)

    def _after(self, first: int) -> tuple[After, ...] | None:
        """Behind the one before it in its job, or tasks of any job that were drawn before this one."""
        rng = self.rng
        if not self._has("lags", 0.4):
            return None
        known = [task.task_id for task in self.tasks[max(0, first - 8) :]]
        chosen = rng.sample(known, min(len(known), rng.randint(0, 2)))
        return tuple(After(task_id, rng.choice((0, rng.randint(1, 30)))) for task_id in chosen)

    def _task(self, task_id: str, after: tuple[After, ...] | None) -> Task:
        rng = self.rng
        options = rng.sample(sorted(self.machines), min(len(self.machines), rng.randint(1, 3)))
        capacities = [self.machines[m].batch_capacity for m in options if self.machines[m].batch_capacity]
        quantity = rng.randint(2, 20) if "lots" in self.features else 1
        state, family = self._state(options)
        return Task(
            task_id,
            tuple(self._mode(machine_id) for machine_id in options),
            after,
            rng.choice(FAMILIES) if family is None else family,
            state,
            interruptible=rng.random() < 0.5,
            release_s=NOW_S + rng.randint(-20, self.span_s // 2) if self._has("materials", 0.4) else 0,
            start_cost=self._start_cost() if self._has("start_cost", 0.3) else (),
            batch=rng.choice(("", "x", "x", "y")) if capacities else "",
            size=rng.randint(1, min((3, *capacities))),
            quantity=quantity,
            max_lots=rng.randint(1, min(4, quantity)),
        )

    def _mode(self, machine_id: str) -> Mode:
        rng = self.rng
        duration_s = rng.randint(1, 40)
        fixed_s = rng.randint(0, duration_s) if "lots" in self.features else 0
        return Mode(machine_id, duration_s, rng.randint(0, 5), self._skills(), self._kinds(), fixed_s)

    def _skills(self) -> tuple[Need, ...]:
        """One skill each of some people, so that they can be there at once."""
        if not self._has("operators", 0.7):
            return ()
        people = self.rng.sample(self.operators, self.rng.randint(1, min(2, len(self.operators))))
        names = [self.rng.choice(person.skills) for person in people]
        return tuple(Need(name, names.count(name)) for name in SKILLS if name in names)

    def _kinds(self) -> tuple[Need, ...]:
        if not self._has("tools", 0.5):
            return ()
        kinds = [tool.kind for tool in self.tools]
        kind = self.rng.choice(kinds)
        return (Need(kind, self.rng.randint(1, min(2, kinds.count(kind)))),)

    def _start_cost(self) -> tuple[CostStep, ...]:
        rng = self.rng
        moments = sorted({NOW_S + rng.randint(-10, self.span_s) for _ in range(rng.randint(1, 4))})
        return tuple(CostStep(moment_s, rng.randint(0, 50)) for moment_s in moments)

    def _state(self, options: list[str]) -> tuple[Started | Pinned | Locked | None, str | None]:
        """The state, and the family if the state forces one."""
        rng = self.rng
        overtime = "overtime" in self.features and rng.random() < 0.5
        if self._has("started", 0.3):
            return self._started(rng.choice(options if rng.random() < 0.9 else sorted(self.machines)), overtime)
        if self._has("pins", 0.3):
            return Pinned(rng.choice(options), NOW_S + rng.randint(-10, self.span_s), overtime), None
        if self._has("locks", 0.3):
            return Locked(rng.choice(options)), None
        return None, None

    def _started(self, machine_id: str, overtime: bool) -> tuple[Started | None, str | None]:
        """Alone on its machine, or in the batch that has started there."""
        rng = self.rng
        if machine_id in self.running:
            return self.running[machine_id] if self.machines[machine_id].batch_capacity else (None, None)
        units = [operator.operator_id for operator in self.operators] + [tool.tool_id for tool in self.tools]
        free = [unit for unit in units if unit not in self.held]
        held = tuple(rng.sample(free, min(len(free), rng.randint(0, 2))))
        self.held.update(held)
        state = Started(machine_id, NOW_S - rng.randint(0, 50), rng.randint(0, 40), held, overtime)
        self.running[machine_id] = state, rng.choice(FAMILIES)
        return self.running[machine_id]

    def _published(self) -> tuple[Published, ...]:
        rng = self.rng
        entries = []
        for task in self.tasks:
            if rng.random() < 0.6:
                machine_id = rng.choice([mode.machine_id for mode in task.modes] + sorted(self.machines))
                overtime = "overtime" in self.features and rng.random() < 0.5
                entries.append(Published(task.task_id, machine_id, NOW_S + rng.randint(-30, self.span_s), overtime))
        return tuple(entries)
