"""A child process for the supervisor's tests: says hello in its log, then does what its argument says."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from orchestrator.runtime.parent import die_with_parent, wait_for_turn

FOR_LONG_S = 60


def main() -> None:
    """end CODE | stay | deaf | grandchild FILE"""
    die_with_parent()
    wait_for_turn()
    print("hello", os.getpid(), flush=True)
    match sys.argv[1:]:
        case ["end", code]:
            sys.exit(int(code))
        case ["deaf"]:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case ["grandchild", file]:
            sleeper = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({FOR_LONG_S})"])
            Path(file).write_text(str(sleeper.pid))
    time.sleep(FOR_LONG_S)


if __name__ == "__main__":
    main()
