"""Compile every numba kernel once, so that the first plan does not wait for a compiler.

Promises that afterwards each kernel is in numba's cache and loads in milliseconds. May not import an engine. Called
by `make run` through `python -m solvers.warm_up`; a process that must answer at once may call `warm_up` itself.
"""

import sys
from collections.abc import Callable

from solvers.replenishment import worth
from solvers.replenishment.forecast import learning
from solvers.replenishment.lookahead import order as lookahead
from solvers.replenishment.lot_sizing import warm_up as lots
from solvers.replenishment.policies import reorder as replenishment
from solvers.routing import search as routing
from solvers.routing.answers import quote as routing_quotes
from solvers.routing.timing_rich import warm_up_timing
from solvers.scheduling.kernel import search as scheduling


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile or load every kernel, telling `say` what is being done."""
    routing.warm_up(say)
    warm_up_timing()
    routing_quotes.warm_up(say)
    replenishment.warm_up(say)
    worth.warm_up()
    lookahead.warm_up(say)
    learning.warm_up(say)
    lots.warm_up(say)
    scheduling.warm_up(say)


if __name__ == "__main__":
    print("compiling the search kernels, about a minute, once", file=sys.stderr, flush=True)
    warm_up(lambda line: print(line, file=sys.stderr, flush=True))
