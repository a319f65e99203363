"""One published value: how ours is computed, what was published, how near it must be, and the oracle beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

CLOSED_FORM = 1e-6
"""How near, relative, a closed form or a dynamic program must be."""
GRID_LIMIT = 1e-4
"""How near the limit of ever finer grids must be."""


@dataclass(frozen=True)
class Case:
    """`published` is text: the digits it was printed with bound how near anything can be.

    `oracle` computes the same with stockpyl and must agree as well; `heuristics` are only shown beside.
    """

    name: str
    ours: Callable[[], float]
    published: str
    within: float = CLOSED_FORM
    oracle: Callable[[], float] | None = None
    heuristics: Mapping[str, Callable[[], float]] = field(default_factory=dict)

    @property
    def allowed(self) -> float:
        """The largest deviation: the relative one, or half of the last digit printed."""
        digits = len(self.published.partition(".")[2]) if "." in self.published else None
        rounding = 0.5000001 * 10.0**-digits if digits is not None else 0.0
        return max(self.within * abs(float(self.published)), rounding)

    def agrees(self, value: float) -> bool:
        """True when a computed value is as near to the published one as must be."""
        return abs(value - float(self.published)) <= self.allowed

    def agrees_with_oracle(self, value: float, oracle: float) -> bool:
        """True when two computed values are as near to each other as the goal says."""
        return abs(value - oracle) <= self.within * abs(oracle) + 1e-12
