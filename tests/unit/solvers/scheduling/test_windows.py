"""Windows: all of it first, in order of time; then what costs; the same seed gives the same."""

from __future__ import annotations

from solvers.scheduling.repair import repair
from solvers.scheduling.shop import index
from solvers.scheduling.windows import FEWEST, MOST, Window, Windows
from tests.unit.solvers.scheduling.cases import plant

PROBLEM = plant(1, jobs=20, per_job=5, count=6)
SHOP, SCHEDULE = index(PROBLEM), repair(PROBLEM)
FREE = set(range(100))


def stream(seed: int, count: int, focus: tuple[int, ...] = ()) -> list[Window]:
    windows, found = Windows(SHOP, seed, 40), []
    for _ in range(count):
        found.append(windows.next(SCHEDULE, FREE, focus))
        windows.learn(found[-1], gained=False, finished=False)
    return found


def test_the_first_pass_looks_at_everything_in_order_of_time() -> None:
    windows = [window for window in stream(0, 20) if window.kind == "rolling"]
    assert set().union(*(window.free for window in windows)) == FREE
    firsts = [min(SCHEDULE.assignments[n].start_s for n in window.free) for window in windows]
    assert firsts == sorted(firsts)


def test_what_an_event_has_touched_comes_first() -> None:
    first = stream(0, 1, focus=(7, 50, 93))[0]
    assert {7, 50, 93} <= first.free
    assert len(first.free) == 40


def test_the_same_seed_gives_the_same_windows_and_another_gives_others() -> None:
    assert stream(3, 15) == stream(3, 15)
    assert stream(3, 15) != stream(4, 15)


def test_windows_grow_when_they_are_finished_and_shrink_when_not() -> None:
    for finished, limit in ((True, MOST), (False, FEWEST)):
        windows = Windows(SHOP, 0, 60)
        for _ in range(60):
            windows.learn(windows.next(SCHEDULE, FREE, ()), gained=False, finished=finished)
        assert windows.size == limit
