"""What must be planned again, and why: what accumulates until the planner takes it.

Promises: plain sets that merge and part. Filled by `trigger` and `watch`, taken by the planner and every pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.domain.plan import Cause

ItemSite = tuple[str, str]
"""(site_id, item_id), as in `State.on_hand`."""


@dataclass(slots=True)
class Dirty:
    """What must be planned again, and why.

    orders: need a source and a place. vehicles: their routes need new times, or another distribution when
    `disrupted`. lines: production lines. item_sites: stock or supply changed. supplies: purchase or production orders
    whose arrival changed. levels: items of which more is known now, so that only replenishment looks at them.
    everything: plan from nothing. must_publish: a revision names the causes even if nothing
    changes.
    """

    orders: dict[str, None] = field(default_factory=dict)
    vehicles: dict[str, None] = field(default_factory=dict)
    disrupted: dict[str, None] = field(default_factory=dict)
    lines: dict[str, None] = field(default_factory=dict)
    item_sites: dict[ItemSite, None] = field(default_factory=dict)
    supplies: dict[str, None] = field(default_factory=dict)
    levels: dict[ItemSite, None] = field(default_factory=dict)
    causes: list[Cause] = field(default_factory=list)
    everything: bool = False
    must_publish: bool = False

    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.orders
            or self.vehicles
            or self.lines
            or self.item_sites
            or self.supplies
            or self.levels
            or self.everything
            or self.must_publish
        )

    def only_orders(self) -> bool:
        """Whether it is about orders that nothing urgent has happened to: they may wait a moment."""
        others = (self.vehicles, self.lines, self.item_sites, self.supplies, self.everything, self.must_publish)
        return bool(self.orders) and not any(others)

    def only_levels(self) -> bool:
        """Whether it is only about items of which more is known now."""
        return bool(self.levels) and not (self.orders or self.item_sites or self.supplies)

    def merge(self, other: Dirty) -> None:
        """Take in what another event touched."""
        self.orders.update(other.orders)
        self.vehicles.update(other.vehicles)
        self.disrupted.update(other.disrupted)
        self.lines.update(other.lines)
        self.item_sites.update(other.item_sites)
        self.supplies.update(other.supplies)
        self.levels.update(other.levels)
        self.causes.extend(other.causes)
        self.everything |= other.everything
        self.must_publish |= other.must_publish

    def stock(self) -> Dirty:
        """The part that replenishment looks at."""
        parts = Dirty()
        for name in ("orders", "item_sites", "supplies", "levels"):
            getattr(parts, name).update(getattr(self, name))
        return parts

    def halves(self) -> tuple[Dirty, Dirty] | None:
        """Two parts that together are this; None when it is too small to part. Both keep the causes."""
        parts = Dirty(), Dirty()
        for name in _SETS:
            keys = list(getattr(self, name))
            for part, held in zip(parts, (keys[: len(keys) // 2], keys[len(keys) // 2 :]), strict=True):
                getattr(part, name).update(dict.fromkeys(held))
        for part in parts:
            part.causes, part.must_publish = list(self.causes), self.must_publish
        size = sum(len(getattr(self, name)) for name in _SETS)
        return parts if size > 1 and not self.everything else None

    def copy(self) -> Dirty:
        """An independent copy."""
        fresh = Dirty()
        fresh.merge(self)
        return fresh


_SETS = ("orders", "vehicles", "disrupted", "lines", "item_sites", "supplies", "levels")
