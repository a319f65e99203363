"""1,000 items at 3 sites: a full re-plan, one changed item, how far a change reaches, and what the program adds.

Everything is seeded and made here: learned forecasts and lead times, four in ten item-sites with a second source,
budget, supplier capacity, least orders and storage. Limits that bind are part of the measured plan.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np

from solvers.budget import Budget as TimeBudget
from solvers.replenishment.check import check
from solvers.replenishment.check_cost import expected_cost
from solvers.replenishment.forecast import DemandSeries, Forecast, learn
from solvers.replenishment.item import ItemSite, PriceTier, Source
from solvers.replenishment.lead_time import LeadTime, observe, start
from solvers.replenishment.plan import ReplenishmentPlan
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.rolling.solve import solve
from solvers.replenishment.shared import DAY_S, Budget, Site, Supplier
from tests.bench.row import Row, row

ITEMS, SITES, SUPPLIERS = 1_000, ("east", "north", "west"), 40
TODAY, DAYS = 20_000, 180
CHANGES = 40
ROLLING_S = 10.0


def main() -> list[Row]:
    """All cases."""
    free = company(random.Random(1))
    plan(free)
    limited = with_limits(free)
    return [
        full_row("full re-plan, 3,000 item-sites, no limit", free),
        full_row("full re-plan, 3,000 item-sites, limits bind", limited),
        *change_rows("no limit", free),
        *change_rows("limits bind", limited),
        *rolling_rows(),
    ]


def full_row(case: str, problem: ReplenishmentProblem) -> Row:
    """Seconds of a plan from nothing; the best of three, because the machine is shared."""
    took, made = [], None
    for _ in range(3):
        began_s = time.perf_counter()
        made = plan(problem)
        took.append(time.perf_counter() - began_s)
    assert made is not None
    report = check(problem, made)
    assert report.ok, report.violations[:3]
    cut = sum(bool(p.reason.limit) for p in made.proposals) + len(made.held)
    told = {"proposals": len(made.proposals), "cut or held": cut, "slowest s": max(took)}
    return row(case, min(took), "s", seconds=sum(took), peers=told, at_most=2.0)


def change_rows(name: str, problem: ReplenishmentProblem) -> list[Row]:
    """One item-site's stock changes: how long, and how many others change with it."""
    rng, took, reached, beyond = random.Random(2), [], [], 0
    before = plan(problem)
    for _ in range(CHANGES):
        number = rng.randrange(len(problem.item_sites))
        old = problem.item_sites[number]
        new = replace(old, on_hand=rng.randrange(2 * old.on_hand + 5), allocated=0)
        items = (*problem.item_sites[:number], new, *problem.item_sites[number + 1 :])
        began_s = time.perf_counter()
        after = replace(problem, item_sites=items)
        again = plan(after, {old.key}, before)
        took.append(1_000 * (time.perf_counter() - began_s))
        changed = differing(before, again) - {old.key}
        reached.append(len(changed))
        beyond += len(changed - sharing(problem, old.key, before, again))
    took.sort()
    p50, p95, most = took[len(took) // 2], took[len(took) * 95 // 100], float(max(reached))
    mean, spent = sum(reached) / len(reached), sum(took) / 1e3
    far = f"others changed that share no binding limit, {name}"
    return [
        row(f"one changed item, {name}, p50", p50, "ms", seconds=spent, peers={"p95 ms": p95}, at_most=200.0),
        row(f"others changed with it, {name}, mean", mean, "item-sites", seconds=0.0, peers={"most": most}),
        row(far, float(beyond), "item-sites", seconds=0.0, at_most=0.0),
    ]


def differing(before: ReplenishmentPlan, after: ReplenishmentPlan) -> set[tuple[str, str]]:
    """Item-sites whose policy or orders are not the same."""
    old, new = before.policy_of(), after.policy_of()
    first, second = before.proposals_of(), after.proposals_of()
    return {key for key in new if old[key] != new[key] or first.get(key) != second.get(key)}


def sharing(
    problem: ReplenishmentProblem, key: tuple[str, str], before: ReplenishmentPlan, after: ReplenishmentPlan
) -> set[tuple[str, str]]:
    """Item-sites that share with `key`, directly or not, a limit that cuts or raises an order in either plan."""
    limits = {p.reason.limit for made in (before, after) for p in made.proposals if p.reason.limit}
    limits |= {held.limit for made in (before, after) for held in made.held}
    touched = {name: users(problem, name, (before, after)) for name in limits}
    reached, open_keys = {key}, [key]
    while open_keys:
        current = open_keys.pop()
        for members in touched.values():
            if current in members:
                open_keys += [other for other in members if other not in reached]
                reached |= members
    return reached


def users(problem: ReplenishmentProblem, name: str, plans: tuple[ReplenishmentPlan, ...]) -> set[tuple[str, str]]:
    """Who may take of a limit."""
    if name == "budget":
        return {item.key for item in problem.item_sites}
    kind, owner, _ = name.split(":")
    if kind == "site":
        return {item.key for item in problem.item_sites if item.site_id == owner}
    return {item.key for item in problem.item_sites if item.source(owner) is not None}


def rolling_rows() -> list[Row]:
    """Expected cost of the marginal list and of the program on top of it, in the referee's futures, and its seconds."""
    rows = []
    for name, problem in shared_cases():
        base = plan(problem)
        began_s = time.perf_counter()
        result = solve(problem, None, TimeBudget(seconds=ROLLING_S))
        took = time.perf_counter() - began_s
        assert result.plan is not None
        assert check(problem, result.plan).ok
        # Other futures than those the answer was chosen by.
        listed, best = (expected_cost(problem, made, scenarios=200, seed=77) for made in (base, result.plan))
        saved = 100.0 * (listed.cents - best.cents) / max(1, listed.holding_cents + listed.shortage_cents)
        told = {
            "list cents": float(listed.cents),
            "plan cents": float(best.cents),
            "standard error": float(best.spread_cents),
        }
        rows.append(
            row(f"rolling program over the marginal list, {name} ({result.engine})", saved,
                "% of holding and shortage saved", seconds=took, peers=told)
        )  # fmt: skip
    return rows


def shared_cases() -> list[tuple[str, ReplenishmentProblem]]:
    """60 item-sites of 4 suppliers, with one thing scarce at a time."""
    base = company(random.Random(3), items=60, sites=("east",), suppliers=4)
    weekly = sum(7 * i.unit_cost_cents * i.forecast.mean_micro // 10**6 for i in base.item_sites if i.forecast)
    names = [f"s{n}" for n in range(4)]
    weekly_units = sum(7 * i.forecast.mean_micro // 10**6 for i in base.item_sites if i.forecast)
    tight = tuple(Supplier(name, capacity_units=weekly_units * 3 // 10) for name in names)
    least = tuple(
        Supplier(name, min_order_cents=weekly // 3, freight_cents=4_000, free_freight_cents=weekly // 2)
        for name in names
    )
    return [
        ("budget of 110 % of a week's use", replace(base, budget=Budget(weekly * 11 // 10))),
        ("budget of 150 %", replace(base, budget=Budget(weekly * 3 // 2))),
        ("supplier capacity", replace(base, suppliers=tight)),
        ("least orders and freight", replace(base, suppliers=least)),
    ]  # fmt: skip


def company(
    rng: random.Random, items: int = ITEMS, sites: tuple[str, ...] = SITES, suppliers: int = SUPPLIERS
) -> ReplenishmentProblem:
    """Item-sites with learned demand and learned sources."""
    lanes = [_lane(rng) for _ in range(suppliers)]
    pool = [_demand(rng) for _ in range(min(300, items * len(sites)))]
    made = []
    for number in range(items):
        unit_cents = rng.randrange(50, 3_000)
        for site in sites:
            series, forecast = pool[rng.randrange(len(pool))]
            chosen = rng.sample(range(suppliers), 2 if rng.random() < 0.4 else 1)
            sources = tuple(_source(rng, f"s{n}", lanes[n], unit_cents) for n in chosen)
            mean = forecast.mean_micro / 1e6
            made.append(
                ItemSite(
                    f"i{number}", site, rng.randrange(int(mean * 20) + 2), sources=sources, series=series,
                    forecast=forecast, unit_cost_cents=unit_cents, weight_g=rng.randrange(50, 5_000),
                    volume_cm3=rng.randrange(50, 5_000), shortage_cents_unit_day=unit_cents // 20 + 1,
                    service_kind=rng.choice(("cycle", "cycle", "fill_rate", "cost")),
                )
            )  # fmt: skip
    return ReplenishmentProblem(TODAY * DAY_S, tuple(made))


def with_limits(problem: ReplenishmentProblem) -> ReplenishmentProblem:
    """A supplier in four short of capacity, one in four with a least order; one site with little room."""
    wanted: dict[str, int] = {}
    for proposal in plan(problem).proposals:
        wanted[proposal.source_id] = wanted.get(proposal.source_id, 0) + proposal.quantity
    suppliers = []
    for number in range(SUPPLIERS):
        units = wanted.get(f"s{number}", 0)
        capacity = max(1, units * 7 // 10) if number % 4 == 0 else 0
        suppliers.append(Supplier(f"s{number}", min_order_cents=100_000 * (number % 4 == 1), capacity_units=capacity))
    volume = sum(i.volume_cm3 * i.on_hand for i in problem.item_sites if i.site_id == "west")
    return replace(problem, suppliers=tuple(suppliers), sites=(Site("west", storage_cm3=volume * 3 // 2),))


def _demand(rng: random.Random) -> tuple[DemandSeries, Forecast]:
    draw = np.random.default_rng(rng.randrange(2**31))
    rate = rng.choice((0.05, 0.2, 1.0, 4.0, 15.0, 40.0))
    units = draw.poisson(rate, DAYS) if rate >= 1 else (draw.random(DAYS) < rate) * draw.integers(1, 6, DAYS)
    series = DemandSeries.of(units, first_day=TODAY - DAYS)
    return series, learn(series, None, TODAY)


def _lane(rng: random.Random) -> LeadTime:
    agreed = rng.randrange(2, 14)
    seen = [max(0, agreed + rng.choice((-1, 0, 0, 0, 0, 1, 2, 4))) for _ in range(25)]
    return observe(start(agreed, 1), received_days=seen, lost=rng.choice((0, 0, 0, 1, 3)))


def _source(rng: random.Random, name: str, lane: LeadTime, unit_cents: int) -> Source:
    price = max(1, unit_cents * rng.randrange(95, 108) // 100)
    tiers = (PriceTier(1, price), PriceTier(rng.randrange(50, 500), price * 95 // 100))
    return Source(
        name, lane.agreed_days * DAY_S, lead_time=lane, tiers=tiers if rng.random() < 0.3 else (PriceTier(1, price),),
        order_cost_cents=rng.randrange(500, 4_000), order_multiple=rng.choice((1, 1, 6, 10)),
    )  # fmt: skip


if __name__ == "__main__":
    for line in main():
        print(line)
