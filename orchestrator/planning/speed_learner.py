"""Learns travel times: at the end of a day, or after enough legs, a new version of factors and intervals.

The factors are learned from all legs that are kept. What predictions by them miss by is seen from trips that were left
out: a share of the trips at a time is predicted by what the others teach.

Promises: what is new is seen from the state alone, so that a restart goes on where the log ends and fits nothing that
the log has; the loop only copies what a thread then computes with; the version enters through the core's queue.
Called by `learning`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.domain.company import Company, Vehicle
from orchestrator.domain.speeds import LEGS_COUNTER, LegRecord, SpeedsRecord
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.arrivals import RoadsAt, outcomes, trips_of
from orchestrator.planning.roads import Roads
from orchestrator.planning.speeds import HOUR_S, cell_of, cell_size_e7, horizons_of, record_of
from solvers.speeds import HOURS, DrivenLeg, Outcome, calibrate, learn, no_horizons

LEGS_ENOUGH = 400
NOMINAL_S_MIN = 60
"""A shorter leg is parking."""
SHARES = 20
"""So many times is learned without a share of the trips. More shares come nearer to what all of them teach."""


@dataclass(frozen=True, slots=True)
class SpeedLesson:
    """All that a version is made of. legs: all that are kept; the last `fresh` of them are new."""

    parent: SpeedsRecord | None
    through: int
    cell_e7: int
    company: Company
    vehicles: Mapping[str, Vehicle]
    legs: tuple[LegRecord, ...]
    fresh: int

    def learned(self) -> SpeedsRecord:
        """The next version. Pure; may run in a thread."""
        new = self.legs[len(self.legs) - self.fresh :]
        settled = outcomes(self.vehicles, self._roads(self.parent), new)
        driven = dict(self._driven())
        horizons = calibrate(horizons_of(self.parent), settled, self._held_out(driven))
        return record_of(self.parent, self.through, self.cell_e7, learn(tuple(driven.values())), horizons)

    def _held_out(self, driven: Mapping[int, DrivenLeg]) -> list[Outcome]:
        """Every trip as the others teach to predict it, oldest first; nothing where there are no others."""
        trips = list(trips_of(self.legs))
        if len(trips) < 2:
            return []
        found: list[Outcome] = []
        for share in range(min(SHARES, len(trips))):
            part = [leg for trip in trips[share::SHARES] for leg in trip]
            out = {id(leg) for leg in part}
            rest = tuple(driven[key] for key in driven if key not in out)
            speeds = record_of(None, 0, self.cell_e7, learn(rest), no_horizons())
            found += outcomes(self.vehicles, self._roads(speeds), part)
        return sorted(found, key=lambda one: one.actual_s)

    def _roads(self, speeds: SpeedsRecord | None) -> RoadsAt:
        days: dict[int, Roads] = {}

        def roads_at(at_s: int) -> Roads:
            day_s = self._day_s(at_s)
            if day_s not in days:
                days[day_s] = Roads.usual(self.company, speeds, day_s)
            return days[day_s]

        return roads_at

    def _day_s(self, at_s: int) -> int:
        origin_s = self.company.day_start_s
        return origin_s + (at_s - origin_s) // DAY_S * DAY_S

    def _driven(self) -> Iterator[tuple[int, DrivenLeg]]:
        """Legs by identity, as the fit takes them: against what the company itself says of its roads and traffic."""
        roads_at = self._roads(None)
        for leg in self.legs:
            vehicle = self.vehicles.get(leg.vehicle_id)
            if vehicle is None or leg.disturbed:
                continue
            roads = roads_at(leg.depart_s)
            nominal_s = roads.arrival_s(leg.origin, leg.destination, vehicle, leg.depart_s) - leg.depart_s
            if nominal_s < NOMINAL_S_MIN:
                continue
            middle_s = leg.depart_s + nominal_s // 2
            yield (
                id(leg),
                DrivenLeg(
                    nominal_s,
                    leg.arrive_s - leg.depart_s,
                    (middle_s - self._day_s(middle_s)) // HOUR_S % HOURS,
                    cell_of(leg.origin.lat_e7, leg.origin.lon_e7, self.cell_e7),
                    cell_of(leg.destination.lat_e7, leg.destination.lon_e7, self.cell_e7),
                    at_most=leg.arrive_s == leg.window_start_s,
                ),
            )


def pending(state: State) -> int:
    """Legs that the version in force has not taken in."""
    through = state.speeds.through if state.speeds is not None else 0
    return state.counters.get(LEGS_COUNTER, 0) - through


def speed_lesson(state: State) -> SpeedLesson | None:
    """What there is to learn now; None without new legs."""
    fresh = min(pending(state), len(state.driven))
    if fresh <= 0 or state.company is None:
        return None
    return SpeedLesson(
        state.speeds,
        state.counters.get(LEGS_COUNTER, 0),
        state.speeds.cell_e7 if state.speeds is not None else cell_size_e7(state),
        state.company,
        dict(state.vehicles),
        tuple(state.driven),
        fresh,
    )


async def learn_speeds(
    state: State,
    in_thread: Callable[[Callable[[], SpeedsRecord]], Awaitable[SpeedsRecord]],
    submit: Callable[[ReviseSpeeds], Awaitable[bool]],
) -> None:
    """Learn what there is to learn and put it in force; refused when somebody else was quicker."""
    lesson = speed_lesson(state)
    if lesson is None:
        return
    record = await in_thread(lesson.learned)
    parent = record.version - 1
    await submit(ReviseSpeeds(parent=parent, speeds=record, reason=f"{record.legs} legs driven"))
