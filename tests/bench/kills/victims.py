"""What runs behind a server, as process ids, and how to see that it is whole again after one was killed."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc

from protos.muster.operator.v1 import host_service_pb2, host_service_pb2_grpc
from tests.processes import alive, children, word_of

CALL_S = 2.0
METRIC = 'muster_instructions{outcome="'
KINDS = ("host", "solver", "bridge", "raylet", "head")
#: Kinds that are children of the bridge, by their programs' names.
PROGRAMS = {"raylet": "raylet", "head": "gcs_server"}


@dataclass(frozen=True)
class Whole:
    """Everything is up: the bridge's process, hosts and solvers by name, and the agents they hold."""

    bridge: int
    hosts: dict[str, int]
    solvers: dict[str, int]
    agents: int

    def victims(self, kind: str) -> list[int]:
        """Who can be killed, in a fixed order."""
        if kind == "host":
            return [self.hosts[name] for name in sorted(self.hosts)]
        if kind == "solver":
            return [self.solvers[name] for name in sorted(self.solvers)]
        return [self.bridge] if kind == "bridge" else named_children(self.bridge, PROGRAMS[kind])


class Watch:
    """Looks at one server through its operator port."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._address = ""
        self._channel: grpc.Channel | None = None
        self.last_error = ""

    def whole(self) -> Whole | None:
        """Everything, or None while a part is missing."""
        endpoints = self._endpoints()
        said = self._hosts(str(endpoints.get("operator", "")))
        if said is None:
            return None
        self.last_error = said.last_error
        # One more is kept as a spare; it has no Ray.
        bridges = named_children(int(endpoints["pid"]), "", "orchestrator.runtime.bridge")
        bridges = [pid for pid in bridges if named_children(pid, PROGRAMS["head"])]
        hosts = {host.name: host.pid for host in said.hosts if host.alive}
        solvers = {solver.name: solver.pid for solver in said.solvers if solver.alive}
        everything = [*hosts.values(), *solvers.values(), *bridges]
        if said.phase != "ready" or len(hosts) < len(said.hosts) or not solvers or len(bridges) != 1:
            return None
        if not all(alive(pid) for pid in everything):
            return None
        return Whole(bridges[0], hosts, solvers, sum(host.agents for host in said.hosts))

    def _endpoints(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self._data_dir / "endpoints.json").read_text()))
        except (OSError, ValueError):
            return {}

    def _hosts(self, address: str) -> host_service_pb2.ListHostsResponse | None:
        if not address:
            return None
        if self._channel is None or address != self._address:
            self.close()
            self._channel, self._address = grpc.insecure_channel(address), address
        try:
            stub = host_service_pb2_grpc.HostServiceStub(self._channel)
            who = (("x-muster-operator", "bench"),)
            return stub.ListHosts(host_service_pb2.ListHostsRequest(), timeout=CALL_S, metadata=who)
        except grpc.RpcError:
            return None

    def instructions(self) -> dict[str, int] | None:
        """What became of instructions since the server started, by outcome; None while nobody says."""
        try:
            with urlopen(f"http://{self._endpoints()['metrics']}/metrics", timeout=CALL_S) as answer:
                lines = answer.read().decode().splitlines()
        except (OSError, KeyError):
            return None
        told = (line.removeprefix(METRIC).split('"} ') for line in lines if line.startswith(METRIC))
        return {outcome: int(float(count)) for outcome, count in told}

    def close(self) -> None:
        """Hang up."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None


def named_children(pid: int, program: str, module: str = "") -> list[int]:
    """Living children by their program's name, or by a word of their command line."""
    return [child for child in children(pid) if _named(child, program, module)]


def _named(pid: int, program: str, module: str) -> bool:
    if program and word_of(pid, "comm").strip() != program:
        return False
    return not module or module in word_of(pid, "cmdline").split("\0")


def kill(pid: int) -> bool:
    """SIGKILL; whether it hit something that ran."""
    if not alive(pid):
        return False
    os.kill(pid, signal.SIGKILL)
    return True
