"""Whether a plan of lots keeps the rules, and what it costs: from the problem alone.

Promises: shares no code with any engine; adds up in whole numbers; names every violation. May not import an engine.
Called by: everyone who has a plan from elsewhere; tests; benchmarks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solvers.replenishment.lot_sizing.discrete import IDLE, DiscretePlan, DiscreteProblem
from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot

SECONDS_PER_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class DiscreteVerdict:
    """`cost` = `stocking` + `changeovers`; meaningful only without violations."""

    violations: tuple[str, ...]
    cost: int
    stocking: int
    changeovers: int

    @property
    def ok(self) -> bool:
        """Whether every rule is kept."""
        return not self.violations


def check_discrete(problem: DiscreteProblem, plan: DiscretePlan) -> DiscreteVerdict:
    """The k-th unit made of an item serves its k-th due period."""
    violations = []
    if len(plan.made) != problem.periods:
        violations.append(f"made has {len(plan.made)} periods, the problem {problem.periods}")
    made_in: list[list[int]] = [[] for _ in problem.due]
    sequence = []
    for period, item in enumerate(plan.made):
        if item == IDLE:
            continue
        if not 0 <= item < len(problem.due):
            violations.append(f"made[{period}] = {item} is no item")
            continue
        made_in[item].append(period)
        sequence.append(item)
    stocking = 0
    for item, (made, due) in enumerate(zip(made_in, problem.due, strict=True)):
        if len(made) != len(due):
            violations.append(f"item {item}: {len(made)} units made, {len(due)} due")
        for number, (period, by) in enumerate(zip(made, due, strict=False)):
            if period > by:
                violations.append(f"item {item}, unit {number}: made in {period}, due in {by}")
            stocking += problem.stocking_cost * (by - period)
    changeovers = sum(problem.changeover_cost[a][b] for a, b in pairwise(sequence))
    return DiscreteVerdict(tuple(violations), stocking + changeovers, stocking, changeovers)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """What a plan costs, by cause. `used_s`: line time in each period, setups included.

    Overtime is paid by the second; the total is rounded up to whole cents.
    """

    violations: tuple[str, ...]
    holding_cents: int
    backlog_cents: int
    setup_cents: int
    overtime_cents: int
    used_s: tuple[int, ...]
    setup_s: tuple[int, ...]

    @property
    def cost_cents(self) -> int:
        """In all."""
        return self.holding_cents + self.backlog_cents + self.setup_cents + self.overtime_cents

    @property
    def ok(self) -> bool:
        """Whether every rule is kept."""
        return not self.violations


def check_line(problem: LineProblem, plan: LinePlan) -> LineVerdict:
    """Rules: known items, each once a period, lot rules, the line time with overtime; no backlog where none may be."""
    violations: list[str] = []
    if len(plan.lots) != problem.periods:
        violations.append(f"lots has {len(plan.lots)} periods, the problem {problem.periods}")
    items = {item.item_id: item for item in problem.items}
    for period, lots in enumerate(plan.lots):
        violations += _lot_violations(period, lots, items)
    known = LinePlan(tuple(tuple(lot for lot in lots if lot.item_id in items) for lots in plan.lots[: problem.periods]))
    setup_s, setup_cents = _setups(problem, known)
    used_s = []
    over_s = 0
    for period, lots in enumerate(known.lots):
        used = setup_s[period] + sum(lot.quantity * items[lot.item_id].unit_s for lot in lots)
        used_s.append(used)
        if used > problem.limit_s(period):
            violations.append(f"period {period}: {used} s used, {problem.limit_s(period)} s there")
        over_s += max(0, used - problem.capacity_s[period])
    holding = backlog = 0
    for item in problem.items:
        held, late = _stock(item, known, violations)
        holding, backlog = holding + held, backlog + late
    over = -(-over_s * problem.overtime_cents_per_h // SECONDS_PER_HOUR)
    return LineVerdict(tuple(violations), holding, backlog, setup_cents, over, tuple(used_s), tuple(setup_s))


def _lot_violations(period: int, lots: tuple[Lot, ...], items: dict[str, LineItem]) -> list[str]:
    found = []
    for item_id, count in Counter(lot.item_id for lot in lots).items():
        if item_id not in items:
            found.append(f"period {period}: {item_id} is no item of the line")
        if count > 1:
            found.append(f"period {period}: {item_id} is made {count} times")
    for lot in lots:
        item = items.get(lot.item_id)
        if lot.quantity <= 0:
            found.append(f"period {period}: {lot.item_id} × {lot.quantity}: must be above zero")
        elif item is not None and lot.quantity < item.min_lot:
            found.append(f"period {period}: {lot.item_id} × {lot.quantity}: at least {item.min_lot}")
        elif item is not None and lot.quantity % item.lot_multiple:
            found.append(f"period {period}: {lot.item_id} × {lot.quantity}: in multiples of {item.lot_multiple}")
    return found


def _setups(problem: LineProblem, plan: LinePlan) -> tuple[list[int], int]:
    """Seconds of setup in each period, cents in all."""
    seconds, cents = [], 0
    before = problem.index_of(problem.set_up_for)
    for lots in plan.lots:
        spent = 0
        if not problem.carry_over:
            before = -1
        for lot in lots:
            now = problem.index_of(lot.item_id)
            if not (problem.carry_over and now == before):
                if before >= 0 and problem.changeover_s is not None and problem.changeover_cents is not None:
                    spent += problem.changeover_s[before][now]
                    cents += problem.changeover_cents[before][now]
                else:
                    spent += problem.items[now].setup_s
                    cents += problem.items[now].setup_cents
            before = now
        seconds.append(spent)
    return seconds, cents


def _stock(item: LineItem, plan: LinePlan, violations: list[str]) -> tuple[int, int]:
    """Holding and backlog cost of one item."""
    stock, held, late = item.opening_stock, 0, 0
    for period, lots in enumerate(plan.lots):
        stock += sum(lot.quantity for lot in lots if lot.item_id == item.item_id) - item.demand[period]
        if stock >= 0:
            held += stock * item.holding_cents
        elif item.backlog_cents is None:
            violations.append(f"period {period}: {-stock} of {item.item_id} short, nothing may be late")
        else:
            late += -stock * item.backlog_cents
    return held, late


def gap_percent(cost: int, bound: int) -> float:
    """How far a plan may be from the best, in percent of its cost; 0 for a plan that costs nothing."""
    return float(100 * Fraction(cost - bound, cost)) if cost else 0.0
