"""The planner on every level of the ladder: what still works does, and what waits is planned when the level rises."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.loop import Core
from orchestrator.domain import commands as c
from orchestrator.domain.errors import Rejection
from orchestrator.domain.levels_commands import HoldLevel, ReleaseLevel
from orchestrator.domain.levels_events import LevelChanged, LevelHeld, LevelReleased
from orchestrator.planning import drive
from orchestrator.planning import probe as probe_module
from orchestrator.planning.ladder import Level, Part
from orchestrator.planning.lower_levels import HELD
from orchestrator.planning.search_guard import FAILURES_MAX, PROBE_S, PROBE_S_MAX, Guard
from tests.unit.planning.bidders import Bidders
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.test_planner import Live, running
from tests.unit.planning.world import HOUR_S
from tests.waiting import wait_for


def hold(level: int, duration_s: int = 600) -> HoldLevel:
    return HoldLevel(level=level, owner="ada", reason="drill", duration_s=duration_s)


async def logged(core: Core[Any], kind: type) -> list[Any]:
    """Events of a kind, in order."""
    return [row.event for row in await core.read_events(0, 10_000) if isinstance(row.event, kind)]


async def held_at(live: Live, level: int) -> None:
    await live.core.submit(hold(level), principal="operator:ada")
    await live.planner.keeper.tend()


async def released(live: Live) -> None:
    await live.core.submit(ReleaseLevel(by="ada"), principal="operator:ada")
    await live.planner.keeper.tend()
    await live.planner.quiet(30)


async def test_an_auction_answers_orders_and_a_breakdown_with_valid_plans_and_reasons() -> None:
    bidders = Bidders()
    async with running(vehicles=bidders) as live:
        await live.order(6)
        await held_at(live, Level.AUCTION)
        await live.order(4)
        broken = next(iter(live.state.plan.routes))
        now_s = live.clock.now_s()
        await live.do(c.ReportVehicleDown(vehicle_id=broken, at_s=now_s, until_s=now_s + 20 * HOUR_S))
        assert len(live.state.plan.vehicle_of) == 10
        assert broken not in live.state.plan.vehicle_of.values()
        assert bidders.asked > 0
        heads = [head for head in live.heads() if head.engine == "auction"]
        assert len(heads) >= 2
        assert any("won by" in change.reason for head in heads for change in head.changes)
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_what_no_vehicle_can_take_is_unplanned_with_the_vehicles_reason() -> None:
    async with running(vehicles=Bidders()) as live:
        await held_at(live, Level.AUCTION)
        now_s = live.clock.now_s()
        for name in list(live.state.vehicles):
            await live.do(c.ReportVehicleDown(vehicle_id=name, at_s=now_s, until_s=now_s + 20 * HOUR_S))
        await live.order(2)
        verdicts = live.state.plan.unplanned.values()
        assert [verdict.code for verdict in verdicts] == ["VEHICLE_DOWN"] * 2
        assert all("nearest: V" in verdict.text for verdict in verdicts)
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_silent_vehicles_lead_to_a_held_plan_and_back() -> None:
    bidders = Bidders(mute=True)
    async with running(vehicles=bidders) as live:
        await live.order(3)
        await held_at(live, Level.AUCTION)
        before = dict(live.state.plan.routes)
        await live.planner.keeper.tend()
        live.planner.keeper.search.failed("x", 0.0)
        for _ in range(FAILURES_MAX):
            live.planner.keeper.search.failed("broken", live.planner.keeper.mono_s())
        await live.order(2)
        assert live.planner.status().level == Level.HOLD
        assert "the agents are away" in live.planner.status().level_text
        assert {verdict.code for verdict in live.state.plan.unplanned.values()} == {HELD}
        assert dict(live.state.plan.routes) == before


async def test_a_held_plan_keeps_new_orders_and_plans_them_afterwards() -> None:
    async with running() as live:
        await live.order(3)
        await held_at(live, Level.HOLD)
        before = dict(live.state.plan.routes)
        await live.order(4)
        assert dict(live.state.plan.routes) == before
        assert [verdict.code for verdict in live.state.plan.unplanned.values()] == [HELD] * 4
        await released(live)
        assert not live.state.plan.unplanned
        assert len(live.state.plan.vehicle_of) == 7
        check_plan(live.state, live.memory, live.clock.now_s())


async def test_accept_and_log_only_loses_nothing() -> None:
    async with running() as live:
        await live.order(2)
        await held_at(live, Level.LOG)
        revision = live.state.plan.revision
        await live.order(5)
        assert live.state.plan.revision == revision
        assert len(live.state.open_orders) == 7
        await released(live)
        assert len(live.state.plan.vehicle_of) == 7


async def test_each_step_is_in_the_log_with_its_cause_and_a_hold_ends_by_itself() -> None:
    async with running() as live:
        await held_at(live, Level.HOLD)
        live.clock.advance(601)
        await live.planner.keeper.tend()
        await live.planner.keeper.tend()
        (held,) = await logged(live.core, LevelHeld)
        assert (held.hold.owner, held.hold.reason, held.hold.level) == ("ada", "drill", Level.HOLD)
        assert [event.by for event in await logged(live.core, LevelReleased)] == [""]
        steps = await logged(live.core, LevelChanged)
        assert [(event.was, event.level) for event in steps] == [(0, 3), (3, 1)]
        assert steps[0].cause.startswith("held by ada until")
        assert live.state.level.level == Level.CORE
        with pytest.raises(Rejection, match="hold"):
            await live.core.submit(ReleaseLevel(by="ada"), principal="operator:ada")


async def test_a_search_that_fails_is_answered_by_the_vehicles_and_comes_back_by_a_probe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("no kernel")

    async with running(vehicles=Bidders()) as live:
        await live.order(2)
        with monkeypatch.context() as patch:
            patch.setattr("orchestrator.planning.route_solve.search", broken)
            patch.setattr(probe_module, "search", broken)
            await live.order(8)
            assert live.planner.status().level == Level.AUCTION
            assert "the core's own search does not work" in live.planner.status().level_text
            assert len(live.state.plan.vehicle_of) == 10
            check_plan(live.state, live.memory, live.clock.now_s())
        keeper = live.planner.keeper
        clock = live.clock

        async def probed() -> bool:
            clock.advance(int(PROBE_S_MAX))
            await keeper.tend()
            return not keeper.search.away

        await wait_for(probed, "two probes are good")
        keeper.look()
        clock.advance(int(PROBE_S_MAX))
        assert keeper.look() is Level.CORE


async def test_a_search_that_never_comes_back_does_not_block_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "SEARCH_LIMIT_S", 0.0)
    async with running(vehicles=Bidders()) as live:
        await live.order(3)
        assert live.planner.status().level == Level.AUCTION
        assert live.planner.ladder.away(Part.SEARCH)
        assert len(live.state.plan.vehicle_of) == 3


def test_a_guard_trusts_again_after_two_good_probes_and_waits_longer_each_time() -> None:
    guard = Guard()
    for _ in range(FAILURES_MAX - 1):
        guard.failed("a", 0.0)
    assert not guard.away
    guard.worked(0.0)
    for _ in range(FAILURES_MAX):
        guard.failed("b", 0.0)
    assert guard.away
    assert not guard.probe_due(PROBE_S - 0.1)
    assert guard.probe_due(PROBE_S)
    assert not guard.probe_due(PROBE_S)
    guard.failed("c", PROBE_S)
    assert not guard.probe_due(2 * PROBE_S)
    assert guard.probe_due(3 * PROBE_S)
    guard.worked(20.0)
    assert guard.away
    assert guard.probe_due(20.0)
    guard.worked(20.0)
    assert not guard.away
