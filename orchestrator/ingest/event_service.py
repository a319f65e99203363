"""Reports in, the log's events out: the operator port's way to tell and to hear what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator

from orchestrator.ingest.convert_event import event_out
from orchestrator.ingest.convert_report import command_of
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import chosen, page_size_in, seq_in, texts_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.watch import Progress, WatchHub, heartbeat_in, start_of
from protos.muster.operator.v1 import event_service_pb2 as pb

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
READ_AT_ONCE = 200
#: Records looked through for one page, so that a rare type does not make one call read the whole log.
SCAN_MAX = 5_000


class EventService:
    """Reports and events."""

    def __init__(self, desk: Desk, hub: WatchHub) -> None:
        self._desk = desk
        self._hub = hub

    async def ReportEvent(self, request: pb.ReportEventRequest, call: Call) -> pb.ReportEventResponse:
        """Make a report durable."""
        outcome = await self._desk.submit(call, command_of(request), request.request_id)
        return pb.ReportEventResponse(
            first_seq=outcome.first_seq,
            last_seq=outcome.last_seq,
            event_types=[type(event).__name__ for event in outcome.events],
            replayed=outcome.replayed,
        )

    async def ListEvents(self, request: pb.ListEventsRequest, call: Call) -> pb.ListEventsResponse:
        """A page of events; reads only what is durable."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        types = chosen(texts_in(request.types, "types", 64))
        cursor = seq_in(request.after_seq, "after_seq")
        found: list[pb.Event] = []
        scanned = 0
        while len(found) < size and scanned < SCAN_MAX:
            batch = await self._desk.core.read_events(cursor, READ_AT_ONCE)
            if not batch:
                return pb.ListEventsResponse(events=found)
            scanned += len(batch)
            for logged in batch:
                cursor = logged.seq
                if types is None or type(logged.event).__name__ in types:
                    found.append(event_out(logged))
                    if len(found) == size:
                        break
        return pb.ListEventsResponse(events=found, next_seq=cursor)

    async def Watch(self, request: pb.WatchRequest, call: Call) -> AsyncIterator[pb.WatchResponse]:
        """Events from a seq on."""
        types = chosen(texts_in(request.types, "types", 64))
        heartbeat_s = heartbeat_in(request.heartbeat_s)
        start = start_of(self._desk.core, request.resume_seq, request.from_now)
        async for item in self._hub.follow(start, heartbeat_s):
            if isinstance(item, Progress):
                yield pb.WatchResponse(seq=item.seq, progress=True)
            elif types is None or type(item.event).__name__ in types:
                yield pb.WatchResponse(seq=item.seq, event=event_out(item))
