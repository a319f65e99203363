"""The inside of a local worker process: a host or a solver that reads calls from stdin and answers on stdout.

Promises one answer a call, in order; ends at the end of its input, and with its parent. Anything that code prints
goes to the log, never into the answers. Started by `bridge_local`: python -m orchestrator.runtime.bridge_worker
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from agents.host import AgentHost
from agents.messages import AgentKind
from orchestrator.runtime.bridge_solve import SOLVER_NICE, SolverProcess
from orchestrator.runtime.bridge_telemetry import TELEMETRY_KEY_ENV, TelemetrySettings
from orchestrator.runtime.frames import dumps, framed, loads, read_frame_blocking
from orchestrator.runtime.parent import die_with_parent

#: First byte of an answer.
ANSWERED, RAISED = b"\x00", b"\x01"


def serve(handle: Callable[[Any], Any], calls: BinaryIO, answers: BinaryIO) -> None:
    """Answer calls until their stream ends."""
    while (data := read_frame_blocking(calls)) is not None:
        answers.write(framed(_answer(handle, data)))
        answers.flush()


def _answer(handle: Callable[[Any], Any], data: bytes) -> bytes:
    try:
        return ANSWERED + dumps(handle(loads(data)))
    except Exception as error:  # the caller must hear of whatever it is, and this worker goes on
        return RAISED + dumps(f"{type(error).__name__}: {error}"[:2000])


def main(argv: Sequence[str] | None = None) -> None:
    """Be the worker that the arguments name."""
    parser = argparse.ArgumentParser(prog="bridge_worker")
    parser.add_argument("--host", choices=[kind.value for kind in AgentKind])
    parser.add_argument("--telemetry-host", help=f"open a telemetry port there; {TELEMETRY_KEY_ENV} has its key")
    parser.add_argument("--solver", help="further solvers as a JSON object: kind -> module:function")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the whole group; the core decides
    die_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if options.host is not None:
        telemetry = None
        if options.telemetry_host:
            telemetry = TelemetrySettings(os.environ.pop(TELEMETRY_KEY_ENV), options.telemetry_host).open_port
        serve(AgentHost(AgentKind(options.host), telemetry).handle, sys.stdin.buffer, answers)
        return
    os.nice(SOLVER_NICE)
    serve(SolverProcess(json.loads(options.solver or "{}")).handle, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
