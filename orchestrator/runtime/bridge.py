"""The bridge process: between the core and whatever runs agents and solvers (Ray, or plain processes).

    python -m orchestrator.runtime.bridge --backend ray --socket DIR/run/bridge.sock

Promises: it keeps nothing that the core could not tell it again; it says twice a second what is alive; it ends when
the core ends, and takes Ray and all its processes with it; when its Ray is lost as a whole it ends with `EXIT_AGAIN`,
and the core starts it again. Started by `bridge_client` only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import structlog

from agents.messages import AgentKind, AgentRef
from orchestrator.runtime import ray_template
from orchestrator.runtime.bridge_auth import joined_environment, new_token, own_environment
from orchestrator.runtime.bridge_backend import Backend
from orchestrator.runtime.bridge_hosts import Hosts
from orchestrator.runtime.bridge_local import LocalBackend
from orchestrator.runtime.bridge_messages import (
    EXIT_AGAIN,
    FromBridge,
    GiveUp,
    Hello,
    NeedRoster,
    Roster,
    Said,
    Solve,
    Solved,
    Status,
    Tell,
)
from orchestrator.runtime.bridge_solvers import Solvers
from orchestrator.runtime.bridge_telemetry import TELEMETRY_KEY_ENV, TelemetrySettings
from orchestrator.runtime.checkpoints import Checkpoints
from orchestrator.runtime.frames import connected_socket, dumps, framed, loads, read_frame
from orchestrator.runtime.host_sizes import AGENTS_PER_HOST, KindSizes
from orchestrator.runtime.logging import setup_logging
from orchestrator.runtime.parent import die_with_parent, wait_for_turn

#: Beside the socket: a folder for this user alone.
RAY_TOKEN_FILE = "ray.token"
STATUS_EVERY_S = 0.5
#: Heartbeats between two looks at the nodes, and between two questions of what agents have learned.
BEATS_A_BALANCE, BEATS_A_MEMORY = 10, 20
#: Longest wait for the last memories of agents when all ends.
REMEMBER_S = 1.0
#: Longest wait for everything to end before it is killed with the process group.
STOP_S = 3.0
#: The bridge yields to the core; its solvers yield to the bridge.
BRIDGE_NICE = 5
EXIT_FAILED = 1

_logger = structlog.get_logger("orchestrator.runtime.bridge")


class Bridge:
    """Passes messages between the core's socket and the workers."""

    def __init__(
        self,
        backend: Backend,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        solvers: int,
        sizes: KindSizes,
        checkpoints: Checkpoints,
    ) -> None:
        self._backend, self._reader, self._writer = backend, reader, writer
        self._checkpoints = checkpoints
        self._hosts = Hosts(backend, sizes, self, checkpoints)
        self._solvers = Solvers(backend, solvers, self._solved)
        self._has_roster = False
        self._ended = asyncio.Event()
        self._news = asyncio.Event()  # something that the core should hear of before the next beat

    async def run(self) -> int:
        """Work until the core is gone or the backend is lost; the exit code."""
        self._end_on_sigterm()
        self._send(Hello(os.getpid(), self._backend.name))
        await self._writer.drain()
        try:
            await self._backend.start()
        except Exception as error:  # whatever Ray raises: the core hears why, and starts another bridge
            _logger.exception("backend does not start")
            self._send(Status(ready=False, error=f"{self._backend.name} does not start: {error}"[:500]))
            await self._writer.drain()
            return EXIT_FAILED
        self._end_on_sigterm()  # Ray has put its own handler there
        remembered = await asyncio.to_thread(self._checkpoints.load)
        await self._backend.failure()  # of a cluster it learns the nodes there are
        await self._hosts.rebalance()
        _logger.info("agents' memories", agents=remembered)
        self._send(NeedRoster())
        self._solvers.start()
        heart = asyncio.create_task(self._heart(), name="heartbeat")
        listen = asyncio.create_task(self._listen(), name="listen to the core")
        told_to_end = asyncio.create_task(self._ended.wait(), name="wait for the end")
        lost = asyncio.create_task(self._backend.lost(), name="wait for the backend's loss")
        lost.add_done_callback(lambda _task: self._news.set())
        try:
            await asyncio.wait([heart, listen, told_to_end], return_when=asyncio.FIRST_COMPLETED)
            if heart.done():
                return heart.result()  # all is lost: no polite end, which a dead Ray would hold up for long
            await self._stop()
            return 0
        finally:
            for task in (heart, listen, told_to_end, lost):
                task.cancel()

    def _end_on_sigterm(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._ended.set)

    async def _stop(self) -> None:
        await self._checkpoint()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(self._hosts.stop(), self._solvers.stop())
                await self._backend.stop()

    async def _checkpoint(self) -> None:
        """Keep what agents have learned since it was last asked; a host that is slow to answer does without."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REMEMBER_S):
                await self._hosts.remember()
        if changed := self._checkpoints.take_changed():
            await asyncio.to_thread(self._checkpoints.write, changed)

    async def _listen(self) -> None:
        """Take in what the core says, until its end."""
        while (data := await read_frame(self._reader)) is not None:
            self._take(loads(data))

    def _take(self, message: Any) -> None:
        match message:
            case Tell():
                self._hosts.tell(message)
            case Roster():
                self._hosts.take_roster(message)
                self._has_roster = True
                if message.complete:
                    self._checkpoints.retain(told.agent for told in message.instructions)
                    self._send(self._hosts.layout())
            case Solve():
                self._solvers.solve(message)
            case GiveUp(number=number):
                self._solvers.give_up(number)

    async def _heart(self) -> int:
        """Say what is alive, until the backend is lost; now and then look after the rest."""
        for beat in count(1):
            lost = await self._backend.failure() or self._hosts.defect() or self._solvers.defect()
            ready = self._has_roster and self._hosts.all_there() and not lost
            readings = self._hosts.readings()
            self._send(Status(ready, self._hosts.statuses(), self._solvers.statuses(), lost, readings))
            if lost:
                _logger.error("backend lost", why=lost)
                await self._writer.drain()
                return EXIT_AGAIN
            if beat % BEATS_A_BALANCE == 0:
                await self._hosts.rebalance()
            if beat % BEATS_A_MEMORY == 0:
                self._hosts.ask_memories()
            if changed := self._checkpoints.take_changed():
                await asyncio.to_thread(self._checkpoints.write, changed)
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), STATUS_EVERY_S)
        raise AssertionError("a heart beats on")

    def need_roster(self, agents: tuple[AgentRef, ...]) -> None:
        """A host must be told everything: ask the core."""
        self._send(NeedRoster(agents))

    def host_changed(self) -> None:
        """Tell the core at once that a host is away, or back."""
        self._news.set()

    async def said(self, said: Said) -> None:
        """Pass on what a host said; it is told no more before the core has room for it."""
        self._send(said)
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def _solved(self, solved: Solved) -> None:
        self._send(solved)

    def _send(self, message: FromBridge) -> None:
        self._writer.write(framed(dumps(message)))


async def serve(options: argparse.Namespace, backend: Backend) -> int:
    """Connect to the core and work for it; the exit code."""
    reader, writer = await asyncio.open_unix_connection(sock=connected_socket(options.socket))
    bridge = Bridge(
        backend,
        reader,
        writer,
        solvers=options.solvers,
        sizes=_sizes(options),
        checkpoints=Checkpoints(options.checkpoints),
    )
    try:
        return await bridge.run()
    finally:
        with contextlib.suppress(OSError):
            writer.close()


def _sizes(options: argparse.Namespace) -> KindSizes:
    return KindSizes.from_json(options.agents_per_host, options.hosts)


def make_backend(options: argparse.Namespace) -> Backend:
    """The backend that was asked for; Ray is imported only when it is wanted."""
    extra = dict(pair.split("=", 1) for pair in options.solver)
    key = os.environ.pop(TELEMETRY_KEY_ENV, "")  # Ray's processes need not know it
    telemetry = TelemetrySettings(key, options.telemetry_host) if key and options.telemetry_host else None
    if options.backend == "local":
        return LocalBackend(extra, telemetry)
    token = _set_ray_environment(options)
    own = token is not None
    if own:
        ray_template.foresee()
    from orchestrator.runtime.bridge_ray import RayBackend, RaySettings

    if own:
        ray_template.forget()
    wait_for_turn()
    if token is not None:
        new_token(token)
    ray = RaySettings(options.ray_address, options.namespace, _processes(options), extra, telemetry, _sizes(options))
    backend = RayBackend(ray)
    backend.prepare()
    return backend


def _processes(options: argparse.Namespace) -> int:
    """How many at least: the solvers, and one host a kind."""
    return int(options.solvers) + len(AgentKind)


def _set_ray_environment(options: argparse.Namespace) -> Path | None:
    """Ray reads these when it is imported; the processes it starts inherit them. Where a new token is to be made."""
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
        RAY_worker_niceness="0",  # Ray would make hosts as nice as solvers
    )
    if options.ray_address is None:
        # As many at a time as there are cores: that is for workers that load everything, and ours are forked.
        os.environ.update(RAY_worker_maximum_startup_concurrency=str(_processes(options)))
        token: Path = options.socket.with_name(RAY_TOKEN_FILE)
        os.environ.update(own_environment(token))
        return token
    os.environ.update(joined_environment(options.ray_token_path, os.environ))
    return None


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The bridge's arguments."""
    parser = argparse.ArgumentParser(prog="bridge", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backend", choices=("ray", "local"), required=True)
    parser.add_argument("--socket", type=Path, required=True, help="where the core listens")
    parser.add_argument("--ray-address", default=None, help="join this cluster instead of starting one")
    parser.add_argument("--ray-token-path", type=Path, default=None, help="file of that cluster's token")
    parser.add_argument("--namespace", default="muster", help="keeps companies on one cluster apart")
    parser.add_argument("--solvers", type=int, default=1, help="solver processes")
    parser.add_argument("--agents-per-host", type=int, default=AGENTS_PER_HOST)
    parser.add_argument("--hosts", default="", help="sizes of the hosts of some kinds as a JSON object")
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder of what agents have learned")
    parser.add_argument("--solver", action="append", default=[], metavar="KIND=MODULE:FUNCTION", help="one more kind")
    parser.add_argument("--telemetry-host", default="", help="where hosts listen for telemetry; needs the key")
    parser.add_argument("--log-level", default="INFO")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Be the bridge, then end, with everything that was started."""
    options = parse(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the core says when to end
    die_with_parent(signal.SIGTERM)
    setup_logging("bridge", level=options.log_level)
    os.nice(BRIDGE_NICE)
    code = asyncio.run(serve(options, make_backend(options)))
    _logger.info("bridge ends", code=code)
    sys.stderr.flush()
    if os.getpgid(0) == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)  # what is left of Ray
    os._exit(code)


if __name__ == "__main__":
    main()
