"""Stands in for the two helpers that a raylet starts and waits for: an agent of the dashboard, one of environments.

A Ray of our own shows no dashboard and gives its workers no environments, so neither has anything to do; as Ray starts
them they take a second and a half of the machine before the first worker may register, and 190 MB. This one writes
what the raylet waits for, the files that name their ports, and sleeps until the raylet ends. Started by a raylet, in
the place of `python RAY'S_AGENT.py --node-id=... --session-dir=...`; a plain script, so that nothing is loaded.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
LOOK_S = 1.0
#: No port: the raylet knows the word for an agent that serves nothing.
NONE = "-1"
#: Where the raylet would ask for an environment; none is ever asked for, and a port it must be.
NEVER_ASKED = "1"
PORTS = {
    "runtime_env": {"runtime_env_agent_port": NEVER_ASKED},
    "dashboard": {"metrics_agent_port": NONE, "metrics_export_port": NONE, "dashboard_agent_listen_port": NONE},
}


def main(script: str, arguments: list[str]) -> None:
    """Name the ports of the agent whose script this is, then sleep. Ends with its parent."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    said = dict(text[2:].split("=", 1) for text in arguments if text.startswith("--") and "=" in text)
    for name, port in PORTS["runtime_env" if "runtime_env" in script else "dashboard"].items():
        path = os.path.join(said["session-dir"], name + "_" + said["node-id"])
        with open(path + ".tmp", "w", encoding="ascii") as file:
            file.write(port)
        os.replace(path + ".tmp", path)
    while os.getppid() == parent:
        time.sleep(LOOK_S)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
