"""The benchmark's own parts: what the generator draws, which incumbents are kept, and that peers are asked the same."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.io import problem_of
from solvers.scheduling.problem import SchedulingProblem
from tests.bench.peers.marks import Marks
from tests.bench.scheduling import pack
from tests.bench.scheduling.engines import Limits, ours, peer
from tests.bench.scheduling.gaps import Trace
from tests.bench.scheduling.setups import FACTOR_PCT, with_setups


def shop(jobs: int) -> SchedulingProblem:
    """Three machines, each job over all of them, the first operation on either of two."""
    rng = random.Random(jobs)
    rows = [[[(0, rng.randint(1, 9)), (1, 5)], [(1, rng.randint(1, 9))], [(2, 4)]] for _ in range(jobs)]
    return problem_of(rows, 3)


@given(jobs=st.integers(1, 20), level=st.sampled_from(sorted(FACTOR_PCT)), seed=st.integers(0, 10**6))
def test_what_is_drawn_keeps_to_its_definition(jobs: int, level: str, seed: int) -> None:
    made = with_setups(shop(jobs), level, random.Random(seed))
    assert made == with_setups(shop(jobs), level, random.Random(seed))
    for machine in made.machines:
        time_s = {(setup.from_family, setup.to_family): setup.duration_s for setup in machine.setups}
        families = {one for one, _ in time_s}
        assert all(one != other and setup_s >= 1 for (one, other), setup_s in time_s.items())
        assert all(
            time_s[one, three] <= time_s[one, two] + time_s[two, three] for one, two, three in permutations(families, 3)
        )
    assert all(len({task.family for task in job.tasks}) == 1 for job in made.jobs)
    assert all(job.due_s is not None and job.due_s > job.release_s for job in made.jobs)


def test_a_loose_problem_is_the_tight_one_with_more_time() -> None:
    tight, loose = (with_setups(shop(9), level, random.Random(3)) for level in ("tight", "loose"))
    assert tight.machines == loose.machines
    for one, other in zip(tight.jobs, loose.jobs, strict=True):
        assert (one.release_s, one.weight) == (other.release_s, other.weight)
        assert one.due_s is not None
        assert other.due_s is not None
        assert one.due_s < other.due_s


def test_kept_are_the_first_and_the_last_before_each_moment() -> None:
    marks: Marks[str] = Marks((10.0, 1.0))
    for at_s, found in ((0.1, "a"), (0.5, "b"), (0.9, "c"), (2.0, "d"), (10.3, "late")):
        marks.keep(at_s, found)
    assert marks.points() == [(0.1, "a"), (0.9, "c"), (10.0, "late")]


def test_a_gap_counts_what_was_there_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "best_known", lambda name: 100)
    trace = Trace(((0.5, 120), (5.0, 110)), False, 10.0)
    assert [trace.gap("x", mark_s) for mark_s in (0.1, 1.0, 10.0)] == [None, pytest.approx(20), pytest.approx(10)]


@pytest.mark.parametrize(("asked", "left"), [("1", 6), ("0.5", 3), ("b,e,z", 2)])
def test_a_share_of_the_instances(monkeypatch: pytest.MonkeyPatch, asked: str, left: int) -> None:
    monkeypatch.setenv("MUSTER_BENCH_SHARE", asked)
    assert len(pack.share("abcdef")) == left


def test_a_share_over_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_BENCH_SHARE", "2")
    with pytest.raises(InvalidProblem, match="MUSTER_BENCH_SHARE"):
        pack.share("abc")


def test_a_peer_is_asked_the_same() -> None:
    problem = with_setups(shop(3), "tight", random.Random(1))
    found = peer("cpsat", problem, Limits(20.0, workers=1))
    assert found is not None
    assert found.proven
    assert found.objective == ours(problem, Limits(3.0, workers=1)).objective
