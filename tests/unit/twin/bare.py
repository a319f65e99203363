"""A server that is nothing but the domain, in simulated time, with a plan made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import simpy

from orchestrator.company.reader import read_company
from orchestrator.domain.commands import CancelOrder, Command, OrderDraft, SubmitOrders
from orchestrator.domain.company import Place
from orchestrator.domain.decide import decide
from orchestrator.domain.duty import Rest
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import CompanyImported, PlanRevised
from orchestrator.domain.plan import (
    Allocation,
    Cause,
    PlanDelta,
    PlannedStop,
    PlannedTask,
    Revision,
    Tier,
    Trip,
    VehicleRoute,
)
from orchestrator.ingest.convert_report import command_of
from orchestrator.twin.chance import Chance
from orchestrator.twin.disruptions import Planned
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.simulation import Cast, Simulation
from orchestrator.twin.world import Ack, Refused
from protos.muster.operator.v1 import event_service_pb2 as pb
from tests.unit.company.files import DAY_S, files


def at(hour: int, minute: int = 0) -> int:
    """A time of the service day."""
    return DAY_S + hour * 3_600 + minute * 60


class BareServer:
    """Satisfies `world.Server`. Every answer comes `latency_s` after the call; `telemetry` keeps positions."""

    def __init__(self, env: simpy.Environment, mirror: Mirror, latency_s: float = 0.0) -> None:
        self.env = env
        self.mirror = mirror
        self.latency_s = latency_s
        self.requests: list[pb.ReportEventRequest] = []
        self.telemetry: list[tuple[str, int, Place]] = []
        self.refuse_next: list[str] = []

    def report(self, actor: str, request: pb.ReportEventRequest) -> simpy.Event:
        self.requests.append(request)
        kind = str(request.WhichOneof("report"))
        if kind in self.refuse_next:
            self.refuse_next.remove(kind)
            return self._answer(Refused("PLAN_STALE", "asked to refuse"))
        return self._do(command_of(request))

    def submit(self, partner_id: str, draft: OrderDraft) -> simpy.Event:
        return self._do(SubmitOrders(partner_id=partner_id, orders=(draft,)))

    def cancel(self, partner_id: str, number: str, reason: str) -> simpy.Event:
        return self._do(CancelOrder(order_id=f"{partner_id}/{number}", reason=reason))

    def position(self, vehicle_id: str, at_s: int, place: Place, speed_m_per_h: int) -> None:
        self.telemetry.append((vehicle_id, at_s, place))

    def _do(self, command: Command) -> simpy.Event:
        state, now_s = self.mirror.state, int(self.env.now)
        try:
            events = decide(state, command, now_s, "operator:twin").events
        except Rejection as refused:
            return self._answer(Refused(refused.reason.value, refused.message))
        first_seq = state.seq + 1
        for event in events:
            self.mirror.fold(state.seq + 1, now_s, event)
        return self._answer(Ack(first_seq, state.seq, tuple(type(event).__name__ for event in events)))

    def _answer(self, reply: Ack | Refused) -> simpy.Event:
        return self.env.timeout(self.latency_s, reply)


class Bench:
    """The tiny company with its two orders, its twin, and a pen to write plans with."""

    def __init__(
        self,
        *,
        begin_s: int = at(5, 45),
        chance: Chance | None = None,
        script: Sequence[Planned] = (),
        latency_s: float = 0.0,
        cancellations: int = 0,
    ) -> None:
        known = read_company(files(), begin_s)
        self.env = simpy.Environment(initial_time=begin_s)
        self.mirror = Mirror(known.company)
        self.mirror.fold(1, begin_s, CompanyImported(company=known.company))
        self.server = BareServer(self.env, self.mirror, latency_s)
        for order in known.morning_orders:
            self.server.submit(order.partner_id, order.draft)
        cast = Cast(chance or Chance.none(), script, cancellations)
        self.twin = Simulation(self.env, self.mirror, self.server, known.late_orders, cast)
        self.stock("WH", "CASE", 10)
        self.twin.start()

    @property
    def state(self):  # type: ignore[no-untyped-def]
        return self.mirror.state

    def stock(self, site_id: str, item_id: str, pieces: int) -> None:
        """Put goods on a shelf."""
        self.mirror.state.on_hand[site_id, item_id] = pieces

    def publish(
        self,
        *trips: Trip,
        tasks: Sequence[PlannedTask] = (),
        release_s: int = 0,
        causes: Sequence[Cause] = (),
        vehicle_id: str = "V1",
        rests: Sequence[Rest] = (),
    ) -> None:
        """Put a plan in force: the trips of one vehicle and tasks, as given."""
        plan = self.mirror.state.plan
        order_ids = [stop.order_id for trip in trips for stop in trip.stops]
        head = Revision(revision=plan.revision + 1, parent=plan.revision, tier=Tier.REPAIR, causes=tuple(causes))
        delta = PlanDelta(
            routes={vehicle_id: VehicleRoute(vehicle_id=vehicle_id, trips=trips, rests=tuple(rests))},
            tasks={task.task_id: task for task in tasks},
            allocations={
                one: Allocation(order_id=one, site_id="WH", pegs=(), release_s=release_s) for one in order_ids
            },
        )
        self.mirror.fold(self.mirror.seq + 1, int(self.env.now), PlanRevised(head=head, delta=delta))

    def run(self, until_s: int) -> None:
        """Let time pass."""
        self.env.run(until=until_s)

    def sent(self, kind: str) -> list[pb.ReportEventRequest]:
        """Reports of one kind, in order."""
        return [request for request in self.server.requests if request.WhichOneof("report") == kind]


def trip(*order_ids: str, load_s: int, loading_s: int = 900, loaded: bool = False) -> Trip:
    """A trip whose stops are half an hour apart."""
    stops = tuple(
        PlannedStop(order_id=one, arrive_s=load_s + 1_800 * n, start_s=load_s + 1_800 * n, depart_s=load_s + 1_900 * n)
        for n, one in enumerate(order_ids, 1)
    )
    depart_s = load_s + loading_s
    return Trip(load_start_s=load_s, depart_s=depart_s, return_s=load_s + 7_200, stops=stops, loaded=loaded)
