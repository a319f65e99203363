"""Every noun and verb against a real server: results as JSON, exit codes as documented."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SAMPLE = "deploy/sample_company"


@pytest.fixture(scope="module", autouse=True)
def company(muster: Muster) -> None:
    """The sample company is loaded and planned."""
    assert muster("import", SAMPLE).returncode == Exit.OK
    wait_until(lambda: data(muster, "status")["revision"] > 0, "there is a plan")


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def planned_order(muster: Muster) -> dict[str, Any]:
    """An open order that has a vehicle."""
    for order in data(muster, "order", "list", "--status", "OPEN", "--limit", "1000"):
        if order["vehicle_id"]:
            return dict(order)
    raise AssertionError("nothing is planned")


def test_status_tells_of_the_company_and_the_plan(muster: Muster) -> None:
    status = data(muster, "status")
    assert status["company_name"]
    assert status["durable_seq"] > 0
    table = muster("status")
    assert status["company_name"] in table.stdout


def test_a_bad_row_is_named_and_nothing_is_loaded(muster: Muster, tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil

    folder = tmp_path_factory.mktemp("bad") / "company"
    shutil.copytree(SAMPLE, folder)
    vehicles = folder / "vehicles.csv"
    vehicles.write_text(vehicles.read_text().replace("WH-NORTH", "WH-NOWHERE", 1))
    before = data(muster, "status")["seq"]
    done = muster("import", str(folder))
    assert done.returncode == Exit.USAGE
    for word in ("vehicles.csv", "depot_id", "WH-NOWHERE"):
        assert word in done.stdout
    assert data(muster, "event", "list", "--type", "CompanyImported", "--after", str(before)) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("order", "get", "nobody/1"), Exit.NOT_FOUND),
        (("order", "explain", "nobody/1"), Exit.NOT_FOUND),
        (("resource", "get", "vehicle", "V99"), Exit.NOT_FOUND),
        (("override", "get", "none"), Exit.NOT_FOUND),
        (("undo", "none"), Exit.NOT_FOUND),
        (("plan", "show", "999999"), Exit.NOT_FOUND),
        (("proposal", "approve", "none"), Exit.NOT_FOUND),
        (("proposal", "show", "none"), Exit.NOT_FOUND),
        (("proposal", "snooze", "none"), Exit.NOT_FOUND),
        (("proposal", "mode", "PUMP-1", "sometimes", "--site", "WH-NORTH"), Exit.USAGE),
        (("stock", "outlook", "PUMP-1", "--site", "WH-NOWHERE"), Exit.NOT_FOUND),
        (("stock", "mark", "PUMP-1", "--site", "WH-NORTH", "--as", "odd"), Exit.USAGE),
        (("stock", "write-off", "none"), Exit.NOT_FOUND),
        (("stock", "close-day"), Exit.USAGE),
        (("alert", "ack", "none"), Exit.NOT_FOUND),
        (("event", "report", "vehicle_up", '{"vehicle_id": "V01"}'), Exit.NOT_POSSIBLE),
        (("event", "report", "vehicle_down", '{"vehicle_id": "V01", "until_s": 1}'), Exit.USAGE),
        (("event", "report", "vehicle_down", "[]"), Exit.USAGE),
    ],
)
def test_each_failure_has_its_exit_code_and_no_data(muster: Muster, arguments: tuple[str, ...], expected: Exit) -> None:
    done = muster(*arguments)
    assert done.returncode == expected, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("muster: ")


def test_an_override_is_previewed_made_listed_and_undone(muster: Muster) -> None:
    order = planned_order(muster)
    lock = ("override", "lock", order["order_id"], "--level", "times", "--reason", "promised", "--id", "lock-1")
    preview = muster(*lock, "--dry-run")
    assert preview.returncode == Exit.OK, preview.stderr
    assert "nothing was changed" in preview.stderr
    assert data(muster, "override", "list") == []
    made = muster(*lock, "--for", "2h")
    assert made.returncode == Exit.OK, made.stderr
    assert "muster undo lock-1" in made.stderr
    (held,) = data(muster, "override", "list")
    assert (held["owner"], held["reason"], held["level"]) == ("ada", "promised", "TIMES")
    assert muster("undo", "lock-1", "--etag", "77").returncode == Exit.CONFLICT
    assert muster("undo", "lock-1").returncode == Exit.OK
    assert data(muster, "override", "list") == []
    assert data(muster, "override", "list", "--all")[0]["status"] == "UNDONE"


def test_an_assigned_order_goes_to_that_vehicle(muster: Muster) -> None:
    order = planned_order(muster)
    depot = next(v for v in data(muster, "resource", "list", "vehicle") if v["resource_id"] == order["vehicle_id"])
    other = next(
        v["resource_id"]
        for v in data(muster, "resource", "list", "vehicle")
        if v["vehicle"]["depot_id"] == depot["vehicle"]["depot_id"] and v["resource_id"] != order["vehicle_id"]
    )
    done = muster("override", "assign", order["order_id"], "--vehicle", other, "--reason", "he knows the way")
    assert done.returncode == Exit.OK, done.stderr

    def settled() -> bool:
        override = next(o for o in data(muster, "override", "list") if o["order_id"] == order["order_id"])
        now = data(muster, "order", "get", order["order_id"])
        return bool(now["vehicle_id"] == other or override["conflict"])

    wait_until(settled, "the order is on the other vehicle, or the override says why not")


def test_a_cancelled_order_is_cancelled_once(muster: Muster) -> None:
    order = planned_order(muster)["order_id"]
    assert muster("order", "cancel", order, "--etag", "99").returncode == Exit.CONFLICT
    assert muster("order", "cancel", order, "--reason", "called").returncode == Exit.OK
    assert muster("order", "cancel", order).returncode == Exit.NOT_POSSIBLE


def test_a_batch_with_one_bad_order_is_partly_done(muster: Muster, tmp_path_factory: pytest.TempPathFactory) -> None:
    tomorrow = int(time.time()) + 24 * 3600  # the company's clock stands at six, whatever the time is here
    window = {"window_start_s": tomorrow, "window_end_s": tomorrow + 3600}
    good = {"number": "CLI-1", "customer_id": "C001", "lines": [{"item_id": "PUMP-1", "quantity": 1}], **window}
    bad = good | {"number": "CLI-2", "customer_id": "C999"}
    file = tmp_path_factory.mktemp("orders") / "orders.json"
    file.write_text(json.dumps([good, bad]))
    done = muster("order", "submit", "--partner", "alpenbau", "-f", str(file), "-o", "json")
    assert done.returncode == Exit.PARTIAL
    assert [result["outcome"] for result in json.loads(done.stdout)["results"]] == ["ACCEPTED", "REFUSED"]
    again = muster("order", "submit", "--partner", "alpenbau", "-f", str(file), "-o", "json")
    assert json.loads(again.stdout)["results"][0]["outcome"] == "DUPLICATE"


def test_a_breakdown_is_answered_by_a_revision_that_names_it(muster: Muster) -> None:
    until = data(muster, "status")["clock"]["now_s"] + 7200
    done = muster("event", "report", "vehicle_down", json.dumps({"vehicle_id": "V03", "until_s": until}))
    assert done.returncode == Exit.OK, done.stderr

    def revision() -> Any:
        return data(muster, "plan", "list", "--cause", "VehicleWentDown")

    found = wait_until(revision, "a revision names the breakdown")
    shown = muster("plan", "show", str(found[0]["revision"]))
    assert "VehicleWentDown" in shown.stdout
    assert data(muster, "plan", "diff", str(found[0]["parent"]), str(found[0]["revision"]))["to"]
    (alert,) = [a for a in data(muster, "alert", "list") if a["kind"] == "VEHICLE_DOWN"]
    assert muster("alert", "ack", alert["alert_id"]).returncode == Exit.OK


def test_the_log_verifies_and_can_be_taken_away(muster: Muster) -> None:
    report = data(muster, "audit", "verify")
    assert report["ok"]
    exported = muster("audit", "export")
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert len(lines) >= report["records"]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
