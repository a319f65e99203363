"""Resources on the operator port, and telemetry on its way to the agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from agents.messages import MachineSignal
from agents.messages import Position as AgentPosition
from orchestrator.domain.errors import not_found
from orchestrator.domain.state import State
from orchestrator.ingest.convert_report import place_in
from orchestrator.ingest.convert_resource import KINDS, Show
from orchestrator.ingest.convert_wear import wear_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import SECONDS_MAX, limited, page_size_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import BadFields, bad_field
from orchestrator.planning.wear import machine_wear
from protos.muster.operator.v1 import resource_service_pb2 as pb

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
VALUES_MAX = 1_000
SENSOR_RUNNING = "running"
SENSOR_DONE = "done_permille"


class ResourceService:
    """What the company has, and where it is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListResources(self, request: pb.ListResourcesRequest, call: Call) -> pb.ListResourcesResponse:
        """A page of one kind."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        of_kind, show, _ = _kind(request.kind)
        known: Mapping[str, Any] = of_kind(self._desk.state)
        page = await page_of(self._desk.pages, call.caller.principal, request, known, lambda _: True, size)
        shown = [show(self._desk.state, self._desk.positions, known[key]) for key in page.keys if key in known]
        return pb.ListResourcesResponse(resources=shown, next_page_token=page.next_token)

    async def GetResource(self, request: pb.GetResourceRequest, call: Call) -> pb.Resource:
        """One resource."""
        of_kind, show, word = _kind(request.kind)
        known = of_kind(self._desk.state).get(text_in(request.resource_id, "resource_id"))
        if known is None:
            raise not_found(word, request.resource_id, field="resource_id")
        shown = show(self._desk.state, self._desk.positions, known)
        if request.kind == pb.RESOURCE_KIND_MACHINE:
            shown.machine.wear.CopyFrom(wear_out(machine_wear(self._desk.state, known)))
        return shown

    async def ReportTelemetry(
        self, requests: AsyncIterator[pb.ReportTelemetryRequest], call: Call
    ) -> pb.ReportTelemetryResponse:
        """Take telemetry for as long as the stream lasts; what names nothing known or is stale is dropped."""
        accepted = dropped = 0
        async for request in requests:
            limited(request.positions, VALUES_MAX, "positions")
            limited(request.sensor_values, VALUES_MAX, "sensor_values")
            found: list[Any] = [p for p in map(self._position, request.positions) if p is not None]
            found += [s for s in map(self._signal, request.sensor_values) if s is not None]
            accepted += len(found)
            dropped += len(request.positions) + len(request.sensor_values) - len(found)
            if found and self._desk.bridge is not None:
                self._desk.bridge.send_telemetry(found)
        return pb.ReportTelemetryResponse(accepted=accepted, dropped=dropped)

    def _position(self, position: pb.Position) -> AgentPosition | None:
        if position.vehicle_id not in self._desk.state.vehicles or not 0 <= position.at_s <= SECONDS_MAX:
            return None
        try:
            place = place_in(position.place)
        except BadFields:
            return None
        if not self._desk.positions.put(position.vehicle_id, place, position.at_s):
            return None
        return AgentPosition(position.vehicle_id, position.at_s, place.lat_e7, place.lon_e7)

    def _signal(self, value: pb.SensorValue) -> MachineSignal | None:
        machine = self._desk.state.machines.get(value.machine_id)
        if machine is None or not 0 <= value.at_s <= SECONDS_MAX:
            return None
        if value.sensor not in (SENSOR_RUNNING, SENSOR_DONE) or not 0 <= value.value_milli <= 1_000_000:
            return None
        running = value.sensor == SENSOR_DONE or value.value_milli > 0
        done_permille = value.value_milli // 1_000 if value.sensor == SENSOR_DONE else 0
        return MachineSignal(machine.line_id, machine.machine_id, value.at_s, running, done_permille)


def _kind(kind: int) -> tuple[Callable[[State], dict[str, Any]], Show, str]:
    found = KINDS.get(kind)
    if found is None:
        raise bad_field("kind", kind, "a kind of resource")
    return found
