"""The planner on a real core with a memory log: events in, checked revisions out, whatever comes between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine, OverrideKind
from orchestrator.domain.errors import Rejection
from orchestrator.domain.evolve import evolve
from orchestrator.domain.plan import Revision, Tier
from orchestrator.domain.state import State
from orchestrator.log.chain import ChainKey
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.planning import lower_levels, plan_once
from orchestrator.planning.memory import Memory, following
from orchestrator.planning.planner import Planner
from orchestrator.planning.ports import NoSolvers, SolveOutcome, Solvers, Vehicles
from orchestrator.planning.settings import PlanningSettings
from orchestrator.runtime.clock import ManualClock
from orchestrator.runtime.metrics import Metrics
from solvers.budget import Budget
from solvers.result import SolveStatus
from solvers.routing.search import search
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, small_company
from tests.waiting import wait_for

SETTINGS = PlanningSettings(improve_budget_ms=0, background_every_s=3600, auto_approve_cents=0)


@dataclass
class Live:
    """A running core with its planner."""

    core: Core[State]
    planner: Planner
    clock: ManualClock
    memory: Memory
    disk: MemoryDisk
    numbers: int = 0

    @property
    def state(self) -> State:
        return self.core.state

    async def do(self, command: c.Command, principal: str = "operator:ada") -> None:
        """Submit and wait until it is planned for."""
        await self.core.submit(command, principal=principal)
        await self.planner.quiet(30)

    def drafts(self, count: int, priority: int = 5) -> tuple[c.OrderDraft, ...]:
        """New orders."""
        made = []
        for _ in range(count):
            self.numbers += 1
            made.append(
                c.OrderDraft(
                    number=f"N{self.numbers}",
                    customer_id=f"C{self.numbers % 12}",
                    lines=(OrderLine(item_id="A", quantity=2),),
                    window_start_s=DAY_S + 8 * HOUR_S,
                    window_end_s=DAY_S + 16 * HOUR_S,
                    priority=priority,
                )
            )
        return tuple(made)

    async def order(self, count: int = 1, priority: int = 5) -> None:
        """Submit orders and wait for their plan."""
        await self.do(c.SubmitOrders(partner_id="acme", orders=self.drafts(count, priority)))

    def heads(self) -> list[Revision]:
        """Heads of all kept revisions."""
        return [record.head for record in self.state.revisions]


@asynccontextmanager
async def running(
    disk: MemoryDisk | None = None,
    settings: PlanningSettings = SETTINGS,
    solvers: Solvers | None = None,
    vehicles: Vehicles | None = None,
    metrics: Metrics | None = None,
    wired: bool = True,
    company: Any = None,
    now_s: int = DAY_S + 6 * HOUR_S,
) -> AsyncIterator[Live]:
    """A core and a planner on a memory log; the company is imported unless the log has one."""
    disk = disk or MemoryDisk()
    memory = Memory()
    fold = following(evolve, memory) if wired else evolve
    clock = ManualClock(now_s)
    core = await Core.open(
        replace(muster_domain(), evolve=fold), MemoryStore(disk), ChainKey(b"k" * 32), clock, on_defect=_unexpected
    )
    planner = Planner(
        core, clock, settings, memory=memory, solvers=solvers or NoSolvers(), vehicles=vehicles, metrics=metrics
    )
    live = Live(core, planner, clock, memory, disk)
    await planner.start()
    try:
        if core.state.company is None:
            await live.do(c.ImportCompany(company=company or small_company(vehicles=4)))
        yield live
    finally:
        await planner.stop()
        await core.close()


def _unexpected(error: BaseException) -> None:
    raise AssertionError("the core met a defect") from error


@pytest.mark.parametrize("wired", [True, False])
async def test_an_order_is_planned_and_the_revision_names_it(wired: bool) -> None:
    async with running(wired=wired) as live:
        await live.order()
        assert live.state.plan.vehicle_of.keys() == {"acme/N1"}
        head = live.heads()[-1]
        assert head.tier is Tier.REPAIR
        assert [(cause.kind, cause.seq > 0) for cause in head.causes] == [("OrderReceived", True)]


async def test_what_comes_together_is_answered_together() -> None:
    async with running() as live:
        before = live.state.plan.revision
        commands = [c.SubmitOrders(partner_id="acme", orders=live.drafts(1)) for _ in range(20)]
        await asyncio.gather(*(live.core.submit(command, principal="partner:acme") for command in commands))
        await live.planner.quiet(30)
        assert len(live.state.plan.vehicle_of) == 20
        assert live.state.plan.revision - before < 20
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_more_orders_than_a_revision_takes_are_planned_in_several() -> None:
    async with running(settings=replace(SETTINGS, orders_per_round=10)) as live:
        await live.order(35)
        assert len(live.state.plan.vehicle_of) + len(live.state.plan.unplanned) == 35
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_a_disruption_is_answered_by_a_revision_that_names_it() -> None:
    metrics = Metrics()
    async with running(metrics=metrics) as live:
        await live.order(8)
        vehicle_id = next(iter(live.state.plan.routes))
        now_s = live.clock.now_s()
        await live.do(c.ReportVehicleDown(vehicle_id=vehicle_id, at_s=now_s, until_s=now_s + 8 * HOUR_S))
        assert live.heads()[-1].causes[0].kind == "VehicleWentDown"
        assert vehicle_id not in live.state.plan.vehicle_of.values()
        text = metrics.registry.get_sample_value("muster_plan_revisions_total", {"cause": "VehicleWentDown"})
        assert text == 1
        assert metrics.registry.get_sample_value("muster_event_to_plan_seconds_count") == 9


async def test_after_a_restart_the_plan_stands_and_goes_on() -> None:
    async with running() as live:
        await live.order(5)
        disk, routes, revision = live.disk, dict(live.state.plan.routes), live.state.plan.revision
    async with running(disk) as again:
        await again.planner.quiet(30)
        assert {key: route.order_ids() for key, route in again.state.plan.routes.items()} == {
            key: route.order_ids() for key, route in routes.items()
        }
        assert again.state.plan.revision <= revision + 1
        again.numbers = 5
        await again.order()
        assert len(again.state.plan.vehicle_of) == 6


async def test_an_order_that_was_not_planned_before_the_stop_is_planned_after_the_start() -> None:
    async with running() as live:
        await live.planner.stop()
        await live.core.submit(c.SubmitOrders(partner_id="acme", orders=live.drafts(1)), principal="partner:acme")
        disk = live.disk
    async with running(disk) as again:
        await again.planner.quiet(30)
        assert list(again.state.plan.vehicle_of) == ["acme/N1"]


async def test_a_part_that_fails_does_not_keep_the_rest_from_being_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = plan_once.planning

    def poisoned(work: Any, *args: Any) -> Any:
        if "acme/N3" in work.dirty.orders:
            raise RuntimeError("boom")
        return real(work, *args)

    async with running() as live:
        monkeypatch.setattr(lower_levels, "planning", poisoned)
        await live.order(6)
        assert set(live.state.plan.vehicle_of) == {f"acme/N{n}" for n in (1, 2, 4, 5, 6)}
        assert live.planner.meter.failures > 0
        monkeypatch.undo()
        await live.do(c.CountStock(site_id="W1", item_id="A", on_hand=1, at_s=live.clock.now_s()))
        await live.do(c.CountStock(site_id="W1", item_id="A", on_hand=900, at_s=live.clock.now_s()))


async def test_a_state_that_moves_during_the_search_makes_the_pass_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as live:
        await live.order(4)
        first = next(iter(live.state.plan.vehicle_of))
        await live.core.submit(c.SubmitOrders(partner_id="acme", orders=live.drafts(1)), principal="partner:acme")
        await live.core.submit(c.CancelOrder(order_id=first), principal="partner:acme")
        await live.planner.quiet(30)
        assert first not in live.state.plan.vehicle_of
        assert len(live.state.plan.vehicle_of) == 4
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_a_cheap_proposal_is_released_and_a_dear_one_waits_for_a_person() -> None:
    company = small_company(stock=0)
    async with running(company=company, settings=replace(SETTINGS, auto_approve_cents=10_000_000)) as live:
        await wait_for(lambda: live.state.purchases, "something is ordered")
        assert not live.state.plan.proposals
    async with running(company=company) as live:
        await wait_for(lambda: live.state.plan.proposals, "something is proposed")
        assert not live.state.purchases


async def test_preview_explain_and_diff_for_operators() -> None:
    async with running() as live:
        await live.order(3)
        own = live.state.plan.vehicle_of["acme/N1"]
        other = next(v for v in live.state.vehicles if v != own)
        command = c.CreateOverride(
            override_id="X1",
            kind=OverrideKind.ASSIGN,
            order_id="acme/N1",
            vehicle_id=other,
            owner="ada",
            reason="asked",
        )
        revision = live.state.plan.revision
        impact = await live.planner.preview(command)
        assert {move.to_vehicle for move in impact.moved} == {other}
        assert live.state.plan.revision == revision
        await live.do(command)
        assert live.planner.explain_order("acme/N1").vehicle_id == other
        assert live.planner.diff(revision, live.state.plan.revision).changes
        with pytest.raises(Rejection):
            await live.planner.preview(c.UndoOverride(override_id="none", by="ada"))


class OwnSearch:
    """Solver processes that are this process: the core's search with more time."""

    available = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def solve(self, kind: str, problem: Any, start: Any, budget: Budget) -> SolveOutcome:
        """Routing is searched, everything else ends without a plan."""
        self.asked.append(kind)
        if kind != "routing":
            return SolveOutcome(SolveStatus.NO_SOLUTION_IN_TIME, None)
        found = await asyncio.to_thread(search, problem, start, Budget(seconds=0.5, seed=1))
        return SolveOutcome(SolveStatus.FEASIBLE, found.plan, engine="test")


async def test_a_background_plan_is_taken_when_it_saves_enough() -> None:
    solvers = OwnSearch()
    settings = replace(SETTINGS, repair_budget_ms=1, gain_cents=1)
    async with running(solvers=solvers, settings=settings, company=small_company(vehicles=4, customers=12)) as live:
        for _ in range(12):
            await live.order()
        before = live.state.plan.kpis.cost_cents
        live.planner.solve_now()
        await wait_for(lambda: "routing" in solvers.asked, "the background is asked")
        taken = lambda: live.planner.meter.tiers.get("BACKGROUND", 0)  # noqa: E731
        await asyncio.sleep(0)
        await wait_for(lambda: taken() or live.state.plan.kpis.cost_cents <= before, "it is taken or was no better")
        check_plan(live.state, live.memory, live.clock.now_s())
        assert live.state.plan.kpis.cost_cents <= before


async def test_improvement_makes_the_plan_cheaper_and_says_so() -> None:
    settings = replace(SETTINGS, repair_budget_ms=1, improve_budget_ms=400, improve_gain_cents=1)
    async with running(settings=settings) as live:
        for _ in range(12):
            await live.order()
        await asyncio.sleep(0)
        costs = [head.kpis.cost_cents for head in live.heads() if head.tier is Tier.IMPROVE]
        before = [live.heads()[i - 1].kpis.cost_cents for i, h in enumerate(live.heads()) if h.tier is Tier.IMPROVE]
        assert all(after <= cost for after, cost in zip(costs, before, strict=True))
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_status_says_how_planning_does() -> None:
    async with running() as live:
        status = live.planner.status()
        assert (status.level, status.backlog, status.rejections) == (1, 0, 0)
        assert "the solver processes are away since" in status.level_text
        assert status.level_text.endswith("plans are repaired and improved in the core")
