"""Run sheets without a browser: every stop ahead once, in order, and nothing from outside becomes markup."""

from __future__ import annotations

import re

from hypothesis import given

from orchestrator.web import gantt
from orchestrator.web.run_sheets import NOBODY, REST, as_html, as_of, run_sheets
from protos.muster.operator.v1 import overview_pb2 as pb
from tests.e2e.web.fake_server import overview
from tests.unit.web.test_views import NASTY


def test_every_stop_ahead_stands_on_one_sheet_in_driving_order() -> None:
    shown = overview()
    sheets = run_sheets(shown, {shown.vehicles[0].stops[0].order_id: "2 × PUMP-1"})
    assert {sheet.vehicle_id for sheet in sheets} == {one.vehicle_id for one in shown.vehicles if one.stops}
    for sheet in sheets:
        (vehicle,) = (one for one in shown.vehicles if one.vehicle_id == sheet.vehicle_id)
        assert [line.order for line in sheet.lines] == [stop.order_id for stop in vehicle.stops]
    assert sheets[0].lines[0].goods == "2 × PUMP-1"
    assert f"plan revision {shown.revision}" in as_of(shown)


def test_rests_stand_between_the_stops() -> None:
    shown = overview()
    vehicle = shown.vehicles[0]
    first = vehicle.stops[0]
    vehicle.rests.add(start_s=first.arrive_s - 60, end_s=first.arrive_s + 1_740)
    vehicle.rests.add(start_s=vehicle.stops[-1].depart_s + 60, end_s=vehicle.stops[-1].depart_s + 2_760)
    sheets = run_sheets(shown, {}, vehicle.vehicle_id)
    assert [line.order for line in sheets[0].lines] == [REST, *(stop.order_id for stop in vehicle.stops), REST]
    assert sheets[0].lines[0].cells[:2] == ("", "")
    assert [line.customer for line in sheets[0].lines if line.order == REST] == ["30 min", "45 min"]
    assert as_html(sheets, "", "").count("<td>REST</td>") == 2
    assert gantt.chart(shown).count('class="bar rest"') == 2


def test_one_vehicle_gets_its_sheet_even_if_it_is_empty() -> None:
    shown = overview()
    del shown.vehicles[0].stops[:]
    (sheet,) = run_sheets(shown, {}, shown.vehicles[0].vehicle_id)
    assert sheet.lines == ()


def test_no_stops_is_said() -> None:
    assert NOBODY in as_html(run_sheets(pb.Overview(), {}), "", as_of(pb.Overview()))


@given(name=NASTY, goods=NASTY)
def test_names_from_outside_stay_text(name: str, goods: str) -> None:
    shown = overview()
    stop = shown.vehicles[0].stops[0]
    stop.customer_name = name
    page = as_html(run_sheets(shown, {stop.order_id: goods}), name, "now")
    tags = {found.strip("/") for found in re.findall(r"<(/?\w+)", page)}
    assert tags <= {"html", "head", "meta", "title", "style", "body", "section", "h1", "p", "table", "tr", "th", "td"}
