"""The compiled kernel: what an insertion costs is told before it is done, to the tick."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.routing import arrays, layout
from solvers.routing.check import check
from solvers.routing.kernel import entries
from solvers.routing.plan import sequences_of
from solvers.routing.search import insert_only
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.builders import random_problem
from tests.unit.solvers.routing.hostile import PLAIN, hostile_problem

PLACES = 50


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(2, 12), vehicles=st.integers(1, 4))
def test_the_price_of_a_place_is_what_the_plan_then_costs_more(seed: int, stops: int, vehicles: int) -> None:
    problem = random_problem(seed, stops, vehicles) if seed % 2 else hostile_problem(seed, stops, vehicles, PLAIN)
    plan = insert_only(problem, None).plan
    if not check(problem, plan).ok:
        return
    locked = {s for v in problem.vehicles for trip in v.locked for s in trip}
    for stop_id in sorted(plan.vehicle_of().keys() - locked):
        before = {v: [[s for s in t if s != stop_id] for t in trips] for v, trips in sequences_of(plan).items()}
        cost = check(problem, plan_of(problem, before)).cost.total
        data = arrays.data_of(problem)
        state = arrays.state_of(data, 0)
        nothing = data.si.copy()
        nothing[:, layout.PRIZE] = 0
        entries.repair(data._replace(si=nothing), state, arrays.encode(problem, before), PLACES)
        number = problem.stop_index[stop_id]
        if state.sx[number, layout.TRIP] >= 0 or not entries.place(data, state, number, layout.NO, PLACES):
            continue
        prize = problem.stops[number].prize_cents * 18_000
        price = int(state.ins[layout.I_DELTA])
        state.sx[number, layout.TRIP] = -1
        entries.repair(data._replace(si=_worth_it(data.si, number)), state, arrays.encode(problem, before), PLACES)
        after = arrays.decode(problem, state.best)
        assert check(problem, plan_of(problem, after)).cost.total == cost - prize + price


def _worth_it(si: layout.I64, number: int) -> layout.I64:
    changed = si.copy()
    changed[:, layout.PRIZE] = 0
    changed[number, layout.PRIZE] = layout.NO // 8
    return changed
