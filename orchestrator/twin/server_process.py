"""The demo's server: `muster serve`, as a child that ends when the demo does.

Settings come from the environment, as for any server. Nobody imports this; `child` runs it.
"""

from __future__ import annotations

import signal
import sys

from orchestrator.runtime.config import load_config
from orchestrator.runtime.core_process import run
from orchestrator.runtime.parent import die_with_parent

if __name__ == "__main__":
    die_with_parent(signal.SIGTERM)
    sys.exit(run(load_config()))
