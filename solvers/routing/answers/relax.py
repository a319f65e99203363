"""What would have to give way so that an unplanned stop fits: the cheapest relaxations, each tried.

Promises: every relaxation was applied to the whole problem, planned with, timed and checked: nothing breaks that was
whole before, and the extra cost is the checker's. Its amount is the least that does on that vehicle: a unit less was
tried in every place, and failed. Nothing is changed. Called by planning when a person asks why an order is unplanned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from solvers.budget import Budget, Deadline
from solvers.errors import InvalidProblem, require
from solvers.routing.answers.part import Part, Tried, Whole, bare
from solvers.routing.answers.places import Place, Trips, places
from solvers.routing.answers.prices import able, cheapest
from solvers.routing.answers.quote import Quoter
from solvers.routing.answers.relax_eject import ejections
from solvers.routing.answers.relaxation import Relaxation, RelaxationKind, apply
from solvers.routing.check import Check, Rule, Violation, check
from solvers.routing.parts import TICKS_PER_CENT
from solvers.routing.plan import RoutingPlan, Sequences
from solvers.routing.problem import MAX_TIME_S, RoutingProblem, Vehicle
from solvers.routing.timing import plan_of

__all__ = ["Relaxation", "RelaxationKind", "apply", "relaxations"]

MAX_LIMIT = 100
SWEEP_SHARE = 0.4
"""Part of the budget after which no more vehicles are looked at."""
DOUBLINGS = 8
"""An estimated amount that does not do is doubled so often."""

_KINDS = {
    Rule.TIME_WINDOW_INFEASIBLE: RelaxationKind.WINDOW_LATER,
    Rule.CAPACITY_EXCEEDED: RelaxationKind.CAPACITY,
    Rule.SHIFT_EXCEEDED: RelaxationKind.OVERTIME,
    Rule.DISTANCE_EXCEEDED: RelaxationKind.DISTANCE,
    Rule.DURATION_EXCEEDED: RelaxationKind.DURATION,
    Rule.STOPS_EXCEEDED: RelaxationKind.STOPS,
    Rule.DRIVING_EXCEEDED: RelaxationKind.DRIVE,
}
_TIMES = frozenset(
    {Rule.TIME_WINDOW_INFEASIBLE, Rule.SHIFT_EXCEEDED, Rule.DURATION_EXCEEDED, Rule.BREAK_MISSED, Rule.DRIVING_EXCEEDED}
)
"""Rules that other times may mend: of a window, a release, a shift, a break."""
_WHOLE = frozenset({RelaxationKind.SKILL, RelaxationKind.ALLOW, RelaxationKind.EJECT, RelaxationKind.PRIZE})
"""Relaxations that are given or not, or whose amount is exact as it is."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A relaxation that may do, and what it would cost about. part: where it was found."""

    relaxation: Relaxation
    part: Part


def relaxations(
    problem: RoutingProblem,
    plan: RoutingPlan | Sequences,
    stop_id: str,
    budget: Budget,
    *,
    limit: int = 5,
    per_kind: int = 2,
    vehicle_ids: Sequence[str] | None = None,
) -> tuple[Relaxation, ...]:
    """At most `limit` relaxations, the cheapest first, at most `per_kind` of a kind; none if the stop fits as it is.

    Looks at the nearest vehicles first, and at as many as the budget allows. Raises KeyError for unknown ids,
    InvalidProblem for a stop that is planned.
    """
    require(1 <= limit <= MAX_LIMIT, "limit", limit, f"in [1, {MAX_LIMIT}]")
    deadline = budget.start()
    whole = Whole(problem, bare(plan))
    stops = whole.asked(stop_id)
    wanted = None if vehicle_ids is None else {problem.vehicle(name).vehicle_id for name in vehicle_ids}
    nearest = [v for v in whole.nearest_first(stops[0]) if wanted is None or v.vehicle_id in wanted]
    found: list[_Candidate] = []
    refused: list[Part] = []
    for vehicle in nearest:
        if found and deadline.share() > SWEEP_SHARE:
            break
        case = _Case(whole, whole.part(vehicle, stops))
        found.extend(case.candidates())
        if case.fits_cheaply:
            return ()
        if case.tries:
            refused.append(case.part)
    quoter = Quoter(problem, plan)
    for part in refused:
        found.extend(_Candidate(one, part) for one in ejections(whole, quoter, part, stops, deadline))
    found.sort(key=lambda one: (one.relaxation.extra_ticks, one.relaxation.amount))
    return _confirmed(whole, found, deadline, limit, per_kind)


class _Case:
    """One vehicle and the stops: every place tried once, and what each lacks."""

    def __init__(self, whole: Whole, part: Part) -> None:
        self.part, self._whole = part, whole
        self._usual = part.before()
        self._cheapest: tuple[int, Trips] | None = None
        self._timed = False
        self.tries = False

    @property
    def fits_cheaply(self) -> bool:
        """Whether the stops fit here, and cost less than leaving them out."""
        return self._cheapest is not None and self._cheapest[0] < self._whole.prize_ticks(self.part.asked)

    def candidates(self) -> Iterator[_Candidate]:
        """All relaxations of one rule that may do."""
        if self._usual.violations or any(self._whole.other_option(stop) for stop in self.part.asked):
            return
        vehicle = self.part.vehicle
        lets_in = list(able(self._whole, self.part.asked, {vehicle.vehicle_id}))
        for relaxation in [*self._swept(), *self._times()] if lets_in else self._let_in():
            yield _Candidate(relaxation, self.part)

    def _let_in(self) -> Iterator[Relaxation]:
        """The skills, or the entry in the stop's list, without which the vehicle may not have it."""
        name, stops = self.part.vehicle.vehicle_id, self.part.asked
        unlisted = [s for s in stops if s.on_board is None and not self._whole.listed(self.part.vehicle, s)]
        missing = sorted({skill for s in stops if s.on_board is None for skill in s.needs - self.part.vehicle.skills})
        if len(unlisted) + bool(missing) != 1:
            return
        relaxation = Relaxation(RelaxationKind.SKILL, name, "", len(missing), ", ".join(missing))
        if unlisted:
            relaxation = Relaxation(RelaxationKind.ALLOW, name, unlisted[0].stop_id)
        fits = _best(self.part, relaxation)
        if fits is not None:
            yield replace(relaxation, extra_ticks=fits[0] - self._usual.ticks)

    def _swept(self) -> Iterator[Relaxation]:
        """What single rules lack, least amount first, over all places."""
        self.tries = True
        best: dict[tuple[RelaxationKind, str, str], Relaxation] = {}
        for place in places(self.part.problem, self.part.vehicle, self.part.trips, self.part.asked):
            after = self.part.tried(place.trips)
            for one in self._lacking(place, after):
                key = one.kind, one.stop_id, one.detail
                held = best.get(key)
                if held is None or (one.amount, one.extra_ticks) < (held.amount, held.extra_ticks):
                    best[key] = one
        if self._cheapest is None:
            yield from best.values()
        elif not self.fits_cheaply:
            yield self._prize(*self._cheapest)

    def _lacking(self, place: Place, after: Tried) -> Iterator[Relaxation]:
        """What the one place lacks, if it is one thing."""
        name, extra = self.part.vehicle.vehicle_id, after.ticks - self._usual.ticks
        known = {Rule.LOCK_BROKEN} if place.freed else {Rule.MAX_TRIPS_EXCEEDED} if place.more_trips else set()
        broken = [violation for violation in after.violations if violation.rule not in known]
        if place.open and not broken:
            if self._cheapest is None or extra < self._cheapest[0]:
                self._cheapest = extra, place.trips
        elif place.open:
            self._timed |= any(violation.rule in _TIMES for violation in broken)
            one = _of_violations(name, broken)
            if one is not None:
                yield replace(one, extra_ticks=extra)
        elif not broken and place.freed:
            yield Relaxation(RelaxationKind.UNLOCK, name, "", place.freed, "", extra)
        elif not broken:
            yield Relaxation(RelaxationKind.TRIP, name, "", place.more_trips, "", extra)

    def _prize(self, ticks: int, trips: Trips) -> Relaxation:
        """How much more the first stop must be worth."""
        name, stop = self.part.vehicle.vehicle_id, self.part.asked[0]
        others = sum(other.prize_cents for other in self.part.asked[1:])
        amount = ticks // TICKS_PER_CENT + 1 - stop.prize_cents - others
        return Relaxation(RelaxationKind.PRIZE, name, stop.stop_id, amount, "", ticks, {name: trips})

    def _times(self) -> Iterator[Relaxation]:
        """Other times that would mend what is too late, each at its most; the least is looked for when it is wanted."""
        if self._cheapest is not None or not self._timed:
            return
        vehicle = self.part.vehicle
        wanted = [
            Relaxation(RelaxationKind.SHIFT_EARLIER, vehicle.vehicle_id, "", vehicle.shift_start_s - vehicle.ready_s),
            Relaxation(RelaxationKind.BREAK_LATER, vehicle.vehicle_id, "", _most_later(vehicle)),
        ]
        for stop in self.part.asked:
            earlier = stop.window_start_s - vehicle.begin_s
            wanted.append(Relaxation(RelaxationKind.WINDOW_EARLIER, vehicle.vehicle_id, stop.stop_id, earlier))
            wanted.append(Relaxation(RelaxationKind.RELEASE_EARLIER, vehicle.vehicle_id, stop.stop_id, stop.release_s))
        for relaxation in wanted:
            fits = _best(self.part, relaxation) if relaxation.amount > 0 else None
            if fits is not None:
                yield replace(relaxation, extra_ticks=fits[0] - self._usual.ticks)


def _most_later(vehicle: Vehicle) -> int:
    """By how much breaks may be put off: to the end of the shift."""
    if not vehicle.breaks or vehicle.shift_end_s == MAX_TIME_S:
        return 0
    return vehicle.shift_end_s - vehicle.breaks[0].latest_s


def _of_violations(name: str, broken: Sequence[Violation]) -> Relaxation | None:
    """The relaxation that mends them all, if they are of one rule in one place."""
    wanted = {_of_violation(name, violation) for violation in broken}
    if None in wanted or len(wanted) > 1:
        return None
    kind, stop_id, detail = next(iter(wanted)) or (RelaxationKind.TRIP, "", "")
    return Relaxation(kind, name, stop_id, max(violation.size for violation in broken), detail)


def _of_violation(name: str, violation: Violation) -> tuple[RelaxationKind, str, str] | None:
    kind = _KINDS.get(violation.rule)
    if kind is None or (kind is RelaxationKind.DRIVE and "whole" not in violation.detail):
        return None
    stop_id = violation.stop_id if kind is RelaxationKind.WINDOW_LATER else ""
    return kind, stop_id, violation.detail if kind is RelaxationKind.CAPACITY else ""


def _best(part: Part, relaxation: Relaxation) -> tuple[int, Trips] | None:
    """Cheapest place with the relaxation given, as (cost of the route, its trips); None: there is none."""
    try:
        problem = apply(part.problem, relaxation)
    except InvalidProblem:
        return None
    vehicle = problem.vehicles[0]
    stops = tuple(problem.stop(stop.stop_id) for stop in part.asked)
    if not all(problem.may_serve(vehicle, stop) for stop in stops):
        return None
    return cheapest(problem, part.trips, stops)


def _confirmed(
    whole: Whole, found: Sequence[_Candidate], deadline: Deadline, limit: int, per_kind: int
) -> tuple[Relaxation, ...]:
    """The first candidates that really do, with their least amounts."""
    judge = _Judge(whole)
    done: list[Relaxation] = []
    for candidate in found:
        kind = candidate.relaxation.kind
        if sum(one.kind is kind for one in done) >= per_kind:
            continue
        if len(done) >= limit or (done and deadline.over()):
            break
        least = candidate.relaxation if kind in _WHOLE else _least(candidate)
        verified = judge.verified(least, candidate.part) if least is not None else None
        if verified is not None:
            done.append(verified)
    return tuple(sorted(done, key=lambda one: (one.extra_ticks, one.amount)))


def _least(candidate: _Candidate) -> Relaxation | None:
    """The candidate with the least amount that does in any place of its vehicle."""
    part, given = candidate.part, candidate.relaxation
    high = given.amount
    for _ in range(DOUBLINGS):
        if _best(part, replace(given, amount=high)) is not None:
            break
        high *= 2
    else:
        return None
    if high > 1 and _best(part, replace(given, amount=high - 1)) is not None:
        low, high = 0, high - 1
        while high - low > 1:
            middle = (low + high) // 2
            if _best(part, replace(given, amount=middle)) is None:
                low = middle
            else:
                high = middle
    return replace(given, amount=high)


class _Judge:
    """The checker's verdict on the whole plan, before and with a relaxation."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._before: Check = check(whole.problem, plan_of(whole.problem, whole.trips))

    def verified(self, relaxation: Relaxation, part: Part) -> Relaxation | None:
        """The relaxation with its cost and routes, if it does in the whole plan as well."""
        name = relaxation.vehicle_id
        if name not in relaxation.sequences:
            best = _best(part, relaxation)
            if best is None:
                return None
            relaxation = replace(relaxation, sequences={name: best[1]})
        problem = apply(self._whole.problem, relaxation)
        after = check(problem, plan_of(problem, {**self._whole.trips, **relaxation.sequences}))
        if not set(after.violations) <= set(self._before.violations):
            return None
        spent = [verdict.cost.total - verdict.cost.unplanned for verdict in (self._before, after)]
        return replace(relaxation, extra_ticks=spent[1] - spent[0])
