"""The whole core process on a machine of the lab, with PostgreSQL as its log and a Ray cluster as its runtime."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import grpc

from orchestrator.runtime.bootstrap import WITNESS_FILE
from protos.muster.operator.v1 import host_service_pb2
from protos.muster.partner.v1 import partner_service_pb2_grpc
from tests.crash.real_server import SETTINGS, RealServer
from tests.crash.targets import START_S_MAX
from tests.e2e.cluster.lab import Machine
from tests.e2e.cluster.ray_nodes import RayNodes
from tests.serving import OPERATOR_METHODS, Caller, services_of
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

AGENTS_PER_HOST = 30
SOLVERS = 2
METHODS = OPERATOR_METHODS | {
    f"{service.name}.{method.name}": method for service in services_of([host_service_pb2]) for method in service.methods
}


class ClusteredServer(RealServer):
    """`muster serve --ray-address … --log postgres://…`."""

    name = "clustered server"

    def __init__(self, folder: Path, machine: Machine, nodes: RayNodes, log_url: str) -> None:
        super().__init__(folder)
        self._machine, self._nodes, self._log_url = machine, nodes, log_url
        self.operator: Caller | None = None

    async def start(self) -> None:
        self._process = self._machine.run(self._command(), self._stderr, self._environment())
        address = await wait_for(self._partner_address, "the endpoints are written", START_S_MAX)
        self._channel = grpc.aio.insecure_channel(address)
        self._partner = partner_service_pb2_grpc.PartnerServiceStub(self._channel)
        self.operator = Caller(self.endpoints()["operator"], METHODS, (("x-muster-operator", "tester"),))

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "orchestrator.runtime.core_process", "--no-web", "--runtime", "ray"]
        command += ["--data-dir", str(self._config.data_dir), "--clock-origin-s", str(NOW_S), "--log", self._log_url]
        return command + [item for name in ("operator", "partner", "metrics") for item in (f"--{name}-port", "0")]

    def _environment(self) -> dict[str, str]:
        return SETTINGS | {
            "MUSTER_RAY_ADDRESS": self._nodes.address,
            "MUSTER_RAY_TOKEN_PATH": str(self._nodes.token),
            "MUSTER_OPERATOR_HOST": self._machine.address,
            "MUSTER_PARTNER_HOST": self._machine.address,
            "MUSTER_TELEMETRY_HOST": "node",
            "MUSTER_AGENTS_PER_HOST": str(AGENTS_PER_HOST),
            "MUSTER_SOLVER_COUNT": str(SOLVERS),
            "MUSTER_IMPROVE_BUDGET_MS": "0",
            "MUSTER_BACKGROUND_BUDGET_S": "2",
            "MUSTER_BACKGROUND_EVERY_S": "30",
            "MUSTER_SNAPSHOT_EVERY": "300",  # one is looked at in the end, and each costs a second
            "PYTHONPATH": os.getcwd(),
        }

    async def ask(self, method: str) -> Any:
        """A call of the operator port."""
        assert self.operator is not None
        return await self.operator(method)

    async def hang_up(self) -> None:
        await super().hang_up()
        if self.operator is not None:
            await asyncio.wait_for(self.operator.__aexit__(), 5)
        self.operator = None

    def log_place(self) -> tuple[str, Path, Path, Path]:
        data_dir = self._config.data_dir
        return self._log_url, data_dir, self._config.log_key_path, data_dir / WITNESS_FILE
