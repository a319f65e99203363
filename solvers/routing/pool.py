"""A pool of good routes, for recombination.

Promises: remembers distinct routes, the newest first to stay when it is full. Adding is cheap and may be done by many
threads: what the kernel wrote is kept as it is, and read only when somebody wants the routes. Called by the searches,
which fill it while they work, and by `engines.setpart`, which picks the best combination.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

from solvers.routing.layout import I64
from solvers.routing.plan import Sequences

RouteKey = tuple[str, tuple[tuple[str, ...], ...]]
"""vehicle_id and its trips."""

DEFAULT_LIMIT = 20_000
MOST_WRITTEN = 4_000
"""Solutions kept unread, at most; the oldest go first."""

_Written = tuple[npt.NDArray[np.int32], Sequence[str], Sequence[str]]


class RoutePool:
    """Distinct routes in the order in which they were met last."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._routes: dict[RouteKey, None] = {}
        self._lock = Lock()
        self._unread: deque[_Written] = deque(maxlen=MOST_WRITTEN)

    def __len__(self) -> int:
        with self._lock:
            self._read()
            return len(self._routes)

    def __iter__(self) -> Iterator[RouteKey]:
        with self._lock:
            self._read()
            return iter(list(self._routes))

    def add(self, sequences: Sequences) -> None:
        """Remember every route of a possible plan."""
        with self._lock:
            self._read()
            for vehicle_id, trips in sequences.items():
                self._remember((vehicle_id, tuple(tuple(trip) for trip in trips)))
            self._shorten()

    def add_written(self, written: I64, vehicle_ids: Sequence[str], stop_ids: Sequence[str]) -> None:
        """Remember every route of a possible solution as the kernel writes it (see `kernel.backup`).

        stop_ids: by the kernel's number. Both lists are kept, not copied.
        """
        self._unread.append((written.astype(np.int32), vehicle_ids, stop_ids))

    def _read(self) -> None:
        """Read what was added as written, each distinct route once."""
        fresh: dict[tuple[int, bytes], _Written] = {}
        while self._unread:
            solution = self._unread.popleft()
            for v, begin, end in _spans(solution[0].tolist(), len(solution[1])):
                key = (v, solution[0][begin:end].tobytes())
                fresh.pop(key, None)
                fresh[key] = solution
        for (v, raw), (_, vehicle_ids, stop_ids) in fresh.items():
            self._remember((vehicle_ids[v], _trips(np.frombuffer(raw, np.int32).tolist(), stop_ids)))
        self._shorten()

    def _remember(self, key: RouteKey) -> None:
        self._routes.pop(key, None)
        self._routes[key] = None

    def _shorten(self) -> None:
        while len(self._routes) > self.limit:
            del self._routes[next(iter(self._routes))]


def _spans(values: list[int], vehicles: int) -> Iterator[tuple[int, int, int]]:
    """Vehicle, begin and end of what is written about each vehicle with trips."""
    at = 0
    for v in range(vehicles):
        begin, trips = at, values[at]
        at += 1
        for _ in range(trips):
            at += 1 + values[at]
        if trips > 0:
            yield v, begin, at


def _trips(values: list[int], stop_ids: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    trips, at = [], 1
    for _ in range(values[0]):
        count = values[at]
        trips.append(tuple(stop_ids[k] for k in values[at + 1 : at + 1 + count]))
        at += 1 + count
    return tuple(trips)
