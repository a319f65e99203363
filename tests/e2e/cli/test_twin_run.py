"""A few days of `muster twin run` on real servers: both policies, honest books, a report, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.twin.weeks.run import WeeksFailed
from orchestrator.twin.weeks.side_by_side import WeeksOptions, run_weeks
from tests.waiting import wait_until

DAYS = 3


@pytest.mark.slow
def test_some_days_with_both_policies_end_with_books_that_agree(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    report = run_weeks(WeeksOptions(days=DAYS, report=path, data_dir=tmp_path / "data"))
    assert json.loads(path.read_text()) == report
    assert list(report["policies"]) == ["fixed", "learned"]
    wanted = set()
    for figures in report["policies"].values():
        assert figures["books_differ"] == {}
        assert figures["refused"] == {}
        assert len(figures["stock_outs_day"]) == DAYS
        assert figures["learned"]["revisions"] > 0
        assert sum(figures["orders"].values()) > 0
        assert figures["production_orders"] > 0
        assert figures["cost_cents"] == sum(
            figures[name] for name in ("holding_cents", "order_cents", "transfer_cents", "price_cents")
        )
        wanted.add((figures["customers"], figures["units_wanted"]))
    assert len(wanted) == 1  # both met the same customers


def test_a_folder_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(WeeksFailed, match="is not empty"):
        run_weeks(WeeksOptions(data_dir=tmp_path))


@pytest.mark.slow
def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    command = [sys.executable, "-m", "orchestrator.cli.main", "twin", "run", "--data-dir", str(data_dir)]
    with subprocess.Popen([*command, "--runtime", "none"], stderr=subprocess.PIPE) as run:
        folders = [data_dir / policy / "endpoints.json" for policy in ("fixed", "learned")]
        wait_until(lambda: all(one.exists() for one in folders), "both servers are up", 180)
        pids = [json.loads(one.read_text())["pid"] for one in folders]
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
