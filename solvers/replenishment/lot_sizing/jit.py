"""How the kernels here are compiled: on their first call, kept on disk, without the interpreter's lock.

Promises: a kernel calls only kernels of its own file, because numba's cache looks at that file only. Called by the
kernel modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """The function, compiled."""
    return numba.njit(cache=True, nogil=True)(function)
