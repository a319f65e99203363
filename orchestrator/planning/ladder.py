"""How degraded the service is, in one number that status, metrics and alerts agree on.

Promises: the level follows from which helpers answer; nothing stops working because of it, it only tells. Reported to
by planning (solvers) and by bootstrap (agents, bridge).
"""

from __future__ import annotations

TEXTS = (
    "all well",
    "no background solvers: plans are repaired and improved in the core",
    "no agents: reports come from partners and operators only",
    "bridge down: repair and improvement in the core, no agents",
)
_LEVELS = {"solvers": 1, "agents": 2, "bridge": 3}


class Ladder:
    """The worst of what is missing. Components: solvers, agents, bridge; unknown ones count as level 1."""

    def __init__(self) -> None:
        self._missing: dict[str, int] = {}

    def report(self, component: str, ok: bool) -> None:
        """Say whether a component answers."""
        if ok:
            self._missing.pop(component, None)
        else:
            self._missing[component] = _LEVELS.get(component, 1)

    @property
    def level(self) -> int:
        """0 all well … 3 bridge down."""
        return max(self._missing.values(), default=0)

    @property
    def text(self) -> str:
        """The level in words."""
        return TEXTS[self.level]
