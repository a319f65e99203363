"""PyJobShop as a peer, in an environment of its own, so that its packages never meet ours.

`python()` makes `build/peers/pyjobshop` from the lock beside this file at the first call, and says so where that
cannot be done. Called by: `tests.bench.scheduling.engines`.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "pyjobshop.lock"
SCRIPT = "tests.bench.peers.pyjobshop_script"
HOME = HERE.parents[2] / "build" / "peers" / "pyjobshop"
INSTALL_S = 600


@cache
def python() -> Path | None:
    """The interpreter that has PyJobShop; None, and why on stderr, where it cannot be installed."""
    interpreter, stamp = HOME / "bin" / "python", HOME / "pyjobshop.lock"
    wanted = LOCK.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return interpreter
    print(f"installing PyJobShop in {HOME}, once", file=sys.stderr)
    pip = [str(interpreter), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True, timeout=INSTALL_S)
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True, timeout=INSTALL_S)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"PyJobShop cannot be installed ({error}): its column is left out", file=sys.stderr)
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return interpreter
