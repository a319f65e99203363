"""A buyer at the shell, against a real server: what is proposed and why, decided, learned from, and told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def company(muster: Muster) -> None:
    """The sample company is loaded, and something waits for a buyer."""
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    wait_until(lambda: bool(waiting(muster)), "a proposal waits for a person")


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def waiting(muster: Muster) -> list[dict[str, Any]]:
    """Purchases that wait for a person."""
    return [p for p in data(muster, "proposal", "list", "--waiting") if p["kind"] == "PURCHASE"]


def test_a_proposal_is_shown_with_its_reasons_and_other_sources(muster: Muster) -> None:
    proposal = waiting(muster)[0]
    shown = data(muster, "proposal", "show", proposal["proposal_id"])
    for name in ("why_now", "why_this_much"):
        assert shown[name], name
    assert shown["options"][0]["source_id"] == shown["supplier_id"]
    text = muster("proposal", "show", proposal["proposal_id"]).stdout
    assert "why now" in text
    assert shown["supplier_id"] in text


def test_a_proposal_is_approved_with_another_quantity_and_cancelled(muster: Muster) -> None:
    proposal = waiting(muster)[0]
    answer = data(muster, "proposal", "approve", proposal["proposal_id"], "--quantity", "7", "-r", "only what fits")
    orders = data(muster, "stock", "orders", "--all")["purchase_orders"]
    (order,) = (o for o in orders if o["purchase_order_id"] == answer["supply_id"])
    assert (order["quantity"], order["item_id"], order["status"]) == (7, proposal["item_id"], "OPEN")
    assert muster("stock", "write-off", order["purchase_order_id"], "-r", "the supplier is gone").returncode == Exit.OK
    assert muster("stock", "cancel", order["purchase_order_id"]).returncode == Exit.OK
    (placed,) = data(muster, "event", "list", "--type", "PurchasePlaced", "--limit", "1000")[-1:]
    assert "only what fits" in placed["payload_json"]


def test_a_proposal_sleeps_and_wakes(muster: Muster) -> None:
    name = waiting(muster)[0]["proposal_id"]
    assert muster("proposal", "snooze", name, "--for", "2h").returncode == Exit.OK
    assert data(muster, "proposal", "show", name)["approval"] == "SNOOZED"
    assert muster("proposal", "snooze", name, "--for", "0m").returncode == Exit.OK
    assert data(muster, "proposal", "show", name)["approval"] == "WAITING"


def test_once_leaves_the_item_to_a_person(muster: Muster) -> None:
    proposal = waiting(muster)[0]
    assert muster("proposal", "once", proposal["proposal_id"], "-r", "this time").returncode == Exit.OK
    outlook = data(muster, "stock", "outlook", proposal["item_id"], "--site", proposal["site_id"])
    assert outlook["policy"]["automatic"] is False
    mode = ("proposal", "mode", proposal["item_id"], "automatic", "--site", proposal["site_id"])
    assert muster(*mode).returncode == Exit.OK
    outlook = data(muster, "stock", "outlook", proposal["item_id"], "--site", proposal["site_id"])
    assert outlook["policy"]["automatic"] is True


def test_the_outlook_has_a_band_for_every_day(muster: Muster) -> None:
    outlook = data(muster, "stock", "outlook", "PUMP-2", "--site", "WH-NORTH", "--days", "10")
    assert len(outlook["days"]) == 10
    assert all(day["low"] <= day["expected"] <= day["high"] for day in outlook["days"])
    assert outlook["history"]


def test_every_supplier_has_a_card(muster: Muster) -> None:
    cards = data(muster, "supplier", "scorecard")
    suppliers = data(muster, "resource", "list", "supplier")
    assert {card["supplier_id"] for card in cards} == {supplier["resource_id"] for supplier in suppliers}


def test_demand_is_marked(muster: Muster) -> None:
    mark = ("stock", "mark", "PUMP-2", "--site", "WH-NORTH", "--as", "promotion", "--from-day", "7", "--days", "5")
    assert muster(*mark, "-r", "spring sale").returncode == Exit.OK
    (event,) = data(muster, "event", "list", "--type", "DemandMarked")
    assert "spring sale" in event["payload_json"]
