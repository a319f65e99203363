"""Files of lots: read, solved, told; refused with the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.lot_sizing.io import line_of, read_line
from solvers.replenishment.lot_sizing.solve import is_lots, solve_file
from solvers.replenishment.published import solve_file as solve_any

PSP = "4\n2\n0 1 0 1\n0 0 1 1\n2\n0 5\n3 0\n\n11\n"
LINE: dict[str, Any] = {
    "capacity_s": [100, 100],
    "carry_over": True,
    "items": [
        {"item_id": "A", "demand": [4, 6], "unit_s": 10, "setup_s": 20, "setup_cents": 90, "backlog_cents": 50},
        {"item_id": "B", "demand": [1, 1], "unit_s": 10, "backlog_cents": None, "opening_stock": 2},
    ],
}


def test_a_psp_file_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "tiny.psp"
    path.write_text(PSP)
    told = solve_any(path, 30.0)
    assert told["status"] == "OPTIMAL"
    assert (told["objective"], told["bound"], told["published_optimum"]) == (11, 11, 11)
    assert told["made"] == [0, 0, 1, 1]


def test_a_line_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE))
    assert is_lots(path)
    told = solve_file(path, 30.0)
    assert (told["status"], told["objective"], told["setup_cents"]) == ("OPTIMAL", 90, 90)
    assert told["lots"] == [[0, "A", 4], [1, "A", 6]]


def test_other_json_is_not_taken_for_lots(tmp_path: Path) -> None:
    for name, text in (("a.json", '{"item_sites": []}'), ("b.json", "{"), ("c.json", "[1]"), ("d.txt", PSP)):
        (tmp_path / name).write_text(text)
        assert not is_lots(tmp_path / name)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"speed": 3}, "file.speed"),
        ({"items": 3}, "items"),
        ({"items": [3]}, "items[0]"),
        ({"items": [{"item_id": "A", "demand": [1, 2]}]}, "items[0].unit_s"),
        ({"items": [{"item_id": "A", "demand": [1, "2"], "unit_s": 1}]}, "items[0].demand[1]"),
        ({"items": [{"item_id": "A", "demand": [1, 2], "unit_s": True}]}, "items[0].unit_s"),
        ({"carry_over": 1}, "file.carry_over"),
        ({"changeover_s": [1]}, "file.changeover_s[0]"),
        ({"set_up_for": "C"}, "set_up_for"),
    ],
)
def test_a_bad_line_is_refused_with_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        line_of(LINE | changes)
    assert caught.value.field == field


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(InvalidProblem):
        read_line(tmp_path / "x.json")
    with pytest.raises(InvalidProblem):
        line_of([])
