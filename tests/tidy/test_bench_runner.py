"""The benchmarks' bookkeeping: ratios, verdicts, and the rows that are kept as JSON."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.bench import runner
from tests.bench.row import row


def test_the_ratio_is_ours_over_the_first_peer() -> None:
    made = row("orders", 4_000, "1/s", seconds=2, peers={"echo": 8_000, "other": 1}, at_least=0.5, judged="ratio")
    assert made.ratio == 0.5
    assert made.goal == "≥ 0.5 × peer"
    assert made.holds is True


@pytest.mark.parametrize(("ours", "holds"), [(9.0, True), (50.0, True), (50.1, False)])
def test_a_goal_on_the_figure_itself(ours: float, holds: bool) -> None:
    made = row("event to plan p99", ours, "ms", seconds=1, at_most=50)
    assert (made.goal, made.holds, made.ratio) == ("≤ 50 ms", holds, None)


def test_without_a_goal_there_is_no_verdict() -> None:
    assert row("size", 1, "MB", seconds=1).holds is None


def test_a_goal_on_a_ratio_needs_a_peer() -> None:
    with pytest.raises(ValueError, match="peer"):
        row("orders", 1, "1/s", seconds=1, at_least=0.5, judged="ratio")


def test_rows_are_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "BUILD", tmp_path)
    module = ModuleType("made_up")
    module.main = lambda: [row("a", 2, "ms", seconds=0.1, peers={"b": 4}, at_most=1)]  # type: ignore[attr-defined]
    assert runner.run_here("made_up", module) == 0
    (kept,) = json.loads((tmp_path / "made_up.json").read_text())
    assert kept == {
        "case": "a",
        "ours": 2,
        "peers": {"b": 4},
        "unit": "ms",
        "ratio": 0.5,
        "goal": "≤ 1 ms",
        "holds": False,
        "seconds": 0.1,
    }
    assert "NO" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["no-such-bench"]) == 2
    assert "no benchmark called no-such-bench" in capsys.readouterr().err
