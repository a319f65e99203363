"""How a bridge is started and what is known of it: plain data for `bridge_client` and whoever shows it.

Knows no process and no loop.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agents.messages import AgentKind
from orchestrator.runtime.bridge_messages import EXIT_AGAIN, HostStatus, SolverStatus
from orchestrator.runtime.bridge_telemetry import TELEMETRY_KEY_ENV
from orchestrator.runtime.host_sizes import AGENTS_PER_HOST, HostSizes, as_json
from orchestrator.runtime.processes import ChildSpec


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """How to start the bridge.

    solve_grace_s: what a solve may take beyond its budget before it is killed; engines load their libraries outside of
    it, and a solver that yields to everybody does so slowly. solvers: further kinds, name -> "module:function". hosts:
    sizes of the hosts of some kinds. telemetry_host: where hosts listen for telemetry, "" for nowhere; telemetry_key:
    of the tokens that they take.
    """

    data_dir: Path
    backend: str = "ray"
    ray_address: str | None = None
    ray_token_path: Path | None = None
    solver_count: int = 1
    agents_per_host: int = AGENTS_PER_HOST
    hosts: Mapping[AgentKind, HostSizes] = field(default_factory=dict)
    log_level: str = "INFO"
    solve_grace_s: float = 10.0
    solvers: tuple[tuple[str, str], ...] = ()
    telemetry_host: str = ""
    telemetry_key: bytes = field(default=b"", repr=False)

    def child(self) -> ChildSpec:
        """The bridge's command line."""
        namespace = "muster-" + hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        arguments = ["--backend", self.backend, "--socket", str(self.socket_path), "--namespace", namespace]
        arguments += ["--solvers", str(self.solver_count), "--agents-per-host", str(self.agents_per_host)]
        arguments += ["--hosts", as_json(self.hosts), "--checkpoints", str(self.data_dir / "agents")]
        arguments += ["--log-level", self.log_level]
        if self.ray_address is not None:
            arguments += ["--ray-address", self.ray_address]
        if self.ray_token_path is not None:
            arguments += ["--ray-token-path", str(self.ray_token_path)]
        if self.telemetry_host:
            arguments += ["--telemetry-host", self.telemetry_host]
        for kind, function in self.solvers:
            arguments += ["--solver", f"{kind}={function}"]
        return ChildSpec(
            name="bridge",
            module="orchestrator.runtime.bridge",
            arguments=tuple(arguments),
            log_path=self.data_dir / "logs" / "bridge.log",
            env={TELEMETRY_KEY_ENV: self.telemetry_key.hex()} if self.telemetry_host else {},
            again_at_once=frozenset({EXIT_AGAIN}),
            spare=self.backend == "ray",  # a second of loading less on the way back, for 100 MB
        )

    @property
    def socket_path(self) -> Path:
        """Where the core listens for its bridge."""
        return self.data_dir / "run" / "bridge.sock"


@dataclass(frozen=True, slots=True)
class BridgeHealth:
    """How bridge, hosts and solvers are. `phase`: stopped, starting, ready, away.

    connected: it was heard of within two seconds. hosts_away: not answering. hosts_moving: on their way to another
    node, as planned, which is no absence. agents: kind -> agents that are held by a live host. restarts: of the bridge
    and of hosts, since the core started. since_s: company time of the last change of phase. outstanding: instructions
    that no agent has confirmed. instructions: what became of the others, counted: executed, repeated (came again, and
    were not executed), twice (executed again by an agent that had executed them: a defect).
    """

    backend: str
    connected: bool
    phase: str
    since_s: int
    hosts: int = 0
    hosts_away: int = 0
    hosts_moving: int = 0
    agents: dict[str, int] = field(default_factory=dict)
    restarts: int = 0
    solvers: int = 0
    solvers_busy: int = 0
    last_error: str = ""
    host_list: tuple[HostStatus, ...] = ()
    solver_list: tuple[SolverStatus, ...] = ()
    pid: int | None = None
    outstanding: int = 0
    instructions: Mapping[str, int] = field(default_factory=dict)
