"""Why a task, a production order or maintenance stands where it does in the schedule, and what moved it.

Promises: reads only; causes of lateness are read off the schedule in force, moves off the kept revisions. Called by
operators through `Planner.explain_task`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.domain.entities import ProductionOrder, Task, TaskStatus
from orchestrator.domain.errors import not_found
from orchestrator.domain.measures import clock_time, task_quantity
from orchestrator.domain.shop_floor import Maintenance, MaintenanceStatus, ScheduleOverrideStatus
from orchestrator.domain.state import State
from orchestrator.planning.lateness import late_production
from orchestrator.planning.scheduling_problem import maintenance_price_cents
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.trigger_shop import told_override

MOVES_TOLD = 20


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A kept revision that put a task somewhere else, and why."""

    revision: int
    at_s: int
    task_id: str
    before: str
    after: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskExplanation:
    """Where it stands and why, in sentences; what moved it, the newest first."""

    subject: str
    sentences: tuple[str, ...]
    moves: tuple[TaskMove, ...]


def explain_task(state: State, subject: str, now_s: int, settings: PlanningSettings) -> TaskExplanation:
    """Explain a production order, one of its tasks, or maintenance, as of `now_s`. Raises NOT_FOUND."""
    maintenance = state.maintenance.get(subject)
    if maintenance is not None:
        sentences = tuple(_of_maintenance(state, maintenance, now_s))
        return TaskExplanation(subject, sentences, _moves(state, {subject}))
    order_id, _, index = subject.rpartition(":")
    order = state.production.get(order_id or subject)
    if order is None or (order_id and not (index.isdecimal() and int(index) < len(order.tasks))):
        raise not_found("task, production order or maintenance", subject, field="subject")
    tasks = order.tasks if not order_id else (order.tasks[int(index)],)
    sentences = tuple(_of_order(state, order, tasks, now_s, settings))
    return TaskExplanation(subject, sentences, _moves(state, {task.task_id for task in tasks}))


def _of_order(
    state: State, order: ProductionOrder, tasks: tuple[Task, ...], now_s: int, settings: PlanningSettings
) -> Iterator[str]:
    due = clock_time(state, order.due_s)
    yield f"{order.quantity} × {order.item_id}, due {due}, {order.status.value.lower()}"
    yield from (_of_task(state, order, task) for task in tasks)
    names = {task.task_id for task in tasks}
    for override in state.schedule_overrides.values():
        about = override.task_id in names or override.production_order_id == order.production_order_id
        if about and override.status is ScheduleOverrideStatus.ACTIVE:
            kept = f"not kept: {override.conflict}" if override.conflict else "kept"
            told = told_override(state, override)
            yield f"{override.override_id} of {override.owner}, {told} ({override.reason}): {kept}"
    for late in late_production(state, now_s, settings, {order.production_order_id}, None):
        yield late.text
        for cause in late.causes[1:]:
            yield f"{clock_time(state, cause.from_s)}–{clock_time(state, cause.to_s)} {cause.text}"


def _of_task(state: State, order: ProductionOrder, task: Task) -> str:
    step = state.items[order.item_id].operations[task.operation]
    head = f"{task.task_id} ({step.name}, {task_quantity(order, task)} pieces)"
    if task.status is TaskStatus.DONE and task.start_s is not None and task.end_s is not None:
        return f"{head} ran on {task.machine_id} {clock_time(state, task.start_s)}–{clock_time(state, task.end_s)}"
    planned = state.plan.tasks.get(task.task_id)
    if planned is None:
        return f"{head} has no place yet"
    span = f"{clock_time(state, planned.start_s)}–{clock_time(state, planned.end_s)}"
    verb = "runs" if task.status is TaskStatus.RUNNING else "is planned"
    hands = f" with {', '.join(planned.held)}" if planned.held else ""
    extra = " in overtime" if planned.overtime else ""
    return f"{head} {verb} on {planned.machine_id} {span}{hands}{extra}"


def _of_maintenance(state: State, one: Maintenance, now_s: int) -> Iterator[str]:
    worst = one.risk[-1]
    yield (
        f"machine {one.machine_id} fails by {clock_time(state, worst.at_s)} with {worst.failed_per_mille / 10:g} % "
        f"probability{': ' + one.reason if one.reason else ''}"
    )
    planned = state.plan.tasks.get(one.maintenance_id)
    if one.status is not MaintenanceStatus.WAITING or planned is None:
        yield f"maintenance is {one.status.value.lower()}"
        return
    span = f"{clock_time(state, planned.start_s)}–{clock_time(state, planned.end_s)}"
    here, at_once, last = (
        f"{maintenance_price_cents(one, now_s, at_s) / 100:.2f} €" for at_s in (planned.start_s, now_s, worst.at_s)
    )
    yield f"maintenance is planned {span}, expected to cost {here} with the failures that may come before it"
    yield f"at once it would cost {at_once} and hold up the work until then; at {clock_time(state, worst.at_s)} {last}"


def _moves(state: State, names: set[str]) -> tuple[TaskMove, ...]:
    found = [
        TaskMove(
            record.head.revision,
            record.at_s,
            change.subject,
            change.before,
            change.after,
            tuple(cause.text or cause.kind for cause in record.head.causes),
        )
        for record in state.revisions
        for change in record.head.changes
        if change.subject in names and change.kind in ("TASK", "MAINTENANCE")
    ]
    return tuple(reversed(found[-MOVES_TOLD:]))
