"""Somebody holds the service at a level, prints the run sheets, and lets go, against a real server."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


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


def test_a_level_is_held_shown_and_released(muster: Muster) -> None:
    assert data(muster, "level", "show")["name"] == "CORE"
    done = muster("level", "hold", "hold", "--reason", "drill", "--for", "5m")
    assert done.returncode == Exit.OK, done.stderr
    assert "undo with: muster level release" in done.stderr
    shown = data(muster, "level", "show")
    assert (shown["level"], shown["hold"]["owner"], shown["hold"]["reason"]) == (3, "ada", "drill")
    status = muster("status").stdout
    assert "3 · held by ada until" in status
    assert "run sheets can be printed" in status
    wait_until(
        lambda: "LevelChanged" in muster("event", "list", "--type", "LevelChanged").stdout, "the step is in the log"
    )
    assert muster("level", "release", "--reason", "done").returncode == Exit.OK
    wait_until(lambda: data(muster, "level", "show")["level"] == 1, "it is back")
    again = muster("level", "release")
    assert again.returncode == Exit.NOT_POSSIBLE
    assert muster("level", "hold", "7", "--reason", "x").returncode == Exit.USAGE


def test_run_sheets_hold_every_planned_stop_once(muster: Muster) -> None:
    plan = planned(muster)
    rows = list(csv.DictReader(StringIO(muster("runsheet", "-o", "csv").stdout)))
    assert {row["order"]: row["vehicle"] for row in rows} == plan
    assert all(row["goods"] and row["window"] and row["arrive"] for row in rows)
    vehicle_id = rows[0]["vehicle"]
    text = muster("runsheet", vehicle_id).stdout
    assert text.startswith(vehicle_id)
    assert text.count("\n") == 3 + sum(row["vehicle"] == vehicle_id for row in rows)
    page = muster("runsheet", "-o", "html").stdout
    assert page.count("<section>") == len(set(plan.values()))
    assert "page-break-after" in page
    assert "http" not in page
    assert muster("runsheet", "NONE").returncode == Exit.NOT_FOUND
