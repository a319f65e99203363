"""The Ray backend: hosts and solvers as actors, of a Ray of our own or of a cluster we join. All Ray calls are here.

Promises: a Ray of our own listens with a token that nobody else knows, writes to a folder of its own, dies with the
bridge, and does not care what a killed run has left behind; its death is noticed within half a second (`failure`), and
then the whole bridge starts again, because actors of a lost raylet never come back. Ray restarts a killed host by
itself, without its memory, on another node if its own is lost. In a cluster, hosts and solvers are spread over the
nodes that offer CPUs. Called by `bridge`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import ray
import ray._private.parameter
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from agents.host import ray_host_actor
from agents.messages import AgentKind
from orchestrator.runtime import bridge_inside as inside
from orchestrator.runtime import ray_idle_agent, ray_template, ray_worker_start
from orchestrator.runtime.bridge_backend import WorkerFailed, WorkerLost
from orchestrator.runtime.bridge_cluster import ClusterNode
from orchestrator.runtime.bridge_telemetry import KINDS, TelemetrySettings
from orchestrator.runtime.endings import ended, first_of, never
from orchestrator.runtime.host_sizes import CPUS_TRACE, HostSizes, KindSizes

OBJECT_STORE_BYTES = 100 * 1024 * 1024
#: Longest wait for an actor to answer for the first time: a full machine takes long to import the engines.
ACTOR_START_S = 60.0
#: Longest wait for a word of a cluster that we only joined.
CLUSTER_ANSWER_S = 5.0
#: The address of whatever cluster this machine is a node of already.
AUTO = "auto"
#: A trace of a CPU keeps a solver off nodes that offer none, as it does hosts.
PLACED = {"num_cpus": CPUS_TRACE, "scheduling_strategy": "SPREAD"}
#: Processes that Ray starts beside head and raylet: an autoscaler's monitor, one that reads workers' logs, the
#: dashboard's server. A Ray of our own has no use for them; without, it is up with 40 % less work and 280 MB less.
NEEDLESS = ("start_monitor", "start_log_monitor", "start_api_server")
#: Processes that a raylet starts beside its workers, and waits for.
AGENTS = frozenset({"dashboard_agent", "runtime_env_agent"})
VITAL_PROCESSES = frozenset({"gcs_server", "raylet"})
FOLDER_PREFIX = "muster-ray-"


@dataclass(frozen=True, slots=True)
class RaySettings:
    """address: a cluster to join (HOST:PORT, or "auto"), or None for a Ray of our own. namespace: keeps companies on
    one cluster apart. processes: how many workers Ray should have at hand. solvers: further kinds, name ->
    "module:function". telemetry: how hosts open their ports."""

    address: str | None
    namespace: str
    processes: int
    solvers: Mapping[str, str]
    telemetry: TelemetrySettings | None = None
    sizes: KindSizes = field(default_factory=KindSizes)


class RayWorker:
    """An actor that does one call at a time."""

    def __init__(self, actor: Any, pid: int = 0, forget: Callable[[], Any] = lambda: None) -> None:
        self._actor, self._forget = actor, forget
        self._pid = pid

    @property
    def pid(self) -> int:
        """Its process id, as far as it has said."""
        return self._pid

    async def call(self, argument: Any, timeout_s: float) -> Any:
        """The actor's answer."""
        return await answer_of(self._actor.call.remote(argument), timeout_s)

    async def kill(self) -> None:
        """End the actor for good."""
        with contextlib.suppress(RayError, ValueError):
            ray.kill(self._actor, no_restart=True)
        self._forget()


async def answer_of(ref: Any, timeout_s: float) -> Any:
    """What a Ray call gives, with Ray's many errors as our three."""
    future = asyncio.wrap_future(ref.future())
    future.add_done_callback(_retrieved)
    try:
        return await asyncio.wait_for(asyncio.shield(future), timeout_s)
    except RayTaskError as error:
        raise WorkerFailed(f"{type(error.cause).__name__}: {error.cause}"[:2000]) from None
    except RayActorError as error:
        raise WorkerLost(str(error).splitlines()[0]) from None
    except RayError as error:
        raise WorkerLost(f"{type(error).__name__}: {error}"[:500]) from None


def _retrieved(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def _reserved(sizes: HostSizes) -> dict[str, Any]:
    memory = {"memory": sizes.memory_mb * 1024 * 1024} if sizes.memory_mb else {}
    return {"num_cpus": sizes.cpus, **memory}


def _towards(node: str) -> Any:
    """That node, or another when it is gone or full."""
    return NodeAffinitySchedulingStrategy(node, soft=True) if node else "SPREAD"


class RayBackend:
    """Starts actors."""

    name = "ray"

    def __init__(self, settings: RaySettings) -> None:
        self._settings = settings
        self._folder: Path | None = None
        self._node: ClusterNode | None = None
        self._nodes: tuple[str, ...] = ()
        self._names: dict[str, str] = {}
        # Ray ends a host whose last handle is gone, also one that only starts; one found by its name does not count.
        self._held: dict[str, list[Any]] = {}
        self._unanswered = 0

    def prepare(self) -> None:
        """Have a Ray of our own fork its workers from this process as it is now: nothing open, and no thread."""
        if self._settings.address is None and sys.platform == "linux":
            self._folder = _own_folder()
            node = ray._private.node
            ray_template.fork_template(self._folder, str(Path(node.__file__).parent / "workers" / "default_worker.py"))
            _fork_workers()

    async def start(self) -> None:
        """Start or join Ray. Blocks for seconds: Ray must be started by the main thread, with which it dies."""
        given: dict[str, Any] = {"address": self._settings.address or "local"}
        if self._settings.address != AUTO:
            self._folder = self._folder or _own_folder()
            given |= {"_temp_dir": str(self._folder), "_node_ip_address": "127.0.0.1"}
        if self._settings.address is None:
            given |= {"num_cpus": self._settings.processes, "object_store_memory": OBJECT_STORE_BYTES}
            given |= {"include_dashboard": False}
            _leave_out_needless()
        elif self._folder is not None:
            self._node = ClusterNode(self._settings.address, self._folder)
            self._node.join()
            given |= {"_node_ip_address": self._node.ip}
        ray.init(
            namespace=self._settings.namespace,
            log_to_driver=False,
            logging_level=logging.WARNING,
            configure_logging=False,
            **given,
        )

    async def nodes(self) -> tuple[str, ...]:
        """Living nodes that offer CPUs, as of the cluster's last answer to `failure`; a Ray of our own is one node."""
        return self._nodes

    def node_name(self, node: str) -> str:
        """As the cluster says: the name it was started with, else its address. A Ray of our own is here."""
        return self._names.get(node, "")

    async def host(self, name: str, kind: AgentKind, node: str = "") -> RayWorker:
        """The named host, made or waited for; Ray restarts it as often as needed, elsewhere if its node is lost."""
        options = {"name": name, "get_if_exists": True, "max_restarts": -1, "max_concurrency": 1}
        options |= _reserved(self._settings.sizes[kind]) | {"scheduling_strategy": _towards(node)}
        telemetry = self._settings.telemetry
        open_port = partial(inside.open_port, telemetry) if telemetry is not None and kind in KINDS else None
        actor = ray_host_actor().options(**options).remote(kind.value, inside.guard, open_port)
        self._held.setdefault(name, []).append(actor)
        return RayWorker(actor, forget=partial(self._held.pop, name, None))

    async def solver(self, name: str) -> RayWorker:
        """A new solver: a name of its own would outlive a killed one for a moment, so it has none."""
        options = {"max_restarts": 0, "max_concurrency": 1} | PLACED
        actor: Any = ray.remote(inside.RaySolver).options(**options).remote(dict(self._settings.solvers))
        try:
            return RayWorker(actor, await answer_of(actor.pid.remote(), ACTOR_START_S))
        except TimeoutError:
            ray.kill(actor, no_restart=True)
            raise WorkerLost(f"solver {name} did not come up within {ACTOR_START_S:.0f} s") from None

    async def failure(self) -> str:
        """Whether raylet or head are dead (a Ray of our own), or the cluster has not answered twice."""
        if self._settings.address is None:
            node = ray._private.worker.global_worker.node
            dead = {kind for kind, _process in node.dead_processes()} if node is not None else VITAL_PROCESSES
            lost = sorted(VITAL_PROCESSES & dead)
            return f"Ray's {' and '.join(lost)} died" if lost else ""
        if self._node is not None and (lost_node := self._node.failure()):
            return lost_node
        try:
            seen = await asyncio.wait_for(asyncio.to_thread(ray.nodes), CLUSTER_ANSWER_S)
            self._names |= {node["NodeID"]: node.get("NodeName") or node["NodeManagerAddress"] for node in seen}
            offering = (node for node in seen if node["Alive"] and node["Resources"].get("CPU", 0) > 0)
            self._nodes = tuple(sorted(node["NodeID"] for node in offering))
            self._unanswered = 0
        except (TimeoutError, RayError, RuntimeError) as error:
            self._unanswered += 1
            return f"the cluster does not answer: {error}" if self._unanswered > 1 else ""
        return ""

    async def lost(self) -> None:
        """When raylet or head of a Ray of our own have ended; of a cluster only asking tells."""
        node: Any = ray._private.worker.global_worker.node
        if self._settings.address is not None or node is None:
            await never()
        kept = [node.all_processes[kind][0].process.pid for kind in sorted(VITAL_PROCESSES & node.all_processes.keys())]
        await first_of(*(ended(pid) for pid in kept))

    async def ended(self, pid: int) -> None:
        """As the kernel says, in a Ray of our own; a cluster's workers may be elsewhere."""
        await (ended(pid) if self._settings.address is None else never())

    async def stop(self) -> None:
        """Take down a Ray of our own, or leave the cluster."""
        ray.shutdown()
        if self._node is not None:
            self._node.leave()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _leave_out_needless() -> None:
    """`ray.init` has no options for this; a name that a later Ray does not know does nothing."""
    for name in NEEDLESS:
        setattr(ray._private.node.Node, name, _start_nothing)
    _idle_agents()


def _idle_agents() -> None:
    """The helpers that a raylet starts itself and waits for: `ray_idle_agent` in their place."""
    services = ray._private.services
    usual = services._build_python_executable_command_memory_profileable

    def command(component: str, *arguments: Any, **options: Any) -> list[str]:
        if component in AGENTS:
            return [sys.executable, "-S", "-E", str(ray_idle_agent.__file__)]
        return list(usual(component, *arguments, **options))

    services._build_python_executable_command_memory_profileable = command


def _fork_workers() -> None:
    """`ray_worker_start` in the place of Ray's worker script."""
    params: Any = ray._private.parameter.RayParams
    usual = params.update_if_absent

    def update(self: Any, **given: Any) -> None:
        if "worker_path" in given:
            given["worker_path"] = str(ray_worker_start.__file__)
        usual(self, **given)

    params.update_if_absent = update


def _start_nothing(*_arguments: object, **_options: object) -> None:
    """In the place of a method of Ray's that starts a process."""


def _own_folder() -> Path:
    """A folder for one Ray, short enough for its sockets' names; folders of dead owners are removed."""
    base = Path(tempfile.gettempdir())
    base = base if len(str(base)) <= 20 else Path("/tmp")
    prefix = f"{FOLDER_PREFIX}{os.getuid()}-"
    for left in base.glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix)
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{prefix}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
