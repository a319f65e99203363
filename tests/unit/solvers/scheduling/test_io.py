"""Instance files: every form gives the same problem, and a broken file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solvers.errors import InvalidProblem
from solvers.scheduling.io import parse, read, solve_file
from tests.unit.solvers.scheduling.cases import FT06

ROWS = [[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]]
STANDARD = "# two by two\n 2 2\n0 3 1 2\n1 4 0 1\n"
FROM_ONE = "2 2\n1 3 2 2\n2 4 1 1\n"
TAILLARD = "Nb of jobs, Nb of Machines, seed\n 2 2 77\nTimes\n3 2\n4 1\nMachines\n1 2\n2 1\n"
FLEXIBLE = "2 2 1.5\n2 1 0 3 1 1 2\n2 1 1 4 1 0 1\n"


@pytest.mark.parametrize("text", [STANDARD, FROM_ONE, TAILLARD, FLEXIBLE])
def test_every_text_form_gives_the_same_rows(text: str) -> None:
    assert parse(text) == (ROWS, 2)


def test_a_flexible_shop_keeps_its_alternatives() -> None:
    assert parse("1 3\n2 2 1 5 3 4 1 2 9\n") == ([[[(0, 5), (2, 4)], [(1, 9)]]], 3)


def test_both_json_forms(tmp_path: Path) -> None:
    matrices = {"name": "x", "duration_matrix": [[3, 2], [4, 1]], "machines_matrix": [[0, 1], [1, 0]]}
    several = tmp_path / "several.json"
    several.write_text(json.dumps({"x": matrices, "y": matrices}))
    flat = [
        {"job": j, "operation": o, "machine": m, "duration": d}
        for j, row in enumerate(ROWS)
        for o, [(m, d)] in enumerate(row)
    ]
    single = tmp_path / "single.json"
    single.write_text(json.dumps({"instance": "x", "machines": 2, "jobs": 2, "data": flat}))
    assert read(f"{several}#x") == read(single)
    with pytest.raises(InvalidProblem, match="FILE#NAME"):
        read(several)
    with pytest.raises(InvalidProblem, match="an instance of the file"):
        read(f"{several}#z")


@pytest.mark.parametrize(
    "text", ["", "2 2\n0 3 1 2\n", "1 1\n2 1 0 5\n", "1 1\nx y\n", "1 2\n1 1 7 5 9\n", "{}", '{"a": 1}']
)
def test_a_file_of_no_known_form_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(text)
    with pytest.raises(InvalidProblem):
        read(file)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="a file"):
        read("/nowhere/at/all.txt")


def test_solve_file_tells_the_whole_schedule(tmp_path: Path) -> None:
    file = tmp_path / "ft06.txt"
    file.write_text(FT06)
    told = solve_file(file, budget_s=20, workers=1)
    assert (told["instance"], told["feasible"], told["objective"], told["bound"]) == ("ft06", True, 55, 55)
    assert len(told["tasks"]) == 36
    assert max(task["end"] for task in told["tasks"]) == 55
    assert told["first_feasible_s"] <= told["wall_s"]


def test_an_operation_that_takes_no_time_is_told_and_is_no_task(tmp_path: Path) -> None:
    file = tmp_path / "zero.txt"
    file.write_text("2 2\n0 3 1 0\n1 2 0 4\n")
    _, problem = read(file)
    assert [task.task_id for _, task in problem.tasks()] == ["0.0", "1.0", "1.1"]
    told = {(task["job"], task["task"]): task for task in solve_file(file, 1.0, workers=1)["tasks"]}
    assert len(told) == 4
    assert told[0, 1]["start"] == told[0, 1]["end"] == told[0, 0]["end"]
