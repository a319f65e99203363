"""Published values of one item at one place, and of items ordered together. Facts from Snyder and Shen (2019), Zheng
and Federgruen (1991), Silver (1976) and stockpyl's documentation; `FACTS` are the inputs named as stockpyl names them.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from scipy.special import erfc

from solvers.replenishment.policies.discounts import Tier, all_units_quantity, incremental_quantity
from solvers.replenishment.policies.disruption import (
    additive_yield_quantity,
    disrupted_base_stock,
    disrupted_quantity,
    multiplicative_yield_quantity,
)
from solvers.replenishment.policies.distributions import Counted, Normal, poisson
from solvers.replenishment.policies.economic import (
    backordered_quantity,
    economic_cost,
    economic_quantity,
    production_quantity,
)
from solvers.replenishment.policies.exposure import Costs, Exposure
from solvers.replenishment.policies.finite_horizon import HorizonPlan, Period, best_horizon
from solvers.replenishment.policies.joint import JointItem, joint_cycle
from solvers.replenishment.policies.lot_for_time import TimedLots, lots_in_time
from solvers.replenishment.policies.newsvendor import newsvendor, newsvendor_lognormal, newsvendor_normal
from solvers.replenishment.policies.normal_reorder import NormalItem, NormalPolicy, best_normal
from solvers.replenishment.policies.reorder import best_by_cost, performance
from tests.bench.exact_case import Case
from tests.bench.oracle import oracle as oracle_of
from tests.bench.oracle import stockpyl

FACTS: dict[str, dict[str, Any]] = {
    "example_3_1": {"fixed_cost": 8, "holding_cost": 0.225, "demand_rate": 1300},
    "example_3_8": {"fixed_cost": 8, "holding_cost": 0.225, "stockout_cost": 5, "demand_rate": 1300},
    "example_3_5": {
        "fixed_cost": 8, "holding_cost_rate": 0.3, "demand_rate": 1300,
        "breakpoints": [0, 400, 800], "unit_costs": [0.75, 0.72, 0.68],
    },
    "problem_3_12": {
        "fixed_cost": 2250, "holding_cost_rate": 0.25, "demand_rate": 182500,
        "breakpoints": [0, 1200, 2400], "unit_costs": [1490, 1220, 1100],
    },
    "example_3_9": {"num_periods": 4, "holding_cost": 2, "fixed_cost": 500, "demand": [90, 120, 80, 70]},
    "problem_3_27": {"num_periods": 4, "holding_cost": 0.8, "fixed_cost": 120, "demand": [150, 100, 80, 200]},
    "problem_3_29": {"num_periods": 5, "holding_cost": 0.1, "fixed_cost": 100, "demand": [730, 580, 445, 650, 880]},
    "scmo_ww_hw_c": {
        "num_periods": 5, "holding_cost": 0.1, "fixed_cost": 100,
        "demand": [400, 500, 500, 1100, 900], "purchase_cost": [3, 1, 4, 6, 6],
    },
    "example_4_1": {"holding_cost": 0.18, "stockout_cost": 0.7, "demand_mean": 50, "demand_sd": 8},
    "problem_4_8b": {"holding_cost": 1, "stockout_cost": 0.1765, "mu": 6, "sigma": 0.3},
    "example_4_7": {"holding_cost": 1, "stockout_cost": 4, "fixed_cost": 5, "demand_mean": 6},
    "problem_4_31": {"holding_cost": 40, "stockout_cost": 125, "fixed_cost": 150, "demand_mean": 4},
    "example_5_8": {"holding_cost": 20, "stockout_cost": 150, "fixed_cost": 100, "demand_mean": 1.5, "lead_time": 2},
    "example_5_1": {
        "holding_cost": 0.225, "stockout_cost": 7.5, "fixed_cost": 8,
        "demand_mean": 1300, "demand_sd": 150, "lead_time": 1 / 12,
    },
    "problem_5_1": {
        "holding_cost": 3.1, "stockout_cost": 45, "fixed_cost": 50,
        "demand_mean": 800, "demand_sd": 40, "lead_time": 4 / 365,
    },
    "problem_5_3": {
        "holding_cost": 1.5 / 7, "stockout_cost": 40, "fixed_cost": 85,
        "demand_mean": 192, "demand_sd": 17.4, "lead_time": 3,
    },
    "scmo_jrp_ex": {
        "shared_fixed_cost": 600, "individual_fixed_costs": [120, 840, 300],
        "holding_costs": [160, 20, 50], "demand_rates": [1, 1, 1],
    },
    "silver_jrp": {
        "shared_fixed_cost": 10, "individual_fixed_costs": [1.87, 5.27, 7.94, 8.19, 8.87],
        "holding_costs": [0.2] * 5, "demand_rates": [1736, 656, 558, 170, 142],
    },
    "spp_jrp": {
        "shared_fixed_cost": 40, "individual_fixed_costs": [15] * 4,
        "holding_costs": [0.24] * 4, "demand_rates": [86000, 12500, 1400, 3000],
    },
    "scmo_jrp_hw_1": {
        "shared_fixed_cost": 20000, "individual_fixed_costs": [36000, 46000, 34000, 38000],
        "holding_costs": [1000, 900, 1200, 1000], "demand_rates": [1780, 445, 920, 175],
    },
    "scmo_jrp_hw_2": {
        "shared_fixed_cost": 1500, "individual_fixed_costs": [4000, 1000, 2000],
        "holding_costs": [300, 200, 200], "demand_rates": [9100, 83200, 20800],
    },
    "scmo_jrp_hw_3": {
        "shared_fixed_cost": 180, "individual_fixed_costs": [60, 100, 180, 115, 135],
        "holding_costs": [5.32, 3.92, 4.76, 3.92, 3.36], "demand_rates": [6200, 1300, 400, 4400, 1800],
    },
    "example_9_1": {
        "holding_cost": 0.225, "stockout_cost": 5, "fixed_cost": 8, "demand_rate": 1300,
        "disruption_rate": 1.5, "recovery_rate": 14,
    },
    "example_9_3": {
        "holding_cost": 0.25, "stockout_cost": 3, "demand": 2000, "disruption_prob": 0.04, "recovery_prob": 0.25,
    },
    "example_9_4": {
        "holding_cost": 0.06, "fixed_cost": 18500, "demand_rate": 75000, "yield_mean": -15000, "yield_sd": 9000,
    },
}  # fmt: skip
"""Inputs by the name of the instance."""

ZHENG_FEDERGRUEN = {
    10: (6, 40, "35.022"), 15: (10, 49, "42.698"), 20: (14, 62, "49.173"), 25: (19, 56, "54.262"),
    30: (23, 66, "57.819"), 35: (28, 77, "61.215"), 40: (33, 87, "64.512"), 45: (37, 97, "67.776"),
    50: (42, 108, "70.975"), 55: (47, 118, "74.149"), 60: (52, 129, "77.306"), 65: (56, 75, "78.518"),
    70: (62, 81, "79.037"), 75: (67, 86, "79.554"), 21: (15, 65, "50.406"), 22: (16, 68, "51.632"),
    23: (17, 52, "52.757"), 24: (18, 54, "53.518"), 51: (43, 110, "71.611"), 52: (44, 112, "72.246"),
    59: (51, 126, "76.679"), 61: (52, 131, "77.929"), 63: (54, 73, "78.287"), 64: (55, 74, "78.402"),
}  # fmt: skip
"""Mean demand -> (s, S, cost) with order cost 64, holding 1, shortage 9 and no lead time (their table I)."""


def cases() -> Iterator[Case]:
    """Every value."""
    yield from _economic()
    yield from _lots_in_time()
    yield from _newsvendors()
    yield from _reorder()
    yield from _horizon()
    yield from _joint()
    yield from _disruptions()


def _economic() -> Iterator[Case]:
    plain = lambda **new: oracle_of("eoq", "economic_order_quantity", 8, 0.225, 1300, **new)  # noqa: E731
    yield Case("EOQ 3.1 quantity", lambda: economic_quantity(8, 0.225, 1300), "304.0468", oracle=plain(pick=0))
    cost = lambda: economic_cost(8, 0.225, 1300, economic_quantity(8, 0.225, 1300))  # noqa: E731
    yield Case("EOQ 3.1 cost", cost, "68.4105", oracle=plain(pick=1))
    with_backorders = backordered_quantity(8, 0.225, 5, 1300)
    values = (with_backorders.quantity, with_backorders.short, with_backorders.cost)
    for pick, (name, printed) in enumerate((("quantity", "310.8126"), ("short", "0.0430622"), ("cost", "66.9214"))):
        oracle = oracle_of("eoq", "economic_order_quantity_with_backorders", 8, 0.225, 5, 1300, pick=pick)
        yield Case(f"EOQB 3.8 {name}", lambda value=values[pick]: value, printed, oracle=oracle)
    made = production_quantity(8, 0.225, 1300, 1700)
    for pick, (value, printed) in enumerate(((made.quantity, "626.8084"), (made.cost, "33.1840"))):
        oracle = oracle_of("eoq", "economic_production_quantity", 8, 0.225, 1300, 1700, pick=pick)
        yield Case(f"EPQ {('quantity', 'cost')[pick]}", lambda value=value: value, printed, oracle=oracle)
    yield from _discounts()


def _discounts() -> Iterator[Case]:
    first, second = (tuple(FACTS[name].values()) for name in ("example_3_5", "problem_3_12"))
    listed = (
        ("all-units 3.5", True, first, "800", "978.60"),
        ("all-units 3.12", True, second, "2400", "201251093.75"),
        ("all-units example", True, (200, 0.2, 1000, [0, 200, 500], [500, 475, 450]), "500", "472900"),
        ("incremental example", False, (150, 0.25, 2400, [0, 300, 600], [100, 90, 80]), "1481.8907", "222762.8137"),
        ("incremental 3.5", False, first, "304.0468", "1043.4105"),
    )
    for name, all_units, (order, rate, demand, breaks, prices), quantity, cost in listed:
        tiers = [Tier(least, price) for least, price in zip(breaks, prices, strict=True)]
        found = (all_units_quantity if all_units else incremental_quantity)(order, rate, demand, tiers)
        kind = "all_units" if all_units else "incremental"
        for pick, (value, printed) in ((0, (found.quantity, quantity)), (2, (found.cost, cost))):
            function = f"economic_order_quantity_with_{kind}_discounts"
            oracle = oracle_of("eoq", function, order, rate, demand, breaks, prices, pick=pick)
            yield Case(f"{name} {'cost' if pick else 'quantity'}", lambda v=value: v, printed, oracle=oracle)


def _timed(name: str) -> TimedLots:
    facts = FACTS[name]
    return lots_in_time(facts["demand"], facts["fixed_cost"], facts["holding_cost"], facts.get("purchase_cost", 0.0))


def _lots_in_time() -> Iterator[Case]:
    costs = {"example_3_9": "1380", "problem_3_27": "424", "problem_3_29": "423", "scmo_ww_hw_c": "4940"}
    for name, printed in costs.items():
        facts = FACTS[name]
        given = (facts["num_periods"], facts["holding_cost"], facts["fixed_cost"], facts["demand"])
        oracle = oracle_of("wagner_whitin", "wagner_whitin", *given, facts.get("purchase_cost", 0), pick=1)
        yield Case(f"Wagner-Whitin {name}", lambda name=name: _timed(name).cost, printed, oracle=oracle)
    yield Case("Wagner-Whitin 3.9 first lot", lambda: _timed("example_3_9").quantities[0], "210")
    yield Case("Wagner-Whitin c(t) second lot", lambda: _timed("scmo_ww_hw_c").quantities[1], "3000")


def _newsvendors() -> Iterator[Case]:
    lognormal = newsvendor_lognormal(6, 0.3, 1, 0.1765)
    listed = (
        ("normal 4.1", newsvendor_normal(50, 8, 0.18, 0.70), "56.60396", "1.997605", "normal", (0.18, 0.7, 50, 8)),
        ("Poisson 50", newsvendor(poisson(50), 0.18, 0.70), "56", "1.797235", "poisson", (0.18, 0.7, 50)),
        ("Poisson 6", newsvendor(poisson(6), 1, 4), "8", "3.570107", "poisson", (1, 4, 6)),
        ("lognormal 4.8b", lognormal, "295.6266", "29.4425", None, ()),
    )
    for name, found, level, cost, kind, given in listed:
        for pick, printed in enumerate((level, cost)):
            oracle = oracle_of("newsvendor", f"newsvendor_{kind}", *given, pick=pick) if kind else None
            label = f"newsvendor {name} {('level', 'cost')[pick]}"
            yield Case(label, lambda v=float(found[pick]): v, printed, oracle=oracle)


def _up_to(order: float, holding: float, shortage: float, mean: float) -> tuple[int, int, float]:
    exposure, costs = Exposure.of(Counted(poisson(0).pmf), poisson(mean)), Costs(order, holding, shortage)
    found = best_by_cost(exposure, costs)
    return found.reorder_point, found.order_up_to, performance(exposure, costs, found).cost


def _reorder() -> Iterator[Case]:
    listed = [("4.7", (5, 1, 4, 6), (4, 10, "8.034112")), ("4.31", (150, 40, 125, 4), (2, 7, "223.574830"))]
    listed += [(f"ZF {mean}", (64, 1, 9, mean), found) for mean, found in ZHENG_FEDERGRUEN.items()]
    for name, given, (low, high, cost) in listed:
        oracle = oracle_of("ss", "s_s_discrete_exact", given[1], given[2], given[0], True, given[3], pick=2)
        for pick, printed in enumerate((str(low), str(high), cost)):
            part = ("s", "S", "cost")[pick]
            yield Case(
                f"(s,S) {name} {part}", lambda g=given, p=pick: float(_up_to(*g)[p]), printed,
                oracle=oracle if part == "cost" else None,
            )  # fmt: skip
    exposure, costs = Exposure.watched(poisson(3.0), 1.5), Costs(100, 20, 150)
    lots = best_by_cost(exposure, costs, form="lots")
    values = (lots.reorder_point, lots.quantity, performance(exposure, costs, lots).cost)
    for pick, printed in enumerate(("3", "5", "107.923581")):
        oracle = oracle_of("rq", "r_q_poisson_exact", 20, 150, 100, 1.5, 2, pick=pick)
        label = f"(r,Q) Poisson 5.8 {('r', 'Q', 'cost')[pick]}"
        yield Case(label, lambda v=float(values[pick]): v, printed, oracle=oracle)
    yield from _normal()


def normal_item(name: str) -> NormalItem:
    """The (r,Q) instance of that name."""
    facts = FACTS[name]
    mean, lead = facts["demand_mean"], facts["lead_time"]
    rates = (facts["fixed_cost"], facts["holding_cost"], facts["stockout_cost"])
    return NormalItem(*rates, mean, mean * lead, facts["demand_sd"] * math.sqrt(lead))


def _normal() -> Iterator[Case]:
    printed = {
        "example_5_1": ("126.8671", "328.4492", "78.071146"),
        "problem_5_1": ("-1.9859", "166.9501", "484.211042"),
        "problem_5_3": ("608.5445", "403.8060", "93.503682"),
    }
    for name, (point, quantity, cost) in printed.items():
        heuristics = {kind: lambda n=name, k=kind: heuristic_cost(n, k) for kind in ("eil", "eoqb", "eoqss")}
        yield Case(f"(r,Q) normal {name} r", lambda n=name: _normal_of(n).reorder_point, point)
        yield Case(f"(r,Q) normal {name} Q", lambda n=name: _normal_of(n).quantity, quantity)
        yield Case(f"(r,Q) normal {name} cost", lambda n=name: _normal_of(n).cost, cost, heuristics=heuristics)


def _normal_of(name: str) -> NormalPolicy:
    return best_normal(normal_item(name))


def heuristic_cost(name: str, kind: str) -> float:
    """The exact cost of what one of stockpyl's approximations of (r,Q) proposes."""
    facts = FACTS[name]
    names = ("holding_cost", "stockout_cost", "fixed_cost", "demand_mean", "demand_sd", "lead_time")
    found = getattr(stockpyl("rq"), f"r_q_{kind}_approximation")(**{part: facts[part] for part in names})
    return normal_item(name).cost(found[0], found[1])


def _horizon_plan(whole: bool) -> HorizonPlan:
    """Five periods of N(100, 20). `whole`: all of its probability; else cut at 4 sd, as was published."""
    first, last = (0, 260) if whole else (20, 180)
    edges = 0.5 * erfc(-(np.arange(first - 1, last + 1) + 0.5 - 100) / 20 / math.sqrt(2))
    demand = Counted(np.concatenate((np.zeros(first), np.diff(edges))))
    return best_horizon([Period(demand, 50, 2, 1, 20, charged=Normal(100, 20))] * 5, 1, 20)


def _horizon() -> Iterator[Case]:
    oracle = oracle_of("finite_horizon", "finite_horizon_dp", 5, 1, 20, 1, 20, 2, 50, 100, 20, pick=2)
    yield Case("horizon DP cost, cut at 4 sd", lambda: _horizon_plan(False).cost, "1558.6946", oracle=oracle)
    for period, (low, high) in enumerate(zip((110, 110, 110, 110, 111), (133, 133, 133, 133, 126), strict=True)):
        for name, part, value in (("s", "order_points", low), ("S", "order_up_to", high)):
            yield Case(
                f"horizon DP period {period + 1} {name}",
                lambda part=part, period=period: float(getattr(_horizon_plan(True), part)[period]),
                str(value),
            )


def _joint() -> Iterator[Case]:
    costs = {
        "scmo_jrp_ex": "837.8544", "silver_jrp": "218.2516", "spp_jrp": "2067.6508",
        "scmo_jrp_hw_1": "1028646.3597", "scmo_jrp_hw_2": "566083.0328", "scmo_jrp_hw_3": "9107.1818",
    }  # fmt: skip
    for name, printed in costs.items():
        silver = oracle_of("eoq", "joint_replenishment_problem_silver_heuristic", *FACTS[name].values(), pick=3)
        yield Case(f"joint {name}", lambda n=name: _joint_of(n).cost, printed, heuristics={"Silver": silver})
    yield Case("joint silver_jrp cycle", lambda: _joint_of("silver_jrp").cycle, "0.245558")


def _joint_of(name: str) -> Any:
    shared, orders, holdings, demands = FACTS[name].values()
    return joint_cycle(shared, [JointItem(*item) for item in zip(orders, holdings, demands, strict=True)])


def _disruptions() -> Iterator[Case]:
    lot = disrupted_quantity(8, 0.225, 5, 1300, 1.5, 14)
    given = (8, 0.225, 5, 1300, 1.5, 14)
    for pick, (value, printed) in enumerate(((lot.quantity, "772.811"), (lot.cost, "173.950"))):
        oracle = oracle_of("supply_uncertainty", "eoq_with_disruptions", *given, False, pick=pick)
        yield Case(f"EOQD 9.1 {('quantity', 'cost')[pick]}", lambda v=value: v, printed, oracle=oracle)
    stock = disrupted_base_stock(0.25, 3, 2000, 0.04, 0.25)
    for pick, printed in enumerate(("8000", "2737.0689")):
        oracle = oracle_of("supply_uncertainty", "newsvendor_with_disruptions", 0.25, 3, 2000, 0.04, 0.25, pick=pick)
        label = f"newsvendor 9.3 {('level', 'cost')[pick]}"
        yield Case(label, lambda v=stock[pick]: v, printed, oracle=oracle)
    share, spread = 0.8333, math.sqrt(0.0198)
    added, times = (18500, 0.06, 75000, -15000, 9000), (18500, 0.06, 75000, share, spread)
    listed = (
        ("additive", additive_yield_quantity(*added), added, ("230246.37", "12914.78")),
        ("multiplicative", multiplicative_yield_quantity(*times), times, ("254477.46", "13086.16")),
    )
    for (kind, found, inputs, printed), pick in product(listed, (0, 1)):
        oracle = oracle_of("supply_uncertainty", f"eoq_with_{kind}_yield_uncertainty", *inputs, pick=pick)
        value = (found.quantity, found.cost)[pick]
        label = f"{kind} yield {('quantity', 'cost')[pick]}"
        yield Case(label, lambda v=value: v, printed[pick], oracle=oracle)
