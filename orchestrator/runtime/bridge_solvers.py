"""The bridge's solvers: a few processes, a short queue, and a watchdog.

Promises: every solve ends, as one of `OutcomeKind`; a solver that does not come back by its limit is killed
and replaced; one that died is replaced, an idle one within seconds; each is recycled after `SOLVES_MAX` solves, because
native libraries leak. Solves wait in a queue of `WAITING_MAX`; beyond it, BUSY. Called by `bridge`; knows only the
`Backend` Protocol.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog

from orchestrator.runtime.bridge_backend import Backend, Worker, WorkerFailed, WorkerLost
from orchestrator.runtime.bridge_messages import THERE, OutcomeKind, Solve, Solved, SolverCall, SolverStatus
from orchestrator.runtime.endings import overlook

WAITING_MAX = 4
SOLVES_MAX = 50
RETRY_S = 0.5
#: An idle solver is asked so often whether it is there, and has so long to answer: it may only just start.
LOOK_EVERY_S, ANSWER_S = 2.0, 60.0

_logger = structlog.get_logger("orchestrator.runtime.bridge_solvers")


class SolverSlot:
    """One solver's place: it outlives the processes that fill it."""

    def __init__(
        self, name: str, backend: Backend, queue: asyncio.Queue[Solve], done: Callable[[Solved], None]
    ) -> None:
        self.name = name
        self._backend, self._queue, self._done = backend, queue, done
        self._worker: Worker | None = None
        self._solve: Solve | None = None
        self._running: asyncio.Task[Solved] | None = None
        self._end: asyncio.Task[None] | None = None  # of the process
        self._of_process = 0
        self._solves = 0
        self._restarts = 0

    def status(self) -> SolverStatus:
        """For the heartbeat."""
        busy = self._solve.kind if self._solve is not None else ""
        pid = self._worker.pid if self._worker is not None else 0
        return SolverStatus(self.name, self._worker is not None, busy, self._solves, self._restarts, pid)

    def give_up(self, number: int) -> None:
        """Kill the solve of that number, if it runs here."""
        if self._solve is not None and self._solve.number == number and self._running is not None:
            self._running.cancel()

    async def run(self) -> None:
        """Keep a process in the slot and give it one solve after the other, until cancelled."""
        try:
            while True:
                if self._worker is None and not await self._fill():
                    await asyncio.sleep(RETRY_S)
                    continue
                if (solve := await self._next()) is None:
                    await self._look()
                    continue
                self._solve = solve
                self._running = asyncio.create_task(self._watched(self._solve))
                try:
                    outcome = await self._finished(self._solve, self._running)
                finally:
                    self._solve = self._running = None
                self._done(outcome)
                if self._of_process >= SOLVES_MAX:
                    await self._replace()
        finally:
            await self._replace()

    async def _next(self) -> Solve | None:
        """The next solve, or None when there is none for a while or the process has ended."""
        got = asyncio.create_task(self._queue.get())
        try:
            await asyncio.wait(self._or_end(got), timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            return got.result() if got.done() else None
        finally:
            got.cancel()

    def _or_end(self, task: asyncio.Task[Any]) -> set[asyncio.Task[Any]]:
        return {task} if self._end is None else {task, self._end}

    async def _answer(self, call: SolverCall, limit_s: float) -> bytes:
        """The process's answer, or `WorkerLost` as soon as it has ended."""
        assert self._worker is not None
        asked = asyncio.create_task(self._worker.call(call, limit_s))
        asked.add_done_callback(overlook)
        try:
            await asyncio.wait(self._or_end(asked), return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise WorkerLost(f"process {self._worker.pid} ended")
            return bytes(asked.result())
        finally:
            asked.cancel()

    async def _look(self) -> None:
        """Have an idle process replaced that died, or whose node did, before a solve is lost with it."""
        try:
            await self._answer(THERE, ANSWER_S)
        except WorkerFailed:
            _logger.exception("solver does not say that it is there", solver=self.name)
        except (WorkerLost, TimeoutError) as error:
            _logger.warning("idle solver lost", solver=self.name, error=str(error) or "no answer in time")
            self._restarts += 1
            await self._replace()

    async def _finished(self, solve: Solve, running: asyncio.Task[Solved]) -> Solved:
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            running.cancel()
            raise
        if running.cancelled():
            await self._replace()
            return Solved(solve.number, OutcomeKind.CANCELLED, message="given up by the caller")
        return running.result()

    async def _fill(self) -> bool:
        try:
            self._worker = await self._backend.solver(self.name)
        except WorkerLost as error:
            _logger.warning("solver does not come up", solver=self.name, error=str(error))
            return False
        self._of_process = 0
        self._end = asyncio.create_task(self._backend.ended(self._worker.pid), name=f"end of {self.name}")
        return True

    async def _replace(self) -> None:
        worker, self._worker = self._worker, None
        if self._end is not None:
            self._end.cancel()
        if worker is not None:
            await worker.kill()

    async def _watched(self, solve: Solve) -> Solved:
        """The outcome of one solve, whatever happens to its process."""
        began_s = time.monotonic()
        self._of_process += 1
        self._solves += 1
        payload, message = b"", ""
        try:
            payload = await self._answer(SolverCall(solve.kind, solve.payload), solve.limit_s)
            outcome = OutcomeKind.SOLVED
        except WorkerFailed as error:
            outcome, message = OutcomeKind.ERROR, str(error)
        except WorkerLost as error:
            outcome, message = OutcomeKind.CRASHED, str(error)
        except TimeoutError:
            outcome, message = OutcomeKind.OVERRUN, f"killed after {solve.limit_s:.1f} s"
        if outcome in (OutcomeKind.CRASHED, OutcomeKind.OVERRUN):
            self._restarts += 1
            await self._replace()
        return Solved(solve.number, outcome, payload, message, time.monotonic() - began_s)


class Solvers:
    """All solver slots and their one queue."""

    def __init__(self, backend: Backend, count: int, done: Callable[[Solved], None]) -> None:
        self._queue: asyncio.Queue[Solve] = asyncio.Queue(WAITING_MAX)
        self._done = done
        self._given_up: set[int] = set()
        self._slots = [SolverSlot(f"solver-{n}", backend, self._queue, done) for n in range(count)]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the processes."""
        self._tasks = [asyncio.create_task(slot.run(), name=slot.name) for slot in self._slots]

    def defect(self) -> str:
        """What went wrong in here that must not, or "": a task that ended."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled()]
        return f"{ended[0].get_name()} ended: {ended[0].exception()!r}" if ended else ""

    def statuses(self) -> tuple[SolverStatus, ...]:
        """One status a solver."""
        return tuple(slot.status() for slot in self._slots)

    def solve(self, solve: Solve) -> None:
        """Queue a solve; its outcome comes through `done`."""
        if not self._slots:
            self._done(Solved(solve.number, OutcomeKind.UNAVAILABLE, message="this bridge has no solvers"))
            return
        try:
            self._queue.put_nowait(solve)
        except asyncio.QueueFull:
            self._done(Solved(solve.number, OutcomeKind.BUSY, message=f"{WAITING_MAX} solves wait already"))

    def give_up(self, number: int) -> None:
        """Stop a solve that runs, or take it out of the queue."""
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        for solve in waiting:
            if solve.number != number:
                self._queue.put_nowait(solve)
        for slot in self._slots:
            slot.give_up(number)

    async def stop(self) -> None:
        """Kill every solver."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
