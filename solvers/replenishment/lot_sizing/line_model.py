"""The line's problem as a mixed-integer model: the facility-location form, and the plain one to compare with.

Promises: the strong form's relaxation is the convex hull for one item without capacity (Krarup and Bilde 1977): a unit
made in s for the demand of t costs its holding or its lateness, and needs the lot of s. Opening stock is netted out,
opening backlog is demand of the first period. Carry-over and changeovers as in Suerie and Stadtler (2003) and
Almada-Lobo et al. (2007). OR-Tools is imported when a model is built, so only in solver processes.
Called by `line_mip`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot

Key = tuple[int, int]
NEVER = 1 << 30


def net_demand(item: LineItem) -> tuple[list[int], int]:
    """Demand after the opening stock, and the holding cost of that stock."""
    stock, held, net = item.opening_stock, 0, []
    for wanted in item.demand:
        net.append(max(0, wanted - max(stock, 0)) + max(-stock, 0))
        stock = max(0, stock - wanted) if stock > 0 else 0
        held += stock * item.holding_cents
    return net, held


@dataclass(slots=True)
class LineModel:
    """A model and its variables. `lot[i, t]`: whether there is a lot; `made[i, t]`: units; `carry[i, t]`: the line
    stands ready for i when t begins; `turn[i, j, t]`: changed over from i to j in t (i = -1: from nothing known)."""

    problem: LineProblem
    model: Any
    lot: dict[Key, Any] = field(default_factory=dict)
    made: dict[Key, Any] = field(default_factory=dict)
    carry: dict[Key, Any] = field(default_factory=dict)
    turn: dict[tuple[int, int, int], Any] = field(default_factory=dict)
    shift: dict[tuple[int, int, int], Any] = field(default_factory=dict)
    cost: list[Any] = field(default_factory=list)
    constant: int = 0

    def plan(self, values: Any) -> LinePlan:
        """The plan of a solution; `values` maps a variable to its value."""
        periods = []
        for t in range(self.problem.periods):
            amounts = {i: round(values(self.made[i, t])) for i in range(len(self.problem.items))}
            lots = [i for i, units in amounts.items() if units > 0]
            order = self._order(lots, t, values)
            periods.append(tuple(Lot(self.problem.items[i].item_id, amounts[i]) for i in order))
        return LinePlan(tuple(periods))

    def _order(self, lots: list[int], t: int, values: Any) -> list[int]:
        """Carried over from before first, carried on last; in between as the changeovers go."""
        if not self.carry:
            return lots
        first = [i for i in lots if values(self.carry[i, t]) > 0.5]
        last = [
            i for i in lots if t + 1 < self.problem.periods and values(self.carry[i, t + 1]) > 0.5 and i not in first
        ]
        if not self.turn:
            return first + [i for i in lots if i not in first and i not in last] + last
        after = {i: j for (i, j, s), var in self.turn.items() if s == t and values(var) > 0.5}
        at = next((i for i in range(len(self.problem.items)) if values(self.carry[i, t]) > 0.5), -1)
        order = [at] if at in lots else []
        while at in after and len(order) <= len(lots):
            at = after[at]
            order.append(at)
        return order if sorted(order) == sorted(lots) else lots


def strong_model(problem: LineProblem) -> LineModel:
    """The facility-location form."""
    built = _begin(problem)
    for i, item in enumerate(problem.items):
        _serve(built, i, item)
    return _finish(built)


def plain_model(problem: LineProblem) -> LineModel:
    """Stock and backlog variables, lots bounded by all that is still due: the textbook's form."""
    built = _begin(problem)
    for i, item in enumerate(problem.items):
        _balance(built, i, item)
    return _finish(built)


def _begin(problem: LineProblem) -> LineModel:
    from ortools.math_opt.python import mathopt

    built = LineModel(problem, mathopt.Model(name="line"))
    whole = len({item.unit_s for item in problem.items}) > 1
    for i, item in enumerate(problem.items):
        for t in range(problem.periods):
            built.lot[i, t] = built.model.add_binary_variable(name=f"lot_{i}_{t}")
            if item.lot_multiple > 1:
                count = built.model.add_integer_variable(lb=0, name=f"count_{i}_{t}")
                built.made[i, t] = built.model.add_variable(lb=0, name=f"made_{i}_{t}")
                built.model.add_linear_constraint(built.made[i, t] == item.lot_multiple * count)
            else:
                built.made[i, t] = built.model.add_variable(lb=0, is_integer=whole, name=f"made_{i}_{t}")
            # A lot is at least a unit: a plan knows no setup for a lot of nothing.
            least = max(item.min_lot, 1)
            if least > 1 or problem.carry_over:
                built.model.add_linear_constraint(built.made[i, t] >= least * built.lot[i, t])
    return built


def _largest(problem: LineProblem, item: LineItem, t: int, due: int) -> int:
    """No lot of t need be larger: the line's time, or all that is due rounded up to what a lot may be."""
    room = problem.limit_s(t) // item.unit_s if item.unit_s else NEVER
    step = max(item.lot_multiple, 1)
    wanted = -(-max(due, item.min_lot, 1) // step) * step
    return min(room, wanted)


def _serve(built: LineModel, i: int, item: LineItem) -> None:
    """What is made in s goes to the demand of t, or is left over."""
    problem, model = built.problem, built.model
    periods = problem.periods
    net, held = net_demand(item)
    built.constant += held
    late = item.backlog_cents
    for s in range(periods):
        out = []
        for t in range(periods):
            if not net[t] or (t < s and late is None):
                continue
            amount = model.add_variable(lb=0, ub=net[t], name=f"serve_{i}_{s}_{t}")
            model.add_linear_constraint(amount <= net[t] * built.lot[i, s])
            built.cost.append(((t - s) * item.holding_cents if t >= s else (s - t) * (late or 0), amount))
            built.shift[i, s, t] = amount
            out.append(amount)
        if item.min_lot > 1 or item.lot_multiple > 1:
            over = model.add_variable(lb=0, name=f"over_{i}_{s}")
            built.cost.append(((periods - s) * item.holding_cents, over))
            out.append(over)
        top = _largest(problem, item, s, sum(net if late is not None else net[s:]))
        model.add_linear_constraint(built.made[i, s] <= top * built.lot[i, s])
        model.add_linear_constraint(built.made[i, s] == sum(out) if out else built.made[i, s] <= 0)
    for t in range(periods):
        if not net[t]:
            continue
        sources = [built.shift[i, s, t] for s in range(periods) if (i, s, t) in built.shift]
        if late is not None:
            missing = model.add_variable(lb=0, ub=net[t], name=f"missing_{i}_{t}")
            built.cost.append(((periods - t) * late, missing))
            sources.append(missing)
        model.add_linear_constraint(sum(sources) == net[t])


def _balance(built: LineModel, i: int, item: LineItem) -> None:
    """Stock at the end of each period."""
    problem, model = built.problem, built.model
    net, held = net_demand(item)
    built.constant += held
    before: Any = 0
    for t in range(problem.periods):
        stock = model.add_variable(lb=0, name=f"stock_{i}_{t}")
        built.cost.append((item.holding_cents, stock))
        now = stock
        if item.backlog_cents is not None:
            late = model.add_variable(lb=0, name=f"late_{i}_{t}")
            built.cost.append((item.backlog_cents, late))
            now = stock - late
        model.add_linear_constraint(before + built.made[i, t] - net[t] == now)
        top = _largest(problem, item, t, sum(net if item.backlog_cents is not None else net[t:]))
        model.add_linear_constraint(built.made[i, t] <= top * built.lot[i, t])
        before = now


def _finish(built: LineModel) -> LineModel:
    """Setups, capacity, objective."""
    problem, model = built.problem, built.model
    if problem.carry_over and problem.changeover_s is not None and problem.changeover_cents is not None:
        setups = _changeovers(built, problem.changeover_s, problem.changeover_cents)
    elif problem.carry_over:
        setups = _carried(built)
    else:
        setups = {
            t: [(item.setup_s, item.setup_cents, built.lot[i, t]) for i, item in enumerate(problem.items)]
            for t in range(problem.periods)
        }
    for t in range(problem.periods):
        used = sum(item.unit_s * built.made[i, t] for i, item in enumerate(problem.items))
        used += sum(seconds * var for seconds, _, var in setups[t])
        built.cost += [(cents, var) for _, cents, var in setups[t]]
        more_s = problem.limit_s(t) - problem.capacity_s[t]
        if more_s:
            over = model.add_variable(lb=0, ub=more_s, name=f"over_{t}")
            built.cost.append((problem.overtime_cents_per_h / 3_600, over))
            model.add_linear_constraint(used <= problem.capacity_s[t] + over)
        else:
            model.add_linear_constraint(used <= problem.capacity_s[t])
    model.minimize(sum(cents * var for cents, var in built.cost if cents) + built.constant)
    return built


Setups = dict[int, list[tuple[int, int, Any]]]


def _carried(built: LineModel) -> Setups:
    """The last item of a period needs no setup in the next: `carry`; through a whole period only if it is alone."""
    problem, model = built.problem, built.model
    items = range(len(problem.items))
    start = problem.index_of(problem.set_up_for)
    setups: Setups = {t: [] for t in range(problem.periods)}
    for t in range(problem.periods):
        for i in items:
            built.carry[i, t] = model.add_binary_variable(name=f"carry_{i}_{t}")
        model.add_linear_constraint(sum(built.carry[i, t] for i in items) <= 1)
        for i, item in enumerate(problem.items):
            if t == 0:
                model.add_linear_constraint(built.carry[i, 0] <= int(i == start))
            else:
                model.add_linear_constraint(built.carry[i, t] <= built.lot[i, t - 1] + built.carry[i, t - 1])
                for j in items:
                    if j != i:
                        model.add_linear_constraint(
                            built.carry[i, t] + built.carry[i, t - 1] + built.lot[j, t - 1] <= 2
                        )
            setup = model.add_variable(lb=0, ub=1, name=f"setup_{i}_{t}")
            model.add_linear_constraint(setup >= built.lot[i, t] - built.carry[i, t])
            setups[t].append((item.setup_s, item.setup_cents, setup))
    return setups


def _changeovers(built: LineModel, seconds: tuple[tuple[int, ...], ...], cents: tuple[tuple[int, ...], ...]) -> Setups:
    """One unit of flow through the items made in a period; places in the order (Miller, Tucker and Zemlin) keep it
    in one piece. -1 is the state before anything is known."""
    problem, model = built.problem, built.model
    items = list(range(len(problem.items)))
    states = [-1, *items] if not problem.set_up_for else items
    start = problem.index_of(problem.set_up_for)
    setups: Setups = {t: [] for t in range(problem.periods)}
    for t in range(problem.periods + 1):
        for i in states:
            built.carry[i, t] = model.add_binary_variable(name=f"carry_{i}_{t}")
        model.add_linear_constraint(sum(built.carry[i, t] for i in states) == 1)
    model.add_linear_constraint(built.carry[start, 0] == 1)
    for t in range(problem.periods):
        place = {i: model.add_variable(lb=0, ub=len(items), name=f"place_{i}_{t}") for i in items}
        for i in states:
            for j in items:
                if i == j:
                    continue
                var = built.turn[i, j, t] = model.add_binary_variable(name=f"turn_{i}_{j}_{t}")
                item = problem.items[j]
                setups[t].append((item.setup_s, item.setup_cents, var) if i < 0 else (seconds[i][j], cents[i][j], var))
                if i >= 0:
                    model.add_linear_constraint(place[j] >= place[i] + 1 - (len(items) + 1) * (1 - var))
        for i in states:
            into = [built.turn[j, i, t] for j in states if (j, i, t) in built.turn]
            away = [built.turn[i, j, t] for j in items if (i, j, t) in built.turn]
            model.add_linear_constraint(built.carry[i, t] + sum(into) == sum(away) + built.carry[i, t + 1])
            if i >= 0:
                model.add_linear_constraint(built.lot[i, t] <= built.carry[i, t] + sum(into))
                model.add_linear_constraint(built.lot[i, t] >= sum(into))
                model.add_linear_constraint(built.carry[i, t] + sum(into) <= 1)
    return setups
