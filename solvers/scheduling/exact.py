"""What CP-SAT is asked next: the whole problem, for a proof, or a window of it, for something better.

Promises: calls never run past the deadline; what CP-SAT proves of the whole raises the incumbent's bound.
May not: judge answers; `solve` does.
Called by: `solve`.
"""

from __future__ import annotations

from collections.abc import Collection

from solvers.budget import Deadline
from solvers.scheduling.horizon import only_makespan
from solvers.scheduling.incumbent import Incumbent
from solvers.scheduling.model import Improvement, Limits, Line, improve
from solvers.scheduling.shop import Shop
from solvers.scheduling.windows import FEWEST, Window, Windows

WHOLE_TASKS = 400
"""Up to here one model may hold the whole problem."""
PROOF_TASKS = 60
"""Up to here a proof is likely, so that the whole comes first."""
WINDOW_TASKS = 60
"""In the first windows; see `windows` for how that changes."""
WINDOW_S = 1.0
SLICE_S = 1.0
"""A model of the whole runs so long at first, then twice as long: a new incumbent can only go into a new call."""
LEAST_S = 0.1
"""Less than this for the search is not worth a model."""
WHOLE_SHARE, WHOLE_SHARE_PLAIN = 0.34, 0.7
"""Part of CP-SAT's time for models of the whole, where a proof is not likely; where the makespan is all, the own
search finds what there is, and a proof is what is wanted."""
SHARE_WARM, SHARE_RICH, SHARE_KNOWN = 0.7, 0.4, 0.15
"""Part of the second seat's time for CP-SAT at first: after an event; where people, tools or batches bind, which the
own search only guesses; where it knows everything itself."""
PROOF_PLAIN_TASKS, SHARE_PROOF = 120, 0.6
"""Job shops up to here are often proven in seconds, and get so much at least."""
SHARE_LEAST, SHARE_MOST = 0.08, 0.8
UP, DOWN = 1.4, 0.85
"""How that part changes with a call that gains, and with one that does not."""


class Exact:
    """The stream of CP-SAT calls of one solve."""

    def __init__(self, shop: Shop, best: Incumbent, seed: int, focus: Collection[int], warm: bool) -> None:
        self.shop, self.best, self.seed, self.focus = shop, best, seed, focus
        self.windows = Windows(shop, seed, max(FEWEST, min(WINDOW_TASKS, len(best.free) // 2)))
        self.window = Window(frozenset(), "none")
        self.rounds = 0
        self.slice_s = SLICE_S
        self.whole_s = self.window_s = 0.0
        self.built_s = 0.0
        self.closed = False
        self.plain = only_makespan(shop.problem.prices)
        self._share = SHARE_WARM if warm else SHARE_RICH if _is_rich(shop) else SHARE_KNOWN

    @property
    def small(self) -> bool:
        """A proof is likely."""
        return len(self.best.free) <= PROOF_TASKS

    @property
    def share(self) -> float:
        """Part of the second seat's time."""
        provable = self.plain and len(self.best.free) <= PROOF_PLAIN_TASKS
        return 1.0 if self.small else max(self._share, SHARE_PROOF if provable else 0.0)

    @property
    def exhausted(self) -> bool:
        """All that a model of the whole offers has been seen, and there is nothing smaller to look at."""
        return self.closed and len(self.best.free) <= FEWEST

    def fits(self, left_s: float) -> bool:
        """Whether a model can be built and searched a little in that time."""
        return left_s > LEAST_S + 2 * self.built_s

    def call(self, deadline: Deadline, workers: int, line: Line | None = None) -> Improvement:
        """One call, from the best schedule so far."""
        best, began_s = self.best, deadline.elapsed_s()
        self.rounds += 1
        self.window, seconds = self._next()
        limits = Limits(min(seconds, deadline.left_s()), deadline, workers, self.seed + self.rounds, line, self.plain)
        answer = improve(self.shop, best.schedule, best.cost, self.window.free, limits)
        self.built_s = answer.built_s
        spent_s = deadline.elapsed_s() - began_s
        if self.window.kind == "whole":
            self.whole_s += spent_s
        else:
            self.window_s += spent_s
        return answer

    def _next(self) -> tuple[Window, float]:
        free = self.best.free
        share = WHOLE_SHARE_PLAIN if self.plain else 0.5 if self.small else WHOLE_SHARE
        whole_first = self.small or self.plain or self.window_s > 0
        due = whole_first and self.whole_s <= share * (self.whole_s + self.window_s)
        if len(free) <= FEWEST or (due and not self.closed and len(free) <= WHOLE_TASKS):
            self.slice_s *= 2
            return Window(frozenset(free), "whole"), self.slice_s
        return self.windows.next(self.best.schedule, free, self.focus if self.rounds == 1 else ()), WINDOW_S

    def learn(self, answer: Improvement, gained: bool) -> None:
        """What became of the call."""
        self._share = min(SHARE_MOST, self._share * UP) if gained else max(SHARE_LEAST, self._share * DOWN)
        if self.window.kind == "whole":
            self.best.raise_bound(answer.bound)
            # All there is has been seen, and still nothing is proven: something was left out for size.
            self.closed = answer.finished and not gained
        else:
            self.windows.learn(self.window, gained, answer.finished)

    def overtaken(self, ran_s: float) -> bool:
        """A call of the whole goes on from something worse: it is worth a new one."""
        return self.window.kind == "whole" and ran_s > SLICE_S


def _is_rich(shop: Shop) -> bool:
    batches = any(machine.batch_capacity for machine in shop.machines)
    return batches or bool(shop.problem.operators or shop.problem.tools)
