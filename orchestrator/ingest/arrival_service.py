"""Predicted arrivals on the operator port. Reads the live state; changes nothing."""

from __future__ import annotations

from orchestrator.domain.errors import not_found
from orchestrator.domain.state import State
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.guard import Call
from orchestrator.planning.arrivals import StopArrival, arrivals
from orchestrator.planning.speeds import speeds_of
from protos.muster.operator.v1 import arrival_service_pb2 as pb
from solvers.speeds import HOURS


class ArrivalService:
    """When vehicles will be where."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListArrivals(self, request: pb.ListArrivalsRequest, call: Call) -> pb.ListArrivalsResponse:
        """The remaining stops of a vehicle."""
        state = self._desk.state
        if request.vehicle_id not in state.fleet:
            raise not_found("vehicle", request.vehicle_id, field="vehicle_id")
        found = arrivals(state, request.vehicle_id, self._desk.clock.now_s())
        return pb.ListArrivalsResponse(arrivals=[_stop(state, one) for one in found], learned=_learned(state))


def _stop(state: State, one: StopArrival) -> pb.StopArrival:
    when = one.predicted
    return pb.StopArrival(
        order_id=one.order_id,
        planned_s=one.planned_s,
        p10_s=when.p10_s,
        p50_s=when.p50_s,
        p80_s=when.p80_s,
        p90_s=when.p90_s,
        window_end_s=state.orders[one.order_id].window_end_s,
    )


def _learned(state: State) -> pb.LearnedSpeeds:
    if state.speeds is None:
        return pb.LearnedSpeeds()
    factors = speeds_of(state.speeds).factors
    hours = [factors.hour_permille(hour) for hour in range(HOURS)]
    return pb.LearnedSpeeds(version=state.speeds.version, legs=state.speeds.legs, hours_permille=hours)
