"""A company whose vehicles have driving rules, breaks and limits: from its files to the plan on paper, by the CLI."""

from __future__ import annotations

import csv
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli.exits import Exit
from tests.e2e.cli.conftest import Muster
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
RULES = ("driving_rule", "break_start", "break_end", "break_min", "max_distance_m", "max_duration_min", "max_stops")
BREAK_S = 1_800


def folder(tmp_path: Path, *rules: str) -> Path:
    """The sample company whose vehicles all have these rules."""
    made = tmp_path / "company"
    shutil.copytree("deploy/sample_company", made, ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__"))
    head, *rows = (made / "vehicles.csv").read_text().splitlines()
    lines = [",".join((head, *RULES)), *(",".join((row, *rules)) for row in rows)]
    (made / "vehicles.csv").write_text("\n".join(lines) + "\n")
    return made


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def test_rests_go_from_the_files_to_the_run_sheet(muster: Muster, tmp_path: Path) -> None:
    bad = folder(tmp_path / "bad", "EU", "11:00", "11:10", "30", "", "", "")
    refused = muster("import", str(bad), "--dry-run")
    assert refused.returncode != Exit.OK
    rule = "must not be longer than its window (11:00 to 11:10, 10 min)"
    assert "\t".join(("vehicles.csv", "2", "break_min", "30", rule)) in refused.stdout
    good = folder(tmp_path / "good", "EU", "09:00", "13:00", "30", "300000", "600", "30")
    assert muster("import", str(good)).returncode == Exit.OK
    assert (
        "rule EU · break 30 min in 09:00-13:00 · at most 300 km · at most 600 min · at most 30 stops"
        in muster("resource", "list", "vehicle").stdout
    )
    assert data(muster, "resource", "get", "vehicle", "V01")["vehicle"]["break_s"] in (1_800, "1800")
    wait_until(lambda: resting(muster), "some driver rests by plan")
    # What follows reads one plan several times: nobody may improve it in between.
    assert muster("level", "hold", "hold", "--reason", "one plan for all readers").returncode == Exit.OK
    vehicle_id = resting(muster)[0]
    assert "rest of 30 min" in muster("plan", "get", "--vehicle", vehicle_id).stdout
    rows = list(csv.DictReader(StringIO(muster("runsheet", vehicle_id, "-o", "csv").stdout)))
    rests = [row for row in rows if row["order"] == "REST"]
    assert [row["customer"] for row in rests] == ["30 min"]
    assert "<td>REST</td>" in muster("runsheet", vehicle_id, "-o", "html").stdout
    order_id = next(row["order"] for row in rows if row["order"] != "REST")
    assert "its driver rests 30 min from" in muster("order", "explain", order_id).stdout


def resting(muster: Muster) -> list[str]:
    """Vehicles whose driver has the break ahead of it, and not a longer rest of the driving rule in its place."""
    rests = {route["vehicle_id"]: route["rests"] for route in data(muster, "plan", "get")["routes"]}
    lengths = {name: [int(rest["end_s"]) - int(rest["start_s"]) for rest in of] for name, of in rests.items()}
    return [name for name, of in lengths.items() if of == [BREAK_S]]
