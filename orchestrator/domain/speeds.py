"""What is learned of travel times: the legs that were driven, factors by hour and area, quantiles of what was missed.

The records mirror the dataclasses of `solvers.speeds`; planning turns one into the other, the domain only keeps them.
Whole numbers, so that a replay gives the same.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.company import Place
from orchestrator.domain.types import Count, DurationS, EpochS, Frozen, Id, OrderId

LEGS_KEPT = 4_000
"""Legs that factors are learned from: the newest."""
LEGS_COUNTER = "driven-legs"

Micro = Annotated[int, Field(ge=-20_000_000, le=20_000_000)]
Score = Annotated[int, Field(ge=-(10**9), le=10**9)]
Ppm = Annotated[int, Field(ge=0, le=1_000_000)]


class LegRecord(Frozen):
    """A leg as reported: from where and when it began to the customer of `order_id`.

    first: it began at the vehicle's depot. disturbed: an area was slow on its way, so that it says nothing of usual
    days. stay_s: how long the delivery was to take; window_start_s: before which it could not begin.
    """

    vehicle_id: Id
    order_id: OrderId
    origin: Place
    destination: Place
    depart_s: EpochS
    arrive_s: EpochS
    window_start_s: EpochS
    stay_s: DurationS
    first: bool = False
    disturbed: bool = False


class CellEffect(Frozen):
    """An area of the map: logarithm of its factor, in millionths."""

    row: int
    column: int
    micro: Micro


class HorizonRecord(Frozen):
    """What predictions of one horizon missed by; the fields of `solvers.speeds.Horizon`."""

    until_s: Annotated[int, Field(ge=0, le=10**9)]
    scores: Annotated[tuple[Score, ...], Field(max_length=800)] = ()
    low_tail_ppm: Ppm
    high_tail_ppm: Ppm


class SpeedsRecord(Frozen):
    """A version of what is known. cell_e7: side of an area; through: legs taken in; legs: those learned from."""

    version: Count
    through: Count
    legs: Count
    cell_e7: Annotated[int, Field(ge=1, le=10**9)]
    company_micro: Micro = 0
    hours_micro: Annotated[tuple[Micro, ...], Field(min_length=24, max_length=24)]
    cells: Annotated[tuple[CellEffect, ...], Field(max_length=10_000)] = ()
    horizons: Annotated[tuple[HorizonRecord, ...], Field(max_length=12)] = ()
