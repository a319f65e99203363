"""Rules of operators and tools: the right ones, enough of them, there while the machine works, one run at a time.

Promises: every breach; nothing is asked of problems without operators and tools but that nothing is held.
May not: look at machines other than for when they stand still.
Called by: `check`; `Crew` also by the judge of waivers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from solvers.scheduling.check_case import Case, Hours, Violation, broken
from solvers.scheduling.plan import Assignment
from solvers.scheduling.problem import Mode


class Crew:
    """The operators and tools of a problem: what each can do, and when it is away."""

    def __init__(self, case: Case) -> None:
        self.operators = {operator.operator_id: frozenset(operator.skills) for operator in case.problem.operators}
        self.tools = {tool.tool_id: frozenset((tool.kind,)) for tool in case.problem.tools}
        self._away = {operator.operator_id: operator.unavailable for operator in case.problem.operators}
        self._away |= {tool.tool_id: tool.unavailable for tool in case.problem.tools}
        self._hours: dict[str, Hours] = {}

    def away(self, unit: str) -> Hours:
        """When it is not there."""
        if unit not in self._hours:
            self._hours[unit] = Hours(self._away[unit])
        return self._hours[unit]

    def absent_s(self, unit: str, machine: Hours, start_s: int, end_s: int) -> int:
        """Seconds in which the machine works over this span and the unit is not there."""
        if not self._away[unit]:
            return 0
        missing = self.away(unit).meeting(start_s, end_s)
        return sum(high_s - low_s - machine.blocked_s(low_s, high_s) for low_s, high_s in missing)

    def met(self, mode: Mode, units: Collection[str]) -> int:
        """How many of the mode's places different units of these can take at most (augmenting paths)."""
        places = [(self.operators, need.name) for need in mode.operators for _ in range(need.count)]
        places += [(self.tools, need.name) for need in mode.tools for _ in range(need.count)]
        taken: dict[str, int] = {}

        def seat(place: int, tried: set[str]) -> bool:
            able, name = places[place]
            for unit in units:
                if unit in able and name in able[unit] and unit not in tried:
                    tried.add(unit)
                    if unit not in taken or seat(taken[unit], tried):
                        taken[unit] = place
                        return True
            return False

        return sum(seat(place, set()) for place in range(len(places)))


def needed(mode: Mode) -> int:
    """How many units the mode holds."""
    return sum(need.count for need in (*mode.operators, *mode.tools))


def units(case: Case) -> Iterable[Violation]:
    """Who holds what."""
    crew = Crew(case)
    holders: dict[str, list[Assignment]] = {}
    for task_id, place in case.of.items():
        mode = case.modes[task_id]
        if not place.held and (mode is None or not (mode.operators or mode.tools)):
            continue
        for unit in place.held:
            holders.setdefault(unit, []).append(place)
        if task_id not in case.started:
            if mode is not None:
                yield from _right(crew, place, mode)
            yield from _there(case, crew, place)
    for unit, places in holders.items():
        yield from _one_at_a_time(case, unit, places)


def _right(crew: Crew, place: Assignment, mode: Mode) -> Iterable[Violation]:
    """The units are known, named once, and match the needs one to one."""
    unknown = [unit for unit in place.held if unit not in crew.operators and unit not in crew.tools]
    number, need = len(place.held), needed(mode)
    if unknown:
        yield broken("unit_wrong", place, len(unknown), f"no operator or tool {', '.join(unknown)}")
    elif len(set(place.held)) < number:
        yield broken("unit_wrong", place, number - len(set(place.held)), "a unit is named twice")
    elif number < need:
        yield broken("unit_missing", place, need - number, f"holds {number} of {need}")
    elif number > need or crew.met(mode, place.held) < need:
        size = max(number - need, need - crew.met(mode, place.held))
        yield broken("unit_wrong", place, size, f"{', '.join(place.held)} do not match what it needs")


def _there(case: Case, crew: Crew, place: Assignment) -> Iterable[Violation]:
    hours = case.hours(place.machine_id, place.overtime)
    for unit in place.held:
        if unit in crew.operators or unit in crew.tools:
            absent_s = crew.absent_s(unit, hours, place.start_s, place.end_s)
            if absent_s:
                yield broken("unit_absent", place, absent_s, f"{unit} is away for {absent_s} s of it")


def _one_at_a_time(case: Case, unit: str, places: list[Assignment]) -> Iterable[Violation]:
    """Members of one batch hold it together."""
    places.sort(key=lambda a: (a.start_s, a.task_id not in case.started, a.end_s, a.task_id))
    busy_s, last = -1, places[0]
    for place in places:
        if place.start_s < busy_s and not together(case, last, place):
            yield broken("unit_overlap", place, busy_s - place.start_s, f"{unit} is with {last.task_id}")
        if place.end_s > busy_s:
            busy_s, last = place.end_s, place


def together(case: Case, first: Assignment, other: Assignment) -> bool:
    """Are both in one batch?"""
    same = (first.machine_id, first.start_s) == (other.machine_id, other.start_s)
    batches = case.machines[first.machine_id].batch_capacity > 0
    return same and batches and (first.task_id in case.started) == (other.task_id in case.started)
