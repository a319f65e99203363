"""A supplier's least order value and its free-freight threshold: order a little more, or wait.

An order below the least value is refused by the supplier, so its items are topped up, each unit where it costs least
to have it early, or all of them wait for another day, whichever is expected to cost less. Freight is saved where the
units that reach the threshold cost less than the freight.
Promises: deterministic; every other limit stays kept; no supplier's order ends between nothing and its least value.
May not: share out what is scarce (`marginal` does, before).
Called by: `planner`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solvers.replenishment.item import Key, Source
from solvers.replenishment.limits import Amounts, Limits, total
from solvers.replenishment.marginal import Settled
from solvers.replenishment.memo import Memo
from solvers.replenishment.plan import Orders, Policy
from solvers.replenishment.pricing import allowed, goods_cents
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import Supplier
from solvers.replenishment.worth import worth

STEPS = 10
TOP_UP_DAYS = 90
"""Nobody is topped up with more than this many days of demand."""


@dataclass(frozen=True, slots=True)
class _Step:
    """More of one item-site: `extra_cents` expected cost for `more_cents` of goods."""

    rate: float
    key: Key
    orders: Orders
    extra_cents: float
    more_cents: int


def settle_minimums(
    problem: ReplenishmentProblem,
    policies: Mapping[Key, Policy],
    limits: Limits,
    settled: dict[Key, Settled],
    memo: Memo,
) -> dict[Key, Settled]:
    """The orders with every supplier's order at nothing or at its least value."""
    ruled = [s for s in problem.suppliers if s.min_order_cents or (s.freight_cents and s.free_freight_cents)]
    if not ruled:
        return settled
    item_sites = problem.by_key()
    used = total(limits.takes(item_sites[key], entry.orders) for key, entry in settled.items())
    of_supplier = _keys_of(problem, policies, settled)
    for supplier in ruled:
        keys = of_supplier.get(supplier.supplier_id, [])
        work = _Supplier(problem, policies, limits, settled, used, supplier, keys)
        name, here = ("minimum", supplier.supplier_id), [policies[key] for key in keys]
        touched = sorted(n for key in keys for n in limits.takes(item_sites[key], ((supplier.supplier_id, 1),)))
        amounts = (
            supplier,
            tuple(settled.get(key) for key in keys),
            [(n, limits.left[n], used.get(n, 0)) for n in dict.fromkeys(touched)],
        )
        answer = memo.get(name, here, amounts)
        if answer is None:
            before = {key: settled.get(key) for key in keys}
            work.settle()
            answer = {key: settled[key] for key in keys if key in settled and settled[key] != before[key]}
            memo.put(name, here, amounts, answer)
        else:
            for key, entry in answer.items():
                work.set_to(key, entry)
    return settled


def _keys_of(
    problem: ReplenishmentProblem, policies: Mapping[Key, Policy], settled: Mapping[Key, Settled]
) -> dict[str, list[Key]]:
    """Item-sites of each supplier: those steered by it, and those that order from it now."""
    found: dict[str, list[Key]] = {}
    for key in sorted(policies):
        orders = settled[key].orders if key in settled else ()
        for source_id in dict.fromkeys((policies[key].source_id, *(source_id for source_id, _ in orders))):
            found.setdefault(source_id, []).append(key)
    return found


@dataclass(slots=True)
class _Supplier:
    """One supplier's order."""

    problem: ReplenishmentProblem
    policies: Mapping[Key, Policy]
    limits: Limits
    settled: dict[Key, Settled]
    used: Amounts
    supplier: Supplier
    keys: list[Key]

    def settle(self) -> None:
        """To the least value, or to nothing; then to free freight if that pays."""
        value = self.value()
        if not value:
            return
        supplier = self.supplier
        if value < supplier.min_order_cents:
            steps, extra = self.topped_up(supplier.min_order_cents - value)
            if steps is None or extra > self.cost_of_waiting():
                self.drop()
                return
            self.take(steps, "minimum")
            value = self.value()
        if supplier.freight_cents and value < supplier.free_freight_cents:
            steps, extra = self.topped_up(supplier.free_freight_cents - value)
            if steps is not None and extra < supplier.freight_cents:
                self.take(steps, "freight")

    def value(self) -> int:
        """Goods value of the order as it stands."""
        return sum(self._goods(key, self._orders(key)) for key in self.keys)

    def _orders(self, key: Key) -> Orders:
        return self.settled[key].orders if key in self.settled else ()

    def _goods(self, key: Key, orders: Orders) -> int:
        item_site = self.problem.by_key()[key]
        return sum(
            goods_cents(item_site, _source(self.problem, key, source_id), quantity)
            for source_id, quantity in orders
            if source_id == self.supplier.supplier_id
        )

    def cost_of_waiting(self) -> float:
        """Expected cents more if nothing is ordered here now."""
        extra = 0.0
        for key in self.keys:
            orders = self._orders(key)
            rest = tuple(order for order in orders if order[0] != self.supplier.supplier_id)
            if rest != orders:
                item_site = self.problem.by_key()[key]
                without, now = worth(item_site, self.policies[key], self.problem.now_s).of([rest, orders])
                extra += without - now
        return extra

    def drop(self) -> None:
        """Order nothing here now."""
        for key in self.keys:
            orders = self._orders(key)
            rest = tuple(order for order in orders if order[0] != self.supplier.supplier_id)
            if rest != orders:
                self._set(key, rest, "minimum")

    def topped_up(self, missing_cents: int) -> tuple[list[_Step] | None, float]:
        """The cheapest steps that reach the value, and their expected cost; None where nothing reaches it."""
        steps = sorted(
            (step for key in self.keys for step in self._steps(key)), key=lambda s: (s.rate, s.key, s.orders)
        )
        chosen: dict[Key, _Step] = {}
        used = dict(self.used)
        for step in steps:
            before = chosen[step.key].orders if step.key in chosen else self._orders(step.key)
            if self._goods(step.key, step.orders) <= self._goods(step.key, before):
                continue
            item_site = self.problem.by_key()[step.key]
            old, new = self.limits.takes(item_site, before), self.limits.takes(item_site, step.orders)
            if not self.limits.fits(used, new, old):
                continue
            for name in {*old, *new}:
                used[name] = used.get(name, 0) + new.get(name, 0) - old.get(name, 0)
            chosen[step.key] = step
            if sum(entry.more_cents for entry in chosen.values()) >= missing_cents:
                return list(chosen.values()), sum(entry.extra_cents for entry in chosen.values())
        return None, 0.0

    def _steps(self, key: Key) -> Iterator[_Step]:
        """More of this item-site in growing quantities, each against what it orders now."""
        source = _source(self.problem, key, self.supplier.supplier_id)
        policy, orders = self.policies[key], self._orders(key)
        if source.kind != "purchase" or self.problem.by_key()[key].fixed_levels is not None:
            return
        now = dict(orders).get(source.source_id, 0)
        most = max(policy.order_quantity, policy.demand_milli_day * TOP_UP_DAYS // 1_000)
        if not policy.demand_milli_day:
            return
        quantities = dict.fromkeys(allowed(source, now + max(1, most * n // STEPS)) for n in range(1, STEPS + 1))
        options = [_with(orders, source.source_id, quantity) for quantity in quantities if quantity > now]
        if not options:
            return
        item_site = self.problem.by_key()[key]
        cents = worth(item_site, policy, self.problem.now_s).of([orders, *options])
        for option, value in zip(options, cents[1:], strict=True):
            more = self._goods(key, option) - self._goods(key, orders)
            if more > 0:
                yield _Step((value - cents[0]) / more, key, option, value - cents[0], more)

    def take(self, steps: list[_Step], why: str) -> None:
        """Order what the steps say."""
        for step in steps:
            self._set(step.key, step.orders, why)

    def _set(self, key: Key, orders: Orders, why: str) -> None:
        self.set_to(key, Settled(orders, f"supplier:{self.supplier.supplier_id}:{why}"))

    def set_to(self, key: Key, entry: Settled) -> None:
        """Order this, and bring the sums up to date."""
        item_site = self.problem.by_key()[key]
        old, new = self.limits.takes(item_site, self._orders(key)), self.limits.takes(item_site, entry.orders)
        for name in {*old, *new}:
            self.used[name] = self.used.get(name, 0) + new.get(name, 0) - old.get(name, 0)
        self.settled[key] = entry


def _source(problem: ReplenishmentProblem, key: Key, source_id: str) -> Source:
    source = problem.by_key()[key].source(source_id)
    assert source is not None
    return source


def _with(orders: Orders, source_id: str, quantity: int) -> Orders:
    changed = tuple((s, quantity if s == source_id else q) for s, q in orders)
    return changed if source_id in dict(orders) else (*orders, (source_id, quantity))
