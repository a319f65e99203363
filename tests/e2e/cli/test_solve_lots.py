"""`muster solve replenishment`: lots from a file, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from orchestrator.cli.exits import Exit


def solve(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What a person types."""
    command = [sys.executable, "-m", "orchestrator.cli.main", "solve", "replenishment", str(file), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def test_a_psp_file_is_solved_to_the_proof(tmp_path: Path) -> None:
    file = tmp_path / "tiny.psp"
    file.write_text("4\n2\n0 1 0 1\n0 0 1 1\n2\n0 5\n3 0\n\n11\n")
    done = solve(file, "--budget-s", "30", "-o", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["objective"], told["published_optimum"]) == ("OPTIMAL", 11, 11)
    assert told["made"] == [0, 0, 1, 1]


def test_lots_on_a_line_are_solved(tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    item = {"item_id": "A", "demand": [4, 6], "unit_s": 10, "setup_s": 20, "setup_cents": 90, "holding_cents": 1}
    file.write_text(json.dumps({"capacity_s": [100, 100], "items": [item], "carry_over": True}))
    done = solve(file, "--budget-s", "30", "-o", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["objective"]) == ("OPTIMAL", 90)
    assert told["lots"] == [[0, "A", 4], [1, "A", 6]]


def test_a_bad_file_is_refused_with_its_field(tmp_path: Path) -> None:
    file = tmp_path / "bad.psp"
    file.write_text("4\n2\n0 1 0 7\n0 0 1 1\n2\n0 5\n3 0\n")
    done = solve(file, "--budget-s", "30", "-o", "json")
    assert done.returncode == Exit.USAGE
    assert "demand[0]" in done.stderr
