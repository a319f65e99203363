"""A machine at work: starts the tasks that the plan gives it, as soon as they can start, and reports.

Promises: no task before its planned start, before its predecessor is done, or without its materials. A machine that is
down stands still in the middle of a task and goes on afterwards.
"""

from __future__ import annotations

from orchestrator.domain.company import Machine
from orchestrator.domain.entities import ProductionOrder, SupplyStatus, TaskStatus
from orchestrator.domain.measures import task_duration_s, waits_for
from orchestrator.domain.shop_floor import MaintenanceStatus
from orchestrator.twin.world import Process, Refused, World
from protos.muster.operator.v1 import event_service_pb2 as pb

LOOK_AGAIN_S = 300


class Operator:
    """One machine. `down_until_s`: what disruptions do to it."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.down_until_s = 0.0
        self._refused: dict[str, float] = {}

    @property
    def actor(self) -> str:
        """Its name as a reporter."""
        return f"machine/{self.machine.machine_id}"

    def run(self) -> Process:
        """The machine's day."""
        world = self.world
        while True:
            yield from self._while_down()
            task_id = self._startable()
            if task_id is None:
                yield world.pause(self._look_again_s())
                continue
            started_s = world.env.now
            if (yield from self._tell_started(task_id)):
                yield from self._work(task_id, started_s)
                yield from self._tell_finished(task_id)

    def _planned(self) -> list[tuple[int, str]]:
        tasks = self.world.state.plan.tasks.values()
        return sorted((task.start_s, task.task_id) for task in tasks if task.machine_id == self.machine.machine_id)

    def _look_again_s(self) -> float:
        """The next planned start, or a while: materials may come without news of the plan."""
        now = self.world.env.now
        ahead = [float(start_s) for start_s, _ in self._planned() if start_s > now]
        return min([*ahead, now + LOOK_AGAIN_S])

    def _startable(self) -> str | None:
        """The first planned task that is due and can start."""
        now = self.world.env.now
        for start_s, task_id in self._planned():
            if start_s <= now and self._refused.get(task_id, 0.0) <= now and self._can_start(task_id):
                return task_id
        return None

    def _order(self, task_id: str) -> tuple[ProductionOrder | None, int]:
        order_id, _, index = task_id.rpartition(":")
        return self.world.state.production.get(order_id), int(index)

    def _can_start(self, task_id: str) -> bool:
        maintenance = self.world.state.maintenance.get(task_id)
        if maintenance is not None:
            return maintenance.status is MaintenanceStatus.WAITING
        order, index = self._order(task_id)
        if order is None or order.status is SupplyStatus.CANCELLED:
            return False
        if order.tasks[index].status is not TaskStatus.WAITING:
            return False
        if order.tasks[index].operation:
            return all(earlier.status is TaskStatus.DONE for earlier in waits_for(order, order.tasks[index]))
        return order.status is SupplyStatus.STARTED or self._materials_there(order)

    def _materials_there(self, order: ProductionOrder) -> bool:
        state = self.world.state
        site_id = state.lines[self.machine.line_id].site_id
        return all(
            state.on_hand.get((site_id, component.item_id), 0) >= component.quantity * order.quantity
            for component in state.items[order.item_id].components
        )

    def _work(self, task_id: str, started_s: float) -> Process:
        """Run the task; time that the machine is down does not count."""
        world = self.world
        maintenance = world.state.maintenance.get(task_id)
        order, index = self._order(task_id) if maintenance is None else (None, 0)
        nominal_s = maintenance.duration_s if maintenance is not None else 0
        if order is not None:
            nominal_s = task_duration_s(world.state, order, order.tasks[index])
        end_s = started_s + round(nominal_s * world.chance.task(task_id))
        while world.env.now < end_s:
            if self.down_until_s > world.env.now:
                stood_s = world.env.now
                yield from self._while_down()
                end_s += world.env.now - stood_s
            yield world.sleep_until(min(end_s, world.env.now + world.step_s))

    def _while_down(self) -> Process:
        while self.down_until_s > self.world.env.now:
            yield self.world.sleep_until(self.down_until_s)

    def _tell_started(self, task_id: str) -> Process:
        report = pb.TaskStarted(task_id=task_id, machine_id=self.machine.machine_id, at_s=self.world.now_s)
        reply = yield self.world.server.report(self.actor, pb.ReportEventRequest(task_started=report))
        if isinstance(reply, Refused):
            self.world.journal.note_refusal("task_started", reply)
            self._refused[task_id] = self.world.env.now + self.world.step_s
            return False
        yield from self.world.catch_up(reply)
        return True

    def _tell_finished(self, task_id: str) -> Process:
        report = pb.TaskFinished(task_id=task_id, at_s=self.world.now_s)
        reply = yield self.world.server.report(self.actor, pb.ReportEventRequest(task_finished=report))
        if isinstance(reply, Refused):
            self.world.journal.note_refusal("task_finished", reply)
        yield from self.world.catch_up(reply)
