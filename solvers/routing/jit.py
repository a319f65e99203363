"""How the kernel is compiled: once, cached on disk, without the interpreter's lock.

Promises: a change to any kernel source invalidates every cached entry. Numba looks at the changed file only, which
would keep stale code of other files inlined; so only entry points are cached, and each closes over `SOURCE_STAMP`, a
digest of all of them. Numba keeps its cache in NUMBA_CACHE_DIR, or beside the source, or in the user's cache
directory. Called by the kernel modules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

_HERE = Path(__file__).parent


def stamp_of(*patterns: str) -> int:
    """Digest of the source files that the glob patterns, relative to this folder, name: what a kernel is made of."""
    digest = hashlib.sha256()
    for pattern in ("jit.py", *patterns):
        for path in sorted(_HERE.glob(pattern)):
            digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


SOURCE_STAMP = stamp_of("layout.py", "kernel/*.py")
"""Of the plain kernel. Kernels of other packages close over a stamp of their own."""

_OPTIONS: dict[str, Any] = {"_nrt": False, "nogil": True, "error_model": "numpy"}


def inner(function: Callable[..., Any]) -> Any:
    """A function called by other compiled functions only."""
    return numba.njit(**_OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """An inner function of the innermost loop: the call itself would cost more than its work."""
    return numba.njit(forceinline=True, **_OPTIONS)(function)


def entry(function: Callable[..., Any]) -> Any:
    """A function called from Python. It must close over `SOURCE_STAMP`."""
    return numba.njit(cache=True, **_OPTIONS)(function)
