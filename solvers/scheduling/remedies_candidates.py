"""What could be done about a late job: candidates read off the causes in its chain.

Promises: each candidate is one change a person can make; nothing is said of whether it helps, `remedies` tries that.
May not: solve.
Called by: `remedies`; planning makes the offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import zip_longest

from solvers.scheduling.explain import Cause, Code, LateJob
from solvers.scheduling.explain_view import View
from solvers.scheduling.lots import lot_counts, split, splittable, streams
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import (
    Job,
    Locked,
    Machine,
    Need,
    Operator,
    Overtime,
    Pinned,
    SchedulingProblem,
    Started,
    Task,
    Tool,
)

WINDOWS = 3
"""Overtime windows tried on one machine, the next ones."""
MACHINES = 2
"""Other machines tried for one task."""
MAX_WEIGHT = 10_000


class Kind(StrEnum):
    """What is changed; REPLAN: nothing, a better schedule alone helps."""

    REPLAN = "REPLAN"
    OVERTIME = "OVERTIME"
    MOVE = "MOVE"
    SPLIT = "SPLIT"
    STREAM = "STREAM"
    PRIORITY = "PRIORITY"
    EXPEDITE = "EXPEDITE"
    OPERATOR = "OPERATOR"
    SKILL = "SKILL"
    TOOL = "TOOL"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class OvertimeOffer:
    """This window of the machine can be opened; its price is paid only if it is used."""

    machine_id: str
    window: Overtime


@dataclass(frozen=True, slots=True)
class MaterialOffer:
    """The materials of the task ("": of the whole job) can be there by `release_s`."""

    job_id: str
    task_id: str
    release_s: int
    cost_cents: int = 0


@dataclass(frozen=True, slots=True)
class OperatorOffer:
    """The operator of this id can be had like this: comes in, is lent, lends a skill."""

    operator: Operator
    cost_cents: int = 0


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """The tool of this id can be had like this: borrowed, back sooner."""

    tool: Tool
    cost_cents: int = 0


Offer = OvertimeOffer | MaterialOffer | OperatorOffer | ToolOffer


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change. `price_cents`: what it costs beside what the objective counts; unused fields are "" or 0.

    `number`: lots or weight. `task_ids`: all that are split alike. [from_s, to_s): the window, or when a unit is
    wanted; `to_s`: when materials are there.
    """

    kind: Kind
    apply: Callable[[SchedulingProblem], SchedulingProblem]
    job_id: str = ""
    task_id: str = ""
    machine_id: str = ""
    unit_id: str = ""
    from_s: int = 0
    to_s: int = 0
    number: int = 0
    price_cents: int = 0
    task_ids: tuple[str, ...] = ()


def candidates(
    problem: SchedulingProblem, schedule: Schedule, late: LateJob, offers: Sequence[Offer], max_weight: int = MAX_WEIGHT
) -> Iterator[Candidate]:
    """Candidates for this job, the kinds in turn, the root of its lateness first in each kind."""
    case = _Case(problem, schedule, late, offers)
    groups = (
        _release(case),
        _expedite(case),
        _units(case),
        _overtime(case),
        _moves(case),
        _splits(case),
        _streams(case),
        _weights(case, max_weight),
    )
    for turn in zip_longest(*groups):
        yield from (candidate for candidate in turn if candidate is not None)


class _Case:
    """The late job with its surroundings."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule, late: LateJob, offers: Sequence[Offer]) -> None:
        self.problem, self.late, self.offers = problem, late, offers
        self.machines = {machine.machine_id: machine for machine in problem.machines}
        self.job_of = {task.task_id: job for job, task in problem.tasks()}
        self.task_of = {task.task_id: task for _, task in problem.tasks()}
        self.view = View(problem, schedule)
        self.place = self.view.place
        self.causes: list[Cause] = [late.root, *(cause for cause in reversed(late.chain) if cause is not late.root)]
        movable = [self.task_of[key] for key in dict.fromkeys(cause.task_id for cause in self.causes)]
        self.movable: list[Task] = [task for task in movable if not isinstance(task.state, Started)]

    def with_code(self, *codes: Code) -> list[Cause]:
        """The causes of these codes, the root first."""
        return [cause for cause in self.causes if cause.code in codes]


def _release(case: _Case) -> Iterator[Candidate]:
    for task_id in dict.fromkeys(cause.task_id for cause in case.with_code(Code.PINNED, Code.LOCKED)):
        if isinstance(case.task_of[task_id].state, (Pinned, Locked)):
            change = partial(_with_task, task_id=task_id, change=_let_go)
            yield Candidate(Kind.RELEASE, change, task_id=task_id)


def _expedite(case: _Case) -> Iterator[Candidate]:
    for cause in case.with_code(Code.MATERIAL_LATE):
        job = case.job_of[cause.task_id]
        for offer in case.offers:
            if not isinstance(offer, MaterialOffer) or offer.release_s >= cause.to_s:
                continue
            if offer.job_id == job.job_id and offer.task_id in ("", cause.task_id):
                yield Candidate(
                    Kind.EXPEDITE, partial(_sooner, offer=offer), offer.job_id, offer.task_id,
                    to_s=offer.release_s, price_cents=offer.cost_cents,
                )  # fmt: skip


def _units(case: _Case) -> Iterator[Candidate]:
    """Operators and tools on offer that can do what the task waits for."""
    known = {operator.operator_id: operator for operator in case.problem.operators}
    for cause in case.with_code(Code.OPERATOR_ABSENT, Code.OPERATOR_BUSY, Code.TOOL_AWAY, Code.TOOL_BUSY):
        mode = next(mode for mode in case.task_of[cause.task_id].modes if mode.machine_id == cause.machine_id)
        for offer in case.offers:
            if isinstance(offer, OperatorOffer) and _able(mode.operators, offer.operator.skills):
                now = known.get(offer.operator.operator_id)
                lends = now is not None and not set(offer.operator.skills) <= set(now.skills)
                kind, unit_id = Kind.SKILL if lends else Kind.OPERATOR, offer.operator.operator_id
                change = partial(_with_operator, operator=offer.operator)
            elif isinstance(offer, ToolOffer) and _able(mode.tools, (offer.tool.kind,)):
                kind, unit_id = Kind.TOOL, offer.tool.tool_id
                change = partial(_with_tool, tool=offer.tool)
            else:
                continue
            yield Candidate(
                kind, change, task_id=cause.task_id, unit_id=unit_id,
                from_s=cause.from_s, to_s=cause.to_s, price_cents=offer.cost_cents,
            )  # fmt: skip


def _able(needs: Iterable[Need], names: Iterable[str]) -> bool:
    return not {need.name for need in needs}.isdisjoint(names)


def _overtime(case: _Case) -> Iterator[Candidate]:
    """Windows on offer that begin before the job ends: those in which the chain waits for a shift, then the next."""
    end_s = max(max(cause.to_s, case.place[cause.task_id].end_s) for cause in case.causes)
    waits = case.with_code(Code.OFF_SHIFT)
    for machine_id in dict.fromkeys(cause.machine_id for cause in (*waits, *case.causes)):
        spans = [(cause.from_s, cause.to_s) for cause in waits if cause.machine_id == machine_id]
        windows = []
        for offer in case.offers:
            if not isinstance(offer, OvertimeOffer) or offer.machine_id != machine_id:
                continue
            window = offer.window
            new = window not in case.machines[machine_id].overtime
            if new and window.end_s > case.problem.now_s and window.start_s < end_s:
                waited = any(low < window.end_s and high > window.start_s for low, high in spans)
                windows.append((not waited, window.start_s, window.end_s, window))
        for _, from_s, to_s, window in sorted(windows, key=lambda each: each[:3])[:WINDOWS]:
            change = partial(_with_overtime, machine_id=machine_id, window=window)
            yield Candidate(Kind.OVERTIME, change, machine_id=machine_id, from_s=from_s, to_s=to_s)


def _moves(case: _Case) -> Iterator[Candidate]:
    """Tasks of the chain on other machines: first what could end soonest there beside its end here."""
    found = []
    for rank, task in enumerate(case.movable):
        place = case.place[task.task_id]
        ends = [(case.view.end_on(task.task_id, mode.machine_id), mode.machine_id) for mode in task.modes]
        others = sorted(end for end in ends if end[1] != place.machine_id)
        found += [(end_s - place.end_s, rank, task.task_id, machine_id) for end_s, machine_id in others[:MACHINES]]
    for _, _, task_id, machine_id in sorted(found):
        change = partial(_with_task, task_id=task_id, change=partial(_lock, machine_id=machine_id))
        yield Candidate(Kind.MOVE, change, task_id=task_id, machine_id=machine_id)


def _splits(case: _Case) -> Iterator[Candidate]:
    """Tasks of the chain in lots: first what takes longest where it is."""

    def variable_s(task: Task) -> int:
        mode = case.view.mode(task.task_id, case.place[task.task_id].machine_id)
        return mode.duration_s - mode.fixed_s

    for task in sorted(filter(splittable, case.movable), key=variable_s, reverse=True):
        for count in lot_counts(task.max_lots):
            yield Candidate(Kind.SPLIT, partial(split, lots={task.task_id: count}), task_id=task.task_id, number=count)


def _streams(case: _Case) -> Iterator[Candidate]:
    """Runs of tasks of one job that hand their lots on to each other."""
    runs = streams(case.problem)
    for run in dict.fromkeys(runs[task.task_id] for task in case.movable if task.task_id in runs):
        for count in lot_counts(max(case.task_of[task_id].max_lots for task_id in run)):
            together = tuple(task_id for task_id in run if case.task_of[task_id].max_lots >= count)
            if len(together) > 1:
                change = partial(split, lots=dict.fromkeys(together, count))
                yield Candidate(Kind.STREAM, change, task_id=together[0], number=count, task_ids=together)


def _weights(case: _Case, max_weight: int) -> Iterator[Candidate]:
    """A weight above all that the job waits for, then one that beats nearly everything."""
    jobs = [case.job_of[cause.other_id] for cause in case.causes if cause.other_id]
    rivals = [job.weight for job in jobs if job.job_id != case.late.job_id]
    if not rivals:
        return
    job = next(job for job in case.problem.jobs if job.job_id == case.late.job_id)
    first = max(2 * job.weight, max(rivals) + 1)
    for weight in dict.fromkeys((min(first, max_weight), min(10 * first, max_weight))):
        if weight > job.weight:
            yield Candidate(
                Kind.PRIORITY, partial(_weighted, job_id=job.job_id, weight=weight), job.job_id, number=weight
            )


def _with_job(problem: SchedulingProblem, job_id: str, change: Callable[[Job], Job]) -> SchedulingProblem:
    return replace(problem, jobs=tuple(change(job) if job.job_id == job_id else job for job in problem.jobs))


def _with_task(problem: SchedulingProblem, task_id: str, change: Callable[[Task], Task]) -> SchedulingProblem:
    jobs = tuple(
        replace(job, tasks=tuple(change(task) if task.task_id == task_id else task for task in job.tasks))
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def _let_go(task: Task) -> Task:
    return replace(task, state=None)


def _lock(task: Task, machine_id: str) -> Task:
    return replace(task, state=Locked(machine_id))


def _weighted(problem: SchedulingProblem, job_id: str, weight: int) -> SchedulingProblem:
    return _with_job(problem, job_id, lambda job: replace(job, weight=weight))


def _sooner(problem: SchedulingProblem, offer: MaterialOffer) -> SchedulingProblem:
    if offer.task_id:
        return _with_task(
            problem, offer.task_id, lambda task: replace(task, release_s=min(task.release_s, offer.release_s))
        )
    return _with_job(problem, offer.job_id, lambda job: replace(job, release_s=min(job.release_s, offer.release_s)))


def _with_operator(problem: SchedulingProblem, operator: Operator) -> SchedulingProblem:
    others = tuple(other for other in problem.operators if other.operator_id != operator.operator_id)
    return replace(problem, operators=(*others, operator))


def _with_tool(problem: SchedulingProblem, tool: Tool) -> SchedulingProblem:
    return replace(problem, tools=(*(other for other in problem.tools if other.tool_id != tool.tool_id), tool))


def _with_overtime(problem: SchedulingProblem, machine_id: str, window: Overtime) -> SchedulingProblem:
    def opened(machine: Machine) -> Machine:
        windows = sorted((*machine.overtime, window), key=lambda each: each.start_s)
        return replace(machine, overtime=tuple(windows))

    machines = tuple(opened(machine) if machine.machine_id == machine_id else machine for machine in problem.machines)
    return replace(problem, machines=machines)
