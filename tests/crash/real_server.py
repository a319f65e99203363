"""The whole core process as a crash target: a partner's gRPC calls against `core_process`."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import grpc

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.company import Company, Place
from orchestrator.log.chain import load_or_create_key
from orchestrator.log.open_store import open_store
from orchestrator.runtime.bootstrap import ENDPOINTS_FILE, WITNESS_FILE
from orchestrator.runtime.clock import ManualClock
from protos.muster.common.v1 import order_pb2
from protos.muster.partner.v1 import partner_service_pb2, partner_service_pb2_grpc
from tests.crash.targets import START_S_MAX, NotAcknowledged, ServerProcess
from tests.serving import bearer, server_config
from tests.unit.domain.small_company import NOW_S, draft, small_company
from tests.waiting import wait_for

CALL_S = 10.0
TAKEN = (order_pb2.ITEM_OUTCOME_ACCEPTED, order_pb2.ITEM_OUTCOME_DUPLICATE)
VEHICLES = 60
CUSTOMERS = 90
SETTINGS = {
    # A partner may have as many calls in work as pile up during a restart, and snapshots come often.
    "MUSTER_PARTNER_CONCURRENCY_MAX": "512",
    "MUSTER_PARTNER_CALLS_PER_S_MAX": "100000",
    "MUSTER_SNAPSHOT_EVERY": "400",
}


def busy_company() -> Company:
    """The small company with a fleet, a stock and customers that can take some thousands of orders a day."""
    company = small_company()
    van, customer = company.vehicles[0], company.customers[0]
    vans = [
        van.model_copy(update={"vehicle_id": f"V{n}", "name": f"V{n}", "weight_g": 10**7, "volume_cm3": 10**8})
        for n in range(1, VEHICLES + 1)
    ]
    customers = [
        customer.model_copy(
            update={
                "customer_id": f"C{n}",
                "name": f"Customer {n}",
                "place": Place(lat_e7=481_000_000 + n % 10 * 90_000, lon_e7=115_000_000 + n // 10 * 90_000),
                "service_s": 60,
            }
        )
        for n in range(1, CUSTOMERS + 1)
    ]
    stock = [policy.model_copy(update={"on_hand": 10**6}) for policy in company.stock]
    return company.model_copy(update={"vehicles": tuple(vans), "customers": tuple(customers), "stock": tuple(stock)})


class RealServer(ServerProcess):
    """`python -m orchestrator.runtime.core_process` on a data folder that knows the busy company."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._stderr = folder / "stderr.txt"
        self._config = server_config(folder / "data")
        self._channel: grpc.aio.Channel | None = None
        self._partner: partner_service_pb2_grpc.PartnerServiceAsyncStub | None = None

    async def load_company(self) -> None:
        """Write the master data into the log before the first start."""
        url, data_dir, key_path, witness = self.log_place()
        data_dir.mkdir()
        core = await Core.open(
            muster_domain(),
            open_store(url, data_dir),
            load_or_create_key(key_path),
            ManualClock(NOW_S),
            witness=witness,
        )
        await core.submit(ImportCompany(company=busy_company()), principal="operator:test")
        await core.close()

    async def start(self) -> None:
        ports = [item for name in ("operator", "partner", "metrics") for item in (f"--{name}-port", "0")]
        command = [sys.executable, "-m", "orchestrator.runtime.core_process", *ports, "--no-web", "--runtime", "none"]
        command += ["--data-dir", str(self._config.data_dir), "--clock-origin-s", str(NOW_S)]
        await self.hang_up()
        self.launch(command, self._stderr, {**os.environ, **SETTINGS})
        address = await wait_for(self._partner_address, "the endpoints are written", START_S_MAX)
        self._channel = grpc.aio.insecure_channel(address)
        self._partner = partner_service_pb2_grpc.PartnerServiceStub(self._channel)

    def _partner_address(self) -> str:
        """Where this process serves; the file of a killed one does not count."""
        assert self.running, self._stderr.read_text()[-2_000:]
        endpoints = self.endpoints()
        return str(endpoints["partner"]) if endpoints.get("pid") == self.pid else ""

    def endpoints(self) -> dict[str, Any]:
        """What the server says of where it is; empty before it does."""
        path = self._config.data_dir / ENDPOINTS_FILE
        return dict(json.loads(path.read_text())) if path.exists() else {}

    async def submit(self, number: str, request_id: str) -> None:
        if self._partner is None:
            raise NotAcknowledged("not started")
        wanted = draft(number, f"C{int(number) % CUSTOMERS + 1}")
        order = order_pb2.OrderDraft(
            number=number,
            customer_id=wanted.customer_id,
            lines=[order_pb2.OrderLine(item_id=line.item_id, quantity=line.quantity) for line in wanted.lines],
            window_start_s=wanted.window_start_s,
            window_end_s=wanted.window_end_s,
        )
        request = partner_service_pb2.SubmitOrdersRequest(request_id=request_id, orders=[order])
        try:
            response = await self._partner.SubmitOrders(request, timeout=CALL_S, metadata=bearer("acme"))
        except grpc.aio.AioRpcError as error:
            raise NotAcknowledged(f"{error.code().name}: {error.details()}") from error
        assert response.results[0].outcome in TAKEN, f"order {number} was refused: {response.results[0]}"

    async def hang_up(self) -> None:
        """Close the connection; its calls have ended, because the process they went to is gone."""
        if self._channel is not None:
            await asyncio.wait_for(self._channel.close(), CALL_S)
        self._channel = self._partner = None

    def log_place(self) -> tuple[str, Path, Path, Path]:
        data_dir = self._config.data_dir
        return self._config.log_url, data_dir, self._config.log_key_path, data_dir / WITNESS_FILE
