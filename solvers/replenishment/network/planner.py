"""Learn, sample, look ahead: one object that decides period after period for one network.

Promises: the same prior, seed and observations give the same decisions. May not: know the demand law, see a clock.
Solver processes only. Called by: `io`, benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence

from solvers.errors import require
from solvers.replenishment.network.learn import Learner, Prior, learned
from solvers.replenishment.network.lookahead import Lookahead, NetworkPlan
from solvers.replenishment.network.problem import NetworkProblem

DEFAULT_SCENARIOS = 20


class ScenarioPlanner:
    """Decides from observed demand only. `priors`: one for each market, in the order of the problem's markets."""

    def __init__(
        self,
        priors: Sequence[Prior],
        scenarios: int = DEFAULT_SCENARIOS,
        seed: int = 1,
        lookahead: Lookahead | None = None,
    ) -> None:
        self.learners = tuple(Learner(prior) for prior in priors)
        self._scenarios = scenarios
        self._seed = seed
        self._periods_seen = 0
        self._lookahead = lookahead or Lookahead()

    def observe(self, demand: Sequence[float]) -> None:
        """The demand of the period that has just ended, by market; NaN where it is unknown."""
        require(len(demand) == len(self.learners), "demand", len(demand), f"{len(self.learners)} markets")
        for learner, units in zip(self.learners, demand, strict=True):
            learner.observe(units)
        self._periods_seen += 1

    def decide(self, problem: NetworkProblem, limit_s: float | None = None) -> NetworkPlan:
        """Orders for the coming period. Raises `InvalidProblem` when the markets are not those of the priors."""
        scenarios = learned(self.learners, self._scenarios, problem.periods, self._seed * 100_003 + self._periods_seen)
        return self._lookahead.plan(problem, scenarios, limit_s)
