"""From a machine's predicted failure to the price of when its maintenance starts.

The age replacement model (Barlow & Hunter 1960, "Optimum preventive maintenance policies", Operations Research 8):
maintenance at time t costs the failure, if it came before, or else the planned work. The schedule then picks the slot.
Promises: whole cents, at most MAX_STEPS steps; a later start is never cheaper than the risk makes it.
May not: predict; the risk is given.
Called by: planning, for machines whose failure risk is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from solvers.errors import require
from solvers.scheduling.problem import CostStep, Job, Mode, Need, Task

MAX_STEPS = 100
MAX_POINTS = 1_000
MAX_TOTAL_CENTS = 10**9
HOUR_S = 3_600
_GRID = 2_000


@dataclass(frozen=True, slots=True)
class Weibull:
    """Wear: `shape` > 1 rises with age. `age_h`: running hours since it was last made as good as new.

    `running_share`: running hours per hour from now on, 0..1.
    """

    shape: float
    scale_h: float
    age_h: float = 0.0
    running_share: float = 1.0

    def __post_init__(self) -> None:
        require(0.0 < self.shape <= 20.0, "risk.shape", self.shape, "in (0, 20]")
        require(1.0 <= self.scale_h <= 1e6, "risk.scale_h", self.scale_h, "in [1, 1e6] hours")
        require(0.0 <= self.age_h <= 1e6, "risk.age_h", self.age_h, "in [0, 1e6] hours")
        require(0.0 <= self.running_share <= 1.0, "risk.running_share", self.running_share, "in [0, 1]")

    def failed_by(self, now_s: int, time_s: int) -> float:
        """Probability that it fails before `time_s`, as it runs now."""
        later_h = self.age_h + max(0, time_s - now_s) / HOUR_S * self.running_share
        return -math.expm1((self.age_h / self.scale_h) ** self.shape - (later_h / self.scale_h) ** self.shape)


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Predicted: (time_s, probability that it has failed by then), both rising; straight lines between.

    The line begins with 0 at now; behind the last point the probability stays.
    """

    points: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        require(1 <= len(self.points) <= MAX_POINTS, "risk.points", len(self.points), f"1..{MAX_POINTS}")
        last_s, last = -1, 0.0
        for time_s, probability in self.points:
            require(time_s > last_s, "risk.points", time_s, "times that rise")
            require(last <= probability <= 1.0, "risk.points", probability, "probabilities in [0, 1] that never fall")
            last_s, last = time_s, probability

    def failed_by(self, now_s: int, time_s: int) -> float:
        """Probability that it fails before `time_s`, as it runs now: what the curve has by now is past."""
        gone = self._at(now_s, now_s)
        return (self._at(now_s, time_s) - gone) / (1.0 - gone) if gone < 1.0 else 1.0

    def _at(self, now_s: int, time_s: int) -> float:
        before_s, before = min(now_s, self.points[0][0]), 0.0
        for point_s, probability in self.points:
            if time_s < point_s:
                return before + (probability - before) * max(0, time_s - before_s) / (point_s - before_s)
            before_s, before = point_s, probability
        return before


Risk = Weibull | RiskCurve


@dataclass(frozen=True, slots=True)
class Costs:
    """What a failure and what planned maintenance cost.

    `life_cents_per_h`: worth of an hour that the part could still have run; 0: too early costs nothing. With the rate
    that `replacement_age` gives, the cheapest start is at the age that it gives.
    """

    repair_cents: int
    downtime_h: float
    downtime_cents_per_h: int
    planned_cents: int
    life_cents_per_h: float = 0.0

    def __post_init__(self) -> None:
        for name in ("repair_cents", "downtime_h", "downtime_cents_per_h", "planned_cents", "life_cents_per_h"):
            value = getattr(self, name)
            require(0 <= value <= MAX_TOTAL_CENTS, f"costs.{name}", value, f"0..{MAX_TOTAL_CENTS}")
        require(self.failure_cents <= MAX_TOTAL_CENTS, "costs", self.failure_cents, f"a failure <= {MAX_TOTAL_CENTS}")

    @property
    def failure_cents(self) -> int:
        """Repair and the downtime it brings."""
        return self.repair_cents + round(self.downtime_h * self.downtime_cents_per_h)


def expected_cost_cents(risk: Risk, costs: Costs, now_s: int, start_s: int) -> int:
    """P(fails before the start) x failure + (1 - P) x planned, less the worth of the life used until then."""
    failed = risk.failed_by(now_s, start_s)
    expected = failed * costs.failure_cents + (1.0 - failed) * costs.planned_cents
    used = costs.life_cents_per_h * _lived_h(risk, now_s, start_s) if costs.life_cents_per_h else 0.0
    return round(expected - used)


def _lived_h(risk: Risk, now_s: int, start_s: int, pieces: int = 64) -> float:
    """Expected running hours until the start or the failure: the integral of survival, by trapezoids."""
    share = risk.running_share if isinstance(risk, Weibull) else 1.0
    step_s = max(0, start_s - now_s) / pieces
    alive = [1.0 - risk.failed_by(now_s, now_s + round(step_s * piece)) for piece in range(pieces + 1)]
    return (sum(alive) - (alive[0] + alive[-1]) / 2) * step_s / HOUR_S * share


def start_cost(risk: Risk, costs: Costs, now_s: int, horizon_s: int) -> tuple[CostStep, ...]:
    """The expected cost as steps from now to the horizon; a start past it costs like a sure failure.

    Only differences matter to a schedule, so the steps count from the cheapest one where life has a worth.
    """
    require(now_s < horizon_s, "horizon_s", horizon_s, "after now_s")
    count = min(MAX_STEPS - 1, horizon_s - now_s)
    edges = [now_s + (horizon_s - now_s) * number // count for number in range(count + 1)]
    middle = [(low + high) // 2 for low, high in pairwise(edges)]
    cents = [expected_cost_cents(risk, costs, now_s, moment_s) for moment_s in middle]
    floor = min(cents) if costs.life_cents_per_h else 0
    sure = max(costs.failure_cents, *cents)
    steps: list[CostStep] = []
    for from_s, price in zip(edges, [*cents, sure], strict=True):
        if not steps or steps[-1].cost_cents != price - floor:
            steps.append(CostStep(from_s, min(MAX_TOTAL_CENTS, price - floor)))
    return tuple(steps)


def maintenance_job(
    machine_id: str,
    duration_s: int,
    risk: Risk,
    costs: Costs,
    now_s: int,
    horizon_s: int,
    job_id: str = "",
    operators: tuple[Need, ...] = (),
    tools: tuple[Need, ...] = (),
) -> Job:
    """Maintenance of the machine as a job of one task, in one piece, that an ordinary solve puts into its slot."""
    job_id = job_id or f"maintenance:{machine_id}"
    mode = Mode(machine_id, duration_s, operators=operators, tools=tools)
    task = Task(job_id, (mode,), start_cost=start_cost(risk, costs, now_s, horizon_s))
    return Job(job_id, (task,))


def replacement_age(wear: Weibull, costs: Costs) -> tuple[float, float]:
    """The age in running hours at which planned maintenance costs least in the long run, and that cost per hour.

    Minimises (planned x R(T) + failure x F(T)) / integral of R over [0, T] on a grid up to four times the scale. With
    no wear (shape <= 1), or a failure no dearer than the plan, it never pays: the last age of the grid comes back.
    """
    step_h = 4.0 * wear.scale_h / _GRID
    best, lived_h, alive = (math.inf, 0.0), 0.0, 1.0
    for number in range(1, _GRID + 1):
        survives = math.exp(-((number * step_h / wear.scale_h) ** wear.shape))
        lived_h += (alive + survives) / 2 * step_h
        alive = survives
        rate = (costs.planned_cents * alive + costs.failure_cents * (1.0 - alive)) / lived_h
        best = min(best, (rate, number * step_h))
    return best[1], best[0]
