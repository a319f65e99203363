"""The compiled part of `check_cost`: day after day of every scenario.

Promises: deterministic, no interpreter lock held; draws nothing itself.
May not: know a problem; it sees arrays.
Called by: `check_cost`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.policies.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def _day_of(cdf: Floats, luck: float) -> int:
    """The day an order arrives; -1 = never."""
    for day in range(len(cdf)):
        if luck <= cdf[day]:
            return day
    return -1


@compiled
def simulate(
    net0: Floats, arrivals: Floats, rules: Floats, lead: Floats, first: Floats, part_start: Ints, part_of: Ints,
    part_units: Floats, pool: Ints, rate: Floats, fixed: Floats, amounts: Floats, periods: Floats, left0: Floats,
    demand: Floats, luck: Floats, first_luck: Floats,
) -> Floats:  # fmt: skip
    """For each scenario: goods and orders, holding, shortage (cents), and unit-days short."""
    scenarios, days, count = demand.shape
    totals = np.zeros((scenarios, 4))
    for s in range(scenarios):
        net, coming, left = net0.copy(), arrivals.copy(), left0.copy()
        gone = np.zeros((count, days))
        pipeline = np.zeros(count)
        goods = 0.0
        seen = np.zeros(count, dtype=np.int64)
        for row in range(len(first)):
            i = int(first[row, 0])
            day = _day_of(first[row, 3:], first_luck[s, i, min(2, seen[i])])
            seen[i] += 1
            pipeline[i] += first[row, 1]
            if day >= 0:
                goods += first[row, 2]
                if day < days:
                    coming[i, day] += first[row, 1]
                else:
                    goods -= rules[i, 9] * first[row, 1]
            elif int(rules[i, 12]) < days:
                gone[i, int(rules[i, 12])] += first[row, 1]
        for i in range(count):
            for day in range(days):
                pipeline[i] += max(0.0, arrivals[i, day])
        totals[s, 0] += goods
        _go_on(s, days, net, coming, gone, pipeline, left, rules, lead, part_start, part_of, part_units, pool, rate,
               fixed, amounts, periods, demand, luck, totals)  # fmt: skip
    return totals


@compiled
def _go_on(
    s: int, days: int, net: Floats, coming: Floats, gone: Floats, pipeline: Floats, left: Floats, rules: Floats,
    lead: Floats, part_start: Ints, part_of: Ints, part_units: Floats, pool: Ints, rate: Floats, fixed: Floats,
    amounts: Floats, periods: Floats, demand: Floats, luck: Floats, totals: Floats,
) -> None:  # fmt: skip
    count = len(net)
    urgency = np.zeros(count)
    for day in range(days):
        for k in range(len(amounts)):
            if day > 0 and day % int(periods[k]) == 0:
                left[k] = amounts[k]
        for i in range(count):
            net[i] += coming[i, day]
            pipeline[i] -= max(0.0, coming[i, day]) + gone[i, day]
            urgency[i] = 2.0
            if day > 0 and rules[i, 11] > 0 and day % int(rules[i, 10]) == 0:
                position = net[i] + pipeline[i]
                if position < rules[i, 0] or position < 0:
                    urgency[i] = position / max(1.0, rules[i, 0])
        for i in np.argsort(urgency):
            if urgency[i] >= 1.5:
                break
            multiple, least = rules[i, 2], rules[i, 3]
            units = np.ceil(max(rules[i, 1] - net[i] - pipeline[i], least) / multiple) * multiple
            units = min(units, np.floor(rules[i, 4] / multiple) * multiple)
            for k in range(2):
                if pool[i, k] >= 0 and rate[i, k] > 0:
                    most = (left[pool[i, k]] - fixed[i, k]) / rate[i, k]
                    units = min(units, np.floor(max(0.0, most) / multiple) * multiple)
            if units < least or units <= 0:
                continue
            for k in range(2):
                if pool[i, k] >= 0:
                    left[pool[i, k]] -= fixed[i, k] + rate[i, k] * units
            arrival = _day_of(lead[i], luck[s, day, i])
            totals[s, 0] += rules[i, 7]
            pipeline[i] += units
            if arrival >= 0:
                totals[s, 0] += rules[i, 8] * units
                if day + arrival < days:
                    coming[i, day + arrival] += units
                else:
                    totals[s, 0] -= rules[i, 9] * units
            elif day + int(rules[i, 12]) < days:
                gone[i, day + int(rules[i, 12])] += units
            for part in range(part_start[i], part_start[i + 1]):
                net[part_of[part]] -= part_units[part] * units
        for i in range(count):
            net[i] -= demand[s, day, i]
            totals[s, 1] += rules[i, 5] * max(0.0, net[i])
            totals[s, 2] += rules[i, 6] * max(0.0, -net[i])
            totals[s, 3] += max(0.0, -net[i])
    for i in range(count):
        totals[s, 0] -= rules[i, 9] * net[i]
