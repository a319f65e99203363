"""Who changes hands so that one more task has its crew: runs that stand give a unit to get another.

Two ways: a row, in which each run takes a unit that the next one gives up (augmenting paths, Kuhn 1955), and a chain,
in which two units exchange what they do for a while (Kempe 1879).
Promises: after each change every run has a crew that is there and serves nobody else.
May not: move a run in time; touch what has started.
Called by: `choose`, `settle`.
"""

from __future__ import annotations

from solvers.scheduling.board import Board, Run, put_in, take_out
from solvers.scheduling.calendar import Calendar
from solvers.scheduling.crew import match
from solvers.scheduling.shop import Way

MAX_SWAPS = 4
"""So many runs in a row change units to let one more have its own."""
MAX_EXCHANGED = 16
"""So many runs at most change hands between two units."""


def make_room(
    board: Board, number: int, way: Way, start_s: int, end_s: int, calendar: Calendar
) -> tuple[int, ...] | None:
    """Let runs that hold what it needs over this span take other units, if that helps it to a full crew: this crew."""
    crew = board.crew(number, way, start_s, end_s, calendar)[0]
    if crew is not None:
        return crew
    wanted = dict.fromkeys(unit for need in way.needs for unit in need)
    for unit in wanted:
        if not board.shop.is_there(unit, start_s, end_s, calendar):
            continue
        freed = _free_up(board, (unit,), start_s, end_s, set())
        freed = freed or any(_exchange(board, unit, other, start_s, end_s) for other in wanted if other != unit)
        if freed:
            crew = board.crew(number, way, start_s, end_s, calendar)[0]
            if crew is not None:
                return crew
    return None


def _exchange(board: Board, unit: int, other: int, start_s: int, end_s: int) -> bool:
    """Free the unit over this span by giving what it does then to the other, and the other's runs that this meets
    to the unit, and so on (a Kempe chain); all of them or none."""
    chain: list[tuple[Run, int, int]] = []
    ahead = _holders(board, unit, start_s, end_s)
    while ahead:
        run = ahead.pop()
        if any(run is known for known, _, _ in chain):
            continue
        giver, taker = (unit, other) if unit in run.held else (other, unit)
        calendar = board.shop.calendar(run.machine, run.overtime)
        back = taker == unit and run.start_s < end_s and run.end_s > start_s
        if back or run.started or len(chain) == MAX_EXCHANGED or not _may_change(board, run, giver, taker):
            return False
        if not board.shop.is_there(taker, run.start_s, run.end_s, calendar):
            return False
        chain.append((run, giver, taker))
        ahead += _holders(board, taker, run.start_s, run.end_s)
    for run, giver, _ in chain:
        take_out(run, board.unit_starts[giver], board.unit_runs[giver])
    for run, giver, taker in chain:
        put_in(run, board.unit_starts[taker], board.unit_runs[taker])
        run.held = tuple(taker if one == giver else one for one in run.held)
    return True


def _holders(board: Board, unit: int, start_s: int, end_s: int) -> list[Run]:
    return [run for run in board.unit_runs[unit] if run.start_s < end_s and run.end_s > start_s]


def _free_up(board: Board, path: tuple[int, ...], start_s: int, end_s: int, tried: set[tuple[int, int]]) -> bool:
    """Have every run that holds the last unit of the path over this span take one that is not on the path.

    Each change alone keeps every rule, so that nothing has to be taken back.
    """
    unit = path[-1]
    holders = _holders(board, unit, start_s, end_s)
    return all(not run.started and (unit not in run.held or _change(board, run, path, tried)) for run in holders)


def _change(board: Board, run: Run, path: tuple[int, ...], tried: set[tuple[int, int]]) -> bool:
    unit = path[-1]
    way = board.shop.operations[run.members[0]].way_on(run.machine)
    number, calendar = run.members[0], board.shop.calendar(run.machine, run.overtime)
    others = [other for need in (way.needs if way else ()) if unit in need for other in need]
    for other in dict.fromkeys(others):
        if (number, other) in tried or other in run.held or other in path:
            continue
        tried.add((number, other))
        clear_s = board.unit_clear_s(number, other, run.start_s, run.end_s, calendar)
        may_go_on = clear_s > run.start_s and len(path) <= MAX_SWAPS
        may_go_on = may_go_on and board.shop.is_there(other, run.start_s, run.end_s, calendar)
        if may_go_on and _free_up(board, (*path, other), run.start_s, run.end_s, tried):
            clear_s = board.unit_clear_s(number, other, run.start_s, run.end_s, calendar)
        if clear_s <= run.start_s and _may_change(board, run, unit, other):
            take_out(run, board.unit_starts[unit], board.unit_runs[unit])
            put_in(run, board.unit_starts[other], board.unit_runs[other])
            run.held = tuple(other if one == unit else one for one in run.held)
            return True
    return False


def _may_change(board: Board, run: Run, unit: int, other: int) -> bool:
    """Does that leave all members their crew? A run further down the row may have been this one again."""
    if unit not in run.held or other in run.held:
        return False
    held = [other if one == unit else one for one in run.held]
    ways = [board.shop.operations[member].way_on(run.machine) for member in run.members]
    return all(way is not None and match([[u for u in held if u in need] for need in way.needs]) for way in ways)
