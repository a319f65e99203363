"""Compile every numba kernel once, so that the first plan does not wait for a compiler.

Promises that after `warm_up` each kernel is in numba's cache beside its source and loads in milliseconds. A kernel
takes part by the name of its module (`kernel` or `kernel_*`) and a function `warm_up() -> None` in it that calls
the compiled functions once on a tiny problem. May not import an engine. Called by `make run` through
`python -m solvers.warm_up`, and by whoever starts a process that must answer at once.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator

import solvers


def kernel_modules() -> Iterator[str]:
    """The dotted names of the kernels, in order."""
    for module in pkgutil.walk_packages(solvers.__path__, "solvers."):
        leaf = module.name.rsplit(".", 1)[-1]
        if leaf == "kernel" or leaf.startswith("kernel_"):
            yield module.name


def warm_up(say: Callable[[str], None] = lambda line: None) -> int:
    """Compile or load every kernel, say one line for each, and return how many there were."""
    names = list(kernel_modules())
    done = 0
    for name in names:
        compile_all = getattr(importlib.import_module(name), "warm_up", None)
        if compile_all is None:
            continue
        done += 1
        say(f"compiling {name} ({names.index(name) + 1} of {len(names)}), some seconds, once")
        compile_all()
    return done


if __name__ == "__main__":
    warm_up(lambda line: print(line, file=sys.stderr, flush=True))
