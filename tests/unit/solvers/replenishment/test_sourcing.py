"""Sources: landed cost, the price of lateness, two at once, what a supplier that turns unreliable does, the words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.replenishment.check import check
from solvers.replenishment.explain import tell
from solvers.replenishment.forecast import DemandSeries, learn
from solvers.replenishment.item import ItemSite, PriceTier, Receipt, Requirement, Source
from solvers.replenishment.lead_time import LeadTime, observe, start
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.scorecard import cards
from solvers.replenishment.shared import DAY_S
from solvers.replenishment.sourcing import offers
from tests.unit.solvers.replenishment.cases import problem

TODAY = 20_000
NOW_S = TODAY * DAY_S
HISTORY = np.random.default_rng(1).poisson(12, 120)
SERIES = DemandSeries.of(HISTORY, first_day=TODAY - 120)
FORECAST = learn(SERIES, None, TODAY, horizon_days=7)
PUNCTUAL = observe(start(5, 1), received_days=[5, 5, 4, 5, 6, 5, 5, 5, 5, 5] * 3)
WOBBLY = observe(start(5, 1), received_days=[5, 9, 5, 12, 6, 11, 5, 13, 9, 5] * 3)
LOSING = observe(WOBBLY, received_days=[14, 9, 15, 6] * 3, lost=12)


def bought(lead: LeadTime, *others: Source, **changes: object) -> ItemSite:
    """12 a day from `cheap`, learned; others beside it."""
    cheap = Source("cheap", 5 * DAY_S, lead_time=lead, order_cost_cents=2_000, tiers=(PriceTier(1, 500),))
    made = ItemSite(
        "bolt", "north", 60, sources=(cheap, *others), series=SERIES, forecast=FORECAST, unit_cost_cents=500,
        shortage_cents_unit_day=150,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


DEAR = Source("dear", 4 * DAY_S, lead_time=observe(start(4, 1), received_days=[4] * 30), order_cost_cents=2_000,
              tiers=(PriceTier(1, 530),))  # fmt: skip


def steered(made: ItemSite) -> ReplenishmentProblem:
    return ReplenishmentProblem(NOW_S, (made,))


def test_a_supplier_that_turns_unreliable_moves_safety_stock_up_and_then_loses_the_order() -> None:
    stocks = [plan(steered(bought(lead))).policies[0].safety_stock for lead in (PUNCTUAL, WOBBLY, LOSING)]
    assert stocks[0] < stocks[1] < stocks[2]
    chosen = [plan(steered(bought(lead, DEAR))).policies[0].source_id for lead in (PUNCTUAL, WOBBLY, LOSING)]
    assert chosen[0] == "cheap"
    assert chosen[-1] == "dear"


def test_the_price_of_lateness_is_in_the_landed_cost() -> None:
    good, bad = (offers(bought(lead))[0] for lead in (PUNCTUAL, LOSING))
    assert bad.landed_milli_cents > good.landed_milli_cents
    assert bad.lateness_milli_cents > good.lateness_milli_cents
    assert bad.lost_permille > 100 > good.lost_permille
    assert "for coming late" in bad.text


def test_where_the_stock_cannot_wait_two_sources_share_the_order() -> None:
    """A cheap source that loses a third of its orders, and a dear one: with the shelf empty, not all on one."""
    flaky = observe(start(5, 1), received_days=[5] * 20, lost=12)
    other = Source("other", 5 * DAY_S, lead_time=flaky, order_cost_cents=100, tiers=(PriceTier(1, 501),))
    case = steered(bought(flaky, other, on_hand=20, shortage_cents_unit_day=2_000))
    made = plan(case)
    assert check(case, made).ok
    assert len(made.proposals) == 2
    assert sum(p.reason.split_permille for p in made.proposals) in (999, 1_000)
    told = tell(case, made, made.proposals[0])
    assert "two sources at once" in told.source


def test_an_order_that_is_given_up_is_not_counted_on() -> None:
    late = Receipt(NOW_S, 500, "RP-1", "cheap", NOW_S - 60 * DAY_S)
    fresh = replace(late, ordered_s=NOW_S - 2 * DAY_S, expected_s=NOW_S + 3 * DAY_S)
    gone, coming = (plan(steered(bought(PUNCTUAL, on_order=(r,)))) for r in (late, fresh))
    assert gone.policies[0].written_off == 500
    assert gone.policies[0].inventory_position == 60
    assert coming.policies[0].inventory_position == 560
    assert (
        "no longer counted on"
        in tell(steered(bought(PUNCTUAL, on_order=(late,))), gone, gone.proposals[0]).why_this_much
    )


def test_a_price_break_is_taken_when_it_pays() -> None:
    tiers = (PriceTier(1, 500), PriceTier(400, 400))
    plain, broken = (
        plan(steered(bought(PUNCTUAL, sources=(Source("a", 5 * DAY_S, lead_time=PUNCTUAL, tiers=t),), on_hand=0)))
        for t in ((PriceTier(1, 500),), tiers)
    )
    assert plain.policies[0].order_quantity < 400 <= broken.policies[0].order_quantity
    assert broken.proposals[0].cost_cents == 400 * broken.proposals[0].quantity


def test_everything_a_buyer_asks_is_told_in_words_and_figures() -> None:
    made = bought(LOSING, DEAR, on_hand=10, requirements=(Requirement(NOW_S, 3, "MO-1", ("shop/7",)),),
                  backorders=2, backorder_ids=("shop/9",))  # fmt: skip
    case = steered(made)
    told = tell(case, plan(case), plan(case).proposals[0])
    assert told.order_ids == ("shop/9", "shop/7")
    assert told.why_now.startswith("The inventory position 5 is below the reorder point")
    parts = told.parts
    assert parts.lead_demand + parts.safety_stock + parts.lot == plan(case).policies[0].order_up_to
    assert told.wait.startswith("Waiting a day costs about")
    assert told.wait_day_cents > 0
    assert "cheapest in the end" in told.source
    assert told.others[0].startswith("Not cheap: ")
    assert "shop/9, shop/7" in told.sentences[-1]


def test_a_card_says_how_punctual_and_how_dear() -> None:
    case = steered(bought(LOSING, DEAR))
    worst, best = cards(case, plan(case))
    assert (worst.supplier_id, best.supplier_id) == ("cheap", "dear")
    assert worst.on_time_permille + worst.late_permille + worst.lost_permille == 1_000
    assert worst.lost_permille > 100 > best.lost_permille
    assert worst.price_index_permille == 1_000 < worst.landed_index_permille
    assert (best.chosen, best.offered, worst.chosen) == (1, 1, 0)
    assert "on time of" in worst.text
    assert worst.p90_days > best.p90_days
    assert cards(problem()) == ()
