"""What item-sites share: the company's budget, suppliers, storage and lines. Zero always means "no such limit".

Promises: immutable, whole cents, grams, cubic centimetres, seconds and units; each validates itself.
May not: know an item.
Called by: `problem`, `limits`, `check`, `rolling`, planning (builds them from the state).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solvers.errors import require

DAY_S = 86_400
WEEK_S = 7 * DAY_S
MAX_PERIOD_S = 400 * DAY_S
MAX_AMOUNT = 10**15

DemandClass = Literal["none", "smooth", "erratic", "intermittent", "lumpy"]
"""How demand comes: by how often and how evenly (Syntetos, Boylan and Croston 2005)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Most that may be ordered from suppliers within `period_s`: `cents`, of which `spent_cents` are gone already."""

    cents: int
    period_s: int = WEEK_S
    spent_cents: int = 0

    def __post_init__(self) -> None:
        _amounts("budget", self, ("cents", "spent_cents"))
        _period("budget.period_s", self.period_s)

    @property
    def left_cents(self) -> int:
        """What may still be ordered now."""
        return max(0, self.cents - self.spent_cents)


@dataclass(frozen=True, slots=True)
class Supplier:
    """Rules of one order to a supplier over all of its items, and what it can send.

    `min_order_cents`: goods value below which it takes no order. `freight_cents` an order, free from
    `free_freight_cents` goods value on (0: never free). A truck carries `truck_weight_g` and `truck_volume_cm3` and
    costs `truck_cents`; at most `max_trucks` an order. `capacity_units` within `capacity_s`, `used_units` of it taken.
    """

    supplier_id: str
    min_order_cents: int = 0
    freight_cents: int = 0
    free_freight_cents: int = 0
    truck_weight_g: int = 0
    truck_volume_cm3: int = 0
    truck_cents: int = 0
    max_trucks: int = 0
    capacity_units: int = 0
    used_units: int = 0
    capacity_s: int = WEEK_S

    def __post_init__(self) -> None:
        where = f"suppliers[{self.supplier_id}]"
        require(bool(self.supplier_id), where, self.supplier_id, "a supplier id")
        _amounts(where, self, _SUPPLIER_AMOUNTS)
        _period(f"{where}.capacity_s", self.capacity_s)

    @property
    def left_units(self) -> int:
        """Units it can still take now; meaningless without `capacity_units`."""
        return max(0, self.capacity_units - self.used_units)


@dataclass(frozen=True, slots=True)
class Site:
    """Room at a site, for everything stored there."""

    site_id: str
    storage_cm3: int = 0
    storage_g: int = 0

    def __post_init__(self) -> None:
        require(bool(self.site_id), f"sites[{self.site_id}]", self.site_id, "a site id")
        _amounts(f"sites[{self.site_id}]", self, ("storage_cm3", "storage_g"))


@dataclass(frozen=True, slots=True)
class Line:
    """A production line: seconds of work within `period_s`, `committed_s` of them for orders already released."""

    line_id: str
    capacity_s: int = 0
    period_s: int = WEEK_S
    committed_s: int = 0

    def __post_init__(self) -> None:
        require(bool(self.line_id), f"lines[{self.line_id}]", self.line_id, "a line id")
        _amounts(f"lines[{self.line_id}]", self, ("capacity_s", "committed_s"))
        _period(f"lines[{self.line_id}].period_s", self.period_s)

    @property
    def left_s(self) -> int:
        """Seconds still free now; meaningless without `capacity_s`."""
        return max(0, self.capacity_s - self.committed_s)


_SUPPLIER_AMOUNTS = (
    "min_order_cents", "freight_cents", "free_freight_cents", "truck_weight_g", "truck_volume_cm3",
    "truck_cents", "max_trucks", "capacity_units", "used_units",
)  # fmt: skip


def _amounts(where: str, owner: object, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(owner, name)
        require(0 <= value <= MAX_AMOUNT, f"{where}.{name}", value, f"0..{MAX_AMOUNT}")


def _period(where: str, period_s: int) -> None:
    require(DAY_S <= period_s <= MAX_PERIOD_S, where, period_s, f"{DAY_S}..{MAX_PERIOD_S}")
