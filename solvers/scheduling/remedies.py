"""What would make a late job less late: each remedy tried on the whole schedule and checked, with its price.

Promises: a remedy is told only if a re-solve with it, passed by `check`, makes the job less late than the same effort
without it; what it costs and which other jobs it makes later is told with it. Ends with its budget (one trial late at
most) and after so many trials.
May not: change the plan, or know how a remedy is carried out.
Called by: planning, when somebody asks what can be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from solvers.budget import Budget, Deadline
from solvers.errors import InvalidProblem
from solvers.scheduling.check import Figures, check, figures
from solvers.scheduling.explain import LateJob, explain, lateness
from solvers.scheduling.kernel.search import polish
from solvers.scheduling.lots import replan
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.remedies_candidates import (
    MAX_WEIGHT,
    Candidate,
    Kind,
    MaterialOffer,
    Offer,
    OperatorOffer,
    OvertimeOffer,
    ToolOffer,
    candidates,
)

__all__ = [
    "Harm",
    "Kind",
    "MaterialOffer",
    "Offer",
    "OperatorOffer",
    "OvertimeOffer",
    "Remedy",
    "ToolOffer",
    "remedies",
]

MOST = 12
WORST = 3
FIRST_SHARE = 3
"""A third of the time goes into a good schedule without remedies; else they would be credited with what it lacks."""
MIN_SEARCH_S = 0.02
"""Less time than this is left to the repair alone."""


@dataclass(frozen=True, slots=True)
class Harm:
    """Another job that becomes so much later past its due date."""

    job_id: str
    later_s: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change and what it does to the late job. The fields that say what to change are those of `Candidate`.

    `late_replanned_s`: what the same effort gives without it (of a REPLAN: as it is); the gain counts from there or
    from the schedule at hand, whichever is less late. `cost_cents`: machine, setup, overtime and start cost on top of
    that, and the price of the offer. `points`: all it costs, in points: the objective on top, without what this job
    gains.
    """

    kind: Kind
    job_id: str
    task_id: str
    machine_id: str
    unit_id: str
    from_s: int
    to_s: int
    number: int
    late_before_s: int
    late_replanned_s: int
    late_after_s: int
    cost_cents: int
    objective_before: int
    objective_after: int
    points: int
    harm: tuple[Harm, ...] = ()
    task_ids: tuple[str, ...] = ()

    @property
    def seconds_gained(self) -> int:
        """How much less late the job is because of it."""
        return min(self.late_before_s, self.late_replanned_s) - self.late_after_s


def remedies(
    problem: SchedulingProblem,
    schedule: Schedule,
    budget: Budget,
    offers: Sequence[Offer] = (),
    job_ids: Sequence[str] = (),
    worst: int = WORST,
    most: int = MOST,
    max_weight: int = MAX_WEIGHT,
) -> tuple[Remedy, ...]:
    """Remedies for these late jobs ((): the `worst` latest), the latest job first, the cheapest a second gained first.

    `schedule` must pass `check`. At most `most` changes are tried, shared out over the jobs; no weight is raised above
    `max_weight`. Where `budget.iterations` bites before the time does, the same input gives the same remedies.
    """
    deadline = budget.start()
    late = [entry for entry in explain(problem, schedule) if not job_ids or entry.job_id in job_ids]
    late = late if job_ids else late[:worst]
    tried = list(
        islice(_by_turns(late, [candidates(problem, schedule, each, offers, max_weight) for each in late]), most)
    )
    if not tried:
        return ()
    trials = _Trials(problem, schedule, budget, deadline)
    trials.replan(late, len(tried) + 1)
    found = [better for entry in late if (better := trials.replanned_alone(entry))]
    for number, (entry, candidate) in enumerate(tried):
        if deadline.over():
            break
        if not trials.replanned.late_s[entry.job_id]:
            continue
        remedy = trials.remedy(entry, candidate, len(tried) - number)
        if remedy is not None:
            found.append(remedy)
    place = {entry.job_id: number for number, entry in enumerate(late)}
    return tuple(sorted(found, key=lambda r: (place[r.job_id], r.points / r.seconds_gained, -r.seconds_gained, r.kind)))


def _by_turns(late: Sequence[LateJob], groups: Sequence[Iterable[Candidate]]) -> Iterator[tuple[LateJob, Candidate]]:
    """The jobs' candidates in turn, each once."""
    seen: set[tuple[str, Candidate]] = set()
    for turn in zip_longest(*groups):
        for entry, candidate in zip(late, turn, strict=True):
            if candidate is None:
                continue
            key = (entry.job_id, replace(candidate, apply=_same))
            if key not in seen:
                seen.add(key)
                yield entry, candidate


def _same(problem: SchedulingProblem) -> SchedulingProblem:
    return problem


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A checked schedule: how late each job is and the points of that, and its figures."""

    late_s: dict[str, int]
    points: dict[str, int]
    figures: Figures

    @property
    def money_cents(self) -> int:
        """Everything that is paid in money."""
        counted = self.figures
        return counted.cost_cents + counted.setup_cents + counted.overtime_cents + counted.start_cents


class _Trials:
    """Re-solves within one budget, each with its share of the time that is left, each from the re-planned schedule."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule, budget: Budget, deadline: Deadline) -> None:
        self.problem, self.schedule, self.budget, self.deadline = problem, schedule, budget, deadline
        self.tasks = {job.job_id: {task.task_id for task in job.tasks} for job in problem.jobs}
        self.before = _outcome(problem, problem, schedule)
        self.replanned = self.before

    def replan(self, late: Sequence[LateJob], shares: int) -> None:
        """What the same effort gives without any remedy: a search that all trials go on from, and one like theirs."""
        best = self.before.figures.objective
        for entry in late:
            found = replan(self.problem, self.schedule, self.tasks[entry.job_id])
            if found is not None and found[1] < best:
                self.schedule, best = found
            if self.deadline.over():
                break
        self.schedule = self._polished(self.problem, self.schedule, best, FIRST_SHARE)
        best = figures(self.problem, self.schedule).objective
        without = self._polished(self.problem, self.schedule, best, shares)
        self.replanned = _outcome(self.problem, self.problem, without)

    def replanned_alone(self, late: LateJob) -> Remedy | None:
        """Planning anew as a remedy of its own, where it helps the job."""
        after_s = self.replanned.late_s[late.job_id]
        nothing = Candidate(Kind.REPLAN, _same)
        return self._told(late, nothing, self.before, self.replanned) if after_s < late.late_s else None

    def remedy(self, late: LateJob, candidate: Candidate, shares: int) -> Remedy | None:
        """The candidate as a remedy for the job, if it helps."""
        after = self._try(late, candidate, shares)
        if after is None or after.late_s[late.job_id] >= min(late.late_s, self.replanned.late_s[late.job_id]):
            return None
        return self._told(late, candidate, self.replanned, after)

    def _told(self, late: LateJob, candidate: Candidate, before: _Outcome, after: _Outcome) -> Remedy:
        """What the candidate changes from `before` to `after`."""
        objective = after.figures.objective + self.problem.prices.cost_cent * candidate.price_cents
        own = before.points[late.job_id] - after.points[late.job_id]
        harm = [Harm(key, late_s - before.late_s[key]) for key, late_s in after.late_s.items()]
        return Remedy(
            candidate.kind, late.job_id, candidate.task_id, candidate.machine_id, candidate.unit_id,
            candidate.from_s, candidate.to_s, candidate.number,
            late.late_s, before.late_s[late.job_id], after.late_s[late.job_id],
            after.money_cents - before.money_cents + candidate.price_cents,
            self.before.figures.objective, objective, objective - before.figures.objective + own,
            tuple(sorted((h for h in harm if h.later_s > 0), key=lambda h: (-h.later_s, h.job_id))),
            candidate.task_ids,
        )  # fmt: skip

    def _try(self, late: LateJob, candidate: Candidate, shares: int) -> _Outcome | None:
        try:
            changed = candidate.apply(self.problem)
        except InvalidProblem:
            # An offer that contradicts the problem: a window over one that is open, a skill that would be missing.
            return None
        members = next(job for job in changed.jobs if job.job_id == late.job_id).tasks
        found = replan(changed, self.schedule, {task.task_id for task in members})
        if found is None:
            return None
        schedule = self._polished(changed, *found, shares)
        # A new weight is a means, not a price: the schedule is priced with the weights as they are.
        judged = self.problem if candidate.kind is Kind.PRIORITY else changed
        return _outcome(judged, changed, schedule)

    def _polished(self, problem: SchedulingProblem, schedule: Schedule, cost: int, shares: int) -> Schedule:
        """The schedule after a search for one share of the time left, if that passes `check` and costs less."""
        seconds = self.deadline.left_s() / shares
        if seconds < MIN_SEARCH_S:
            return schedule
        better = polish(problem, schedule, replace(self.budget, seconds=seconds))
        report = check(problem, better)
        return better if report.ok and report.figures.objective < cost else schedule


def _outcome(judged: SchedulingProblem, problem: SchedulingProblem, schedule: Schedule) -> _Outcome:
    """Of the schedule of `problem`, with the weights and prices of `judged`."""
    end_s = {place.task_id: place.end_s for place in schedule.assignments}
    weights, prices = {job.job_id: job.weight for job in judged.jobs}, judged.prices
    late: dict[str, int] = {}
    points: dict[str, int] = {}
    for job in problem.jobs:
        last_s = max((end_s[task.task_id] for task in job.tasks), default=0)
        late[job.job_id], past_s = lateness(job, last_s)
        tardy_s = 0 if job.due_s is None else max(0, last_s - job.due_s)
        points[job.job_id] = prices.tardiness_s * weights[job.job_id] * tardy_s + prices.deadline_s * past_s
    return _Outcome(late, points, figures(judged, schedule))
