"""Somebody asks what the agents want to be reminded of, against a real server."""

from __future__ import annotations

import json

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster

pytestmark = pytest.mark.slow


def test_reminders_are_listed_and_an_agent_that_is_none_is_refused(muster: Muster) -> None:
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    shown = muster("agent", "reminders")
    assert (shown.returncode, shown.stderr + shown.stdout != "") == (Exit.OK, True)
    of_one = muster("agent", "reminders", "supplier/SUP-WOOD", "-o", "json")
    assert (of_one.returncode, json.loads(of_one.stdout)) == (Exit.OK, [])
    wrong = muster("agent", "reminders", "lorry/V01")
    assert wrong.returncode == Exit.USAGE
    assert "KIND or KIND/ID" in wrong.stderr
