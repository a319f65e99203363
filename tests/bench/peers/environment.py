"""Environments of their own for the peers whose packages must not meet ours.

`python(name)` makes `build/peers/NAME` from `NAME.lock` beside this file at the first call, and says so where that
cannot be done. Called by: whoever runs a peer.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[2] / "build" / "peers"
INSTALL_S = 600


@cache
def python(name: str) -> Path | None:
    """The interpreter that has what `NAME.lock` lists; None, and why on stderr, where it cannot be installed."""
    home, lock = HOME / name, HERE / f"{name}.lock"
    interpreter, stamp = home / "bin" / "python", home / lock.name
    wanted = lock.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return interpreter
    print(f"installing {name} in {home}, once", file=sys.stderr)
    pip = [str(interpreter), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, timeout=INSTALL_S)
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True, timeout=INSTALL_S)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"{name} cannot be installed ({error}): its column is left out", file=sys.stderr)
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return interpreter
