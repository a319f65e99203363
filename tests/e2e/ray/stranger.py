"""Somebody who knocks at a Ray's door: python -m tests.e2e.ray.stranger HOST:PORT, with a token in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.ray.bridging import child_called

KNOCK_S = 30.0
LET_IN = "let in"


def gcs_address(bridge_pid: int) -> str:
    """Where the Ray of a bridge listens."""
    words = Path(f"/proc/{child_called(bridge_pid, 'raylet')}/cmdline").read_text().split("\0")
    (address,) = (word.removeprefix("--gcs-address=") for word in words if word.startswith("--gcs-address="))
    return address


def knock(address: str, environment: dict[str, str]) -> str:
    """What a process with this environment hears: LET_IN, or why not."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    env |= {"RAY_AUTH_MODE": "token"} | environment
    command = [sys.executable, "-m", "tests.e2e.ray.stranger", address]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=KNOCK_S)
    return done.stdout.strip() or done.stderr


def main() -> None:
    """Ask the head which nodes there are."""
    from ray._raylet import GcsClient

    try:
        GcsClient(address=sys.argv[1]).get_all_node_info(timeout=5)
        print(LET_IN)
    except Exception as error:
        print(f"{type(error).__name__}: {error}"[:2000])


if __name__ == "__main__":
    main()
