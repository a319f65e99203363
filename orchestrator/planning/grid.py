"""Points on a grid, so that the nearest planned stops are found without looking at all of them.

Promises: `nearest` gives keys in rising order of distance, and looks at cells around the asked place only. Called by
`memory`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from orchestrator.domain.company import Place

Cell = tuple[int, int]


class Grid:
    """Keys with places. `scale`: units of longitude that are as long as one of latitude; `cell`: side of a cell."""

    def __init__(self, cell: int, scale: float = 1.0) -> None:
        self._cell = max(1, cell)
        self._scale = scale
        self._cells: dict[Cell, dict[str, tuple[int, int]]] = {}
        self._cell_of: dict[str, Cell] = {}
        self._low = [0, 0]
        self._high = [0, 0]

    def __len__(self) -> int:
        return len(self._cell_of)

    def put(self, key: str, place: Place) -> None:
        """Add a key, or move it."""
        point = (place.lat_e7, int(place.lon_e7 * self._scale))
        cell = (point[0] // self._cell, point[1] // self._cell)
        old = self._cell_of.get(key)
        if old is not None and old != cell:
            self.remove(key)
        if not self._cell_of:
            self._low, self._high = list(cell), list(cell)
        self._low = [min(a, b) for a, b in zip(self._low, cell, strict=True)]
        self._high = [max(a, b) for a, b in zip(self._high, cell, strict=True)]
        self._cells.setdefault(cell, {})[key] = point
        self._cell_of[key] = cell

    def remove(self, key: str) -> None:
        """Take a key out, if it is in."""
        cell = self._cell_of.pop(key, None)
        if cell is not None:
            held = self._cells[cell]
            del held[key]
            if not held:
                del self._cells[cell]

    def nearest(self, place: Place, count: int) -> list[str]:
        """Up to `count` keys nearest to `place`, nearest first; ties by key, so that the answer is always the same."""
        point = (place.lat_e7, int(place.lon_e7 * self._scale))
        found: list[tuple[float, str]] = []
        for radius, ring in self._rings((point[0] // self._cell, point[1] // self._cell)):
            for cell in ring:
                for key, other in self._cells.get(cell, {}).items():
                    found.append((math.hypot(other[0] - point[0], other[1] - point[1]), key))
            sure = radius * self._cell
            if len(found) >= count and sorted(found)[count - 1][0] <= sure:
                break
        return [key for _, key in sorted(found)[:count]]

    def _rings(self, centre: Cell) -> Iterator[tuple[int, list[Cell]]]:
        """Square rings of cells around the centre, until they are outside of everything."""
        if not self._cell_of:
            return
        reach = max(
            abs(bound - at)
            for at, pair in zip(centre, zip(self._low, self._high, strict=True), strict=True)
            for bound in pair
        )
        for radius in range(reach + 1):
            yield radius, _ring(centre, radius)


def _ring(centre: Cell, radius: int) -> list[Cell]:
    if radius == 0:
        return [centre]
    y, x = centre
    rows = [(y + dy, x + dx) for dy in (-radius, radius) for dx in range(-radius, radius + 1)]
    columns = [(y + dy, x + dx) for dx in (-radius, radius) for dy in range(-radius + 1, radius)]
    return rows + columns
