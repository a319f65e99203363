"""Customers, agreed levels and suppliers' luck: the same for every policy of a seed, and fitted to what is known."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.company.reader import read_company
from orchestrator.domain.company import Company
from orchestrator.twin.chance import Chance
from orchestrator.twin.day import SAMPLE_COMPANY
from orchestrator.twin.weeks.cast import DAY_S as WEEKS_DAY_S
from orchestrator.twin.weeks.cast import Agreed, Cast, agreed_with, cast_of, true_lead_s
from orchestrator.twin.weeks.demand import WEEK, Law, fit, requests
from orchestrator.twin.weeks.fixed import Terms, fixed_levels
from orchestrator.twin.weeks.histories import (
    components_of,
    feeding_lanes,
    histories_of,
    served_where_it_comes,
    with_passed_on,
)
from orchestrator.twin.weeks.setup import Setup, make_setup
from tests.unit.company.files import DAY_S, files

CAST = Cast("S1", ("S2",), ("STEEL",), from_day=15)
AGREED = Agreed(2 * WEEKS_DAY_S, WEEKS_DAY_S // 4)


@pytest.fixture(scope="module")
def sample() -> Setup:
    return make_setup(SAMPLE_COMPANY, Chance(1), DAY_S)


def tiny() -> Company:
    return read_company(files(), DAY_S).company


@given(st.lists(st.integers(0, 500), min_size=1, max_size=80), st.integers(0, 400), st.integers(0, 99))
def test_the_days_customers_are_the_same_whoever_asks(history: list[int], day: int, seed: int) -> None:
    law = fit(history)
    first = requests(law, Chance(seed), "PUMP", "WH", day)
    assert first == requests(law, Chance(seed), "PUMP", "WH", day)
    assert all(units > 0 for part in first for units in part)
    assert sum(map(sum, first)) == law.draw(Chance(seed).draws("demand", "PUMP", "WH", day), day)


@pytest.mark.parametrize(
    ("history", "kind"),
    [
        ([10, 11, 9, 10, 10, 9, 11] * 8, "smooth"),
        ([10, 12, 11, 9, 10, 2, 1] * 8, "weekly"),
        ([0, 0, 5, 0, 0, 0, 9, 0] * 6, "intermittent"),
        ([0] * 20, "none"),
    ],
)
def test_a_law_is_fitted_and_keeps_its_mean(history: list[int], kind: str) -> None:
    law = fit(history)
    drawn = [law.draw(Chance(3).draws(day), day) for day in range(WEEK * 300)]
    assert law.kind == kind
    assert statistics.fmean(drawn) == pytest.approx(statistics.fmean(history), rel=0.15, abs=0.01)


def test_a_weekly_law_knows_which_day_it_is() -> None:
    law = fit([10, 10, 10, 10, 10, 0, 0] * 6)
    assert law.means == (10, 10, 10, 10, 10, 0, 0)
    assert fit([0, *([10, 10, 10, 10, 10, 0, 0] * 6)]).means == law.means


def test_fixed_levels_are_the_textbooks() -> None:
    history, terms = [8, 12] * 30, Terms(4.0, 0.5, order_cost_cents=4_000, min_order_quantity=20, order_multiple=10)
    levels = fixed_levels(history, terms, service_per_mille=950, unit_cost_cents=1_000, holding_per_mille_year=250)
    spread = statistics.stdev(history)
    safety = 1.6448536 * math.sqrt(5 * spread**2 + (10 * 0.5) ** 2)
    lot = math.sqrt(2 * 10 * 365 * 4_000 / 250)
    assert levels.reorder_point == math.ceil(50 + safety)
    assert levels.safety_stock == math.ceil(safety)
    assert levels.quantity == math.ceil(lot / 10) * 10


def test_fixed_levels_keep_the_lot_rules_without_an_order_cost() -> None:
    terms = Terms(1.0, min_order_quantity=25, order_multiple=10)
    levels = fixed_levels([3] * 10, terms, service_per_mille=950, unit_cost_cents=100, holding_per_mille_year=250)
    assert (levels.reorder_point, levels.quantity) == (6, 30)


@given(st.integers(0, 200), st.integers(0, 14), st.integers(0, 9))
def test_before_its_day_the_unreliable_supplier_is_as_agreed(number: int, day: int, seed: int) -> None:
    usual = true_lead_s(CAST, Chance(seed), "S1", number, day, AGREED)
    assert usual is not None
    assert usual >= AGREED.mean_s * 0.3
    assert usual == true_lead_s(Cast(""), Chance(seed), "S1", number, 60, AGREED)


def test_afterwards_a_share_never_comes_and_the_rest_comes_late() -> None:
    leads = [true_lead_s(CAST, Chance(1), "S1", number, 20, AGREED) for number in range(2_000)]
    came = [lead for lead in leads if lead is not None]
    assert leads.count(None) / len(leads) == pytest.approx(CAST.lost_share, abs=0.03)
    assert statistics.median(came) == pytest.approx(AGREED.mean_s * CAST.longer, rel=0.05)


def test_the_nth_order_has_the_nth_orders_luck_whenever_it_is_placed() -> None:
    assert [true_lead_s(CAST, Chance(2), "S1", n, 16, AGREED) for n in range(50)] == [
        true_lead_s(CAST, Chance(2), "S1", n, 59, AGREED) for n in range(50)
    ]


def test_terms_of_an_item_go_before_the_suppliers() -> None:
    assert agreed_with(tiny(), "S1", "STEEL") == Agreed(72 * 3_600, 6 * 3_600)
    assert cast_of(tiny()).supplier_id == ""


def test_the_samples_unreliable_supplier_has_a_dearer_second_source(sample: Setup) -> None:
    cast, usual = sample.cast, {item.item_id: item for item in sample.company.items}
    assert (cast.supplier_id, cast.second_sources) == ("SUP-1", ("SUP-2",))
    for source in sample.company.sources:
        if source.item_id in cast.item_ids:
            assert 1.0 < source.unit_cost_cents / usual[source.item_id].unit_cost_cents < 1.03


def test_components_are_wanted_as_their_parents_are() -> None:
    stock = "site_id,item_id,on_hand,service_per_mille\nWH,PUMP,7,950\nPL,CASE,1,950\nPL,STEEL,1,950\n"
    company = read_company(files(stock=stock), DAY_S).company
    histories = histories_of(company)
    assert components_of(company) == {"CASE", "STEEL"}
    assert histories[("WH", "PUMP")] == (2, 0, 4)
    assert histories[("PL", "CASE")] == (2, 0, 4)
    assert histories[("PL", "STEEL")] == (4, 0, 8)


def test_a_hub_holds_for_the_site_it_feeds_and_sells_for_the_site_it_cannot() -> None:
    stock = "site_id,item_id,on_hand,service_per_mille\nWH,PUMP,7,950\nPL,PUMP,1,950\n"
    history = "site_id,item_id,days_ago,quantity\nWH,PUMP,1,4\nPL,PUMP,1,3\n"
    feeding = read_company(files(stock=stock, demand_history=history), DAY_S).company
    both_ways = "from_site_id,to_site_id,transit_h\nWH,PL,24\nPL,WH,24\n"
    levelling = read_company(files(stock=stock, demand_history=history, transfer_lanes=both_ways), DAY_S).company
    assert [lane.to_site_id for lane in feeding_lanes(feeding)] == ["PL"]
    assert feeding_lanes(levelling) == []
    assert with_passed_on(feeding, histories_of(feeding))[("WH", "PUMP")] == (7,)
    assert served_where_it_comes(feeding, histories_of(feeding))[("PL", "PUMP")] == (3,)
    moved = served_where_it_comes(levelling, histories_of(levelling))
    assert (moved[("WH", "PUMP")], moved[("PL", "PUMP")]) == ((7,), (0,))


def test_policies_differ_in_what_is_fixed_and_in_nothing_else(sample: Setup) -> None:
    fixed, levels, learned = (sample.companies[policy] for policy in ("fixed", "levels", "learned"))
    assert [one.on_hand for one in fixed.stock] == [one.on_hand for one in learned.stock]
    assert [one.daily_demand for one in fixed.stock] == [one.daily_demand for one in learned.stock]
    assert all(one.fixed_reorder_point is None for one in learned.stock)
    for policy in fixed.stock:
        level = sample.levels.get((policy.site_id, policy.item_id))
        if level is not None:
            assert (policy.fixed_reorder_point, policy.fixed_order_up_to) == (level.reorder_point, level.order_up_to)
            assert level.reorder_point < policy.on_hand <= level.order_up_to
    assert (fixed.sources, levels.sources) == ((), learned.sources)
    assert levels.stock == fixed.stock


def test_laws_are_of_items_that_customers_want(sample: Setup) -> None:
    parts = components_of(sample.company)
    assert sample.laws
    assert all(isinstance(law, Law) and law.mean > 0 and key[1] not in parts for key, law in sample.laws.items())


def test_a_company_without_demand_is_refused(tmp_path: Path) -> None:
    for name, content in files(demand_history="site_id,item_id,days_ago,quantity\n").items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Exception, match="has any demand"):
        make_setup(tmp_path, Chance(1), DAY_S)
