"""How the small functions of the rich search are compiled: folded into their callers before types are inferred.

Promises: no call at all. Problem and state are some sixty arrays; handing them to a function costs the compiler
hundreds of arguments each time, which made minutes out of seconds. Called by the rich kernel only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

_OPTIONS: dict[str, Any] = {"inline": "always", "_nrt": False, "nogil": True, "error_model": "numpy"}


def folded(function: Callable[..., Any]) -> Any:
    """A small function, or one with a single caller."""
    return numba.njit(**_OPTIONS)(function)
