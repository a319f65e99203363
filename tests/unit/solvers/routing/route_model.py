"""One route with breaks and driving times as a CP-SAT model: an oracle that shares no idea with the labels of `rich`.

`best_rests(problem, vehicle_id, trips)` places rests freely, any number of seconds long, and returns the least
violation (seconds: late, after the shift, of breaks missed) and, with it, the earliest end. No speed bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from solvers.routing.parts import Stop, Vehicle
from solvers.routing.problem import RoutingProblem


@dataclass
class State:
    """Variables (or constants) of a moment on the route. still: when it drove last."""

    time: Any
    driven: Any
    half: Any
    still: Any


@dataclass(frozen=True)
class Best:
    """What the model proved."""

    violation_s: int
    end_s: int


class RouteModel:
    """Builds the model, gap by gap: a gap is the driving, with rests, between two pieces of work."""

    def __init__(self, problem: RoutingProblem, vehicle: Vehicle, trips: list[list[Stop]], horizon_s: int) -> None:
        self.vehicle, self.horizon_s = vehicle, horizon_s
        self.model = cp_model.CpModel()
        self.travel = problem.profiles[vehicle.profile].duration_s
        self.excess: list[Any] = []
        self.slots: list[tuple[Any, Any, Any]] = []
        self.now = State(vehicle.begin_s, vehicle.driven_s, 0, vehicle.begin_s)
        self.begin: Any = vehicle.begin_s
        on_board = problem.starts_on_board(vehicle)
        for number, stops in enumerate(trips):
            boarded = on_board and number == 0
            if not boarded:
                self._load(stops, first=number == 0)
            self._drive_trip(stops, vehicle.start if boarded else vehicle.depot, number == len(trips) - 1)
        self._breaks()

    def solve(self, time_s: float) -> Best | None:
        """None: not proved in time."""
        violation = sum(self.excess)
        self.model.minimize(violation * self.horizon_s + self.now.time)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = time_s
        solver.parameters.num_workers = 1
        if solver.solve(self.model) != cp_model.OPTIMAL:
            return None
        return Best(int(solver.value(violation)), int(solver.value(self.now.time)))

    def _var(self, low: int, high: int) -> Any:
        return self.model.new_int_var(low, high, "")

    def _moment(self) -> Any:
        return self._var(0, self.horizon_s)

    def _at_least(self, value: Any, bound: Any) -> Any:
        """A literal: value >= bound."""
        literal = self.model.new_bool_var("")
        self.model.add(value >= bound).only_enforce_if(literal)
        self.model.add(value < bound).only_enforce_if(~literal)
        return literal

    def _both(self, one: Any, other: Any) -> Any:
        literal = self.model.new_bool_var("")
        self.model.add_min_equality(literal, [one, other])
        return literal

    def _load(self, stops: list[Stop], first: bool) -> None:
        self._gap(0, breaks=not first)
        begin = self._moment()
        ready_s = max(stop.release_s for stop in stops) - self.vehicle.load_s
        self.model.add(begin >= self.now.time)
        self.model.add(begin >= ready_s)
        if first:
            self.begin = begin
        self.now.time = begin + self.vehicle.load_s

    def _drive_trip(self, stops: list[Stop], at: int, last: bool) -> None:
        for stop in stops:
            self._gap(int(self.travel[at, stop.location]))
            start = self._start(stop)
            late = self._moment()
            self.model.add(late >= start - stop.latest_s)
            self.excess.append(late)
            self.now.time = start + stop.service_s + (stop.setup_s if at != stop.location else 0)
            at = stop.location
        home = self.vehicle.last_location if last else self.vehicle.depot
        if home is not None:
            self._gap(int(self.travel[at, home]))
        if stops:
            over = self._moment()
            self.model.add(over >= self.now.time - self.vehicle.shift_end_s)
            self.excess.append(over)

    def _start(self, stop: Stop) -> Any:
        """First moment after arrival that is in the window and in no closed span."""
        start = self._moment()
        self.model.add_max_equality(start, [self.now.time, stop.window_start_s])
        for begin_s, end_s in stop.closed_s:
            inside = self._both(self._at_least(start, begin_s + 1), ~self._at_least(start, end_s))
            moved = self._moment()
            self.model.add(moved == end_s).only_enforce_if(inside)
            self.model.add(moved == start).only_enforce_if(~inside)
            start = moved
        return start

    def _gap(self, driving_s: int, breaks: bool = True) -> None:
        """Drive so long, with as many rests as could be of use."""
        rule = self.vehicle.driving
        count = 2 + len(self.vehicle.breaks) + (2 * driving_s // rule.max_drive_s if rule else 0)
        pieces = [self._var(0, driving_s) for _ in range(count + 1)]
        self.model.add(sum(pieces) == driving_s)
        for number, piece in enumerate(pieces):
            self._piece(piece, driving_s)
            if number < count:
                self._rest(breaks)

    def _piece(self, piece: Any, most_s: int) -> None:
        """Drive a piece; where pauses count, a long pause before it was a rest."""
        if most_s == 0:
            return
        rule, now = self.vehicle.driving, self.now
        end = self._moment()
        self.model.add(end == now.time + piece)
        if rule is not None:
            drives = self._at_least(piece, 1)
            if rule.pauses_count:
                paused = self._both(drives, self._at_least(now.time - now.still, rule.rest_s))
                now.driven, now.half = self._reset(paused, now.driven), self._reset(paused, now.half)
            still = self._moment()
            self.model.add(still == end).only_enforce_if(drives)
            self.model.add(still == now.still).only_enforce_if(~drives)
            driven = self._var(0, rule.max_drive_s)
            self.model.add(driven == now.driven + piece)
            now.driven, now.still = driven, still
        now.time = end

    def _reset(self, when: Any, value: Any) -> Any:
        result = self._var(0, self.horizon_s)
        self.model.add(result == 0).only_enforce_if(when)
        self.model.add(result == value).only_enforce_if(~when)
        return result

    def _rest(self, breaks: bool) -> None:
        length, begin, end = self._moment(), self._moment(), self._moment()
        self.model.add(begin == self.now.time)
        self.model.add(end == begin + length)
        if breaks:
            self.slots.append((begin, length, end))
        self.now.time = end
        rule = self.vehicle.driving
        if rule is None:
            return
        whole = self._at_least(length, rule.rest_s)
        half = self.model.new_bool_var("")
        self.model.add(half == self.now.half)
        if rule.split_s is not None:
            second = self._both(half, self._at_least(length, rule.split_s[1]))
            complete = self.model.new_bool_var("")
            self.model.add_max_equality(complete, [whole, second])
            begun = self.model.new_bool_var("")
            self.model.add_max_equality(begun, [half, self._at_least(length, rule.split_s[0])])
            whole = complete
            half = self._both(begun, ~complete)
        else:
            half = 0
        self.now.driven = self._reset(whole, self.now.driven)
        self.now.half = half

    def _breaks(self) -> None:
        """Every break that is due has a rest of its own, or is missed."""
        used: list[list[Any]] = [[] for _ in self.slots]
        for one in self.vehicle.breaks:
            takes = [self.model.new_bool_var("") for _ in self.slots]
            for literals, literal, (begin, length, _) in zip(used, takes, self.slots, strict=True):
                literals.append(literal)
                self.model.add(begin >= one.earliest_s).only_enforce_if(literal)
                self.model.add(begin <= one.latest_s).only_enforce_if(literal)
                self.model.add(length >= one.duration_s).only_enforce_if(literal)
            begun = ~self._at_least(self.begin, one.latest_s + 1)
            ends_later = self._at_least(self.now.time, one.latest_s + 1)
            missed = self.model.new_bool_var("")
            self.model.add_bool_or([*takes, missed, ~begun, ~ends_later])
            self.excess.append(missed * one.duration_s)
        for literals in used:
            self.model.add_at_most_one(literals)


def best_rests(
    problem: RoutingProblem, vehicle_id: str, trips: list[list[str]], horizon_s: int, time_s: float = 10.0
) -> Best | None:
    """The least violation of times and the earliest end of a route without empty loaded trips; None: no proof."""
    stops = [[problem.stop(stop_id) for stop_id in trip] for trip in trips]
    return RouteModel(problem, problem.vehicle(vehicle_id), stops, horizon_s).solve(time_s)
