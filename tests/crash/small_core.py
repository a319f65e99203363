"""A core with nothing around it: the real domain on a real SQLite log, behind lines of JSON on a unix socket.

`python -m tests.crash.small_core FOLDER` serves `FOLDER/core.sock` until it is killed. A line
`{"number": "17", "request_id": "…"}` submits one order of the small company and is answered, once it is durable,
with `{"request_id", "seq", "outcome"}`, or with `{"request_id", "error"}`.
"""

import asyncio
import json
import sys
from pathlib import Path

import structlog

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.core.snapshot_process import SnapshotProcess
from orchestrator.core.work import CoreLimits, Outcome
from orchestrator.domain.answers import Answer
from orchestrator.domain.commands import ImportCompany, SubmitOrders
from orchestrator.domain.errors import MusterError
from orchestrator.domain.state import State
from orchestrator.log.chain import load_or_create_key
from orchestrator.log.open_store import open_store
from orchestrator.runtime.clock import ManualClock
from tests.unit.domain.small_company import NOW_S, draft, small_company

SNAPSHOT_EVERY = 400


async def open_small_core(folder: Path) -> Core[State]:
    """The core on the log in `folder`, with the company loaded."""
    key_path = folder / "muster.key"
    core = await Core.open(
        muster_domain(),
        open_store("sqlite", folder / "data"),
        load_or_create_key(key_path),
        ManualClock(NOW_S),
        witness=key_path.with_suffix(".head"),
        limits=CoreLimits(snapshot_every=SNAPSHOT_EVERY),
        snapshots=SnapshotProcess("sqlite", key_path, folder / "data"),
    )
    if core.state.company is None:
        await core.submit(ImportCompany(company=small_company()), principal="operator:ada")
    return core


async def answer(core: Core[State], line: bytes) -> dict[str, object]:
    """Submit what a line asks for."""
    fields = json.loads(line)
    command = SubmitOrders(partner_id="acme", orders=(draft(fields["number"]),))
    request_id = fields["request_id"]
    try:
        outcome: Outcome = await core.submit(command, principal="partner:acme", request_id=request_id)
    except MusterError as error:
        return {"request_id": request_id, "error": str(error)}
    assert isinstance(outcome.answer, Answer)
    return {"request_id": request_id, "seq": outcome.last_seq, "outcome": outcome.answer.orders[0].outcome}


async def serve(folder: Path) -> None:
    """Until killed."""
    core = await open_small_core(folder)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def reply(line: bytes) -> None:
            writer.write(json.dumps(await answer(core, line)).encode() + b"\n")

        async with asyncio.TaskGroup() as group:
            while line := await reader.readline():
                group.create_task(reply(line))
        writer.close()

    path = folder / "core.sock"
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(talk, path)
    await server.serve_forever()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(serve(Path(sys.argv[1])))
