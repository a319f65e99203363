"""The inventory page without a browser: the chart is inside its frame, names stay text, figures read well."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.web import inventory_view, outlook_view
from orchestrator.web.words import zone_of
from protos.muster.operator.v1 import plan_pb2
from protos.muster.operator.v1 import stock_service_pb2 as pb
from tests.e2e.web.fake_stock import outlook, proposal
from tests.unit.web.test_views import NASTY, parsed

ZONE = zone_of("Europe/Berlin")


def points(markup: str) -> list[tuple[float, float]]:
    """All points of lines, polygons and circles."""
    found: list[tuple[float, float]] = []
    for element in parsed(markup).iter():
        for pair in element.attrib.get("points", "").split():
            x, y = pair.split(",")
            found.append((float(x), float(y)))
        if "cx" in element.attrib:
            found.append((float(element.attrib["cx"]), float(element.attrib["cy"])))
    return found


@given(st.lists(st.integers(-1_000, 100_000), min_size=1, max_size=120))
def test_all_of_the_band_is_inside_the_chart(levels: list[int]) -> None:
    shown = outlook()
    del shown.days[:]
    for number, level in enumerate(levels):
        shown.days.add(
            day_s=1_790_035_200 + number * 86_400, expected=level, low=level - 50, high=level + 50, arriving=1
        )
    for x, y in points(outlook_view.chart(shown, ZONE)):
        assert 0 <= x <= outlook_view.WIDTH
        assert 0 <= y <= outlook_view.HEIGHT


def test_past_days_end_where_the_future_begins() -> None:
    markup = outlook_view.chart(outlook(), ZONE)
    assert markup.count('class="demand"') == 27
    assert markup.count('class="demand censored"') == 1
    assert markup.count('class="receipt"') == 1
    assert markup.count('class="receipt proposed"') == 1


def test_an_empty_outlook_is_a_frame() -> None:
    assert ET.iselement(parsed(outlook_view.chart(pb.StockOutlook(), ZONE)))


@given(name=NASTY)
def test_what_buyers_read_stays_text(name: str) -> None:
    (row,) = inventory_view.proposal_rows((proposal(supplier_id=name, why_now=name),), ZONE)
    assert name in row.title
    assert inventory_view.card_row(pb.Scorecard(supplier_id="S", name=name))[0] == f"S {name}"


def test_a_proposal_says_why_what_it_costs_and_who_needs_it() -> None:
    (row,) = inventory_view.proposal_rows((proposal(),), ZONE)
    assert row.title == "120 × FILTER-4 from SUP-2 to W1"
    assert (row.state, row.tone) == ("waiting", "warn")
    text = "\n".join(row.lines)
    for part in ("reorder point 58", "6 120.00 €", "wait costs about 43.00 €", "Cut by the week's budget", "acme/1"):
        assert part in text, part
    assert any(line.startswith("SUP-1: cheaper") for line in row.lines)


def test_a_production_order_comes_from_the_own_line() -> None:
    made = proposal(supplier_id="", kind=plan_pb2.PROPOSAL_KIND_PRODUCTION)
    assert inventory_view.proposal_rows((made,), ZONE)[0].title == "120 × FILTER-4 from own line to W1"


def test_nothing_learned_yet_is_said() -> None:
    shown = dict(inventory_view.figures(pb.StockOutlook(item_id="X")))
    assert "no day was closed" in shown["Demand"]
    learned = dict(inventory_view.figures(outlook()))
    assert "90 % inside the 90 % band" in learned["Forecast error"]
