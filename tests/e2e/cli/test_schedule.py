"""Somebody who runs the shop floor, at the shell, against a real server: why, what helps, decided, undone."""

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
    """The sample company is loaded and its production is planned."""
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    wait_until(lambda: bool(tasks(muster)), "production is planned")


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def tasks(muster: Muster) -> dict[str, dict[str, Any]]:
    """The planned tasks by id."""
    return {task["task_id"]: task for task in data(muster, "plan", "get")["tasks"]}


def test_everybody_and_every_tool_is_named_where_needed(muster: Muster) -> None:
    by_hand = [task for task in tasks(muster).values() if task["machine_id"] in ("M4", "M5")]
    assert by_hand
    assert all(any(unit.startswith("W") for unit in task["held"]) for task in by_hand)
    assert all(any(unit.startswith("FIX") for unit in task["held"]) for task in by_hand)


def test_a_risk_is_answered_by_maintenance_that_is_explained(muster: Muster) -> None:
    done = muster("schedule", "risk", "M4", "--by", "2:5", "--by", "6:40", "--reason", "vibration rises")
    assert done.returncode == Exit.OK, done.stderr
    wait_until(lambda: "MAINT-M4-1" in tasks(muster), "maintenance is planned")
    assert tasks(muster)["MAINT-M4-1"]["machine_id"] == "M4"
    told = data(muster, "plan", "explain", "MAINT-M4-1")
    assert "vibration rises" in told["sentences"][0]
    assert "M4 fails by" in told["moves"][-1]["causes"][0]
    assert [a["subject"] for a in data(muster, "alert", "list") if a["kind"] == "MACHINE_RISK"] == ["M4"]
    shown = muster("machine", "risk", "M4", "--output", "table").stdout
    assert "MAINT-M4-1 at " in shown
    assert "vibration rises" in shown
    assert "40 %" in shown
    (listed,) = data(muster, "machine", "risk")
    assert [point["failed_per_mille"] for point in listed["machine"]["risk"]] == [50, 400]
    assert muster("schedule", "risk", "M4").returncode == Exit.OK
    wait_until(lambda: "MAINT-M4-1" not in tasks(muster), "maintenance is off the schedule")


def test_a_task_is_moved_after_a_preview_and_the_move_undone(muster: Muster) -> None:
    wanted = next(task for task in tasks(muster).values() if task["machine_id"] == "M4")
    move = ("schedule", "move", wanted["task_id"], "--machine", "M5", "--reason", "the new fixture is there")
    assert data(muster, *move, "--dry-run")["impact"]["moves"]
    assert tasks(muster)[wanted["task_id"]]["machine_id"] == "M4"
    made = data(muster, *move, "--id", "move-1")["override"]
    assert (made["kind"], made["owner"]) == ("MOVE", "ada")
    wait_until(lambda: tasks(muster)[wanted["task_id"]]["machine_id"] == "M5", "the task has moved")
    again = muster(*move)
    assert again.returncode == Exit.NOT_POSSIBLE
    assert "muster schedule undo move-1" in again.stderr
    assert [one["override_id"] for one in data(muster, "schedule", "list")] == ["move-1"]
    assert muster("schedule", "undo", "move-1").returncode == Exit.OK
    assert data(muster, "schedule", "list") == []
    assert [one["status"] for one in data(muster, "schedule", "list", "--all")] == ["UNDONE"]


def test_lots_come_and_go(muster: Muster) -> None:
    before = tasks(muster)
    name = next(key for key in before if key.startswith("MO-007:"))
    assert muster("schedule", "split", name, "--lots", "3", "-r", "both benches", "--id", "lots").returncode == Exit.OK
    wait_until(lambda: len(tasks(muster)) == len(before) + 2, "the lots are planned")
    assert muster("schedule", "undo", "lots").returncode == Exit.OK
    wait_until(lambda: tasks(muster).keys() == before.keys(), "the task is whole again")


def test_lateness_is_told_with_remedies_that_can_be_typed(muster: Muster) -> None:
    until_s = data(muster, "status")["clock"]["now_s"] + 8 * 3600
    for machine_id in ("M4", "M5"):
        down = json.dumps({"machine_id": machine_id, "until_s": until_s, "reason": "power"})
        assert muster("event", "report", "machine_down", down).returncode == Exit.OK

    def held_back() -> list[str]:
        late = data(muster, "schedule", "late")["late"]
        return [one["production_order_id"] for one in late if "MACHINE_DOWN" in {c["code"] for c in one["causes"]}]

    name = wait_until(held_back, "production is late because of the machines")[0]
    found = data(muster, "schedule", "late", "--remedies", "--budget", "3s")["late"]
    commands = [remedy["command"] for one in found for remedy in one["remedies"]]
    # A better sequence is nothing to decide: that remedy says where the plan is seen when it comes.
    assert all(command.startswith(("muster schedule ", "muster plan get")) for command in commands), commands
    table = muster("schedule", "late", name)
    assert "MACHINE_DOWN" in table.stdout
    for machine_id in ("M4", "M5"):
        assert muster("event", "report", "machine_up", json.dumps({"machine_id": machine_id})).returncode == Exit.OK


def test_a_worker_goes_and_comes_back(muster: Muster) -> None:
    assert muster("schedule", "absent", "W01", "--for", "2h").returncode == Exit.OK
    assert muster("schedule", "back", "W01").returncode == Exit.OK
    assert muster("schedule", "back", "W01").returncode == Exit.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("schedule", "move", "MO-999:0", "--machine", "M5", "-r", "x"), Exit.NOT_FOUND),
        (("schedule", "overtime", "M4", "--at", "noon", "--for", "2h", "-r", "x"), Exit.USAGE),
        (("schedule", "risk", "M4", "--by", "soon"), Exit.USAGE),
        (("schedule", "undo", "nothing"), Exit.NOT_FOUND),
        (("plan", "explain", "MO-999"), Exit.NOT_FOUND),
        (("schedule", "late", "MO-999"), Exit.NOT_FOUND),
    ],
)
def test_what_cannot_be_is_refused_by_name(muster: Muster, arguments: tuple[str, ...], expected: Exit) -> None:
    done = muster(*arguments)
    assert done.returncode == expected, done.stderr
    assert not done.stdout
    assert done.stderr
