"""Demand by day: what counts, when, and what nobody could see."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.errors import Rejection
from orchestrator.domain.learned import DemandMarkKind
from orchestrator.domain.state import DAY_S
from tests.unit.domain.small_company import DAY_START_S, NOW_S, World, draft

CHAIR = ("W1", "chair")


def closing(world: World, day_s: int = DAY_START_S) -> None:
    """The next morning, the day is closed."""
    world.now_s = day_s + DAY_S + 60
    world.do(c.CloseDay(day_s=day_s))


def issue(world: World, quantity: int, short: int | None) -> None:
    """Chairs sold over the counter."""
    world.do(c.ReportStockIssued(site_id="W1", item_id="chair", quantity=quantity, short=short, at_s=NOW_S))


def test_history_begins_with_what_was_imported() -> None:
    history = World.with_company().state.demand[CHAIR]
    assert history.units == (3, 4, 2, 5)
    assert history.first_day_s == DAY_START_S - 4 * DAY_S


def test_orders_sales_and_what_was_wanted_in_vain_are_the_days_demand() -> None:
    world = World.with_company()
    world.submit(draft("A1", quantity=2), draft("A2", quantity=3))
    world.do(c.CancelOrder(order_id="acme/A2"))
    issue(world, 4, 1)
    closing(world)
    assert world.state.demand[CHAIR].units[-1] == 2 + 4 + 1
    assert world.state.demand[("W1", "board")].units[-1] == 2 * 7  # what chairs are made of is wanted with them
    assert world.state.on_hand[CHAIR] == 16


def test_an_order_for_tomorrow_is_tomorrows_demand() -> None:
    world = World.with_company()
    world.submit(draft("A1", quantity=2, window_start_s=NOW_S + DAY_S, window_end_s=NOW_S + DAY_S + 7200))
    closing(world)
    assert world.state.demand[CHAIR].units[-1] == 0
    closing(world, DAY_START_S + DAY_S)
    assert world.state.demand[CHAIR].units[-1] == 2


def test_an_order_marked_as_one_off_is_left_out() -> None:
    world = World.with_company()
    world.submit(draft("A1", quantity=2), draft("A2", quantity=9))
    world.do(
        c.MarkDemand(
            mark_id="fair",
            kind=DemandMarkKind.ONE_OFF,
            site_id="W1",
            item_id="chair",
            from_s=DAY_START_S,
            until_s=DAY_START_S + DAY_S,
            order_id="acme/A2",
            by="ada",
        )
    )
    closing(world)
    assert world.state.demand[CHAIR].units[-1] == 2


def test_an_empty_shelf_hides_demand_only_where_nobody_reports_it() -> None:
    blind, seeing = World.with_company(), World.with_company()
    issue(blind, 20, None)
    issue(seeing, 20, 7)
    closing(blind)
    closing(seeing)
    assert blind.state.demand[CHAIR].censored_days_s == (DAY_START_S,)
    assert seeing.state.demand[CHAIR].censored_days_s == ()
    assert seeing.state.demand[CHAIR].units[-1] == 27
    closing(blind, DAY_START_S + DAY_S)
    assert blind.state.demand[CHAIR].censored_days_s[-1] == DAY_START_S + DAY_S, "nobody came, or nobody was seen"


def test_more_sold_than_the_books_have_is_an_alert_and_never_negative() -> None:
    world = World.with_company()
    issue(world, 25, 0)
    assert world.state.on_hand[CHAIR] == 0
    assert "the books said 20" in world.state.alerts["STOCK_DISCREPANCY:W1:chair"].text


def test_days_are_closed_in_order_and_when_they_are_over() -> None:
    world = World.with_company()
    with pytest.raises(Rejection, match="the day ends at"):
        world.do(c.CloseDay(day_s=DAY_START_S))
    world.now_s = DAY_START_S + 3 * DAY_S
    with pytest.raises(Rejection, match="the next day to close"):
        world.do(c.CloseDay(day_s=DAY_START_S + DAY_S))
    world.do(c.CloseDay(day_s=DAY_START_S))


def test_history_is_bounded() -> None:
    world = World.with_company()
    for day in range(410):
        closing(world, DAY_START_S + day * DAY_S)
    history = world.state.demand[CHAIR]
    assert len(history.units) == 400
    assert history.first_day_s == DAY_START_S + 10 * DAY_S


def test_learning_follows_the_version_in_force() -> None:
    world = World.with_company()
    world.do(c.ReviseLearning(parent=0))
    assert world.state.learning_version == 1
    with pytest.raises(Rejection, match="learned from version 0"):
        world.do(c.ReviseLearning(parent=0))
