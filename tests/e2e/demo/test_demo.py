"""A short day on a real server: what the demo promises at its end, and that it leaves nothing behind."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.company.folder import read_folder
from orchestrator.twin.child import PORTS
from orchestrator.twin.day import SAMPLE_COMPANY
from orchestrator.twin.demo import DemoFailed, DemoOptions, run_demo
from tests.waiting import wait_until

ANY_PORT = dict.fromkeys(PORTS, 0)
SHIFT_END, WINDOW_END = "11:30", "10:30"
REPORT_KEYS = [
    "orders",
    "unplanned_reasons",
    "disruptions",
    "revisions",
    "event_to_plan_ms",
    "distance_km",
    "cost_cents",
    "stock_outs",
    "tardiness_s",
    "checker_rejections_published",
    "lost_events",
    "agent_restarts",
    "wall_s",
]
SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  6         60

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

0  40  50   0   0  100  0
1  45  58  10  10   50  5
2  42  56  20  20   60  5
3  40  59  10  15   55  5
4  35  56  10  30   70  5
5  25  55  20  25   65  5
6  52  45  10  40   80  5
7  50  40  10  35   75  5
8  30  42  10  45   85  5
"""


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with the orders and shifts of its morning."""
    folder = tmp_path_factory.mktemp("morning")
    for name, content in read_folder(SAMPLE_COMPANY).items():
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        if name == "orders.csv":
            rows = [row for row in rows if row["window_end"] <= WINDOW_END]
        elif name == "vehicles.csv":
            rows = [row | {"shift_end": SHIFT_END} for row in rows]
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.mark.slow
def test_a_morning_ends_with_an_honest_report(morning: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    options = DemoOptions(
        speed=1200, runtime="local", company=morning, data_dir=tmp_path / "data", report=path, web=False, ports=ANY_PORT
    )
    report = run_demo(options)
    assert json.loads(path.read_text()) == report
    assert list(report) == REPORT_KEYS
    orders = report["orders"]
    assert orders["received"] == orders["delivered"] + orders["unplanned"] + orders["cancelled"]
    assert orders["delivered"] == orders["on_time"] + orders["late"] >= 0.8 * orders["received"]
    assert report["checker_rejections_published"] == 0
    assert report["lost_events"] == 0
    kinds = [one["kind"] for one in report["disruptions"]]
    assert kinds[:5] == ["stock_discrepancy", "late_supplier", "machine_down", "rush_production", "vehicle_breakdown"]
    moved = {one["kind"]: one["tasks"] for one in report["disruptions"]}
    assert all(moved[kind] for kind in ("machine_down", "rush_production", "machine_risk"))
    assert all(one["event"] and one["revision"] for one in report["disruptions"])
    assert report["revisions"]["total"] == sum(report["revisions"]["by_cause"].values())
    assert report["distance_km"] > 100


@pytest.mark.slow
def test_a_published_problem_is_served_inside_its_windows(tmp_path: Path) -> None:
    file = tmp_path / "tiny.txt"
    file.write_text(SOLOMON)
    report = run_demo(DemoOptions(speed=120, runtime="local", instance=file, hindsight_s=1, web=False, ports=ANY_PORT))
    assert report["orders"]["on_time"] == report["orders"]["received"] == 8
    assert report["checker_rejections_published"] == 0
    assert sorted(number for route in report["executed"]["routes"] for number in route) == list(range(1, 9))
    assert 0 < report["hindsight"]["cost"] <= report["executed"]["cost"]


@pytest.mark.slow
def test_an_interrupt_ends_everything(morning: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    code = (
        "from pathlib import Path; from orchestrator.twin.demo import *; "
        f"run_demo(DemoOptions(speed=60, runtime='local', company=Path({str(morning)!r}), "
        f"data_dir=Path({str(data_dir)!r}), web=False, ports={ANY_PORT!r}))"
    )
    with (tmp_path / "out").open("wb") as out:
        demo = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out, start_new_session=True)
    try:
        endpoints = data_dir / "endpoints.json"
        wait_until(lambda: "Dashboard" in (tmp_path / "out").read_text(), "the day has begun", deadline_s=100)
        server = int(json.loads(endpoints.read_text())["pid"])
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) != 0
        wait_until(lambda: not _alive(server), "the server is gone")
    finally:
        demo.kill()
        demo.wait()


def test_what_cannot_be_played_is_said_before_a_server_starts(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="has no CSV file"):
        run_demo(DemoOptions(company=tmp_path))
    used = tmp_path / "used"
    used.mkdir()
    (used / "something").write_text("")
    with pytest.raises(DemoFailed, match="is not empty"):
        run_demo(DemoOptions(data_dir=used))
    with pytest.raises(DemoFailed, match=r"nothing\.txt"):
        run_demo(DemoOptions(instance=tmp_path / "nothing.txt"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
