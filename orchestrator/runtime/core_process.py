"""The core's process: `python -m orchestrator.runtime.core_process`, or `muster serve`.

Promises progress on stderr, a clean end at SIGTERM and SIGINT, a hard one at the second SIGINT, and exit codes:
0 ended as asked, 2 a setting is refused, 3 it cannot start (port or folder in use, log damaged), 70 a defect.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

from orchestrator.log.errors import LogError
from orchestrator.runtime.bootstrap import Server
from orchestrator.runtime.clock import ClockError
from orchestrator.runtime.config import ConfigError, ServerConfig, load_config
from orchestrator.runtime.logging import setup_logging

#: Objects made between two rounds of the young generation, and rounds of one generation for one of the next. Most
#: of what a call makes is freed at once without the collector; the defaults would run it ten times as often.
GC_THRESHOLDS = (20_000, 20, 50)
#: The loop must not wait long for a thread that writes out a plan; the interpreter lets it have 5 ms at a time.
SWITCH_S = 0.001
EXIT_USAGE = 2
EXIT_CANNOT_START = 3
EXIT_INTERRUPTED = 130


def run(config: ServerConfig) -> int:
    """Serve until a signal; the exit code."""
    setup_logging("core", level=config.log_level, as_json=config.log_json)
    sys.setswitchinterval(SWITCH_S)
    try:
        return asyncio.run(_serve(config))
    except (OSError, LogError, ClockError) as error:
        _say(f"cannot start: {error}")
        return EXIT_CANNOT_START


async def _serve(config: ServerConfig) -> int:
    ended = asyncio.Event()
    signals = 0

    def end(number: int) -> None:
        nonlocal signals
        signals += number == signal.SIGINT
        if signals > 1:
            os._exit(EXIT_INTERRUPTED)
        ended.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    async with Server(config, _say) as server:
        web = server.addresses.get("web")
        _say(f"ready{f': http://{web}' if web else ''}")
        settling = asyncio.create_task(_settle(server))
        await ended.wait()
        settling.cancel()
    return 0


async def _settle(server: Server) -> None:
    """Take what is there for good out of the garbage collector's sight: its full rounds would hold up the loop."""
    gc.set_threshold(*GC_THRESHOLDS)
    for wait in (asyncio.sleep(0), server.planning.wait()):
        await wait
        gc.collect()
        gc.freeze()


def _say(line: str) -> None:
    print(f"muster: {line}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Entry point: a few flags; every other setting is `MUSTER_NAME` in the environment."""
    parser = argparse.ArgumentParser(prog="python -m orchestrator.runtime.core_process")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--runtime", choices=("ray", "local", "none"))
    parser.add_argument("--log", dest="log_url")
    parser.add_argument("--clock-origin-s", type=int)
    for name in ("operator", "partner", "metrics", "web"):
        parser.add_argument(f"--{name}-port", type=int)
    parser.add_argument("--no-web", dest="web_enabled", action="store_false", default=None)
    parser.add_argument("--log-level")
    try:
        return run(load_config(**vars(parser.parse_args(arguments))))
    except ConfigError as error:
        _say(str(error))
        return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
