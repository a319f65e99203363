"""An operator port that shows a made-up day, so that the page can be tested without a plan. The real one is
tested beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc

from protos.muster.common.v1 import order_pb2 as common
from protos.muster.operator.v1 import (
    admin_service_pb2_grpc,
    agent_service_pb2_grpc,
    alert_service_pb2_grpc,
    host_service_pb2_grpc,
    negotiation_service_pb2_grpc,
    order_service_pb2,
    order_service_pb2_grpc,
    override_service_pb2_grpc,
    plan_pb2,
    plan_service_pb2,
    plan_service_pb2_grpc,
    resource_service_pb2,
    stock_service_pb2_grpc,
)
from protos.muster.operator.v1 import alert_service_pb2 as alert_pb
from protos.muster.operator.v1 import override_service_pb2 as override_pb
from protos.muster.operator.v1 import overview_pb2 as pb
from tests.e2e.web.fake_agents import FakeAgents, FakeHosts
from tests.e2e.web.fake_stock import FakeStock

DAY_S = 1_790_035_200
NOW_S = DAY_S + 10 * 3600


def place(north_m: int, east_m: int) -> common.Place:
    """A place near a city's centre."""
    return common.Place(lat_e7=481_370_000 + north_m * 90, lon_e7=115_750_000 + east_m * 134)


def stop(index: int, vehicle: int, status: pb.StopStatus) -> pb.StopView:
    """A stop somewhere around the vehicle's part of the town."""
    arrive_s = NOW_S + (index - 2) * 1500
    return pb.StopView(
        order_id=f"acme/{vehicle}{index:02d}",
        customer_id=f"C{vehicle}{index}",
        customer_name=f"Customer <{vehicle}.{index}>",
        place=place((vehicle * 37 + index * 911) % 16000 - 8000, (vehicle * 1777 + index * 1310) % 24000 - 12000),
        arrive_s=arrive_s,
        start_s=arrive_s,
        depart_s=arrive_s + 600,
        window_start_s=arrive_s - 1800,
        window_end_s=arrive_s + 3600,
        late_s=900 if status == pb.STOP_STATUS_LATE else 0,
        status=status,
        locked=index == 4,
    )


def vehicle(number: int) -> pb.VehicleView:
    """A vehicle in the middle of its day."""
    done = [stop(index, number, pb.STOP_STATUS_DONE) for index in range(2)]
    kinds = (pb.STOP_STATUS_ON_TIME, pb.STOP_STATUS_ON_TIME, pb.STOP_STATUS_AT_RISK, pb.STOP_STATUS_LATE)
    ahead = [stop(index + 2, number, kinds[(index + number) % 4]) for index in range(4)]
    view = pb.VehicleView(
        vehicle_id=f"V{number}",
        name=f"Van {number}",
        status=resource_service_pb2.VEHICLE_STATUS_DRIVING,
        place=place(number * 700 - 3000, number * 900 - 4000),
        place_at_s=NOW_S,
        shift_start_s=DAY_S + 6 * 3600,
        shift_end_s=DAY_S + 17 * 3600,
        stops=ahead,
        done_stops=done,
        trips=[plan_pb2.Trip(load_start_s=NOW_S - 5000, depart_s=NOW_S - 4000, return_s=NOW_S + 9000, loaded=True)],
    )
    view.route.extend([view.place, *(s.place for s in ahead), place(0, 0)])
    if number == 3:
        view.down_until_s = NOW_S + 3600
    return view


def overview() -> pb.Overview:
    """A day with a breakdown, a tardy task and an unplanned order."""
    return pb.Overview(
        now_s=NOW_S,
        seq=812,
        revision=57,
        company_name="Isar Möbel & <Söhne>",
        time_zone="Europe/Berlin",
        day_start_s=DAY_S,
        indicators=pb.Indicators(
            on_time=pb.Ratio(count=83, of=86),
            in_full=pb.Ratio(count=86, of=88),
            late_risk=pb.Ratio(count=4, of=120),
            cost_per_drop_cents=1430,
            cost_cents=123_000,
            drops=86,
            vehicle_utilization=pb.Ratio(count=9, of=12),
            machine_utilization=pb.Ratio(count=4, of=6),
            stock_out_risk=pb.Ratio(count=3, of=90),
            churn=pb.Ratio(count=11, of=120),
        ),
        vehicles=[vehicle(number) for number in range(1, 13)],
        sites=[
            pb.SiteView(site_id="W1", name="Warehouse North", kind="WAREHOUSE", place=place(6000, 1500)),
            pb.SiteView(site_id="W2", name="Warehouse South", kind="WAREHOUSE", place=place(-6500, -2500)),
        ],
        machines=[pb.MachineView(machine_id=f"M{number}", name=f"Machine {number}") for number in range(1, 7)],
        tasks=[
            pb.TaskView(
                task_id=f"MO-{number}:0",
                production_order_id=f"MO-{number}",
                item_id=f"item-{number}",
                machine_id=f"M{number % 6 + 1}",
                start_s=NOW_S + (number - 5) * 2400,
                end_s=NOW_S + (number - 5) * 2400 + 2000,
                status="DONE" if number < 5 else "WAITING",
                due_s=NOW_S + 20_000,
                tardy=number == 7,
            )
            for number in range(12)
        ],
        slow_areas=[pb.SlowAreaView(area_id="A1", center=place(2000, 5000), radius_m=2500, factor_pct=180)],
        alerts=[
            alert_pb.Alert(
                alert_id="VEHICLE_DOWN:V3",
                kind="VEHICLE_DOWN",
                subject="V3",
                severity=alert_pb.SEVERITY_CRITICAL,
                text="vehicle V3 is down for about 60 min: flat tyre",
                raised_s=NOW_S - 300,
                status=alert_pb.ALERT_STATUS_OPEN,
            )
        ],
        unplanned=[
            plan_pb2.Verdict(order_id="acme/990", code="TIME_WINDOW", text="every vehicle would be late <script>")
        ],
        late=[plan_pb2.Verdict(order_id="acme/104", code="LATE_TRAVEL", text="behind a breakdown", late_s=900)],
        revisions=[
            plan_pb2.Revision(
                revision=57 - back,
                tier=plan_pb2.TIER_REPAIR,
                at_s=NOW_S - back * 200,
                causes=[plan_pb2.Cause(seq=800 - back, kind="VehicleWentDown", text="V3 flat tyre")],
                summary=f"vehicle V3 down until 11:00: 3 orders moved, +12.40 €, {back} late",
            )
            for back in range(12)
        ],
        overrides_active=2,
    )


@dataclass
class FakeOperatorPort(
    admin_service_pb2_grpc.AdminServiceServicer,
    alert_service_pb2_grpc.AlertServiceServicer,
    plan_service_pb2_grpc.PlanServiceServicer,
    override_service_pb2_grpc.OverrideServiceServicer,
    order_service_pb2_grpc.OrderServiceServicer,
):
    """Serves one overview that a test may change, and notes what was clicked."""

    shown: pb.Overview = field(default_factory=overview)
    acknowledged: list[str] = field(default_factory=list)
    created: list[override_pb.CreateOverrideRequest] = field(default_factory=list)
    allowed: list[override_pb.GrantAllowanceRequest] = field(default_factory=list)
    stock: FakeStock = field(default_factory=FakeStock)
    hosts: FakeHosts = field(default_factory=FakeHosts)
    agents: FakeAgents = field(default_factory=FakeAgents)
    server: grpc.Server | None = None
    address: str = ""

    def start(self, port: int = 0) -> None:
        """Serve on loopback."""
        self.server = grpc.server(ThreadPoolExecutor(4))
        admin_service_pb2_grpc.add_AdminServiceServicer_to_server(self, self.server)
        alert_service_pb2_grpc.add_AlertServiceServicer_to_server(self, self.server)
        plan_service_pb2_grpc.add_PlanServiceServicer_to_server(self, self.server)
        override_service_pb2_grpc.add_OverrideServiceServicer_to_server(self, self.server)
        order_service_pb2_grpc.add_OrderServiceServicer_to_server(self, self.server)
        stock_service_pb2_grpc.add_StockServiceServicer_to_server(self.stock, self.server)
        host_service_pb2_grpc.add_HostServiceServicer_to_server(self.hosts, self.server)
        agent_service_pb2_grpc.add_AgentServiceServicer_to_server(self.agents, self.server)
        negotiation_service_pb2_grpc.add_NegotiationServiceServicer_to_server(self.agents, self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port(f'127.0.0.1:{port}')}"
        self.server.start()

    def stop(self) -> None:
        """End serving."""
        if self.server is not None:
            self.server.stop(0).wait()

    def GetOverview(self, request: pb.GetOverviewRequest, context: grpc.ServicerContext) -> pb.Overview:
        """The overview as it is set."""
        return self.shown

    def ListOrders(
        self, request: order_service_pb2.ListOrdersRequest, context: grpc.ServicerContext
    ) -> common.ListOrdersResponse:
        """Two of everything for everybody."""
        lines = [common.OrderLine(item_id="PUMP-1", quantity=2)]
        stops = [stop for vehicle in self.shown.vehicles for stop in vehicle.stops]
        return common.ListOrdersResponse(orders=[common.Order(order_id=stop.order_id, lines=lines) for stop in stops])

    def AcknowledgeAlert(
        self, request: alert_pb.AcknowledgeAlertRequest, context: grpc.ServicerContext
    ) -> alert_pb.Alert:
        """Notes the click and marks the alert."""
        self.acknowledged.append(request.alert_id)
        for alert in self.shown.alerts:
            if alert.alert_id == request.alert_id:
                alert.status = alert_pb.ALERT_STATUS_ACKNOWLEDGED
        return alert_pb.Alert(alert_id=request.alert_id)

    def ExplainOrder(
        self, request: plan_service_pb2.ExplainOrderRequest, context: grpc.ServicerContext
    ) -> plan_service_pb2.ExplainOrderResponse:
        """Two vehicles, one of which could take it."""
        return plan_service_pb2.ExplainOrderResponse(
            sentences=[f"Order {request.order_id} fits nowhere in time."],
            alternatives=[
                plan_service_pb2.Alternative(vehicle_id="V1", feasible=True, extra_cost_cents=740, late_s=600),
                plan_service_pb2.Alternative(vehicle_id="V2", text="over its weight by 40 kg"),
            ],
            relaxations=[
                plan_service_pb2.Relaxation(
                    text="V2 carries 40000 g more",
                    command="muster allow weight V2 40000g",
                    extra_cost_cents=310,
                    steps=[
                        plan_service_pb2.Step(allow=override_pb.GrantAllowanceRequest(vehicle_id="V2", amount=40_000))
                    ],
                )
            ]
            if request.relax_budget_ms
            else [],
        )

    def GrantAllowance(
        self, request: override_pb.GrantAllowanceRequest, context: grpc.ServicerContext
    ) -> override_pb.Allowance:
        """Notes it."""
        self.allowed.append(request)
        return override_pb.Allowance(allowance_id="A-1", vehicle_id=request.vehicle_id)

    def PreviewOverride(
        self, request: override_pb.PreviewOverrideRequest, context: grpc.ServicerContext
    ) -> override_pb.OverrideImpact:
        """A small price."""
        return override_pb.OverrideImpact(feasible=True, cost_delta_cents=740, late_delta_s=600)

    def CreateOverride(
        self, request: override_pb.CreateOverrideRequest, context: grpc.ServicerContext
    ) -> override_pb.CreateOverrideResponse:
        """Notes it."""
        self.created.append(request)
        return override_pb.CreateOverrideResponse(override=override_pb.Override(override_id="ov-1"))
