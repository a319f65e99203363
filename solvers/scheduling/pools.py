"""Operators and tools that are alike, taken together: nothing tells them apart but their ids.

Promises: exact: whoever has the same skills (or kind) and the same absences is in one pool, and needs are met by
pools; handing out ids afterwards by time always works, because spans of time are an interval graph.
May not: know a solver.
Called by: `draft`, `units`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solvers.scheduling.problem import Interval, Mode, SchedulingProblem
from solvers.scheduling.ways import without

Need = tuple[tuple[int, ...], int]
"""(pools that can meet it, how many)."""
_FAR_S = 2**50


class Pools:
    """Pools by number: `members` by id, `absences` half open and merged."""

    def __init__(self, problem: SchedulingProblem) -> None:
        self.members: list[list[str]] = []
        self.absences: list[list[Interval]] = []
        self.pool_of: dict[str, int] = {}
        self._serving: dict[tuple[bool, str], list[int]] = {}
        self._needs: dict[object, list[Need]] = {}
        known: dict[object, int] = {}
        for operator in problem.operators:
            self._add(known, operator.operator_id, True, operator.skills, operator.unavailable)
        for tool in problem.tools:
            self._add(known, tool.tool_id, False, (tool.kind,), tool.unavailable)

    def _add(
        self, known: dict[object, int], key: str, person: bool, names: Sequence[str], unavailable: Iterable[Interval]
    ) -> None:
        absences = _merged(unavailable)
        alike = (person, frozenset(names), tuple(absences))
        if alike not in known:
            known[alike] = len(self.members)
            self.members.append([])
            self.absences.append(absences)
            for name in names:
                self._serving.setdefault((person, name), []).append(known[alike])
        self.members[known[alike]].append(key)
        self.pool_of[key] = known[alike]

    def needs(self, mode: Mode) -> list[Need]:
        """What the mode needs."""
        key = (mode.operators, mode.tools)
        if key not in self._needs:
            wanted = [(True, need) for need in mode.operators] + [(False, need) for need in mode.tools]
            self._needs[key] = [(tuple(self._serving[person, need.name]), need.count) for person, need in wanted]
        return self._needs[key]

    def always(self, mode: Mode) -> tuple[int, ...]:
        """Pools with absences that this mode cannot do without."""
        needed = {pools[0] for pools, _ in self.needs(mode) if len(pools) == 1}
        return tuple(sorted(pool for pool in needed if self.absences[pool]))

    def absent(self, mode: Mode) -> list[Interval]:
        """When one of those is not there."""
        return [interval for pool in self.always(mode) for interval in self.absences[pool]]

    def held(self, units: Iterable[str]) -> dict[int, int]:
        """How many of each pool these are."""
        counted: dict[int, int] = {}
        for unit in units:
            counted[self.pool_of[unit]] = counted.get(self.pool_of[unit], 0) + 1
        return counted

    def shares(self, mode: Mode, units: Iterable[str]) -> list[dict[int, int]]:
        """Which pool gives how many to each need, if the mode is run with these."""
        needs, left = self.needs(mode), list(units)
        places = [number for number, (_, count) in enumerate(needs) for _ in range(count)]
        holder: dict[int, int] = {}
        for unit in range(len(left)):
            self._seat(unit, left, needs, places, holder, set())
        found: list[dict[int, int]] = [{} for _ in needs]
        for place, unit in holder.items():
            pool, need = self.pool_of[left[unit]], found[places[place]]
            need[pool] = need.get(pool, 0) + 1
        return found

    def _seat(
        self, unit: int, units: list[str], needs: list[Need], places: list[int], holder: dict[int, int], seen: set[int]
    ) -> bool:
        """An augmenting path of the matching of units with the places they fill."""
        for place, number in enumerate(places):
            if place in seen or self.pool_of[units[unit]] not in needs[number][0]:
                continue
            seen.add(place)
            if place not in holder or self._seat(holder[place], units, needs, places, holder, seen):
                holder[place] = unit
                return True
        return False


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted and disjoint: the gaps between the gaps."""
    return without([(0, _FAR_S)], without([(0, _FAR_S)], intervals))
