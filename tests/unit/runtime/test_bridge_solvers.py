"""Solvers: every solve ends, in its own way, and a process that fails is replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from orchestrator.runtime import bridge_solvers
from orchestrator.runtime.bridge_backend import WorkerLost
from orchestrator.runtime.bridge_messages import OutcomeKind, Solve, Solved
from orchestrator.runtime.bridge_solvers import WAITING_MAX, Solvers
from tests.unit.runtime.fake_backend import FakeBackend
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_solvers, "RETRY_S", 0.01)


def answer(call: Any) -> bytes:
    """b"raise" and b"die" do; anything else is given back."""
    if call.payload == b"raise":
        raise ValueError("no such thing")
    if call.payload == b"die":
        raise WorkerLost("ended with -11")
    return b"plan of " + bytes(call.payload)


class Pool:
    """A pool under test and its outcomes."""

    def __init__(self, count: int, solve: Callable[[Any], Any]) -> None:
        self.backend = FakeBackend(solve)
        self.outcomes: dict[int, Solved] = {}
        self.solvers = Solvers(self.backend, count, self.done)

    def done(self, solved: Solved) -> None:
        assert solved.number not in self.outcomes
        self.outcomes[solved.number] = solved

    def solve(self, number: int, payload: bytes = b"x") -> None:
        self.solvers.solve(Solve(number, "routing", payload, 0.1))

    async def outcome(self, number: int) -> Solved:
        await wait_for(lambda: number in self.outcomes, f"solve {number} has ended", 3)
        return self.outcomes[number]

    async def up(self) -> None:
        await wait_for(lambda: all(slot.alive for slot in self.solvers.statuses()), "the solvers are up", 3)


@asynccontextmanager
async def pool(count: int = 1, solve: Callable[[Any], Any] = answer) -> AsyncIterator[Pool]:
    made = Pool(count, solve)
    made.solvers.start()
    await made.up()
    try:
        yield made
    finally:
        await made.solvers.stop()
        assert all(worker.dead.is_set() for worker in made.backend.solvers)


async def test_an_idle_solver_that_dies_is_replaced_before_a_solve_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_solvers, "LOOK_EVERY_S", 0.01)
    async with pool() as it:
        await it.backend.solvers[0].kill()
        await wait_for(lambda: len(it.backend.solvers) == 2, "there is another one", 3)
        it.solve(1)
        assert (await it.outcome(1)).outcome is OutcomeKind.SOLVED
        (status,) = it.solvers.statuses()
        assert (status.restarts, status.solves) == (1, 1)


async def test_an_idle_solver_that_answers_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_solvers, "LOOK_EVERY_S", 0.01)
    async with pool() as it:
        await wait_for(lambda: len(it.backend.solvers[0].calls) > 2, "it was asked", 3)
        assert len(it.backend.solvers) == 1


async def test_a_solve_is_answered() -> None:
    async with pool() as it:
        it.solve(1)
        solved = await it.outcome(1)
        assert (solved.outcome, solved.payload) == (OutcomeKind.SOLVED, b"plan of x")


@pytest.mark.parametrize(
    ("payload", "kind", "replaced"), [(b"raise", OutcomeKind.ERROR, False), (b"die", OutcomeKind.CRASHED, True)]
)
async def test_error_and_crash_are_told_apart_and_the_next_solve_works(
    payload: bytes, kind: OutcomeKind, replaced: bool
) -> None:
    async with pool() as it:
        it.solve(1, payload)
        assert (await it.outcome(1)).outcome is kind
        it.solve(2)
        assert (await it.outcome(2)).outcome is OutcomeKind.SOLVED
        assert len(it.backend.solvers) == 1 + replaced
        assert it.solvers.statuses()[0].restarts == replaced


async def test_an_overrun_is_killed_and_the_next_solve_works() -> None:
    async with pool() as it:
        it.backend.solvers[0].stuck = True
        it.solve(1)
        assert (await it.outcome(1)).outcome is OutcomeKind.OVERRUN
        assert it.backend.solvers[0].dead.is_set()
        it.solve(2)
        assert (await it.outcome(2)).outcome is OutcomeKind.SOLVED


async def test_more_than_the_queue_holds_is_refused_at_once() -> None:
    async with pool() as it:
        it.backend.solvers[0].stuck = True
        it.solve(0)
        await wait_for(lambda: it.solvers.statuses()[0].busy, "the solver is busy", 3)
        for number in range(1, WAITING_MAX + 2):
            it.solve(number)
        assert {number: solved.outcome for number, solved in it.outcomes.items()} == {WAITING_MAX + 1: OutcomeKind.BUSY}
        for number in range(1, WAITING_MAX + 1):
            assert (await it.outcome(number)).outcome is OutcomeKind.SOLVED


async def test_a_solve_that_is_given_up_is_killed_or_never_begun() -> None:
    async with pool() as it:
        it.backend.solvers[0].stuck = True
        it.solve(1)
        await wait_for(lambda: it.solvers.statuses()[0].busy, "the solver is busy", 3)
        it.solve(2)
        it.solve(3)
        it.solvers.give_up(2)
        it.solvers.give_up(1)
        assert (await it.outcome(1)).outcome is OutcomeKind.CANCELLED
        assert (await it.outcome(3)).outcome is OutcomeKind.SOLVED
        assert 2 not in it.outcomes
        assert it.backend.solvers[0].dead.is_set()


async def test_a_process_is_recycled_after_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_solvers, "SOLVES_MAX", 2)
    async with pool() as it:
        for number in range(4):
            it.solve(number)
            await it.outcome(number)
        await wait_for(lambda: len(it.backend.solvers) == 3, "two processes have had their share", 3)
        assert it.solvers.statuses()[0].restarts == 0


async def test_two_solvers_work_at_once() -> None:
    async with pool(2) as it:
        for worker in it.backend.solvers:
            worker.stuck = True
        it.solve(1)
        it.solve(2)
        await wait_for(lambda: all(slot.busy for slot in it.solvers.statuses()), "both are busy", 3)


async def test_without_solvers_every_solve_is_unavailable() -> None:
    async with pool(0) as it:
        it.solve(1)
        assert it.outcomes[1].outcome is OutcomeKind.UNAVAILABLE
