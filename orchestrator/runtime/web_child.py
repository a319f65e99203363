"""The dashboard's process: started with the server, watched, ended with it. Called by `bootstrap`."""

from __future__ import annotations

import socket

from orchestrator.runtime.config import ServerConfig
from orchestrator.runtime.processes import ChildSpec, Supervisor


class WebChild:
    """Runs `python -m orchestrator.web` against this server's operator port."""

    def __init__(self, config: ServerConfig, operator: str) -> None:
        self._config = config
        self._operator = operator
        self._supervisor: Supervisor | None = None

    async def start(self) -> str:
        """Start it; the address it will listen on. It is up a moment later, and comes back if it dies."""
        config = self._config
        port = config.web_port or free_port(config.web_host)
        spec = ChildSpec(
            name="web",
            module="orchestrator.web",
            arguments=("--operator", self._operator, "--host", config.web_host, "--port", str(port)),
            log_path=config.data_dir / "logs" / "web.log",
        )
        self._supervisor = Supervisor(spec)
        await self._supervisor.start()
        return f"{config.web_host}:{port}"

    async def stop(self) -> None:
        """End it."""
        if self._supervisor is not None:
            await self._supervisor.stop()


def free_port(host: str) -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
