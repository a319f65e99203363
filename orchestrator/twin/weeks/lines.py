"""The lines at work: tasks start at their planned time or as soon after it as machine and materials are there.

Promises: what happened between two steps of the clock is reported in its order, with its own times; materials leave
the shelf when the first task starts, goods are there when the last one ends. Called by `run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from orchestrator.domain.entities import ProductionOrder, SupplyStatus, TaskStatus
from orchestrator.domain.measures import last_tasks, task_duration_s, waits_for
from orchestrator.domain.plan import PlannedTask
from orchestrator.domain.state import State
from orchestrator.twin.chance import Chance
from orchestrator.twin.weeks.books import Books
from orchestrator.twin.world import Ack, Reply
from protos.muster.operator.v1 import event_service_pb2 as pb

Report = Callable[[pb.ReportEventRequest], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Running:
    """A task on a machine."""

    end_s: int
    task_id: str
    machine_id: str


class Lines:
    """All machines of a company."""

    def __init__(self, chance: Chance, books: Books, report: Report) -> None:
        self._chance, self._books, self._report = chance, books, report
        self._running: dict[str, Running] = {}
        self._done: dict[str, None] = {}
        self._number: Counter[str] = Counter()
        self._luck: dict[str, tuple[str, int]] = {}
        self.completed = 0
        self.refused: Counter[str] = Counter()

    async def work(self, state: State, planned: list[PlannedTask], from_s: int, until_s: int) -> None:
        """What machines do between two moments, by the plan as it was at the first."""
        waiting = sorted(planned, key=lambda task: (task.start_s, task.task_id))
        now_s = from_s
        while True:
            await self._finish(state, now_s)
            waiting = [task for task in waiting if not await self._begin(state, task, now_s)]
            ahead = [one.end_s for one in self._running.values()]
            ahead += [task.start_s for task in waiting if task.start_s > now_s]
            later = min((at_s for at_s in ahead if at_s > now_s), default=until_s + 1)
            if later > until_s:
                return
            now_s = later

    async def _finish(self, state: State, now_s: int) -> None:
        for one in sorted(self._running.values(), key=lambda one: (one.end_s, one.task_id)):
            if one.end_s > now_s:
                continue
            del self._running[one.machine_id]
            self._done[one.task_id] = None
            request = pb.ReportEventRequest(task_finished=pb.TaskFinished(task_id=one.task_id, at_s=one.end_s))
            if not await self._told(request):
                continue
            order, index = _order_of(state, one.task_id)
            if order.tasks[index] in last_tasks(order):
                line = state.lines[state.machines[one.machine_id].line_id]
                self._books.put((line.output_site_id, order.item_id), order.quantity)
                self.completed += 1

    async def _begin(self, state: State, task: PlannedTask, now_s: int) -> bool:
        """Start a task if it can be started; whether there is nothing to wait for any more."""
        if task.start_s > now_s or task.machine_id in self._running:
            return False
        if task.production_order_id is None:
            return True
        order, index = _order_of(state, task.task_id)
        if order.status is SupplyStatus.CANCELLED or order.tasks[index].status is not TaskStatus.WAITING:
            return True
        if any(earlier.task_id not in self._done for earlier in waits_for(order, order.tasks[index])):
            return False
        materials = self._materials(state, order, task.machine_id) if order.tasks[index].operation == 0 else {}
        if any(self._books.on_hand[key] < units for key, units in materials.items()):
            return False
        request = pb.ReportEventRequest(
            task_started=pb.TaskStarted(task_id=task.task_id, machine_id=task.machine_id, at_s=now_s)
        )
        if not await self._told(request):
            return True
        for key, units in materials.items():
            self._books.take(key, units)
        takes_s = round(task_duration_s(state, order, order.tasks[index]) * self._factor(order, index))
        self._running[task.machine_id] = Running(now_s + takes_s, task.task_id, task.machine_id)
        return True

    def _materials(self, state: State, order: ProductionOrder, machine_id: str) -> dict[tuple[str, str], int]:
        site_id = state.lines[state.machines[machine_id].line_id].site_id
        parts = state.items[order.item_id].components
        return {(site_id, part.item_id): part.quantity * order.quantity for part in parts}

    def _factor(self, order: ProductionOrder, index: int) -> float:
        """Luck of the n-th order of an item, whatever its id."""
        if order.production_order_id not in self._luck:
            self._luck[order.production_order_id] = (order.item_id, self._number[order.item_id])
            self._number[order.item_id] += 1
        return self._chance.task(*self._luck[order.production_order_id], index)

    async def _told(self, request: pb.ReportEventRequest) -> bool:
        reply = await self._report(request)
        if isinstance(reply, Ack):
            return True
        self.refused[f"{request.WhichOneof('report')}: {reply.reason}"] += 1
        return False


def _order_of(state: State, task_id: str) -> tuple[ProductionOrder, int]:
    order_id, _, index = task_id.rpartition(":")
    return state.production[order_id], int(index)
