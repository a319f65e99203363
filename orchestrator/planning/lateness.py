"""Why production is late, and what would help: causes by the scheduling core, and remedies as commands to type.

Promises: reads only; every cause is read off the schedule in force, every remedy was verified by planning with it.
Works on a copy of the state, for up to the budget: the planner runs it in a thread. Called through `Planner.lateness`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.domain.measures import clock_time
from orchestrator.domain.shop_floor import ScheduleOverrideKind
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.plan_once import begin
from orchestrator.planning.scheduling_problem import active_schedule_overrides, off_shift, scheduling_problem, skill_on
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.working import Working
from solvers.budget import Budget
from solvers.scheduling.explain import Cause, LateJob, explain
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Operator, Overtime, SchedulingProblem
from solvers.scheduling.remedies import Kind, Offer, OperatorOffer, OvertimeOffer, Remedy, remedies
from solvers.scheduling.repair import repair

OVERTIME_S = 7_200
"""Overtime is offered in windows of this length, right after a shift and right before one."""
OVERTIME_DAYS = 2
LATE_TOLD = 50
MAX_WEIGHT = 10
"""Priority 9 weighs ten."""
REMEDIED = 3
"""Remedies are looked for where nothing is named: for so many of the latest orders."""

Decision = dict[str, Any]
"""Fields of `CreateScheduleOverride`."""


@dataclass(frozen=True, slots=True)
class Help:
    """A remedy in words, with the command that applies it, and the decisions that it is."""

    remedy: Remedy
    text: str
    command: str
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class LateProduction:
    """A late production order: the chain that holds it back and what would help, the cheapest a second first."""

    production_order_id: str
    item_id: str
    due_s: int
    late_s: int
    past_deadline_s: int
    text: str
    causes: tuple[Cause, ...]
    helps: tuple[Help, ...]


def late_production(
    state: State, now_s: int, settings: PlanningSettings, order_ids: Collection[str], budget: Budget | None
) -> list[LateProduction]:
    """Late production orders of the schedule in force, the latest first; `order_ids` empty: all.

    budget: what looking for remedies may take, None: none are looked for.
    """
    work = begin(state, Dirty(), now_s, settings)
    problem = scheduling_problem(work)
    schedule = in_force(work, problem)
    late = [job for job in explain(problem, schedule) if not order_ids or job.job_id in order_ids][:LATE_TOLD]
    late = [job for job in late if job.job_id in state.production]
    found = _remedies(work, problem, schedule, late, budget) if budget is not None else ()
    return [_told(work, job, [one for one in found if one.job_id == job.job_id]) for job in late]


def in_force(work: Working, problem: SchedulingProblem) -> Schedule:
    """The schedule in force; what it does not have yet, or a fact forbids, stands where a repair puts it."""
    schedule = repair(problem)
    same = all(
        (planned := work.state.plan.tasks.get(a.task_id)) is not None
        and (planned.machine_id, planned.start_s) == (a.machine_id, a.start_s)
        for a in schedule.assignments
    )
    if not same:
        return schedule
    return replace(schedule, assignments=tuple(_as_planned(work, a) for a in schedule.assignments))


def _as_planned(work: Working, assignment: Assignment) -> Assignment:
    planned = work.state.plan.tasks[assignment.task_id]
    return replace(assignment, held=planned.held, overtime=planned.overtime)


def _remedies(
    work: Working, problem: SchedulingProblem, schedule: Schedule, late: list[LateJob], budget: Budget
) -> tuple[Remedy, ...]:
    if not late:
        return ()
    wanted = tuple(job.job_id for job in late[:REMEDIED])
    return remedies(problem, schedule, budget, offers=tuple(_offers(work, late)), job_ids=wanted, max_weight=MAX_WEIGHT)


def _offers(work: Working, late: Iterable[LateJob]) -> Iterator[Offer]:
    """What the company could buy: overtime on machines that hold late orders back, workers who are away."""
    machines = dict.fromkeys(cause.machine_id for job in late for cause in job.chain if cause.machine_id)
    for machine_id in machines:
        for window in _overtime(work, machine_id):
            yield OvertimeOffer(machine_id, window)
    for worker_id, until_s in work.state.absent.items():
        worker = work.state.workers[worker_id]
        if until_s > work.now_s:
            skills = tuple(skill_on(worker.line_id, skill) for skill in worker.skills)
            shift = off_shift(work, worker.shift_start_s, worker.shift_end_s)
            yield OperatorOffer(Operator(worker_id, skills, shift), 0)


def _overtime(work: Working, machine_id: str) -> Iterator[Overtime]:
    """Windows after and before the line's shifts of the next days that are not granted yet."""
    machine = work.state.machines[machine_id]
    line = work.state.lines[machine.line_id]
    free_s = DAY_S - (line.shift_end_s - line.shift_start_s)
    if not 0 < free_s < DAY_S:
        return
    length_s = min(OVERTIME_S, free_s)
    granted = [
        (override.start_s or 0, override.end_s or 0)
        for override in active_schedule_overrides(work, ScheduleOverrideKind.OVERTIME)
        if override.machine_id == machine_id
    ]
    day_s = work.state.day_start_s(work.now_s)
    for day in range(OVERTIME_DAYS):
        end_s = day_s + day * DAY_S + line.shift_end_s
        start_s = day_s + (day + 1) * DAY_S + line.shift_start_s
        spans = [(end_s, end_s + length_s)]
        if free_s >= 2 * length_s:
            spans.append((start_s - length_s, start_s))
        for low_s, high_s in spans:
            if low_s > work.now_s and all(high_s <= a or b <= low_s for a, b in granted):
                yield Overtime(low_s, high_s, machine.overtime_hour_cents * length_s // 3600)


def sentence(job: LateJob) -> str:
    """A late production order in a sentence."""
    return f"production order {job.job_id} is {-(-job.late_s // 60)} min late: {job.root.text}"


def _told(work: Working, job: LateJob, found: list[Remedy]) -> LateProduction:
    order = work.state.production[job.job_id]
    return LateProduction(
        production_order_id=job.job_id,
        item_id=order.item_id,
        due_s=order.due_s,
        late_s=job.late_s,
        past_deadline_s=job.past_deadline_s,
        text=sentence(job),
        causes=job.chain,
        helps=tuple(help_ for one in found if (help_ := _help(work, one)) is not None),
    )


def _help(work: Working, remedy: Remedy) -> Help | None:
    """The remedy in words; None for what no command does."""
    state, kind = work.state, ScheduleOverrideKind
    match remedy.kind:
        case Kind.OVERTIME:
            minutes = (remedy.to_s - remedy.from_s) // 60
            at = _moment(work, remedy.from_s)
            span = f"{clock_time(state, remedy.from_s)} to {clock_time(state, remedy.to_s)}"
            text = f"overtime on {remedy.machine_id} from {span}"
            window = {"start_s": remedy.from_s, "end_s": remedy.to_s}
            command = f"overtime {remedy.machine_id} --at {at} --for {minutes}m"
            return _decided(remedy, text, {command: {"kind": kind.OVERTIME, "machine_id": remedy.machine_id, **window}})
        case Kind.MOVE:
            command = f"move {remedy.task_id} --machine {remedy.machine_id}"
            move: Decision = {"kind": kind.MOVE, "task_id": remedy.task_id, "machine_id": remedy.machine_id}
            return _decided(remedy, f"{remedy.task_id} on {remedy.machine_id}", {command: move})
        case Kind.SPLIT | Kind.STREAM:
            names = remedy.task_ids or (remedy.task_id,)
            splits: dict[str, Decision] = {
                f"split {name} --lots {remedy.number}": {"kind": kind.SPLIT, "task_id": name, "lots": remedy.number}
                for name in names
            }
            return _decided(remedy, f"{' and '.join(names)} in {remedy.number} lots", splits)
        case Kind.PRIORITY:
            priority = min(9, max(0, remedy.number - 1))
            first: Decision
            first = {"kind": kind.PRIORITY, "production_order_id": remedy.job_id, "priority": priority}
            command = f"priority {remedy.job_id} {priority}"
            return _decided(remedy, f"priority {priority} for {remedy.job_id}", {command: first})
        case Kind.REPLAN:
            return Help(remedy, "a better sequence, which planning looks for by itself", "muster plan get", ())
        case Kind.OPERATOR:
            return Help(remedy, f"worker {remedy.unit_id} comes in", f"muster schedule back {remedy.unit_id}", ())
        case Kind.RELEASE:
            held = active_schedule_overrides(work, kind.MOVE)
            override = next((o for o in held if o.task_id == remedy.task_id), None)
            if override is not None:
                undo = f"muster schedule undo {override.override_id}"
                return Help(remedy, f"{remedy.task_id} where it is best", undo, ())
    return None


def _decided(remedy: Remedy, text: str, decisions: dict[str, Decision]) -> Help:
    """A remedy that is one decision or several, each by its command."""
    reason = f'--reason "{remedy.job_id} late"'
    commands = " && ".join(f"muster schedule {command} {reason}" for command in decisions)
    return Help(remedy, text, commands, tuple(decisions.values()))


def _moment(work: Working, at_s: int) -> str:
    """HH:MM of today, or HH:MM+1 for tomorrow, as the CLI reads it."""
    days = (work.state.day_start_s(at_s) - work.state.day_start_s(work.now_s)) // DAY_S
    return clock_time(work.state, at_s) + (f"+{days}" if days else "")
