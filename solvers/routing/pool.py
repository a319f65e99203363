"""A pool of good routes, for recombination.

Promises: remembers distinct routes and what they cost, the newest first to stay when it is full. Called by `search`,
which fills it while it works, and by `engines.setpart`, which picks the best combination.
"""

from __future__ import annotations

from collections.abc import Iterator

from solvers.routing.plan import Sequences

RouteKey = tuple[str, tuple[tuple[str, ...], ...]]
"""vehicle_id and its trips."""

DEFAULT_LIMIT = 20_000


class RoutePool:
    """Distinct routes in the order in which they were met last."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._routes: dict[RouteKey, None] = {}

    def __len__(self) -> int:
        return len(self._routes)

    def __iter__(self) -> Iterator[RouteKey]:
        return iter(self._routes)

    def add(self, sequences: Sequences) -> None:
        """Remember every route of a possible plan."""
        for vehicle_id, trips in sequences.items():
            key = (vehicle_id, tuple(tuple(trip) for trip in trips))
            self._routes.pop(key, None)
            self._routes[key] = None
        while len(self._routes) > self.limit:
            del self._routes[next(iter(self._routes))]
