"""From stock figures to proposals: reorder points, order quantities, sources, and the explosion into components.

Item-sites are taken in the order of explosion: what is made comes before what it is made of, so that the components
of a proposed batch are certain demand when their own turn comes (material requirements planning, Orlicky 1975).
First each item-site on its own; then, where what they share is not enough for all, `ration` shares it out, and
`settle_minimums` sees to the least order values of suppliers.
Promises: deterministic; a dirty item changes only itself, its components and what shares a binding limit with it;
everything told is a whole number; every limit is kept.
May not: import a solver, look at a clock, or see orders of others.
Called by: planning in the core, `rolling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from solvers.errors import require
from solvers.replenishment.draft import propose, steer
from solvers.replenishment.item import ItemSite, Key
from solvers.replenishment.limits import Limits, total
from solvers.replenishment.marginal import Settled, ration
from solvers.replenishment.memo import Memo
from solvers.replenishment.minimum import settle_minimums
from solvers.replenishment.plan import Held, Orders, Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.pricing import allowed_below
from solvers.replenishment.problem import ReplenishmentProblem, order_of_explosion, parts_of


def plan(
    problem: ReplenishmentProblem,
    dirty: AbstractSet[Key] | None = None,
    previous: ReplenishmentPlan | None = None,
) -> ReplenishmentPlan:
    """Policies and proposals of every item-site.

    `dirty` with `previous`: only these, what they are made of and what shares a binding limit with them are planned
    again, the rest is taken over. Raises `InvalidProblem` for a dirty key that is no item-site of the problem.
    """
    for key in sorted(dirty or ()):
        require(key in problem.by_key(), "dirty", key, "an item-site of the problem")
    work = _Work(problem, dirty, previous)
    work.run()
    return work.plan()


def plan_as(problem: ReplenishmentProblem, base: ReplenishmentPlan, decided: Mapping[Key, Orders]) -> ReplenishmentPlan:
    """The plan in which these item-sites order as `decided`, and the others as in `base` unless parts are taken from
    them. The caller checks it: nothing shared is looked at here.
    """
    work = _Work(problem, frozenset(), base)
    work.explode()
    limits = {held.key: held.limit for held in base.held}
    work.settled = {key: Settled((), limit) for key, limit in limits.items()}
    for key, proposals in base.proposals_of().items():
        work.settled[key] = Settled(tuple((p.source_id, p.quantity) for p in proposals), proposals[0].reason.limit)
    for key, orders in decided.items():
        known = work.settled.get(key)
        if known is None or known.orders != orders:
            work.settled[key] = Settled(orders, known.limit if known is not None and known.limit else "together")
    work.explode_again()
    return work.plan()


class _Work:
    """One call of `plan`."""

    def __init__(
        self, problem: ReplenishmentProblem, dirty: AbstractSet[Key] | None, previous: ReplenishmentPlan | None
    ) -> None:
        self.problem = problem
        self.item_sites = problem.by_key()
        self.order = order_of_explosion(self.item_sites)
        kept = previous if dirty is not None else None
        self.old: Mapping[Key, Policy] = kept.policy_of() if kept else {}
        self.old_proposals = kept.proposals_of() if kept else {}
        self.memo = Memo(kept.shared) if kept else Memo()
        self.dirty = dirty or frozenset()
        self.change_cents = problem.change_cents
        self.published: dict[Key, Orders] = {}
        for entry in problem.published if problem.change_cents else ():
            self.published[entry.key] = (*self.published.get(entry.key, ()), (entry.source_id, entry.quantity))
        self.policies: dict[Key, Policy] = {}
        self.settled: dict[Key, Settled] = {}

    def run(self) -> None:
        """Each on its own, then shared out, then what that means for components."""
        self.explode()
        shared = self.problem
        if not (shared.budget or shared.suppliers or shared.sites or shared.lines):
            self.settled = {key: Settled(policy.orders) for key, policy in self.policies.items() if policy.orders}
            return
        limits = Limits(shared, self.policies)
        self.settled = ration(shared, self.policies, limits, self.memo)
        again = self._cut_takes_parts()
        while again:
            self.explode_again()
            again = self._keep_limits(limits)
        self.settled = settle_minimums(shared, self.policies, limits, self.settled, self.memo)

    def explode(self) -> None:
        """Every item-site's policy, with what the orders of others take from it."""
        dependent: dict[Key, int] = {}
        for key in self.order:
            self.policies[key] = self._policy(key, dependent.get(key, 0))
            self._take_parts(key, self.policies[key].orders, dependent)

    def explode_again(self) -> None:
        """The same with what is really ordered. Takings only fall, so that every limit stays kept."""
        dependent: dict[Key, int] = {}
        for key in self.order:
            policy = self._policy(key, dependent.get(key, 0))
            if policy is not self.policies[key]:
                self.policies[key] = policy
                self.settled[key] = _no_more_than(self.item_sites[key], policy, self.settled.get(key))
            self._take_parts(key, self.settled[key].orders if key in self.settled else (), dependent)

    def _keep_limits(self, limits: Limits) -> bool:
        """Less of a part can cost more (a tier is lost, another source is better now): then that part waits.

        True where one of those that wait takes parts itself. Each turn somebody more waits, so it ends.
        """
        takes = {key: limits.takes(self.item_sites[key], entry.orders) for key, entry in self.settled.items()}
        used, again = total(takes.values()), False
        for key in reversed(self.order):
            over = sorted(name for name in takes.get(key, ()) if used[name] > limits.left[name])
            if over:
                self.settled[key] = Settled((), over[0])
                again = again or bool(self.item_sites[key].components or self.item_sites[key].transferred)
                for name, amount in takes[key].items():
                    used[name] -= amount
        return again

    def _cut_takes_parts(self) -> bool:
        return any(
            entry.limit and (self.item_sites[key].components or self.item_sites[key].transferred)
            for key, entry in self.settled.items()
        )

    def _take_parts(self, key: Key, orders: Orders, dependent: dict[Key, int]) -> None:
        item_site = self.item_sites[key]
        if orders and (item_site.components or item_site.transferred):
            for source_id, quantity in orders:
                source = item_site.source(source_id)
                assert source is not None
                for part, units in parts_of(item_site, source_id, source.kind):
                    dependent[part] = dependent.get(part, 0) + units * quantity

    def _policy(self, key: Key, taken: int) -> Policy:
        known = self.policies.get(key)
        if known is not None and known.dependent_demand == taken:
            return known
        old = self.old.get(key)
        if old is not None and key not in self.dirty and old.dependent_demand == taken:
            return old
        return steer(self.item_sites[key], taken, self.problem.now_s, self.published.get(key, ()), self.change_cents)

    def plan(self) -> ReplenishmentPlan:
        """Policies and proposals as they stand."""
        proposals: list[Proposal] = []
        held = []
        for key in self.order:
            entry = self.settled.get(key)
            if entry is None:
                continue
            if not entry.orders:
                held.append(Held(*key, self.policies[key].wanted, entry.limit))
                continue
            proposals += self._proposals(key, entry)
        policies = tuple(self.policies[key] for key in self.order)
        return ReplenishmentPlan(policies, tuple(proposals), tuple(h for h in held if h.wanted), self.memo.after)

    def _proposals(self, key: Key, entry: Settled) -> tuple[Proposal, ...]:
        policy, old = self.policies[key], self.old_proposals.get(key, ())
        if self.old.get(key) is policy:
            told = tuple((p.source_id, p.quantity) for p in old)
            limits = {p.reason.limit for p in old}
            if told == entry.orders and limits == {entry.limit}:
                return old
        return propose(self.item_sites[key], policy, self.problem.now_s, entry.orders, entry.limit)


def _no_more_than(item_site: ItemSite, policy: Policy, entry: Settled | None) -> Settled:
    """What is wanted after less is taken from it, but not more than what it got of what is scarce."""
    if entry is None or not entry.limit:
        return Settled(policy.orders)
    if not entry.orders:
        return Settled((), entry.limit)
    got = dict(entry.orders)
    orders = []
    for source_id, quantity in policy.orders:
        source = item_site.source(source_id)
        assert source is not None
        less = quantity if quantity <= got.get(source_id, quantity) else allowed_below(source, got[source_id])
        if less:
            orders.append((source_id, less))
    return Settled(tuple(orders), entry.limit if tuple(orders) != policy.orders else "")
