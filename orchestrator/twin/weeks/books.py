"""The twin's own books: what is really on the shelves, who went away with less than wanted, and what it all cost.

Promises: units are conserved (what came in = what went out + what is there), and no figure is taken from the server.
Costs in cents: holding by what lay there and how long, orders by number, price by what was paid above the usual one
for what was received (what never came is not paid). Called by `run`, `suppliers`, `lines`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.twin.weeks.histories import Key

YEAR_S = 365 * 86_400


@dataclass(slots=True)
class Short:
    """Demand that was not served. `misses`: customers who got less than they wanted; `days`: days with one."""

    customers: int = 0
    misses: int = 0
    wanted: int = 0
    units: int = 0
    days: int = 0

    def plus(self, other: Short) -> Short:
        """Both together."""
        return Short(
            self.customers + other.customers,
            self.misses + other.misses,
            self.wanted + other.wanted,
            self.units + other.units,
            self.days + other.days,
        )


@dataclass(slots=True)
class Books:
    """Stock and costs. `unit_cents`: usual cost of a unit by item; `short_cents`: of a unit short a day, by key."""

    on_hand: Counter[Key]
    unit_cents: Mapping[str, int]
    short_cents: Mapping[Key, int]
    holding_per_mille_year: int
    now_s: int
    came: Counter[Key] = field(default_factory=Counter)
    went: Counter[Key] = field(default_factory=Counter)
    short: dict[Key, Short] = field(default_factory=dict)
    short_by_day: list[int] = field(default_factory=list)
    cast_item_ids: frozenset[str] = frozenset()
    cast_short_by_day: list[int] = field(default_factory=list)
    order_cents: int = 0
    price_cents: int = 0
    transfer_cents: int = 0
    shortage_cents: int = 0
    holding: float = 0.0
    holding_by_item: Counter[str] = field(default_factory=Counter)
    stock_cents_days: list[int] = field(default_factory=list)
    _missed_today: dict[Key, None] = field(default_factory=dict)
    _misses_today: int = 0
    _cast_today: int = 0

    def until(self, now_s: int) -> None:
        """Time passes: what lies there costs."""
        years = (now_s - self.now_s) / YEAR_S
        for (_, item_id), units in self.on_hand.items():
            cents = units * self.unit_cents[item_id] * self.holding_per_mille_year / 1000 * years
            self.holding += cents
            self.holding_by_item[item_id] += cents  # type: ignore[assignment]
        self.now_s = now_s

    def put(self, key: Key, units: int) -> None:
        """Units come in."""
        self.on_hand[key] += units
        self.came[key] += units

    def take(self, key: Key, units: int) -> None:
        """Units go out. ValueError if they are not there."""
        if units > self.on_hand[key]:
            raise ValueError(f"{units} × {key[1]} cannot leave {key[0]}: {self.on_hand[key]} are there")
        self.on_hand[key] -= units
        self.went[key] += units

    def sell(self, key: Key, wants: Sequence[int]) -> tuple[int, int]:
        """Serve customers one by one with what is there; gives (sold, short)."""
        sold = lost = 0
        tally = self.short.setdefault(key, Short())
        for wanted in wants:
            got = min(wanted, self.on_hand[key])
            self.take(key, got)
            tally.customers += 1
            tally.wanted += wanted
            sold += got
            if got < wanted:
                lost += wanted - got
                tally.misses += 1
                self._misses_today += 1
                self._cast_today += key[1] in self.cast_item_ids
                self._missed_today[key] = None
        tally.units += lost
        self.shortage_cents += lost * self.short_cents.get(key, 0)
        return sold, lost

    def end_day(self) -> None:
        """Count the day."""
        for key in self._missed_today:
            self.short[key].days += 1
        self.short_by_day.append(self._misses_today)
        self.cast_short_by_day.append(self._cast_today)
        self.stock_cents_days.append(sum(n * self.unit_cents[item] for (_, item), n in self.on_hand.items()))
        self._missed_today, self._misses_today, self._cast_today = {}, 0, 0

    @property
    def misses(self) -> int:
        """Customers who got less than they wanted, so far."""
        return sum(one.misses for one in self.short.values())

    @property
    def cost_cents(self) -> int:
        """What stock, orders, transfers and dearer sources cost; without what shortages cost."""
        return round(self.holding) + self.order_cents + self.transfer_cents + self.price_cents

    def shorts(self, wanted: Callable[[Key], bool]) -> Short:
        """Demand not served, of some items at sites."""
        total = Short()
        for key, one in self.short.items():
            if wanted(key):
                total = total.plus(one)
        return total
