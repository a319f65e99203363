"""Learning in a running planner: days, demand, suppliers, lost orders; and the same again after a restart."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain import company as co
from orchestrator.domain.entities import AlertStatus, PurchaseOrder, SupplyStatus
from orchestrator.domain.learned import ALL, DemandMarkKind
from orchestrator.domain.sourcing import Source
from orchestrator.log.memory_store import MemoryDisk
from orchestrator.planning import restocker
from orchestrator.planning.records import forecast_of, lead_time_of
from orchestrator.planning.replenish import Job, Replenished, solve
from orchestrator.planning.settings import PlanningSettings
from orchestrator.runtime.metrics import Metrics
from solvers.replenishment.lead_time import lateness
from tests.unit.planning.test_planner import Live, running
from tests.unit.planning.world import DAY_S, HOUR_S, small_company

A_DAY = 86_400
KEY = ("W1", "A")
SETTINGS = PlanningSettings(improve_budget_ms=0, background_every_s=3600, auto_approve_cents=10**9)
Takes = dict[str, int | tuple[int, ...]]
HISTORY = tuple((9, 11, 10, 12, 8, 10, 10)[day % 7] for day in range(90))


def shop(**policy: object) -> co.Company:
    """One warehouse; A is sold by S1, and by S2; both promise two days."""
    company = small_company(vehicles=2, customers=4)
    stock = co.StockPolicy(site_id="W1", item_id="A", on_hand=60, daily_demand=HISTORY).model_copy(update=policy)
    return company.model_copy(
        update={
            "suppliers": tuple(
                co.Supplier(supplier_id=name, name=name, lead_time_s=2 * A_DAY, order_cost_cents=20)
                for name in ("S1", "S2")
            ),
            "sources": (
                Source(item_id="A", supplier_id="S1", unit_cost_cents=500, min_order_quantity=10),
                Source(item_id="A", supplier_id="S2", unit_cost_cents=500, min_order_quantity=10),
            ),
            "stock": (stock,),
            "holding_per_mille_year": 1000,
        }
    )


async def next_day(live: Live, sold: int = 10, short: int | None = 0) -> None:
    """Sell, and go on to 6:00 of the next day; everything heard of is planned and learned."""
    now_s = live.clock.now_s()
    on_hand = live.state.on_hand[KEY]
    issued = min(sold, on_hand)
    missing = sold - issued if short == 0 else short
    await live.do(c.ReportStockIssued(site_id="W1", item_id="A", quantity=issued, short=missing, at_s=now_s))
    live.clock.advance(live.state.day_start_s(now_s) + A_DAY + 6 * HOUR_S - now_s)
    live.planner.clock_moved()
    await live.planner.quiet(30)


def daily(live: Live) -> int:
    """Expected demand of a day, in millionths of a unit."""
    forecast = forecast_of(live.state.forecasts[KEY])
    assert forecast is not None
    return forecast.mean_micro


def open_orders(live: Live) -> list[PurchaseOrder]:
    """Purchase orders that have not come."""
    coming = (SupplyStatus.OPEN, SupplyStatus.LOST)
    return [order for order in live.state.purchases.values() if order.status in coming]


async def receive(live: Live, days: Takes) -> None:
    """What is so old, by supplier or by its orders in turn, comes; a supplier that is not named never delivers."""
    now_s = live.clock.now_s()
    for order in open_orders(live):
        age = (now_s - order.placed_s) // A_DAY
        takes = days.get(order.supplier_id)
        number = int(order.purchase_order_id[-3:])
        if takes is not None and age >= (takes if isinstance(takes, int) else takes[number % len(takes)]):
            await live.do(
                c.ReceivePurchase(purchase_order_id=order.purchase_order_id, quantity=order.quantity, at_s=now_s)
            )


async def weeks(live: Live, days: int, takes: Takes) -> None:
    """So many days pass."""
    for _ in range(days):
        await receive(live, takes)
        await next_day(live)


async def test_days_are_closed_one_after_the_other_and_learned() -> None:
    async with running(settings=SETTINGS, company=shop()) as live:
        assert live.state.closed_day_s == DAY_S - A_DAY
        assert live.state.forecasts[KEY].observed_days > 0
        live.clock.advance(3 * A_DAY)
        assert not live.planner.idle
        live.planner.clock_moved()
        await live.planner.quiet(30)
        assert live.state.closed_day_s == DAY_S + 2 * A_DAY
        assert live.state.demand[KEY].units[-3:] == (0, 0, 0)
        assert live.state.forecasts[KEY].through_day == (DAY_S + 2 * A_DAY) // A_DAY
        assert live.planner.idle


async def test_a_supplier_that_turns_late_is_learned_safety_moves_and_the_other_is_asked() -> None:
    async with running(settings=SETTINGS, company=shop()) as live:
        await weeks(live, 10, {"S1": 2, "S2": 2})
        assert {order.supplier_id for order in live.state.purchases.values()} == {"S1"}
        safety = [_safety_stock(live)]
        for _ in range(35):
            await weeks(live, 1, {"S1": (2, 9, 4, 30), "S2": 2})
            safety.append(_safety_stock(live))
        assert max(safety) > 2 * safety[0] + 10
        record = live.state.lead_times[("S1", ALL)]
        learned = lead_time_of(record)
        assert learned is not None
        assert lateness(learned).late_ppm > 300_000
        later = [order for order in live.state.purchases.values() if order.placed_s > DAY_S + 35 * A_DAY]
        assert sum(order.supplier_id == "S2" for order in later) > len(later) / 2


def _safety_stock(live: Live) -> int:
    known = live.memory.replenishment
    assert known is not None
    return known.policies[0].safety_stock


async def test_after_a_restart_the_same_is_known_and_nothing_is_learned_again() -> None:
    async with running(settings=SETTINGS, company=shop()) as live:
        await weeks(live, 12, {"S1": 4})
        disk, state = live.disk, live.state
        forecasts, lanes, version = dict(state.forecasts), dict(state.lead_times), state.learning_version
        proposals = {key: (p.quantity, p.supplier_id) for key, p in state.plan.proposals.items()}
        assert lanes
        now_s = live.clock.now_s()
    async with _again(disk, now_s) as again:
        await again.planner.quiet(30)
        assert again.state.forecasts == forecasts
        assert again.state.lead_times == lanes
        assert again.state.learning_version == version
        assert {k: (p.quantity, p.supplier_id) for k, p in again.state.plan.proposals.items()} == proposals


def _again(disk: MemoryDisk, now_s: int) -> AbstractAsyncContextManager[Live]:
    return running(disk, settings=SETTINGS, now_s=now_s)


@pytest.mark.parametrize("guessing", [False, True])
async def test_a_lost_order_is_written_off_in_time_and_ordered_again(guessing: bool) -> None:
    """The supplier's agent puts a late order off again and again; that keeps it alive for nobody."""
    async with running(settings=SETTINGS, company=shop(on_hand=5)) as live:
        lost = next(iter(live.state.purchases))
        for _ in range(25):
            await receive(live, {"S2": 2})
            order = live.state.purchases[lost]
            if guessing and order.expected_s < live.clock.now_s():
                later_s = live.clock.now_s() + 2 * A_DAY
                await live.do(c.ReportPurchaseDelayed(purchase_order_id=lost, expected_s=later_s, estimate=True))
            await next_day(live)
            if live.state.purchases[lost].status is SupplyStatus.LOST:
                break
        assert live.state.purchases[lost].status is SupplyStatus.LOST
        assert live.state.alerts[f"PURCHASE_LOST:{lost}"].status is AlertStatus.OPEN
        assert len(live.state.purchases) > 1
        assert live.state.lead_times[("S1", ALL)].posterior_ppm[-1] > 50_000
        await live.do(c.ReceivePurchase(purchase_order_id=lost, quantity=10, at_s=live.clock.now_s()))
        assert live.state.purchases[lost].status is SupplyStatus.DONE


async def test_levels_that_a_person_typed_in_do_not_move() -> None:
    company = shop(fixed_reorder_point=37, fixed_order_up_to=90)
    async with running(settings=SETTINGS, company=company) as live:
        await weeks(live, 15, {"S1": (2, 9, 4, 30), "S2": 2})
        known = live.memory.replenishment
        assert known is not None
        assert (known.policies[0].reorder_point, known.policies[0].order_up_to) == (37, 90)
        assert live.state.forecasts[KEY].observed_days > 0


async def test_a_proposal_that_waits_is_told_once_and_a_snoozed_one_is_not_ordered() -> None:
    manual = shop(on_hand=5, automatic=False)
    async with running(settings=SETTINGS, company=manual) as live:
        proposal = live.state.plan.proposals["A@W1"]
        alert = live.state.alerts["PROPOSAL_WAITING:A@W1"]
        assert f"{proposal.quantity} × A" in alert.text
        assert "muster proposal approve A@W1" in alert.text
        until_s = live.clock.now_s() + 2 * A_DAY
        await live.do(c.SnoozeProposal(proposal_id="A@W1", until_s=until_s, by="ada"))
        await live.do(c.SetReplenishmentMode(site_id="W1", item_id="A", automatic=True, by="ada"))
        assert live.state.alerts["PROPOSAL_WAITING:A@W1"].status is AlertStatus.RESOLVED
        await next_day(live, sold=0)
        assert not live.state.purchases
        await next_day(live, sold=0)
        live.planner.clock_moved()
        await live.planner.quiet(30)
        assert live.state.purchases


async def test_the_budget_of_a_week_is_kept() -> None:
    company = shop(on_hand=5).model_copy(update={"purchase_budget_cents": 20_000})
    async with running(settings=SETTINGS, company=company) as live:
        await weeks(live, 6, {"S1": 2})
        spent = sum(order.quantity * order.unit_cost_cents + 20 for order in live.state.purchases.values())
        assert 0 < spent <= 20_000


async def test_what_was_sold_blindly_out_of_stock_is_not_low_demand() -> None:
    async with running(settings=SETTINGS, company=shop(on_hand=12, automatic=False)) as live:
        await next_day(live, sold=10, short=None)
        await next_day(live, sold=10, short=None)
        await next_day(live, sold=10, short=None)
        history = live.state.demand[KEY]
        assert len(history.censored_days_s) >= 2
        assert daily(live) > 7_000_000


async def test_a_marked_day_is_learned_anew_without_it() -> None:
    async with running(settings=SETTINGS, company=shop(on_hand=500)) as live:
        for _ in range(3):
            await next_day(live, sold=20)
        high = daily(live)
        mark = c.MarkDemand(
            mark_id="M1", kind=DemandMarkKind.ONE_OFF, site_id="W1", item_id="A", from_s=DAY_S,
            until_s=DAY_S + 3 * A_DAY, by="ada",
        )  # fmt: skip
        await live.do(mark)
        assert daily(live) < high


@pytest.mark.parametrize("days", [40])
async def test_a_long_time_away_is_caught_up_with(days: int) -> None:
    async with running(settings=replace(SETTINGS), company=shop()) as live:
        live.clock.advance(days * A_DAY)
        live.planner.clock_moved()
        await live.planner.quiet(30)
        assert live.state.closed_day_s == DAY_S + (days - 1) * A_DAY


async def test_a_promotion_ahead_is_bought_for() -> None:
    history = list(HISTORY)
    history[-40:-33] = [30] * 7
    async with running(settings=SETTINGS, company=shop(on_hand=300, daily_demand=tuple(history))) as live:
        today_s = live.state.day_start_s(live.clock.now_s())
        before = live.memory.replenishment
        assert before is not None
        for name, first_day in (("P1", -40), ("P2", 0)):
            from_s = today_s + first_day * A_DAY
            await live.do(
                c.MarkDemand(
                    mark_id=name, kind=DemandMarkKind.PROMOTION, site_id="W1", item_id="A", from_s=from_s,
                    until_s=from_s + 7 * A_DAY, by="ada",
                )
            )  # fmt: skip
        after = live.memory.replenishment
        assert after is not None
        assert after.policies[0].reorder_point > 1.5 * before.policies[0].reorder_point
        outlook = await live.planner.outlook("W1", "A", 5)
        assert 300 - outlook.days[4].expected > 100


async def test_what_replenishment_fails_at_is_tried_again_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(settings=SETTINGS, company=shop(on_hand=500)) as live:
        failed: list[Job] = []

        def failing(job: Job) -> Replenished:
            failed.append(job)
            if len(failed) == 1:
                raise RuntimeError("planted")
            return solve(job)

        monkeypatch.setattr(restocker, "solve", failing)
        await next_day(live, sold=480)
        assert len(failed) > 1
        assert live.planner.meter.failures == 1
        assert live.state.purchases


async def test_what_was_learned_is_measured() -> None:
    metrics = Metrics()
    async with running(settings=SETTINGS, company=shop(on_hand=5, automatic=False), metrics=metrics) as live:
        await next_day(live, sold=5)
        sample = metrics.registry.get_sample_value
        assert sample("muster_proposals_waiting") == 1
        assert sample("muster_learning_version") == live.state.learning_version
        assert 0 < (sample("muster_forecast_error_ratio") or 0) < 1
        assert 0.7 < (sample("muster_forecast_coverage_ratio") or 0) <= 1
        assert sample("muster_items_out_of_stock") == 1
        assert sample("muster_purchases_written_off_total") == 0
