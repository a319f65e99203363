"""What a vehicle's agent knows, and what its parts ask of it. Pure; used by the modules `agents.vehicle*` only."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.driving_refusals import Driving
from agents.messages import AgentRef, Leg, VehicleBook
from agents.refusals import Duty
from agents.vehicle_rests import Spans


@dataclass(frozen=True, slots=True)
class VehicleState:
    """What the agent knows. `lat_e7`, `lon_e7` at `at_s`: the last position (at_s = 0: none yet).

    moved_s: when it was last seen to move or was told to. seen_m, seen_s, samples: distance and time observed on this
    leg, faded. first_drive_s: the driving planned when the leg began. reported_s: the arrival last reported for it.
    pace_permille: time taken on earlier legs relative to plan. least_m at least_s: the shortest way to go seen on this
    leg, -1: none yet. detoured: people were told that it goes away from its stop. rested: planned rests that were seen.
    """

    agent: AgentRef
    seq: int = 0
    reports: int = 0
    revision: int = 0
    book: VehicleBook = field(default_factory=VehicleBook)
    at_s: int = 0
    lat_e7: int = 0
    lon_e7: int = 0
    moved_s: int = 0
    seen_m: int = 0
    seen_s: int = 0
    samples: int = 0
    first_drive_s: int = 0
    reported_s: int | None = None
    stalled: bool = False
    pace_permille: int = 1000
    least_m: int = -1
    least_s: int = 0
    detoured: bool = False
    rested: Spans = ()
    duty: Duty = field(default_factory=Duty)
    driving: Driving = field(default_factory=Driving)


def may_move(book: VehicleBook) -> bool:
    """Whether it should drive and nobody knows why it could not."""
    return book.moving and book.down_until_s is None


def rests_of(state: VehicleState) -> Spans:
    """Those planned on this drive that it was not seen to have taken. Nearly always none: asked at every position."""
    if not state.book.rests:
        return ()
    return tuple(rest for rest in state.book.rests if rest not in state.rested)


def distance_m(lat_e7_a: int, lon_e7_a: int, lat_e7_b: int, lon_e7_b: int) -> int:
    """Driving distance between two places, in metres."""
    # Brings numpy: a host that was lost is back before it needs it.
    from solvers.routing.travel import travel_distance_m

    return travel_distance_m(lat_e7_a, lon_e7_a, lat_e7_b, lon_e7_b)


def to_go_m(state: VehicleState, leg: Leg) -> int:
    """From its last position to the stop of the leg."""
    return distance_m(state.lat_e7, state.lon_e7, leg.to_lat_e7, leg.to_lon_e7)


def length_m(leg: Leg) -> int:
    """From where the leg began to its stop."""
    return distance_m(leg.from_lat_e7, leg.from_lon_e7, leg.to_lat_e7, leg.to_lon_e7)
