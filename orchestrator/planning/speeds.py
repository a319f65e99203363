"""Between what the domain keeps of travel times and what `solvers.speeds` computes with.

Promises: the same record always gives the same factors, made once for each version; nothing learned means factors of
one. Pure look-ups. Called by planning's roads, by the learner of speeds and by `arrivals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from orchestrator.domain.company import Place
from orchestrator.domain.speeds import CellEffect, HorizonRecord, SpeedsRecord
from orchestrator.domain.state import State
from solvers.routing.parts import FULL_SPEED_PCT, MAX_BANDS, SpeedBand
from solvers.speeds import HOURS, Cell, Factors, Horizon, no_horizons

HOUR_S = 3_600
DAYS = 2
"""No route is longer."""
CELLS_A_SIDE = 8
CELL_E7_MIN = 1_000
CLOSE_PERMILLE = (40, 80, 160, 320, 1_000)
"""Hours that differ by less are one band; the first of these that leaves few enough bands."""
UNLEARNED = Factors()


class LearnedSpeeds:
    """The factors of one version. Falsy where nothing was learned."""

    def __init__(self, record: SpeedsRecord | None) -> None:
        self.record = record
        self.factors = factors_of(record)
        self._ends: dict[Cell, int] = {}

    def __bool__(self) -> bool:
        return self.record is not None

    def end_permille(self, lat_e7: int, lon_e7: int) -> int:
        """What one end of a leg does to its travel time."""
        assert self.record is not None
        cell = cell_of(lat_e7, lon_e7, self.record.cell_e7)
        known = self._ends.get(cell)
        if known is None:
            known = self._ends[cell] = self.factors.end_permille(cell)
        return known

    def bands(self, usual: tuple[SpeedBand, ...], day_start_s: int) -> tuple[SpeedBand, ...]:
        """The company's own speed bands `usual`, as the hours were learned to be; as they are where hours are alike."""
        for close in CLOSE_PERMILLE:
            groups = list(self._groups(close))
            if len(groups) == 1:
                return usual
            made = tuple(_combined(usual, groups, day_start_s))
            if len(made) <= MAX_BANDS:
                return made
        return usual

    def _groups(self, close: int) -> Iterator[tuple[int, int]]:
        """(first hour, factor) of runs of hours that are alike."""
        hours = [self.factors.hour_permille(hour) for hour in range(HOURS)]
        start = 0
        for hour in range(1, HOURS + 1):
            run = hours[start : hour + 1]
            if hour == HOURS or max(run) - min(run) > close:
                yield start, sum(hours[start:hour]) // (hour - start)
                start = hour


def _combined(usual: tuple[SpeedBand, ...], groups: Sequence[tuple[int, int]], day_start_s: int) -> Iterator[SpeedBand]:
    """Speed bands of the days from `day_start_s`: the company's, divided by the factor of the hour."""
    days = range(day_start_s, day_start_s + DAYS * HOURS * HOUR_S, HOURS * HOUR_S)
    learned = [(day_s + hour * HOUR_S, permille) for day_s in days for hour, permille in groups]
    begins = sorted({max(0, at_s) for at_s, _ in learned} | {band.from_s for band in usual})
    pct = -1
    for at_s in begins:
        own = next((band.speed_pct for band in reversed(usual) if band.from_s <= at_s), FULL_SPEED_PCT)
        factor = next((permille for from_s, permille in reversed(learned) if from_s <= at_s), 1_000)
        now = max(1, min(1_000, (own * 1_000 + factor // 2) // factor))
        if now != pct:
            yield SpeedBand(at_s, now)
            pct = now


def cell_of(lat_e7: int, lon_e7: int, cell_e7: int) -> Cell:
    """The area of a point."""
    return lat_e7 // cell_e7, lon_e7 // cell_e7


def cell_size_e7(state: State) -> int:
    """Side of an area: the region of the customers, eight by eight."""
    places: list[Place] = [one.place for one in state.customers.values()] or [one.place for one in state.sites.values()]
    lats, lons = [place.lat_e7 for place in places], [place.lon_e7 for place in places]
    span_e7 = max(max(lats) - min(lats), max(lons) - min(lons)) if places else 0
    return max(CELL_E7_MIN, span_e7 // CELLS_A_SIDE)


def factors_of(record: SpeedsRecord | None) -> Factors:
    """The factors in a record."""
    if record is None:
        return UNLEARNED
    cells = {(one.row, one.column): one.micro for one in record.cells}
    return Factors(record.company_micro, record.hours_micro, cells, record.legs)


def horizons_of(record: SpeedsRecord | None) -> tuple[Horizon, ...]:
    """What predictions missed by so far."""
    if record is None or not record.horizons:
        return no_horizons()
    return tuple(Horizon(one.until_s, one.scores, one.low_tail_ppm, one.high_tail_ppm) for one in record.horizons)


def record_of(
    parent: SpeedsRecord | None, through: int, cell_e7: int, factors: Factors, horizons: Sequence[Horizon]
) -> SpeedsRecord:
    """The next version after `parent`."""
    return SpeedsRecord(
        version=(parent.version if parent is not None else 0) + 1,
        through=through,
        legs=factors.legs,
        cell_e7=cell_e7,
        company_micro=factors.company_micro,
        hours_micro=factors.hours_micro,
        cells=tuple(CellEffect(row=row, column=col, micro=v) for (row, col), v in sorted(factors.cells_micro.items())),
        horizons=tuple(
            HorizonRecord(
                until_s=one.until_s,
                scores=one.scores,
                low_tail_ppm=one.low_tail_ppm,
                high_tail_ppm=one.high_tail_ppm,
            )
            for one in horizons
        ),
    )


NO_SPEEDS = LearnedSpeeds(None)


class _Holder:
    """A record as a cache key: by identity, for hashing its content would cost more than the factors."""

    def __init__(self, record: SpeedsRecord | None) -> None:
        self.record = record

    def __hash__(self) -> int:
        return id(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.record is self.record


@lru_cache(maxsize=4)
def _learned(holder: _Holder) -> LearnedSpeeds:
    return LearnedSpeeds(holder.record)


def speeds_of(record: SpeedsRecord | None) -> LearnedSpeeds:
    """The factors of a record, made once as long as it is the same object."""
    return _learned(_Holder(record))
