"""What people see of stock and suppliers: projected days, the policy's figures, scorecards."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.ingest.convert_stock import forecast_out, outlook_out, scorecard_out
from orchestrator.ingest.stock_view import Position
from orchestrator.planning.settings import PlanningSettings
from tests.unit.planning.test_learning import A_DAY, SETTINGS, next_day, shop, weeks
from tests.unit.planning.test_planner import running

MANUAL = PlanningSettings(improve_budget_ms=0, background_every_s=3600, auto_approve_cents=0)


async def test_stock_falls_by_demand_inside_its_band_until_what_is_proposed_comes() -> None:
    async with running(settings=MANUAL, company=shop(on_hand=20)) as live:
        outlook = await live.planner.outlook("W1", "A", 28)
        assert len(outlook.days) == 28
        assert all(day.low <= day.expected <= day.high for day in outlook.days)
        assert 5 <= outlook.days[0].expected <= 15
        assert outlook.proposal is not None
        coming = [day for day in outlook.days if day.proposed]
        assert coming
        assert coming[0].arriving >= coming[0].proposed > 0
        assert len(outlook.history) == 28
        assert outlook.policy is not None
        assert outlook.policy.fill_rate_per_mille > 900
        assert outlook.policy.cost_milli_cents_day > 0


async def test_an_order_on_its_way_counts_by_how_probable_its_arrival_is() -> None:
    async with running(settings=SETTINGS, company=shop()) as live:
        await weeks(live, 12, {"S1": (2, 6), "S2": (2, 6)})
        outlook = await live.planner.outlook("W1", "A", 14)
        assert all(day.low <= day.expected <= day.high for day in outlook.days)
        message = outlook_out(Position("W1", "A", 1, 0, 0, 0), outlook, True, None)
        assert message.forecast.observed_days > 0
        assert message.policy.source_id in ("S1", "S2")


async def test_a_supplier_has_a_card_for_all_sites_and_for_each() -> None:
    async with running(settings=SETTINGS, company=shop()) as live:
        cards = await live.planner.scorecards()
        assert [(card.supplier_id, card.site_id, card.orders) for card in cards] == [("S1", "", 0), ("S2", "", 0)]
        await weeks(live, 15, {"S1": 5})
        cards = await live.planner.scorecards("S1")
        assert [(card.supplier_id, card.site_id) for card in cards] == [("S1", ""), ("S1", "W1")]
        assert cards[0].orders == cards[1].orders > 0
        assert sum(cards[0].lead_time_ppm) == 1_000_000
        assert cards[0].late_per_mille > 100
        assert "agreed 2 days" in scorecard_out(cards[0]).text


async def test_the_forecast_is_told_with_its_error() -> None:
    async with running(settings=SETTINGS, company=shop(on_hand=400)) as live:
        for _ in range(3):
            await next_day(live)
        figures = forecast_out(live.state.forecasts[("W1", "A")])
        assert figures is not None
        assert 8_000 < figures.mean_milli_day < 12_000
        assert figures.kind == "smooth"
        await live.do(c.CountStock(site_id="W1", item_id="A", on_hand=0, at_s=live.clock.now_s()))
        live.clock.advance(A_DAY)
