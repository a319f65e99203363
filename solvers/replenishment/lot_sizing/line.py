"""Lots on one line: items with demand, periods with a capacity, setups that take time and cost money. Problem, plan.

Promises: immutable, whole units, seconds and cents; validated as a whole. It is the capacitated lot-sizing problem
with setup times (Trigeiro, Thomas and McClain 1989) and, as far as they are asked for: backlog, opening stock, minimum
lots and multiples, overtime, a setup that lasts over the night, and changeovers that depend on the sequence.
A *period* is whatever the caller counts in; a day for the product. May not: solve; import an engine.
Called by: the engines, `check`, planning, tests, benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.errors import require

MAX_ITEMS = 200
MAX_PERIODS = 366
MAX_UNITS = 10**7
MAX_SECONDS = 10**8
MAX_CENTS = 10**9

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class LineItem:
    """One item the line can make.

    `demand`: units due in each period. `unit_s`: line time a unit. `setup_s`, `setup_cents`: for each lot, unless the
    line stands ready for it. `holding_cents`: a unit of stock at the end of a period. `backlog_cents`: a unit that is
    late at the end of a period; None: nothing may be late. `opening_stock`: below zero is backlog from before.
    `min_lot`, `lot_multiple`: rules of a lot's quantity. Raises InvalidProblem.
    """

    item_id: str
    demand: tuple[int, ...]
    unit_s: int
    setup_s: int = 0
    setup_cents: int = 0
    holding_cents: int = 0
    backlog_cents: int | None = None
    opening_stock: int = 0
    min_lot: int = 0
    lot_multiple: int = 1

    def __post_init__(self) -> None:
        name = f"items[{self.item_id}]"
        require(0 < len(self.item_id) <= 200, "item_id", self.item_id, "must have 1..200 characters")
        require(
            all(0 <= d <= MAX_UNITS for d in self.demand), f"{name}.demand", self.demand, f"must be in 0..{MAX_UNITS}"
        )
        for field, least, most in (
            ("unit_s", 0, MAX_SECONDS),
            ("setup_s", 0, MAX_SECONDS),
            ("setup_cents", 0, MAX_CENTS),
            ("holding_cents", 0, MAX_CENTS),
            ("opening_stock", -MAX_UNITS, MAX_UNITS),
            ("min_lot", 0, MAX_UNITS),
            ("lot_multiple", 1, MAX_UNITS),
        ):
            value = getattr(self, field)
            require(least <= value <= most, f"{name}.{field}", value, f"must be in {least}..{most}")
        price = self.backlog_cents
        require(price is None or 0 <= price <= MAX_CENTS, f"{name}.backlog_cents", price, f"0..{MAX_CENTS} or None")
        late = self.opening_stock < 0
        require(not (late and price is None), f"{name}.backlog_cents", price, "must be a price: the opening is late")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """The line and its periods.

    `capacity_s`: line time in each period. `overtime_s`: more of it in each period, at `overtime_cents_per_h`.
    `carry_over`: the line stays set up for the last item of a period; without it each period's lots all need a setup.
    `set_up_for`: the item it stands ready for at the start ("" = none; only with `carry_over`).
    `changeover_s`, `changeover_cents`: [from][to] in the order of `items`, instead of the item's own setup wherever
    the item before is known (only with `carry_over`; both or none; the diagonal is not used). Raises InvalidProblem.
    """

    items: tuple[LineItem, ...]
    capacity_s: tuple[int, ...]
    overtime_s: tuple[int, ...] = ()
    overtime_cents_per_h: int = 0
    carry_over: bool = False
    set_up_for: str = ""
    changeover_s: Matrix | None = None
    changeover_cents: Matrix | None = None

    def __post_init__(self) -> None:
        periods = len(self.capacity_s)
        require(1 <= len(self.items) <= MAX_ITEMS, "items", len(self.items), f"must be 1..{MAX_ITEMS}")
        require(1 <= periods <= MAX_PERIODS, "capacity_s", periods, f"must have 1..{MAX_PERIODS} periods")
        require(len(self.overtime_s) in (0, periods), "overtime_s", len(self.overtime_s), f"must have {periods}, or 0")
        for name in ("capacity_s", "overtime_s"):
            values = getattr(self, name)
            require(all(0 <= v <= MAX_SECONDS for v in values), name, values, f"must be in 0..{MAX_SECONDS}")
        price = self.overtime_cents_per_h
        require(0 <= price <= MAX_CENTS, "overtime_cents_per_h", price, f"must be in 0..{MAX_CENTS}")
        names = [item.item_id for item in self.items]
        require(len(set(names)) == len(names), "items", names, "must have different ids")
        for item in self.items:
            require(
                len(item.demand) == periods, f"items[{item.item_id}].demand", len(item.demand), f"{periods} periods"
            )
        self._check_sequence(names)

    def _check_sequence(self, names: list[str]) -> None:
        require(not self.set_up_for or self.carry_over, "set_up_for", self.set_up_for, "only with carry_over")
        require(not self.set_up_for or self.set_up_for in names, "set_up_for", self.set_up_for, "must be one of items")
        both = (self.changeover_s is None) == (self.changeover_cents is None)
        require(both, "changeover_s", self.changeover_s, "together with changeover_cents, or neither")
        if self.changeover_s is None or self.changeover_cents is None:
            return
        require(self.carry_over, "carry_over", self.carry_over, "must be true with changeovers")
        for name, matrix, most in (
            ("changeover_s", self.changeover_s, MAX_SECONDS),
            ("changeover_cents", self.changeover_cents, MAX_CENTS),
        ):
            square = len(matrix) == len(names) and all(len(row) == len(names) for row in matrix)
            require(square, name, len(matrix), f"must be {len(names)} by {len(names)}")
            require(all(0 <= v <= most for row in matrix for v in row), name, "an entry", f"must be in 0..{most}")

    @property
    def periods(self) -> int:
        """How many."""
        return len(self.capacity_s)

    def index_of(self, item_id: str) -> int:
        """The item's place in `items`, -1 for no item."""
        return next((i for i, item in enumerate(self.items) if item.item_id == item_id), -1)

    def limit_s(self, period: int) -> int:
        """Line time of a period with all its overtime."""
        return self.capacity_s[period] + (self.overtime_s[period] if self.overtime_s else 0)


@dataclass(frozen=True, slots=True)
class Lot:
    """`quantity` units of one item, made in one go."""

    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LinePlan:
    """`lots[period]`: the lots in the order they are made; an item at most once in a period."""

    lots: tuple[tuple[Lot, ...], ...]
