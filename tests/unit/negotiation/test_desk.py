"""The desk over a core in memory: orders that nobody can deliver are tendered, and the exact engine is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.company import Partner
from orchestrator.domain.events import Event
from orchestrator.domain.negotiations import Phase
from orchestrator.domain.plan import Verdict
from orchestrator.domain.state import State
from orchestrator.negotiation.desk import NegotiationDesk
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.planning.ports import NoSolvers, SolveOutcome
from solvers.negotiation.problem import WinnerProblem, Winners
from solvers.result import SolveStatus
from tests.unit.domain.small_company import World, draft, small_company, token_digest
from tests.unit.negotiation.calls import bid, of, tender, world_with
from tests.waiting import wait_for


class Core:
    """A world that is asked like a core, and the company clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._listeners: list[Callable[[int, int, Event], None]] = []

    @property
    def state(self) -> State:
        return self.world.state

    async def submit(self, command: Any, *, principal: str, **_: Any) -> None:
        before = len(self.world.events)
        self.world.do(command, principal)
        for event in self.world.events[before:]:
            for listener in self._listeners:
                listener(0, self.world.now_s, event)

    def add_listener(self, listener: Callable[[int, int, Event], None]) -> None:
        self._listeners.append(listener)

    def now_s(self) -> int:
        return self.world.now_s

    def monotonic_ns(self) -> int:
        return 0


class Engine:
    """Solver processes that choose as they are told."""

    available = True

    def __init__(self, winners: Winners | None) -> None:
        self.winners = winners
        self.asked: list[WinnerProblem] = []

    async def solve(self, kind: str, problem: Any, start: Any, budget: Any) -> SolveOutcome:
        assert kind == "negotiation"
        self.asked.append(problem)
        status = SolveStatus.OPTIMAL if self.winners is not None else SolveStatus.CRASHED
        return SolveOutcome(status, self.winners, "ortools")


async def driven(world: World, solvers: Any, until: Callable[[], bool], **settings: Any) -> None:
    """Let a desk work until something is so."""
    core = Core(world)
    desk = NegotiationDesk(core, core, NegotiationSettings(**settings), solvers)
    desk.start()
    try:
        await wait_for(until, "the desk has done it", 10.0)
    finally:
        await desk.stop()


def bundles() -> tuple[World, str]:
    """Two orders; a bundle for 90 that greed takes first, and two single bids for 70 together."""
    world = world_with(2)
    call = tender(world, "acme/1", "acme/2")
    bid(world, call, "lazy", 9_000, "acme/1", "acme/2")
    bid(world, call, "fast", 4_000, "acme/1")
    bid(world, call, "cheap", 3_000, "acme/2")
    world.now_s += 601
    return world, call


async def test_the_exact_engine_s_choice_is_taken_when_it_passes_the_check() -> None:
    world, call = bundles()
    engine = Engine(Winners((1, 2), 7_000, proven=True))
    await driven(world, engine, lambda: bool(of(world, call).awards))
    assert [one.bidder for one in of(world, call).awards] == ["fast", "cheap"]
    assert "by ortools, proven" in of(world, call).story[-1].text


@pytest.mark.parametrize("winners", [None, Winners((0, 1), 1), Winners((), 200_000)])
async def test_a_lost_engine_or_a_wrong_choice_is_replaced_by_greed(winners: Winners | None) -> None:
    world, call = bundles()
    engine = Engine(winners)
    await driven(world, engine, lambda: bool(of(world, call).awards))
    assert len(engine.asked) == 1
    assert "by greedy" in of(world, call).story[-1].text


async def test_an_order_that_nobody_can_deliver_is_tendered_by_itself() -> None:
    company = small_company()
    carrier = Partner(partner_id="fast", name="Fast", token_sha256=token_digest("x"), carries=True)
    world = World()
    world.do(ImportCompany(company=company.model_copy(update={"partners": (*company.partners, carrier)})))
    world.submit(draft("1"), draft("2"))
    for number, code in (("1", "LATE_CAPACITY"), ("2", "LATER_DAY")):
        world.state.plan.unplanned[f"acme/{number}"] = Verdict(order_id=f"acme/{number}", code=code, text="no van")
    await driven(
        world, NoSolvers(), lambda: bool(world.state.negotiations), tender_unplanned=True, tender_limit_cents=5_000
    )
    (call,) = world.state.negotiations.values()
    assert [lot.lot_id for lot in call.lots] == ["acme/1"]
    assert (call.lots[0].limit_cents, call.reason) == (5_000, "LATE_CAPACITY: no van")
    assert call.answer_by_s < world.state.orders["acme/1"].window_end_s


async def test_a_full_queue_delays_a_step_and_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator.domain.errors import Unavailable

    world, call = bundles()
    refusals = iter(range(3))
    submit = Core.submit

    async def full(self: Core, command: Any, **more: Any) -> None:
        if next(refusals, None) is not None:
            raise Unavailable("full", retry_after_ms=1)
        await submit(self, command, **more)

    monkeypatch.setattr(Core, "submit", full)
    await driven(world, NoSolvers(), lambda: bool(of(world, call).awards))
    assert next(refusals, None) is None


async def test_many_calls_are_all_settled() -> None:
    world = world_with(5)
    calls = [tender(world, f"acme/{number}") for number in range(1, 6)]
    for call, number in zip(calls, range(1, 6), strict=True):
        bid(world, call, "fast", 1_000, f"acme/{number}")
    world.now_s += 601
    await driven(world, NoSolvers(), lambda: all(of(world, call).phase is Phase.AWARDED for call in calls))
    assert asyncio.all_tasks() == {asyncio.current_task()}
