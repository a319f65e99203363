"""Somebody at the dispatch desk, against a real server: quotes, reservations, allowances, changes by hand."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
ITEM = ("--item", "2xPUMP-1")


@pytest.fixture(scope="module", autouse=True)
def company(muster: Muster) -> None:
    """The sample company is loaded and its orders have their places."""
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    wait_until(lambda: len(planned(muster)) > 50, "the orders are planned")


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def planned(muster: Muster) -> dict[str, str]:
    """Order -> vehicle of all planned orders."""
    orders = data(muster, "order", "list", "--limit", "1000")
    return {order["order_id"]: order["vehicle_id"] for order in orders if order["vehicle_id"]}


def test_the_best_slot_is_quoted_held_and_confirmed(muster: Muster) -> None:
    quote = data(muster, "order", "quote", "--customer", "C001", *ITEM, "--slot", "2h", "--limit", "9")
    costs = [slot["extra_cost_cents"] for slot in quote["slots"]]
    assert costs
    assert costs == sorted(costs)
    assert all(slot["window"]["start_s"] <= slot["start_s"] <= slot["window"]["end_s"] for slot in quote["slots"])
    done = muster("order", "quote", "--customer", "C001", *ITEM)
    command = re.search(r"muster (order reserve .*)", done.stderr)
    assert command, done.stderr
    reserve = shlex.split(command[1].replace("PARTNER/NUMBER", "alpenbau/Q1"))
    held = data(muster, *reserve, "--hold", "20m")
    assert held["held_until_s"] > 0
    wait_until(lambda: "alpenbau/Q1" in planned(muster), "the reservation has a place")
    assert data(muster, "order", "confirm", "alpenbau/Q1")["held_until_s"] in (None, 0)
    again = muster("order", "confirm", "alpenbau/Q1")
    assert again.returncode == Exit.NOT_POSSIBLE
    assert "no reservation" in again.stderr


def test_a_quote_for_a_closed_customer_says_why(muster: Muster) -> None:
    done = muster("order", "quote", "--customer", "C001", *ITEM, "--between", "02:00-03:00")
    assert done.returncode == Exit.OK
    assert "no slot fits" in done.stdout + done.stderr
    assert muster("order", "quote", "--customer", "nobody", *ITEM).returncode == Exit.NOT_FOUND
    assert muster("order", "quote", "--customer", "C001", "--item", "pump").returncode == Exit.USAGE


def test_a_place_by_hand_is_judged_before_anybody_drives_it(muster: Muster) -> None:
    order_id, vehicle_id = next((o, v) for o, v in planned(muster).items() if v)
    others = sorted(set(planned(muster).values()) - {vehicle_id})
    answers = [muster("plan", "check", "--move", f"{order_id}:{other}", "-o", "json") for other in others]
    judged = [json.loads(done.stdout) for done in answers]
    codes = [Exit.OK if one["ok"] else Exit.NOT_POSSIBLE for one in judged]
    assert [done.returncode for done in answers] == codes
    assert any(one["ok"] or one["violations"] for one in judged)
    first = muster("plan", "check", "--move", f"{order_id}:{others[0]}:1")
    assert "extra cost" in first.stdout
    for without in [one for one, vehicle in planned(muster).items() if vehicle]:
        done = muster("plan", "check", "--out", without, "-o", "json")
        out = json.loads(done.stdout)
        assert done.returncode == (Exit.OK if out["ok"] else Exit.NOT_POSSIBLE)
        assert out["ok"] or out["violations"]  # of a trip that is about to load nothing may be taken out
        if out["ok"]:
            break
    assert (out["ok"], out["dropped"]) == (True, [without])
    assert muster("plan", "check", "--move", f"nobody/1:{others[0]}").returncode == Exit.NOT_FOUND
    assert muster("plan", "check", "--move", order_id).returncode == Exit.USAGE
    assert planned(muster)[order_id] == vehicle_id


def test_an_allowance_is_granted_listed_and_undone(muster: Muster) -> None:
    granted = data(muster, "allow", "overtime", "V03", "20m", "-r", "long day", "--id", "late-1")
    assert (granted["rule"], granted["amount"], granted["owner"]) == ("OVERTIME", 1200, "ada")
    assert data(muster, "allow", "weight", "V03", "12kg", "-r", "one box more")["amount"] == 12_000
    assert [one["vehicle_id"] for one in data(muster, "allow", "list", "--vehicle", "V03")] == ["V03", "V03"]
    assert muster("allow", "undo", "late-1").returncode == Exit.OK
    assert muster("allow", "undo", "late-1").returncode == Exit.NOT_POSSIBLE
    assert muster("allow", "overtime", "V99", "20m", "-r", "x").returncode == Exit.NOT_FOUND
    assert muster("allow", "weight", "V03", "lots", "-r", "x").returncode == Exit.USAGE


def test_what_keeps_an_order_out_is_told_with_commands_that_let_it_in(muster: Muster) -> None:
    """A delivery that no shift reaches any more: the commands that are printed give it a place."""
    reserve = ("order", "reserve", "alpenbau/LATE", "--customer", "C001", *ITEM, "--between")
    assert muster(*reserve, "17:58-18:05").returncode == Exit.OK
    assert muster("order", "confirm", "alpenbau/LATE").returncode == Exit.OK
    told = wait_until(
        lambda: data(muster, "order", "explain", "alpenbau/LATE", "--relax")["relaxations"], "something would help"
    )
    assert [way["extra_cost_cents"] for way in told] == sorted(way["extra_cost_cents"] for way in told)
    for command in told[0]["command"].split(" && "):
        done = muster(*shlex.split(command)[1:])
        assert done.returncode == Exit.OK, done.stderr
    wait_until(lambda: "alpenbau/LATE" in planned(muster), "the order has a place")


def test_a_diff_tells_decisions_and_what_routes_cost(muster: Muster) -> None:
    newest = data(muster, "plan", "get")["revision"]
    order_id = next(iter(planned(muster)))
    assert muster("order", "cancel", order_id, "-r", "test").returncode == Exit.OK
    reserve = ("order", "reserve", "alpenbau/D1", "--customer", "C002", *ITEM, "--between", "09:00-15:00")
    assert muster(*reserve).returncode == Exit.OK
    wait_until(lambda: "alpenbau/D1" in planned(muster), "the new order has a place")
    found = data(muster, "plan", "diff", str(newest), "0")
    assert any(one["decision"] == "PLANNED" and one["subject"] == "alpenbau/D1" for one in found["differences"])
    assert any(one["cost_cents_to"] != one["cost_cents_from"] for one in found["routes"])
