"""What cordons and drains mean for a plan: which resource may have which work.

Promises: a cordoned resource gets nothing that it does not have; one that is drained by REASSIGN or CANCEL loses what
it has not begun. What is on board, being loaded, or on a machine stays where it is. Reads only. Called by `stops`,
`scope`, `vehicle_cut`, `scheduling_problem`, `verdict` and `explain`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orchestrator.domain.cordons import MOVES_WORK, Cordon, CordonKind, DrainPolicy, cordon_on
from orchestrator.domain.entities import Task, TaskStatus
from orchestrator.domain.refusals import docks_shut_s
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.working import Working

PUT_OFF_S = 7 * DAY_S
"""Work of a line that nobody knows the return of is planned after so long, again and again."""


def cordon_of_vehicle(state: State, vehicle_id: str) -> Cordon | None:
    """Why the vehicle takes no new stops, or None."""
    return cordon_on(state.cordons, state.cordoned, CordonKind.VEHICLE, vehicle_id)


def may_have(cordon: Cordon, vehicle_id: str, incumbent: str | None) -> bool:
    """Whether the cordoned vehicle may have an order that `incumbent` has now."""
    return incumbent == vehicle_id and cordon.policy not in MOVES_WORK


def must_stay(state: State, cordon: Cordon) -> bool:
    """Whether what the cordoned vehicle has is finished there: a drain by COMPLETE, unless it has broken down."""
    return cordon.policy is DrainPolicy.COMPLETE and state.fleet[cordon.resource_id].down_until_s is None


def given_up(state: State, order_id: str) -> Cordon | None:
    """The drain that gave this order up, or None."""
    for cordon_id in state.cordoned.values():
        if order_id in state.cordons[cordon_id].given_up:
            return state.cordons[cordon_id]
    return None


def docks_open_s(state: State, site_id: str, now_s: int) -> int:
    """From when a vehicle can load at the site: now, unless all its docks are cordoned or shut by its agent's word."""
    cordon = cordon_on(state.cordons, state.cordoned, CordonKind.DOCK, site_id)
    now_s = max(now_s, docks_shut_s(state.refusals, site_id))
    if cordon is None or cordon.docks < state.sites[site_id].docks:
        return now_s
    return max(now_s, cordon.expires_s if cordon.expires_s is not None else state.day_start_s(now_s) + DAY_S)


def machines_left(work: Working, task: Task, machine_ids: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The machines that may still do a waiting task, and from when.

    Without any on a line that works, the task waits for the end of the cordon.
    """
    state = work.state
    if not state.cordoned or task.status is TaskStatus.RUNNING:
        return tuple(machine_ids), 0
    shut = {machine_id: cordon for machine_id in machine_ids if (cordon := _shut(state, task.task_id, machine_id))}
    left = tuple(machine_id for machine_id in machine_ids if machine_id not in shut)
    if left and not _put_off(state, task.task_id, shut.values()):
        return left, 0
    return tuple(machine_ids), max((_ends_s(work, cordon) for cordon in shut.values()), default=0)


def _shut(state: State, task_id: str, machine_id: str) -> Cordon | None:
    """The cordon that keeps a task off a machine."""
    line_id = state.machines[machine_id].line_id
    cordon = cordon_on(state.cordons, state.cordoned, CordonKind.LINE, line_id)
    if cordon is None or cordon.policy in MOVES_WORK:
        return cordon
    planned = state.plan.tasks.get(task_id)
    stays = planned is not None and planned.machine_id in state.machines
    stays = stays and planned is not None and state.machines[planned.machine_id].line_id == line_id
    return None if stays else cordon


def _put_off(state: State, task_id: str, cordons: Collection[Cordon]) -> bool:
    """Whether a CANCEL drain has given the task up: then it goes nowhere else either."""
    planned = state.plan.tasks.get(task_id)
    if planned is None or planned.machine_id not in state.machines:
        return False
    line_id = state.machines[planned.machine_id].line_id
    return any(one.policy is DrainPolicy.CANCEL and one.resource_id == line_id for one in cordons)


def _ends_s(work: Working, cordon: Cordon) -> int:
    return cordon.expires_s if cordon.expires_s is not None else work.now_s + PUT_OFF_S
