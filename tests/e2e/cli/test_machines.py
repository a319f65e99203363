"""How a machine wears, at the shell, against a real server: the default law, a breakdown, the law learned from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

HOUR_S = 3_600


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def report(muster: Muster, what: str, **fields: Any) -> None:
    """Report an event; it must be taken."""
    done = muster("event", "report", what, json.dumps(fields))
    assert done.returncode == Exit.OK, done.stderr


def test_a_breakdown_becomes_a_life_that_the_law_is_learned_from(muster: Muster) -> None:
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    wait_until(lambda: bool(data(muster, "plan", "get")["tasks"]), "production is planned")
    planned = data(muster, "plan", "get")["tasks"]
    first = min((one for one in planned if one["task_id"].endswith(":0")), key=lambda one: int(one["start_s"]))
    machine_id, start_s = first["machine_id"], int(first["start_s"])
    before = muster("machine", "risk", machine_id, "--output", "table").stdout
    assert "default, no life has ended yet: shape 2.0, scale 4,000 running hours" in before
    assert "not asked for: a day's waiting risks" in before
    report(muster, "task_started", task_id=first["task_id"], machine_id=machine_id, at_s=start_s)
    down_s = start_s + 3 * HOUR_S
    report(muster, "machine_down", machine_id=machine_id, at_s=down_s, until_s=down_s + HOUR_S, reason="bearing")
    report(muster, "machine_up", machine_id=machine_id, at_s=down_s + HOUR_S)

    def learned() -> str:
        shown = muster("machine", "risk", machine_id, "--output", "table").stdout
        return shown if "learned from 1 life its own, 0 censored (version 1)" in shown else ""

    assert "0.0 running hours since " in wait_until(learned, "the law is learned from the life")
    (listed,) = data(muster, "machine", "risk", machine_id)
    wear = listed["machine"]["wear"]
    assert int(wear["life_s"]) < 4_000 * HOUR_S
    assert wear["scope"] == "MACHINE"
