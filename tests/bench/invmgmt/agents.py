"""Who plays: the look-ahead informed and blind, the authors' oracle and (s, S) rule re-made from their description.

A policy is a function of the environment that gives the orders by link; it may read the state (stocks, orders, demand
of the past) and, if informed, `means_ahead`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from solvers.replenishment.network.demand import Scenarios, known_law
from solvers.replenishment.network.learn import Prior
from solvers.replenishment.network.lookahead import Lookahead, NetworkPlan
from solvers.replenishment.network.planner import ScenarioPlanner
from tests.bench.invmgmt.environment import means_ahead, problem_of
from tests.bench.invmgmt.published import BASE_MEAN

Orders = np.ndarray[Any, np.dtype[np.float64]]
Policy = Callable[[Any], Orders]

SCENARIOS_EACH = 15
LOOKAHEAD = Lookahead(whole_units=False)
"""Not rounded, as the authors' programs; its matrices serve all episodes."""
GOODWILL_CENTS_INFORMED = 200.0
"""Where the demand law says that customers who wait order less: the price of a unit, once more."""
GOODWILL_CENTS_BLIND = 100.0
"""Nobody tells whether customers who wait order less: half of that, in every scenario."""
ORACLE_ROUNDS = 10
SERVICE_Z = 1.6448536269514722
"""95 % of a standard normal."""


def informed(seed: int) -> Policy:
    """Knows the demand law: Poisson around the means, or the trace itself where it has no noise."""

    def orders(env: Any) -> Orders:
        means = means_ahead(env)
        goodwill_cents = GOODWILL_CENTS_INFORMED if env.demand_engine.use_goodwill else 0.0
        columns = np.repeat(means[:, None], len(env.network.retail_links), axis=1)
        noiseless = env.demand_engine.noise_scale == 0.0
        known = Scenarios.equal(columns[None]) if noiseless else known_law(columns, SCENARIOS_EACH, seed + env.period)
        return _orders(LOOKAHEAD.plan(problem_of(env, goodwill_cents), known))

    return orders


def blind(seed: int, prior: Prior) -> Policy:
    """Sees the past demand only; `prior` is what it starts from."""
    planners: list[ScenarioPlanner] = []

    def orders(env: Any) -> Orders:
        if not planners:
            priors = [prior] * len(env.network.retail_links)
            planners.append(ScenarioPlanner(priors, SCENARIOS_EACH, seed, LOOKAHEAD))
        if env.period > 0:
            planners[0].observe(env.D[env.period - 1].tolist())
        return _orders(planners[0].decide(problem_of(env, GOODWILL_CENTS_BLIND)))

    return orders


def told_prior(env: Any) -> Prior:
    """What the authors' blind programs start from: the base mean of the scenario's settings."""
    return Prior(BASE_MEAN)


def untold_prior(env: Any) -> Prior:
    """Nothing about demand: what the shops' first stock covers, as the authors' blind rules, and very unsure of it."""
    return Prior(_stock_prior(env), level_sd=1.0, slope_sd=0.1, anchor_sd=1.0)


def _stock_prior(env: Any) -> float:
    stock = sum(env.graph.nodes[node].get("I0", 100.0) for node in env.network.retail) / len(env.network.retail)
    longest = max(int(env.graph.edges[link]["L"]) for link in env.network.reorder_links)
    return float(stock / (longest + 1))


def _orders(plan: NetworkPlan) -> Orders:
    return np.array([order.quantity for order in plan.orders])


def play(make: Callable[[], Any], seed: int, policy: Policy) -> Any:
    """One episode; the environment after it."""
    env = make()
    env.reset(seed=seed)
    while env.period < env.num_periods:
        env.step(policy(env))
    return env


def profit(env: Any) -> float:
    """Of the whole episode, in the environment's money."""
    return float(env.P.sum())


def oracle(make: Callable[[], Any], seed: int) -> float:
    """The authors' oracle: best orders for the demand that comes; with goodwill, the best of their fixed-point search.

    With goodwill, demand depends on the orders: from the demand of ordering nothing and from that of nobody waiting,
    plan with hindsight, replay, take the new demand, until it stays; the best replay counts. That is a strong
    yardstick and no proven bound (the authors say so too).
    """
    goodwill = make().demand_engine.use_goodwill
    best = -math.inf
    for all_served in (False, True) if goodwill else (False,):
        demand = _untouched_demand(make, seed, all_served)
        for _ in range(ORACLE_ROUNDS):
            start = make()
            start.reset(seed=seed)
            env = _replay(make, seed, LOOKAHEAD.with_hindsight(problem_of(start, 0.0), demand))
            best = max(best, profit(env))
            moved = float(np.abs(env.D - demand).sum())
            demand = env.D.copy()
            if moved <= 1.0:
                break
    return best


def _replay(make: Callable[[], Any], seed: int, orders: Orders) -> Any:
    return play(make, seed, lambda env: orders[env.period])


def _untouched_demand(make: Callable[[], Any], seed: int, all_served: bool) -> Orders:
    """Demand when nothing is ordered; `all_served`: and yet nobody is counted as kept waiting."""
    env = make()
    env.reset(seed=seed)
    nothing = np.zeros(len(env.network.reorder_links))
    for period in range(env.num_periods):
        env.step(nothing)
        if all_served:
            env.U[period, :] = 0.0
    return np.asarray(env.D.copy())


def reorder_rule() -> Policy:
    """The authors' blind (s, S): 5-period mean, s = lead-time demand + z sd, S = s + a lot of 10 h; shares by price."""

    def orders(env: Any) -> Orders:
        mean, spread = _recent(env)
        wanted = np.zeros(len(env.network.reorder_links))
        for node in env.network.main_nodes:
            incoming = [(at, link) for at, link in enumerate(env.network.reorder_links) if link[1] == node]
            lead = max(int(env.graph.edges[link]["L"]) for _, link in incoming)
            reorder_point = mean * (lead + 1) + SERVICE_Z * spread * math.sqrt(lead + 1)
            position = _position(env, node, [at for at, _ in incoming])
            if position < reorder_point:
                holding = env.graph.nodes[node]["h"]
                fixed = 10.0 * (env.graph.nodes[node]["o"] if node in env.network.factory else holding)
                quantity = reorder_point + math.sqrt(2.0 * mean * fixed / holding) - position
                _share(env, incoming, quantity, wanted)
        return wanted

    return orders


def _recent(env: Any) -> tuple[float, float]:
    """Mean and standard deviation of a period's demand, from the last five periods."""
    if env.period == 0:
        mean = _stock_prior(env)
        return mean, max(math.sqrt(mean), 1.0)
    recent = env.D[max(0, env.period - 5) : env.period]
    mean = float(np.mean(recent))
    spread = float(np.mean(np.std(recent, axis=0, ddof=1))) if len(recent) >= 3 else math.sqrt(mean)
    return mean, max(spread, 1.0)


def _position(env: Any, node: Any, incoming: list[int]) -> float:
    position = float(env.X[env.period, env.network.node_map[node]] + env.Y[env.period, incoming].sum())
    if env.backlog and env.period > 0:
        for market, link in enumerate(env.network.retail_links):
            position -= float(env.U[env.period - 1, market]) if link[0] == node else 0.0
    return position


def _share(env: Any, incoming: list[tuple[int, Any]], quantity: float, wanted: Orders) -> None:
    data = [env.graph.edges[link] for _, link in incoming]
    scores = [1.0 / (1.0 + each["p"] + 0.1 * each["L"]) for each in data]
    for (at, _), score in zip(incoming, scores, strict=True):
        wanted[at] = quantity * score / sum(scores)
