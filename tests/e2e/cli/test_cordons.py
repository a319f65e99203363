"""Somebody takes a vehicle and a line out of work and puts them back, against a real server."""

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


def cordons(muster: Muster, *arguments: str) -> dict[str, dict[str, Any]]:
    """Cordons by their resource."""
    return {one["resource_id"]: one for one in data(muster, "cordon", "list", *arguments)}


def test_a_vehicle_is_previewed_drained_and_put_back(muster: Muster) -> None:
    vehicle_id = sorted(planned(muster).values())[0]
    had = {order_id for order_id, held in planned(muster).items() if held == vehicle_id}
    drain = ("drain", "vehicle", vehicle_id, "--reason", "brakes")
    previewed = muster(*drain, "--dry-run")
    assert previewed.returncode == Exit.OK, previewed.stderr
    assert "nothing was changed" in previewed.stderr
    assert any(order_id in previewed.stdout for order_id in had)
    assert not cordons(muster)
    done = muster(*drain)
    assert f"undo with: muster uncordon vehicle {vehicle_id}" in done.stderr
    wait_until(lambda: vehicle_id not in planned(muster).values(), "its work is others'")
    wait_until(lambda: cordons(muster)[vehicle_id]["status"] == "DRAINED", "it is drained")
    alerts = muster("alert", "list").stdout
    assert f"vehicle {vehicle_id} is drained" in alerts
    back = muster("uncordon", "vehicle", vehicle_id, "--reason", "repaired")
    assert back.returncode == Exit.OK, back.stderr
    assert not cordons(muster)
    assert cordons(muster, "--all")[vehicle_id]["status"] == "ENDED"


def test_a_line_is_cordoned_for_a_while_and_explained(muster: Muster) -> None:
    line_id = data(muster, "resource", "list", "line")[0]["resource_id"]
    done = muster("cordon", "line", line_id, "--reason", "new floor", "--for", "2h")
    assert done.returncode == Exit.OK, done.stderr
    assert cordons(muster)[line_id]["status"] == "CORDONED"
    listed = muster("cordon", "list").stdout
    assert "new floor" in listed
    assert muster("uncordon", "line", line_id).returncode == Exit.OK


def test_wrong_cordons_say_what_is_wrong(muster: Muster) -> None:
    assert muster("drain", "ship", "V1", "--reason", "x").returncode == Exit.USAGE
    assert muster("drain", "vehicle", "V01", "--reason", "x", "--policy", "burn").returncode == Exit.USAGE
    assert muster("drain", "vehicle", "nobody", "--reason", "x").returncode == Exit.NOT_FOUND
    assert muster("uncordon", "vehicle", "V01").returncode == Exit.NOT_FOUND
    docks = muster("cordon", "dock", "nowhere", "--docks", "1", "--reason", "x")
    assert docks.returncode == Exit.NOT_FOUND
