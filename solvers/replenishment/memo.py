"""What was shared out before and need not be again: answers kept with everything they depend on.

Promises: an answer is given back only where all it depends on is the same; policies count as the same only if they are
the very objects, which the planner keeps for what is not dirty.
May not: outlive the plan it is kept in.
Called by: `marginal`, `minimum`, `planner`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solvers.replenishment.plan import Policy

Kept = Mapping[tuple[object, ...], tuple[Any, Any]]


@dataclass(slots=True)
class Memo:
    """`before`: of the plan that is carried on; `after`: of the one that is made."""

    before: Kept = field(default_factory=dict)
    after: dict[tuple[object, ...], tuple[Any, Any]] = field(default_factory=dict)

    def get(self, name: tuple[object, ...], policies: Sequence[Policy], amounts: object) -> Any | None:
        """The answer kept under this name, if it was for these."""
        found = self.before.get(name)
        if found is None:
            return None
        (known, sums), answer = found[0], found[1]
        same = len(known) == len(policies) and all(a is b for a, b in zip(known, policies, strict=True))
        if not same or sums != amounts:
            return None
        self.after[name] = found
        return answer

    def put(self, name: tuple[object, ...], policies: Sequence[Policy], amounts: object, answer: object) -> None:
        """Keep an answer."""
        self.after[name] = ((tuple(policies), amounts), answer)
