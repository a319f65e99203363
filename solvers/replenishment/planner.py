"""From stock figures to proposals: reorder points, order quantities, sources, and the explosion into components.

Item-sites are taken in the order of explosion: what is made comes before what it is made of, so that the components
of a proposed batch are certain demand when their own turn comes (material requirements planning, Orlicky 1975).
First each item-site on its own; then, where what they share is not enough for all, `ration` shares it out.
Promises: deterministic; a dirty item changes only itself, its components and what shares a binding limit with it;
everything told is a whole number; every limit is kept.
May not: import a solver, look at a clock, or see orders of others.
Called by: planning in the core, `rolling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from solvers.errors import require
from solvers.replenishment.draft import Draft, draft
from solvers.replenishment.item import Key
from solvers.replenishment.plan import Orders, Policy, Proposal, ReplenishmentPlan
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
    work.explode({})
    return work.plan()


class _Work:
    """One call of `plan`."""

    def __init__(
        self, problem: ReplenishmentProblem, dirty: AbstractSet[Key] | None, previous: ReplenishmentPlan | None
    ) -> None:
        self.problem = problem
        self.item_sites = problem.by_key()
        self.order = order_of_explosion(self.item_sites)
        self.old: Mapping[Key, Policy] = previous.policy_of() if previous and dirty is not None else {}
        self.old_proposals = previous.proposals_of() if previous else {}
        self.dirty = dirty or frozenset()
        self.drafts: dict[Key, Draft] = {}

    def explode(self, settled: Mapping[Key, Orders]) -> None:
        """Draft every item-site, what is taken from it by the orders of others included."""
        dependent: dict[Key, int] = {}
        for key in self.order:
            item_site = self.item_sites[key]
            taken = dependent.get(key, 0)
            self.drafts[key] = self._draft(key, taken)
            orders = settled.get(key, self.drafts[key].policy.orders)
            if orders and (item_site.components or item_site.transferred):
                for source_id, quantity in orders:
                    source = item_site.source(source_id)
                    assert source is not None
                    for part, units in parts_of(item_site, source_id, source.kind):
                        dependent[part] = dependent.get(part, 0) + units * quantity

    def _draft(self, key: Key, taken: int) -> Draft:
        known = self.drafts.get(key)
        if known is not None and known.policy.dependent_demand == taken:
            return known
        old = self.old.get(key)
        if old is not None and key not in self.dirty and old.dependent_demand == taken:
            return Draft(self.item_sites[key], self.problem.now_s, old)
        return draft(self.item_sites[key], taken, self.problem.now_s)

    def plan(self) -> ReplenishmentPlan:
        """Policies and proposals as they stand."""
        proposals: list[Proposal] = []
        for key in self.order:
            made = self.drafts[key]
            if made.policy.orders:
                old = self.old_proposals.get(key, ())
                told = tuple((p.source_id, p.quantity, p.reason.limit) for p in old)
                wanted = tuple((source_id, quantity, "") for source_id, quantity in made.policy.orders)
                same = key in self.old and self.old[key] is made.policy and told == wanted
                proposals += old if same else made.proposals(wanted)
        return ReplenishmentPlan(tuple(self.drafts[key].policy for key in self.order), tuple(proposals))
