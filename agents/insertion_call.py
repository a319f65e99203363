"""A call for bids on stops, as it reaches a vehicle: the lots, and the vehicle's own route as the log has it.

Promises plain frozen data with absolute values, as of plan revision `revision`, so that an agent which lost its memory
can price as well as one that did not. Made by `orchestrator.planning.auction_card`; priced by `agents.vehicle_bid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.agent_ref import AgentKind, AgentRef

if TYPE_CHECKING:  # numpy comes with it: of the hosts, only one that is called needs it, and comes back sooner without
    from solvers.routing.parts import IntMatrix, SpeedBand, Stop, Vehicle


@dataclass(frozen=True, slots=True, eq=False)
class RouteCard:
    """A vehicle's route and all that decides what fits into it.

    vehicle: with `depot`, `start` and the stops' `location` as rows of the matrices. trips: as planned, from what may
    still change on; `on_board`: the first of them is under way. duration_s, distance_m: int32 [n, n]. bands: traffic by
    time of day. incompatible: pairs of goods classes that no trip may have both of.
    """

    vehicle: Vehicle
    trips: tuple[tuple[Stop, ...], ...]
    on_board: bool
    duration_s: IntMatrix
    distance_m: IntMatrix
    bands: tuple[SpeedBand, ...] = ()
    incompatible: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class InsertionCall:
    """What would it cost you to serve each of these `lots`, and where would you put it?

    call_id: numbers the calls of one core; an answer names it. tidy: say also how your own stops would lie better.
    """

    call_id: int
    vehicle_id: str
    revision: int
    card: RouteCard
    lots: tuple[Stop, ...]
    tidy: bool = False

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.VEHICLE, self.vehicle_id)

    @property
    def part(self) -> str:
        """What of its agent it is about, as readings say it: a newer call replaces one that is still on its way."""
        return ""
