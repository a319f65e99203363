"""What the page shows, without a browser: everything from outside is escaped, everything shown is inside."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.plan import NOBODY_NEEDED
from orchestrator.web import exceptions, gantt, indicators, map_view, ticker
from orchestrator.web.svg import tag
from orchestrator.web.words import counts, euros, hhmm, minutes, percent, spaced, zone_of
from protos.muster.operator.v1 import alert_service_pb2 as alert_pb
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1 import plan_pb2
from tests.e2e.web.fake_server import NOW_S, overview

NASTY = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


def parsed(markup: str) -> ET.Element:
    """The markup as a browser's parser would take it; raises when something escaped its quotes."""
    return ET.fromstring(f"<svg>{markup}</svg>")


@given(name=NASTY, order=NASTY)
def test_names_from_outside_stay_text(name: str, order: str) -> None:
    shown = overview()
    shown.vehicles[0].stops[0].customer_name = name
    shown.vehicles[0].stops[0].order_id = order
    shown.sites[0].name = name
    shown.machines[0].machine_id = name
    for markup in (
        map_view.ground(shown, map_view.projection(shown)),
        map_view.vehicles(shown, map_view.projection(shown)),
        gantt.chart(shown),
    ):
        assert {element.tag for element in parsed(markup).iter()} <= {
            "svg", "g", "title", "text", "rect", "circle", "line", "polyline"
        }  # fmt: skip


def test_attributes_are_escaped_too() -> None:
    assert str(tag("a", "x", data_id='"><b>')) == '<a data-id="&quot;&gt;&lt;b&gt;">x</a>'


def test_everything_is_inside_the_map() -> None:
    shown = overview()
    view = map_view.projection(shown)
    for element in parsed(map_view.ground(shown, view)).iter("circle"):
        if "stop" in element.attrib["class"].split():
            assert 0 <= float(element.attrib["cx"]) <= map_view.WIDTH
            assert 0 <= float(element.attrib["cy"]) <= map_view.HEIGHT


def test_a_vehicle_that_moves_leaves_the_ground_as_it_is() -> None:
    shown = overview()
    view = map_view.projection(shown)
    before, at = map_view.ground(shown, view), map_view.positions(shown, view)["V1"]
    shown.vehicles[0].place.lat_e7 += 10_000
    assert map_view.ground(shown, map_view.projection(shown)) == before
    assert map_view.positions(shown, view)["V1"] != at


def test_nothing_yet_is_drawn_too() -> None:
    empty = pb.Overview()
    parsed(map_view.ground(empty, map_view.projection(empty)))
    parsed(gantt.chart(empty))
    assert exceptions.items(empty) == ()
    assert ticker.lines(empty) == ()
    assert {tile.value for tile in indicators.tiles(empty)} == {"–"}


def test_the_gantt_marks_the_present_and_what_is_late() -> None:
    shown = overview()
    markup = gantt.chart(shown)
    assert markup.count('class="now"') == 1
    assert len(re.findall(r'class="bar task late"', markup)) == 1
    assert 'class="bar down"' in markup


def test_exceptions_are_the_worst_first_and_each_once() -> None:
    shown = overview()
    shown.alerts.append(
        alert_pb.Alert(
            alert_id="ORDER_UNPLANNED:acme/990",
            kind="ORDER_UNPLANNED",
            subject="acme/990",
            severity=alert_pb.SEVERITY_CRITICAL,
            status=alert_pb.ALERT_STATUS_OPEN,
        )
    )
    found = exceptions.items(shown)
    assert [item.order_id for item in found].count("acme/990") == 1
    assert [item.tone for item in found] == ["bad", "bad", "warn", "warn"]
    assert [item.production_order_id for item in found if item.production_order_id] == ["MO-7"]
    shown.alerts[0].status = alert_pb.ALERT_STATUS_ACKNOWLEDGED
    assert exceptions.items(shown)[-1].alert_id == "VEHICLE_DOWN:V3"


def test_an_order_whose_day_or_turn_has_not_come_asks_for_nobody() -> None:
    shown = pb.Overview()
    shown.unplanned.extend(plan_pb2.Verdict(order_id=f"acme/{code}", code=code) for code in NOBODY_NEEDED)
    shown.unplanned.add(order_id="acme/1", code="CAPACITY")
    assert [item.order_id for item in exceptions.items(shown)] == ["acme/1"]


def test_the_ticker_names_causes() -> None:
    causes = [plan_pb2.Cause(seq=n, kind="OrderReceived") for n in range(4)]
    shown = pb.Overview(revisions=[plan_pb2.Revision(revision=3, tier=plan_pb2.TIER_BACKGROUND, causes=causes)])
    (line,) = ticker.lines(shown)
    assert line.tier == "background"
    assert line.causes == "order received (event 0), order received (event 1) and 2 more"


def test_figures_in_words() -> None:
    assert percent(pb.Ratio(count=1, of=3)) == "33 %"
    assert percent(pb.Ratio()) == "–"
    assert counts(pb.Ratio(count=1, of=3)) == "1 of 3"
    assert euros(-123456) == "−1 234.56 €"
    assert minutes(7300) == "2 h 02"
    assert spaced("VehicleWentDown") == "vehicle went down"
    assert spaced("ORDER_LATE") == "order late"
    assert hhmm(NOW_S, ZoneInfo("Europe/Berlin")) == "12:00"
    assert hhmm(0, zone_of("No/Where")) == "–"


def test_the_gantt_shows_maintenance_risk_overtime_lots_and_who_works() -> None:
    shown = overview()
    shown.tasks.append(
        pb.TaskView(
            task_id="MAINT-M1-1", machine_id="M1", start_s=shown.now_s, end_s=shown.now_s + 3600, status="WAITING",
            maintenance=True,
        )
    )  # fmt: skip
    shown.tasks[8].overtime, shown.tasks[8].lot_quantity = True, 12
    shown.tasks[8].held.append("W01")
    shown.machines[0].failed_per_mille, shown.machines[0].risk_by_s = 400, shown.now_s + 7200
    markup = gantt.chart(shown)
    assert 'class="bar maintenance waiting"' in markup
    assert 'class="bar risk"' in markup
    assert "with 40 %" in markup
    assert 'class="bar task waiting overtime"' in markup
    assert "lot of 12 · with W01" in markup
