"""The variables of the CP-SAT model: a start for each operation that may move, and its ways to run.

One optional interval of fixed size for each machine, stretch over breaks and set of overtime windows. What does not
move is no variable: it is folded into the starts that are left to the others. Every variable gets its hint from the
incumbent as it is made. Times inside are relative to `now_s`.
Promises: the incumbent's own place is among the ways of every operation.
May not: import ortools; `model` hands the module in.
Called by: `constraints`, `sequences`, `units`, `batches`, `objective`, `model`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.pools import Pools
from solvers.scheduling.problem import Locked, Mode
from solvers.scheduling.shop import Operation, Shop
from solvers.scheduling.ways import Shape, Span, Ways

MAX_SHAPES = 12
"""Ways of different shape that one machine offers an operation; more are left out, and no proof is claimed."""


@dataclass(slots=True)
class Option:
    """One way to run an operation: in this mode on this machine, occupying it for `size_s`.

    `leader` >= 0: in the batch of that operation, which has the interval.
    """

    machine: int
    mode: Mode
    overtime: bool
    size_s: int
    windows: tuple[int, ...]
    literal: Any
    interval: Any
    leader: int = -1


@dataclass(slots=True)
class Slot:
    """The variables of one operation; constants if it is fixed in this model. It stays within [first_s, last_s)."""

    start: Any
    end: Any
    options: list[Option]
    fixed: bool
    first_s: int
    last_s: int

    def own(self, machine: int) -> list[Option]:
        """Its ways to run on this machine other than in somebody else's batch."""
        return [option for option in self.options if option.machine == machine and option.leader < 0]


@dataclass(slots=True)
class Draft:
    """The model in the making. Times inside are relative to `now_s`; `whole`: nothing was frozen for size.

    `free`: the operations that may move, each by `reach_s` at most. `leader_of`: in the incumbent's batches.
    `joins`: whose batch an operation may join, as (leader, machine, hint).
    """

    cp: Any
    model: Any
    shop: Shop
    incumbent: Schedule
    free: set[int]
    pools: Pools
    ways: Ways
    whole: bool
    reach_s: int | None = None
    leader_of: dict[int, int] = field(default_factory=dict)
    joins: dict[int, list[tuple[int, int, bool]]] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    terms: list[Any] = field(default_factory=list)
    _fixed: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _starts: dict[Any, Any] = field(default_factory=dict)
    _present: dict[tuple[int, int], Any] = field(default_factory=dict)
    _sizes: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for op in self.shop.operations:
            if op.number not in self.free:
                here = self.at(op.number)
                span = (here.start_s - self.now_s, here.end_s - self.now_s)
                self._fixed.setdefault(self.machine_at(op.number), []).append(span)

    @property
    def now_s(self) -> int:
        return self.shop.problem.now_s

    @property
    def horizon_s(self) -> int:
        return self.ways.horizon_s

    def at(self, operation: int) -> Assignment:
        """Where the incumbent has it."""
        return self.incumbent.assignments[operation]

    def machine_at(self, operation: int) -> int:
        """The incumbent's machine, by number."""
        return self.shop.machine_of[self.at(operation).machine_id]

    def boolean(self, name: str, hint: bool) -> Any:
        """A literal with its hint."""
        literal = self.model.new_bool_var(name)
        self.model.add_hint(literal, hint)
        return literal

    def integer(self, domain: Any, name: str, hint: int) -> Any:
        """An integer variable with its hint."""
        variable = self.model.new_int_var_from_domain(domain, name)
        self.model.add_hint(variable, hint)
        return variable

    def range(self, high: int) -> Any:
        """0..high"""
        return self.cp.Domain(0, max(0, high))

    def spans(self, spans: list[Span]) -> Any:
        """All these starts."""
        return self.cp.Domain.from_intervals([list(span) for span in spans])

    def present(self, operation: int, machine: int) -> Any:
        """True, or a literal: does it run on this machine other than in somebody else's batch? None: it cannot."""
        key = (operation, machine)
        if key not in self._present:
            literals = [option.literal for option in self.slots[operation].own(machine)]
            self._present[key] = self.any_of(literals, f"on {operation} {machine}", self._leads(operation, machine))
        return self._present[key]

    def any_of(self, literals: list[Any], name: str, hint: bool) -> Any:
        """One literal for at most one of these being true; None for none of them."""
        if len(literals) <= 1:
            return literals[0] if literals else None
        either = self.boolean(name, hint)
        self.model.add(sum(literals) == either)
        return either

    def _leads(self, operation: int, machine: int) -> bool:
        follows = any(hint for _, _, hint in self.joins.get(operation, ()))
        return self.machine_at(operation) == machine and not follows

    def taken(self, machine: int, size_s: int) -> Any:
        """Starts that are free of everything fixed on the machine."""
        key = (machine, size_s)
        if key not in self._starts:
            spans = [[start_s - size_s + 1, end_s - 1] for start_s, end_s in self._fixed.get(machine, ())]
            busy = [span for span in spans if span[0] <= span[1]]
            self._starts[key] = self.cp.Domain.from_intervals(busy).complement()
        return self._starts[key]

    def starts(self, machine: int, mode: Mode, one_piece: bool, overtime: bool) -> dict[Shape, Any]:
        """Shape by shape, the starts that calendars, the needed operators and tools, and what is fixed leave open."""
        key = (machine, mode.duration_s, one_piece, overtime, self.pools.always(mode))
        if key not in self._starts:
            found: dict[Shape, list[Span]] = {}
            for piece in self.ways.pieces(machine, mode.duration_s, one_piece, overtime):
                spans = [piece[0]]
                if self.pools.always(mode):
                    absent = self.pools.absent(mode)
                    spans = self.ways.attended(machine, overtime, piece, absent) if absent else spans
                if spans:
                    found.setdefault(piece[1], []).extend(spans)
            self._starts[key] = {shape: self._open(machine, shape, spans) for shape, spans in found.items()}
        made: dict[Shape, Any] = self._starts[key]
        return made

    def _open(self, machine: int, shape: Shape, spans: list[Span]) -> Any:
        return self.spans(spans).intersection_with(self.taken(machine, shape[0]))

    def held_interval(self, operation: int, literal: Any) -> Any:
        """From its start to its end, if the literal is true."""
        slot = self.slots[operation]
        if len(slot.options) == 1:
            size_s = slot.options[0].size_s
            return self.model.new_optional_fixed_size_interval_var(slot.start, size_s, literal, "held")
        if operation not in self._sizes:
            here = self.at(operation)
            self._sizes[operation] = self.integer(
                self.range(slot.last_s), f"size {operation}", here.end_s - here.start_s
            )
            self.model.add(self._sizes[operation] == slot.end - slot.start)
        return self.model.new_optional_interval_var(slot.start, self._sizes[operation], slot.end, literal, "held")

    def attended(self, option: Option, one_piece: bool, pool: int) -> Any:
        """Starts of this way of running at which the pool is there whenever the machine works."""
        key = (option.machine, option.mode.duration_s, one_piece, option.overtime, option.size_s, option.windows, pool)
        if key not in self._starts:
            spans: list[Span] = []
            for piece in self.ways.pieces(option.machine, option.mode.duration_s, one_piece, option.overtime):
                if piece[1] == (option.size_s, option.windows):
                    absent = self.pools.absences[pool]
                    spans.extend(self.ways.attended(option.machine, option.overtime, piece, absent))
            self._starts[key] = self.spans(spans)
        return self._starts[key]


def earliest_s(draft: Draft, op: Operation) -> int:
    """No start before this, whatever the machine."""
    fixed = [draft.at(n).end_s + lag_s for n, lag_s in op.before if n not in draft.free]
    if draft.reach_s is not None:
        fixed.append(draft.at(op.number).start_s - draft.reach_s)
    return max([op.head_s, op.release_s, op.task.release_s, *fixed]) - draft.now_s


def latest_end_s(draft: Draft, op: Operation) -> int:
    """What is fixed behind it must not wait."""
    operations = draft.shop.operations
    limits = [
        draft.at(n).start_s - lag_s - draft.now_s
        for n, lag_s in op.behind
        if n not in draft.free and not operations[n].started
    ]
    if draft.reach_s is not None:
        limits.append(draft.at(op.number).end_s + draft.reach_s - draft.now_s)
    return min([draft.horizon_s, *limits])


def slot_of(draft: Draft, op: Operation) -> Slot:
    """Constants for what is fixed in this model, variables for the rest."""
    if op.number not in draft.free:
        return _fixed_slot(draft, op)
    here, ways = draft.at(op.number), _ways(draft, op)
    joins = draft.joins.get(op.number, [])
    first_s, last_s = earliest_s(draft, op), latest_end_s(draft, op)
    if ways and not joins:
        first_s = min(int(starts.min()) for _, starts in ways)
        last_s = max(int(starts.max()) + option.size_s for option, starts in ways)
    everywhere = draft.cp.Domain.from_intervals([])
    for _, starts in ways:
        everywhere = everywhere.union_with(starts)
    if joins or everywhere.is_empty():
        everywhere = draft.cp.Domain(first_s, max(first_s, last_s))
    start = draft.integer(everywhere, f"start {op.number}", here.start_s - draft.now_s)
    if len(ways) == 1 and not joins:
        only = ways[0][0]
        only.literal, only.interval = True, draft.model.new_fixed_size_interval_var(start, only.size_s, "run")
        return Slot(start, start + only.size_s, [only], False, first_s, last_s)
    end = draft.integer(draft.range(last_s), f"end {op.number}", here.end_s - draft.now_s)
    slot = Slot(start, end, [option for option, _ in ways], False, first_s, last_s)
    _choose(draft, op, slot, [starts for _, starts in ways])
    return slot


def _fixed_slot(draft: Draft, op: Operation) -> Slot:
    here, machine = draft.at(op.number), draft.machine_at(op.number)
    start_s, end_s = here.start_s - draft.now_s, here.end_s - draft.now_s
    mode = next((mode for mode in op.task.modes if mode.machine_id == here.machine_id), op.task.modes[0])
    windows = draft.ways.used(machine, start_s, end_s) if here.overtime else ()
    option = Option(machine, mode, here.overtime, end_s - start_s, windows, True, None)
    return Slot(start_s, end_s, [option], True, start_s, end_s)


def _ways(draft: Draft, op: Operation) -> list[tuple[Option, Any]]:
    """Machine by machine and shape by shape, with the starts that are open."""
    ways: list[tuple[Option, Any]] = []
    here, shop = draft.at(op.number), draft.shop
    first_s, last_s = earliest_s(draft, op), latest_end_s(draft, op)
    for mode in op.task.modes:
        machine = shop.machine_of[mode.machine_id]
        if not may_use(op, machine, mode):
            continue
        found: list[tuple[Option, Any]] = []
        for overtime in (False, True) if shop.machines[machine].overtime else (False,):
            for shape, starts in draft.starts(machine, mode, not op.task.interruptible, overtime).items():
                left = starts.intersection_with(draft.cp.Domain(first_s, last_s - shape[0]))
                if not left.is_empty():
                    found.append((Option(machine, mode, overtime, *shape, None, None), left))
        if len(found) > MAX_SHAPES:
            draft.whole = False
            found.sort(key=lambda way: (not _is_here(draft, op, way[0]), _distance(way[1], here.start_s - draft.now_s)))
        ways.extend(found[:MAX_SHAPES])
    return ways


def may_use(op: Operation, machine: int, mode: Mode) -> bool:
    """A lock holds it on its machine, and so does a pin that lost its start."""
    if isinstance(op.task.state, Locked) and mode.machine_id != op.task.state.machine_id:
        return False
    return not (op.pinned and op.wish and op.wish[0] != machine)


def _distance(starts: Any, moment_s: int) -> int:
    return max(int(starts.min()) - moment_s, moment_s - int(starts.max()), 0)


def _is_here(draft: Draft, op: Operation, option: Option) -> bool:
    """Does the incumbent run it in this way, by itself or leading a batch?"""
    here = draft.at(op.number)
    start_s, end_s = here.start_s - draft.now_s, here.end_s - draft.now_s
    if option.mode.machine_id != here.machine_id or option.size_s != end_s - start_s:
        return False
    if any(hint for _, _, hint in draft.joins.get(op.number, ())):
        return False
    return option.windows == (draft.ways.used(option.machine, start_s, end_s) if here.overtime else ())


def _choose(draft: Draft, op: Operation, slot: Slot, starts: list[Any]) -> None:
    """A literal for each way, exactly one of them true."""
    model = draft.model
    for position, (option, open_starts) in enumerate(zip(slot.options, starts, strict=True)):
        literal = draft.boolean(f"way {op.number} {position}", _is_here(draft, op, option))
        option.literal = literal
        option.interval = model.new_optional_fixed_size_interval_var(slot.start, option.size_s, literal, "run")
        model.add_linear_expression_in_domain(slot.start, open_starts).only_enforce_if(literal)
        model.add(slot.end == slot.start + option.size_s).only_enforce_if(literal)
    for leader, machine, hint in draft.joins.get(op.number, ()):
        mode = next(mode for mode in op.task.modes if mode.machine_id == draft.shop.machines[machine].machine_id)
        literal = draft.boolean(f"join {op.number} {leader}", hint)
        slot.options.append(Option(machine, mode, False, 0, (), literal, None, leader))
    model.add_exactly_one([option.literal for option in slot.options])
