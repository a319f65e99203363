"""What agents have learned and the log does not hold, kept in a few files by the bridge.

Promises: a file is replaced as a whole or not at all; one that is damaged is ignored with a warning, because the agents
learn anew; what is kept is bounded for each agent and in all, and agents that are gone are dropped. The company's truth
is the log; losing this folder costs predictions, nothing else. Called by `bridge`, asked by `bridge_slot`.

A file holds a line of magic, the SHA-256 of what follows, and a JSON object: agent id -> memory in base64.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import structlog

from agents.host import Memory
from agents.machine import MEMORY_BYTES_MAX
from agents.messages import AgentKind, AgentRef

MAGIC = b"muster-agents 1\n"
DIGEST_BYTES = 32
#: Files of one kind: a write rewrites one part of them, a damaged one costs one part.
SHARDS = 16
AGENTS_MAX = 50_000
FILE_BYTES_MAX = 64 * 1024 * 1024
SUFFIX = ".ckpt"

_logger = structlog.get_logger("orchestrator.runtime.checkpoints")


class Checkpoints:
    """`folder`: made when something is to be kept. Nothing is read before `load`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[AgentRef, bytes] = {}
        self._dirty: set[str] = set()
        self.refused = 0

    def load(self) -> int:
        """Read what is there; how many agents that is."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                self._kept |= _read(path)
            except (OSError, ValueError) as error:
                _logger.warning("damaged checkpoint, ignored", path=str(path), error=str(error))
        return len(self._kept)

    def keep(self, memories: Iterable[Memory]) -> None:
        """Take in what has changed; `save` makes it last. b"" forgets."""
        for agent, data in memories:
            if len(data) > MEMORY_BYTES_MAX or (agent not in self._kept and len(self._kept) >= AGENTS_MAX):
                self.refused += 1
                continue
            if data:
                self._kept[agent] = data
            else:
                self._kept.pop(agent, None)
            self._dirty.add(_shard(agent))

    def of(self, agents: Iterable[AgentRef]) -> tuple[Memory, ...]:
        """What is kept of these agents."""
        return tuple((agent, self._kept[agent]) for agent in agents if agent in self._kept)

    def retain(self, agents: Iterable[AgentRef]) -> None:
        """Forget all others."""
        gone = self._kept.keys() - set(agents)
        for agent in gone:
            del self._kept[agent]
            self._dirty.add(_shard(agent))

    def take_changed(self) -> dict[str, bytes]:
        """File name -> content of what has changed since this was last asked: for `write`, on any thread."""
        dirty, self._dirty = self._dirty, set()
        parts: dict[str, dict[str, str]] = {name: {} for name in dirty}
        for agent, data in self._kept.items() if dirty else ():
            if (name := _shard(agent)) in parts:
                parts[name][agent.id] = b64encode(data).decode()
        return {name: _sealed(json.dumps(part, sort_keys=True).encode()) for name, part in parts.items()}

    def write(self, changed: dict[str, bytes]) -> None:
        """Replace these files. A full disk is a warning: the agents go on."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, content in changed.items():
                _replace(self._folder / name, content)
        except OSError as error:
            _logger.warning("checkpoint not written", folder=str(self._folder), error=str(error))


def _shard(agent: AgentRef) -> str:
    return f"{agent.kind.value}-{crc32(agent.id.encode()) % SHARDS:02d}{SUFFIX}"


def _sealed(body: bytes) -> bytes:
    return MAGIC + sha256(body).digest() + body


def _read(path: Path) -> dict[AgentRef, bytes]:
    """Raises ValueError for a file that is not as it was written."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"more than {FILE_BYTES_MAX} bytes")
    content = path.read_bytes()
    head = len(MAGIC) + DIGEST_BYTES
    body = content[head:]
    if content != _sealed(body):
        raise ValueError("its head or its sum is wrong")
    kind = AgentKind(path.name.rpartition("-")[0])
    return {AgentRef(kind, agent_id): b64decode(data, validate=True) for agent_id, data in json.loads(body).items()}


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
