"""stockpyl 1.0.2 as an oracle, its two breaks with today's numpy and scipy set right.

`ssm_serial` asks numpy for an array without a copy and stores arrays of one as numbers, which numpy 2 refuses;
`supply_uncertainty` takes its logarithm from `scipy.stats`, which by now exports another one. Neither touches what is
computed.
"""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def stockpyl(module: str) -> Any:
    """A module of stockpyl, set right."""
    found = importlib.import_module(f"stockpyl.{module}")
    if module == "ssm_serial":
        found.find_nearest = nearest
    elif module == "supply_uncertainty":
        found.log = math.log
    return found


def oracle(module: str, function: str, *args: Any, pick: int | None = None, **named: Any) -> Callable[[], float]:
    """A call of stockpyl for one of the numbers it returns, imported only when it is made."""

    def call() -> float:
        found = getattr(stockpyl(module), function)(*args, **named)
        return float(found if pick is None else found[pick])

    return call


def nearest(array: Any, values: Any, sorted: bool = False, index: Any = None) -> Any:
    """Positions in `array`, which is sorted, of what is nearest to each value; one position for one value."""
    known, wanted = np.asarray(array), np.asarray(values)
    after = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1)
    return after - (wanted - known[after - 1] <= known[after] - wanted)
