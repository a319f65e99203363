"""Which pins and fences are kept: reserved first, decided once all they wait for stands.

A wish that no fact forbids reserves its place (`pending`); one that collides with another reservation is `contested`.
What waits is decided after what it waits for, so that nothing that has been decided is ever taken back, but for ties
in a ring, where the one that stands first in the chain wins.
Promises: every wish given up has a waiver.
May not: place anything that does not wish; `build` does.
Called by: `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from solvers.scheduling.board import Board, Run, Shadow
from solvers.scheduling.hands import make_room
from solvers.scheduling.plan import Waiver
from solvers.scheduling.shop import Operation
from solvers.scheduling.wishes import Obstacle, fact, founded, is_there, late, obstacle, waiver, wished


class Wishes:
    """The wishes of one build. `waits`: does anything it waits for not stand yet?"""

    def __init__(self, board: Board, waits: Callable[[int], bool]) -> None:
        self.board = board
        self.waits = waits
        self.waivers: dict[int, Waiver] = {}
        self.contested: set[int] = set()
        self.pending = 0
        self.broken = False

    def reserve(self, first: Collection[int]) -> None:
        """Reserve what can be: `first` before all, pins before fences, batches together."""
        operations = self.board.shop.operations
        wishing = [op for op in operations if op.wish and not op.started]
        for op in sorted(wishing, key=lambda op: (op.number not in first, not op.pinned, op.wish, *self._rank(op))):
            why = fact(self.board.shop, op)
            if why:
                self._waive(op, why)
                continue
            if self.board.cautious:
                self._shade(op)
            if not self._reserve(op):
                self.contested.add(op.number)

    def _rank(self, op: Operation) -> tuple[bool, int, int]:
        """In a batch the longest comes first, but for one that must not be cut where there is a break."""
        assert op.wish is not None
        machine, start_s = op.wish
        work_s = op.duration_on(machine) or 0
        calendar = self.board.shop.calendar(machine, op.overtime)
        cut = bool(work_s) and calendar.fits(start_s, work_s, False) is None
        return cut and op.task.interruptible, -work_s, op.number

    def _reserve(self, op: Operation) -> bool:
        board, place = self.board, wished(self.board.shop, op)
        if place is not None and place.way.needs:
            calendar = board.shop.calendar(place.way.machine, place.overtime)
            make_room(board, op.number, place.way, place.start_s, place.end_s, calendar)
        why, place = obstacle(board, op)
        if why is None and place is not None and (place.run is None or place.run.pending):
            run = board.put(op.number, place)
            self.pending += not run.pending
            run.pending = True
        return why is None

    def _shade(self, op: Operation) -> None:
        board, place = self.board, wished(self.board.shop, op)
        if place is not None:
            shadow = Shadow(op.number, place.start_s, place.end_s)
            board.shadows[place.way.machine].append(shadow)
            for unit in {unit for need in place.way.needs for unit in need}:
                if is_there(board.shop, unit, place):
                    board.unit_shadows[unit].append(shadow)

    def decide(self, number: int, forced: bool) -> list[int] | None:
        """Decide it, all it waits for stands: those that are kept now. None: it has to wait for another wish.

        One that is not kept and has a waiver is to be placed like any other.
        """
        run = self.board.run_of[number]
        if run is None:
            return self._decide_contested(self.board.shop.operations[number], forced)
        waiting = [member for member in run.members if self.waits(member)]
        if waiting and not forced:
            return None
        self.pending -= 1
        why = {member: late(self.board, self.board.shop.operations[member]) for member in run.members}
        kept = [member for member in run.members if member not in waiting and not why[member]]
        given_up = [member for member in run.members if member not in waiting and why[member]]
        if len(kept) < len(run.members):
            run = self._without(run, kept)
        self.contested.update(waiting)
        for member in given_up:
            self._waive(self.board.shop.operations[member], why[member] or ("", ()))
        self._keep(run, kept)
        return kept

    def _without(self, run: Run, kept: list[int]) -> Run:
        """The batch with these members only."""
        board = self.board
        board.remove(run)
        left = Run(run.machine, run.start_s, run.end_s, kept, run.held)
        if not kept:
            self._look_behind(run)
            return left
        work_s, interruptible = board.joint(run.machine, kept)
        end_s = board.shop.calendar(run.machine, run.overtime).fits(run.start_s, work_s, interruptible)
        left.end_s, left.overtime = end_s or run.end_s, run.overtime
        board.insert(left)
        for member in kept:
            board.run_of[member] = left
        return left

    def _look_behind(self, gone: Run) -> None:
        """Without it the next run may follow one to which its setup is longer: then all is built again, cautiously."""
        board, shop, machine = self.board, self.board.shop, gone.machine
        if not shop.setups[machine]:
            return
        behind = next((at for at, run in enumerate(board.runs[machine]) if run.start_s >= gone.start_s), None)
        if behind is None or board.runs[machine][behind].started:
            return
        later = board.runs[machine][behind]
        if behind:
            earlier = board.runs[machine][behind - 1]
            free_s = earlier.end_s + shop.setup_s(machine, earlier.members[0], later.members[0])
        else:
            free_s = shop.machines[machine].ready_s + shop.setup_s(machine, -1, later.members[0])
        self.broken = self.broken or later.start_s < free_s

    def _decide_contested(self, op: Operation, forced: bool) -> list[int] | None:
        board, number = self.board, op.number
        why = late(board, op)
        if why is None:
            why, place = obstacle(board, op)
            if why is not None and self.pending and not founded(board, op):
                if not forced:
                    return None
                self._displace(op)
                why, place = obstacle(board, op)
            if why is None and place is not None:
                run = board.put(number, place)
                self.contested.discard(number)
                if not run.pending:
                    self._keep(run, [number])
                    return [number]
                return None
        self._waive(op, why or ("the machine is taken", ()))
        return []

    def _displace(self, op: Operation) -> None:
        """Make the undecided wishes contested that stand in its way."""
        place = wished(self.board.shop, op)
        if place is None:
            return
        units = {unit for need in place.way.needs for unit in need}
        for line in list(self._lines(place.way.machine, units)):
            for run in list(line):
                longest_s = self.board.shop.longest_setup_s[run.machine]
                meets = run.start_s < place.end_s + longest_s and run.end_s + longest_s > place.start_s
                if run.pending and meets:
                    self.contested.update(run.members)
                    self.board.remove(run)
                    self._look_behind(run)
                    self.pending -= 1

    def _lines(self, machine: int, units: Iterable[int]) -> Iterable[list[Run]]:
        yield self.board.runs[machine]
        for unit in units:
            yield self.board.unit_runs[unit]

    def _keep(self, run: Run, members: Iterable[int]) -> None:
        run.pending = False
        for member in members:
            run.fixed = True
            self.board.kept.add(member)
            self._unshade(member)

    def _waive(self, op: Operation, why: Obstacle) -> None:
        self.contested.discard(op.number)
        self.waivers[op.number] = waiver(self.board.shop, op, why)
        self._unshade(op.number)

    def _unshade(self, number: int) -> None:
        board = self.board
        if board.cautious:
            for lines in (board.shadows, board.unit_shadows):
                for line in lines:
                    line[:] = [shadow for shadow in line if shadow.number != number]

    def doubtful(self) -> list[int]:
        """On the finished board: waivers that nothing founds; those of what stands where it wished are dropped."""
        board, operations = self.board, self.board.shop.operations
        for number in list(self.waivers):
            run, op = board.run_of[number], operations[number]
            assert run is not None
            if (run.machine, run.start_s) == op.wish:
                met = board.shop.windows_met(run.machine, run.start_s, run.end_s)
                if run.overtime == op.overtime or not met:
                    del self.waivers[number]
                    self._keep(run, [number])
        return [number for number in self.waivers if not founded(board, operations[number])]
