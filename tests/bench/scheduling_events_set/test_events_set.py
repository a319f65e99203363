"""The event set's own parts, on a small shop made here: live plants, events, the format, right shift, the score."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.check import check
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Job, Machine, Mode, Pinned, Published, SchedulingProblem, Started, Task
from solvers.scheduling.repair import repair
from tests.bench.scheduling_events_set.__main__ import main
from tests.bench.scheduling_events_set.events import KINDS, Case, Event, case
from tests.bench.scheduling_events_set.form import read_answer, read_case, write_answer, write_case
from tests.bench.scheduling_events_set.live import Live, live
from tests.bench.scheduling_events_set.measure import p95
from tests.bench.scheduling_events_set.plant import Rows, traits_of
from tests.bench.scheduling_events_set.right_shift import right_shift
from tests.bench.scheduling_events_set.score import score, unaffected

SEEDS = st.integers(0, 23)
FEW = settings(max_examples=25, deadline=None)


def wave(family: str, rng: random.Random) -> Rows:
    """Eight jobs of four operations over five machines, one in three with a choice."""
    jobs = []
    for _ in range(8):
        machines = rng.sample(range(5), 4)
        jobs.append([[(m, rng.randint(2, 30)), *([((m + 1) % 5, 20)] if rng.random() < 0.3 else [])] for m in machines])
    return jobs


@cache
def plant(seed: int) -> Live:
    return live(seed, 40, wave)


def cases(seed: int) -> list[Case]:
    return [made for kind in KINDS if (made := case(plant(seed), kind)) is not None]


def broken(made: Case, schedule: Schedule) -> list[str]:
    """Kinds of violation that are not about wishes: right shift writes no waivers."""
    wishes = ("fence_moved", "pin_moved", "waiver_unfounded")
    return [v.text or v.kind for v in check(made.problem, schedule).violations if v.kind not in wishes]


@FEW
@given(SEEDS)
def test_the_plan_in_force_keeps_every_rule_and_every_due_date(seed: int) -> None:
    there = plant(seed)
    report = check(there.problem, there.before)
    assert report.ok, report.violations[:3]
    assert (report.figures.tardiness_s, report.figures.moved) == (0, 0)
    tasks = [task for _, task in there.problem.tasks()]
    assert 30 <= len(tasks) <= 40
    begun = {place.task_id for place in there.before.assignments if place.start_s < there.problem.now_s}
    assert begun == {task.task_id for task in tasks if isinstance(task.state, Started)}
    assert bool(there.problem.operators) == traits_of(seed).operators


def test_the_same_seed_gives_the_same_plant_and_events() -> None:
    assert live(5, 40, wave) == plant(5)
    assert live(6, 40, wave) != plant(5)
    assert cases(5) == [case(live(5, 40, wave), made.event.kind) for made in cases(5)]


@FEW
@given(SEEDS)
def test_an_event_hits_something_and_a_nothing_event_does_not(seed: int) -> None:
    for made in cases(seed):
        report = check(made.problem, made.live.before)
        missing = {v.kind for v in report.violations}
        if made.event.kind == "nothing":
            assert not missing
            assert len(unaffected(made)) == sum(task.state is None for _, task in made.problem.tasks())
        else:
            assert missing or made.event.kind == "override", made.event


@FEW
@given(SEEDS)
def test_right_shift_keeps_the_rules_and_starts_nothing_early(seed: int) -> None:
    for made in cases(seed):
        shifted = right_shift(made.problem, made.live.before)
        assert broken(made, shifted) == []
        before, pinned = made.live.before.by_task(), _pinned(made.problem)
        for place in shifted.assignments:
            if place.task_id in before and place.task_id not in pinned:
                assert place.start_s >= before[place.task_id].start_s
        if made.event.kind == "nothing":
            assert shifted == made.live.before


def _pinned(problem: SchedulingProblem) -> set[str]:
    return {task.task_id for _, task in problem.tasks() if isinstance(task.state, Pinned)}


@pytest.mark.parametrize("seed", [1, 6])
def test_what_is_written_reads_back(seed: int, tmp_path: Path) -> None:
    for made in cases(seed):
        write_case(tmp_path / "case.json", made)
        read = read_case(tmp_path / "case.json")
        assert (read.name, read.event, read.problem, read.live.before) == (
            made.name,
            made.event,
            made.problem,
            made.live.before,
        )
        shifted = right_shift(made.problem, made.live.before)
        write_answer(tmp_path / "answer.json", made.name, shifted, 0.5)
        assert read_answer(tmp_path / "answer.json") == (made.name, shifted, 0.5)


def test_a_field_that_the_format_does_not_have_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    write_case(path, cases(2)[0])
    content = json.loads(path.read_text("utf-8"))
    content["problem"]["machines"][0]["colour"] = "red"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InvalidProblem, match="colour"):
        read_case(path)
    path.write_text(json.dumps({**content, "version": 2}), "utf-8")
    with pytest.raises(InvalidProblem, match="version"):
        read_case(path)


def two_machines(down: tuple[tuple[int, int], ...] = ()) -> Case:
    """A: a1 [100,200) a2 [200,300); B: b1 [200,260), which waits for a1. A is down, as said."""
    tasks = {"a1": ("A", 100), "a2": ("A", 100), "b1": ("B", 60)}
    jobs = (
        Job("one", (Task("a1", (Mode("A", 100),)), Task("b1", (Mode("B", 60),))), due_s=260),
        Job("two", (Task("a2", (Mode("A", 100), Mode("B", 100))),), due_s=300),
    )
    starts = {"a1": 100, "a2": 200, "b1": 200}
    before = tuple(
        Assignment(key, tasks[key][0], starts[key], starts[key] + tasks[key][1]) for key in ("a1", "b1", "a2")
    )
    published = tuple(Published(place.task_id, place.machine_id, place.start_s) for place in before)
    problem = SchedulingProblem(100, (Machine("A", downtime=down), Machine("B")), jobs, published)
    return Case("small", Live("small", problem, Schedule(before)), Event("breakdown", "A", 100, 150, ""), problem)


def test_a_score_counts_what_moved_and_who_had_no_need_to() -> None:
    made = two_machines(((100, 150),))
    shifted = right_shift(made.problem, made.live.before)
    assert {p.task_id: p.start_s for p in shifted.assignments} == {"a1": 150, "b1": 250, "a2": 250}
    found = score(made, shifted)
    assert found.valid
    assert (found.score, found.unaffected, found.moved, found.untouched) == (1.0, 2, 2, 0)
    assert found.figures.tardiness_s == 100
    elsewhere = Assignment("a2", "B", 100, 200)
    better = Schedule((*shifted.assignments[:2], elsewhere))
    assert (score(made, better).reassigned, score(made, better).moved_share) == (1, 1.0)
    # Two tasks moved, one of them to another machine, cost more than the 50 s they save.
    assert score(made, better).score == pytest.approx(37_070 / 22_210)


def test_moving_what_was_left_alone_is_told() -> None:
    made = two_machines()
    assert score(made, made.live.before).score == 1.0
    later = Schedule((*made.live.before.assignments[:2], Assignment("a2", "A", 260, 360)))
    found = score(made, later)
    assert (found.untouched, found.disturbed) == (3, 1)
    assert found.moved_share == pytest.approx(1 / 3)


def test_a_broken_rule_scores_two() -> None:
    made = two_machines(((100, 150),))
    found = score(made, made.live.before)
    assert (found.valid, found.score) == (False, 2.0)
    assert found.violations == ("blocked_time a1",)


def test_a_fence_that_was_not_kept_is_told() -> None:
    made = two_machines()
    fenced = replace(
        made.problem, machines=(replace(made.problem.machines[0], fence_s=300), *made.problem.machines[1:])
    )
    later = Schedule((*made.live.before.assignments[:2], Assignment("a2", "A", 260, 360)))
    assert score(replace(made, problem=fenced), later).fence_broken == 1


@pytest.mark.parametrize("seed", [3, 8])
def test_repair_answers_every_event(seed: int) -> None:
    for made in cases(seed):
        found = score(made, repair(made.problem))
        assert found.valid, found.violations[:3]


def test_the_shell_judges_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = cases(3)[0]
    write_case(tmp_path / "case.json", made)
    names = [str(tmp_path / "case.json"), str(tmp_path / "answer.json")]
    assert run("answer", names[0], "--engine", "repair", "--out", names[1]) == 0
    assert run("check", *names) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["instance"], told["valid"]) == (made.name, True)
    write_answer(tmp_path / "answer.json", made.name, made.live.before, 0.0)
    assert run("check", *names) == 1
    write_answer(tmp_path / "answer.json", "another", made.live.before, 0.0)
    assert run("check", *names) == 2
    assert "another" in capsys.readouterr().err


def run(*arguments: str) -> int:
    words: Sequence[str] = arguments
    return main(words)


def test_a_plant_of_no_tasks_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="tasks"):
        live(1, 5, wave)


def test_the_percentile_is_the_nearest_rank() -> None:
    assert p95([float(value) for value in range(100)]) == 95.0
    assert p95([1.0]) == 1.0
