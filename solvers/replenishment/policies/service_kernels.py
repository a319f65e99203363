"""The inner loops of the policies that meet a service target at least order and holding cost, compiled.

Service rises with the reorder point, so each quantity has a least reorder point; it moves little from one quantity to
the next, and a walk finds it. Fill rate: expected units short at the end of an interval beyond those short already
at its beginning, over the demand of an interval (Snyder and Shen 2019, sec. 4.3). Cycle service: what is left of
the reorder point after the undershoot u of the review that orders must cover the lead time, sum U(u) P(D_L <= r - u).
Promises: pure functions; what Python calls is at the end; exact for the form asked for, see each for how it ends.
May not: be called with demand that is always zero, or a target outside (0.5, 1).
Called by: `reorder`; compiled ahead by `solvers.warm_up` through `reorder.warm_up`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from solvers.replenishment.policies import kernels
from solvers.replenishment.policies.kernels import (
    Floats,
    compiled,
    cumulated,
    loss_at,
    losses,
    mean_of,
    renewed,
    share_at,
    support,
    weights,
)

_STAMP = int.from_bytes(hashlib.sha256(Path(kernels.__file__).read_bytes()).digest()[:7], "big")
"""Digest of the kernels called from here. Each entry closes over it: numba itself sees changes of this file only."""
_ROUNDING = 1e-12
_PATIENCE = 16
"""Quantities without gain, beyond the largest demand, after which the search for an order-up-to level ends."""


@compiled
def undershoots(review: Floats, share: Floats) -> Floats:
    """P(an interval orders with the position u below the reorder point), u = 0 upwards, over shares from the top."""
    quantity = len(share)
    under = np.zeros(max(1, len(review) - 1))
    for j in range(quantity):
        height = quantity - j
        for units in range(height, len(review)):
            under[units - height] += share[j] * review[units]
    return under


@compiled
def cycle_covered(under: Floats, cdf_lead: Floats, r: int) -> float:
    """Cycle service at this reorder point."""
    covered, ordered = 0.0, 0.0
    for u in range(len(under)):
        ordered += under[u]
        covered += under[u] * share_at(cdf_lead, r - u)
    return covered / ordered


@compiled
def unfilled_share(
    share: Floats, loss: Floats, mean: float, loss_lead: Floats, mean_lead: float, per_interval: float, r: int
) -> float:
    """1 - fill rate at this reorder point."""
    total, quantity = 0.0, len(share)
    for j in range(quantity):
        y = r + quantity - j
        total += share[j] * (loss_at(loss, mean, y) - loss_at(loss_lead, mean_lead, y))
    return total / per_interval


@compiled
def _window(sums: Floats, r: int, quantity: int) -> float:
    """Sum over r + 1 .. r + quantity of what `sums` cumulates, nothing outside its table."""
    return sums[min(max(r + quantity + 1, 0), len(sums) - 1)] - sums[min(max(r + 1, 0), len(sums) - 1)]


@compiled
def _above(size: int, r: int, quantity: int, mean: float) -> float:
    """Net stock summed over the positions of the window from `size` on, where nothing can be short."""
    first, last = max(size, r + 1), r + quantity
    return (last - first + 1) * (0.5 * (first + last) - mean)


@compiled
def _lots_serve(
    r: int,
    quantity: int,
    cycle: bool,
    target: float,
    tail: Floats,
    cdf_lead: Floats,
    short: Floats,
    per_interval: float,
) -> bool:
    if not cycle:
        below = min(quantity, max(0, -r - 1))
        missed = below * per_interval + _window(short, r, quantity)
        return missed <= (1.0 - target + _ROUNDING) * quantity * per_interval
    covered, ordered = 0.0, 0.0
    for u in range(len(tail) - 2):
        under = tail[u + 1] - tail[min(len(tail) - 1, quantity + 1 + u)]
        ordered += under
        covered += under * share_at(cdf_lead, r - u)
    return covered >= (target - _ROUNDING) * ordered


@compiled
def _weighted(mass: Floats, table: Floats, top: int, span: int) -> float:
    """Sum of mass[j] * table[top - j] over the positions top - j that the table has."""
    total = 0.0
    for j in range(max(0, top - len(table) + 1), min(span, top + 1)):
        total += mass[j] * table[top - j]
    return total


@compiled
def _below_zero(mass: Floats, top: int, span: int) -> tuple[float, float]:
    """Mass of the positions below 0, and the units that these lie below it."""
    share, depth = 0.0, 0.0
    for j in range(max(0, top + 1), span):
        share += mass[j]
        depth += mass[j] * (j - top)
    return share, depth


def _make_service_point(stamp: int) -> Callable[..., int]:
    @compiled
    def service_point(
        lead: Floats, protection: Floats, review: Floats, target: float, cycle: bool, quantity: int, up_to: bool
    ) -> int:
        """The least reorder point whose service reaches the target, for a given quantity, by bisection."""
        if stamp < 0:
            return 0
        share, _ = weights(review, quantity, up_to)
        over_lead, cover = lead[: support(lead)], protection[: support(protection)]
        under, cdf_lead = undershoots(review[: support(review)], share), cumulated(over_lead)
        loss, mean, loss_lead, mean_lead = losses(cover), mean_of(cover), losses(over_lead), mean_of(over_lead)
        low, high = -quantity - 1, len(cover) + len(under)
        while high - low > 1:
            r = (low + high) // 2
            if cycle:
                enough = cycle_covered(under, cdf_lead, r) >= target - _ROUNDING
            else:
                missed = unfilled_share(share, loss, mean, loss_lead, mean_lead, mean_of(review), r)
                enough = missed <= 1.0 - target + _ROUNDING
            if enough:
                high = r
            else:
                low = r
        return high

    return service_point


def _make_best_lots_service(stamp: int) -> Callable[..., tuple[int, int]]:
    @compiled
    def best_lots_service(
        lead: Floats,
        protection: Floats,
        charged: Floats,
        review: Floats,
        order: float,
        holding: float,
        target: float,
        cycle: bool,
        least: int,
        multiple: int,
        most: int,
    ) -> tuple[int, int]:
        """(r, Q) of least order and holding cost that meets the target, ordering n Q.

        Ends where even the least stock that a larger lot can have costs as much: the mean net stock is
        r + (Q + 1) / 2 - mean; cycle service needs r >= 0, fill rate needs at most (1 - target) Q positions below 0.
        """
        if stamp < 0:
            return 0, 0
        demand, over_lead, cover = review[: support(review)], lead[: support(lead)], protection[: support(protection)]
        loss, loss_lead, mean_lead = losses(cover), losses(over_lead), mean_of(over_lead)
        costed = charged[: support(charged)]
        costed_loss, costed_mean = losses(costed), mean_of(costed)
        per_interval = mean_of(demand)
        cdf_lead = cumulated(over_lead)
        held, short = np.zeros(len(costed) + 1), np.zeros(len(cover) + 1)
        for y in range(len(costed)):
            held[y + 1] = held[y] + (y - costed_mean + costed_loss[y])
        for y in range(len(cover)):
            short[y + 1] = short[y] + loss[y] - loss_at(loss_lead, mean_lead, y)
        tail = np.zeros(len(demand) + 1)
        for units in range(len(demand) - 1, -1, -1):
            tail[units] = tail[units + 1] + demand[units]
        slope = 0.5 if cycle else target - 0.5
        best, best_r, best_quantity = np.inf, 0, 0
        r, served, quantity = len(cover), 0.0, 0
        while quantity + multiple <= most or quantity < least:
            for units in range(quantity + 1, quantity + multiple + 1):
                served += tail[units] if units < len(tail) else 0.0
            quantity += multiple
            if quantity < least:
                continue
            if best_quantity > 0 and holding * (slope * quantity - 0.5 - costed_mean) >= best:
                break
            while r > -quantity - 1 and _lots_serve(
                r - 1, quantity, cycle, target, tail, cdf_lead, short, per_interval
            ):
                r -= 1
            while not _lots_serve(r, quantity, cycle, target, tail, cdf_lead, short, per_interval):
                r += 1
            stock = _window(held, r, quantity)
            if r + quantity >= len(costed):
                stock += _above(len(costed), r, quantity, costed_mean)
            cost = (order * served + holding * stock) / quantity
            if cost < best:
                best, best_r, best_quantity = cost, r, quantity
        return best_r, best_quantity

    return best_lots_service


def _make_best_up_to_service(stamp: int) -> Callable[..., tuple[int, int]]:
    @compiled
    def best_up_to_service(
        lead: Floats,
        protection: Floats,
        charged: Floats,
        review: Floats,
        order: float,
        holding: float,
        target: float,
        cycle: bool,
        least: int,
        most: int,
    ) -> tuple[int, int]:
        """(s, S - s) of least order and holding cost that meets the target, over every S - s in turn.

        A larger S - s adds the lowest position, the worst served: S never falls for the fill rate, so the walk goes
        up only. Ends where the holding cost alone has been no less than the best cost for as many quantities as the
        largest demand has units, and some more.
        """
        if stamp < 0:
            return 0, 0
        demand, over_lead, cover = review[: support(review)], lead[: support(lead)], protection[: support(protection)]
        costed = charged[: support(charged)]
        left, costed_mean, per_interval = losses(costed), mean_of(costed), mean_of(demand)
        short, loss_lead, mean_lead, cdf_lead = (
            losses(cover),
            losses(over_lead),
            mean_of(over_lead),
            cumulated(over_lead),
        )
        for y in range(len(cover)):
            short[y] -= loss_at(loss_lead, mean_lead, y)
        missable = (1.0 - target + _ROUNDING) * per_interval
        mass = renewed(demand, np.empty(0), 0)
        under = np.zeros(len(demand) + 1)
        best, best_top, best_span, useless = np.inf, 0, 0, 0
        top, span, intervals, drop = -1, 0, 0.0, 0.0
        while span < most and useless <= len(demand) + _PATIENCE:
            if span >= len(mass):
                mass = renewed(demand, mass, len(mass))
            intervals += mass[span]
            drop += span * mass[span]
            for u in range(len(demand) - 1):
                under[u] = under[u + 1] + mass[span] * demand[u + 1]
            span += 1
            if span < least:
                continue
            if cycle:
                while top - span > 0 and cycle_covered(under, cdf_lead, top - 1 - span) >= target - _ROUNDING:
                    top -= 1
                while cycle_covered(under, cdf_lead, top - span) < target - _ROUNDING:
                    top += 1
            else:
                while (
                    _weighted(mass, short, top, span) + _below_zero(mass, top, span)[0] * per_interval
                    > missable * intervals
                ):
                    top += 1
            share, depth = _below_zero(mass, top, span)
            stock = top * intervals - drop - costed_mean * intervals + _weighted(mass, left, top, span)
            stock += costed_mean * share + depth
            cost = (order + holding * stock) / intervals
            useless = 0 if holding * stock < best * intervals else useless + 1
            if cost < best:
                best, best_top, best_span = cost, top, span
        return best_top - best_span, best_span

    return best_up_to_service


service_point = _make_service_point(_STAMP)
best_lots_service = _make_best_lots_service(_STAMP)
best_up_to_service = _make_best_up_to_service(_STAMP)
