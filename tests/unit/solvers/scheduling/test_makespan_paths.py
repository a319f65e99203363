"""Ways between two solutions: each step leads nearer, none into a circle, and the whole way leads to the guide."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.scheduling.io import problem_of
from solvers.scheduling.kernel.makespan_graph import Net, Plan, copy_plan, empty_plan, insert, measure, take_walk
from solvers.scheduling.kernel.makespan_moves import PAIRS, empty_memory
from solvers.scheduling.kernel.pool_paths import distance, relink
from solvers.scheduling.kernel.timing import Walk
from tests.unit.solvers.scheduling.test_makespan import deadline, random_shop, search_for


def two_solutions(options: int) -> tuple[tuple[Plan, Plan], Net]:
    """The same shop searched with two seeds."""
    searches = [search_for(random_shop(8, 5, options, 4), seed) for seed in (1, 2)]
    for search in searches:
        search.run(deadline(), 500)
    return (searches[0].run_best, searches[1].run_best), searches[0].net


@pytest.mark.parametrize("options", [1, 3])
def test_the_way_leads_nearer_and_never_into_a_circle(options: int) -> None:
    (first, guide), net = two_solutions(options)
    plan, dice = empty_plan(len(first.mode), len(first.first)), np.array([9], dtype=np.uint64)
    copy_plan(first, plan)
    begun = int(distance(plan, guide))
    assert begun > 0 == distance(plan, first)
    for _ in range(20):
        made = relink(net, plan, guide, dice, 3, 1_000)
        assert made <= 3
        assert measure(net, plan) > 0
    assert distance(plan, guide) < begun


@pytest.mark.parametrize(("moved", "behind"), [(0, 3), (3, -1)])
def test_a_move_that_closes_a_circle_is_refused_and_changes_nothing(moved: int, behind: int) -> None:
    search = search_for(problem_of([[[(0, 2)], [(1, 3)]], [[(1, 4)], [(0, 5)]]], 2))
    rows = ([0, 1, 2, 3], [0, 1, 1, 0], [-1, -1, 1, 0], [3, 2, -1, -1], [0, 1])
    take_walk(search.plan, Walk(*(np.array(row) for row in rows)))
    assert measure(search.net, search.plan) == 2 + 3 + 4 + 5
    kept = [row.copy() for row in search.plan[:10]]
    assert not insert(search.net, search.plan, moved, moved, behind)
    assert all((a == b).all() for a, b in zip(kept, search.plan, strict=False))


def test_the_whole_way_of_a_job_shop_ends_at_the_guide_one_pair_a_step() -> None:
    (first, guide), net = two_solutions(1)
    plan = empty_plan(len(first.mode), len(first.first))
    copy_plan(first, plan)
    begun = int(distance(plan, guide))
    assert relink(net, plan, guide, np.array([9], dtype=np.uint64), 10**6, 10**6) == begun
    assert distance(plan, guide) == 0
    assert (plan.before == guide.before).all()


def test_what_is_remembered_does_not_grow_with_the_square_of_the_problem() -> None:
    search = search_for(random_shop(60, 10, 2, 5))
    assert len(empty_memory(search.net).pair) == PAIRS < search.count**2
    search.run(deadline(), 200)
    assert search.steps == 200
