"""Between schedules and the compiled searches: a start in, something cheaper out, within a deadline.

Promises: never returns anything worse than its start, whatever the kernel thinks: what it finds is judged again, and
built again where a rule the kernel does not know is broken. The same seed and iterations give the same schedule.
May not: touch what stands fixed in the start.
Called by: `solve`; planning, through `polish`, when the solver processes are away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from solvers.budget import Budget, Deadline
from solvers.scheduling.build import build
from solvers.scheduling.check import check, figures
from solvers.scheduling.kernel import pool_paths
from solvers.scheduling.kernel.arrays import Facts, facts_of
from solvers.scheduling.kernel.makespan import MakespanSearch, is_plain
from solvers.scheduling.kernel.rich_search import Annealing
from solvers.scheduling.kernel.timing import Walk, copy_walk, empty_walk, link
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    MAKESPAN_ONLY,
    Job,
    Locked,
    Machine,
    Mode,
    Pinned,
    Prices,
    SchedulingProblem,
    Task,
)
from solvers.scheduling.shop import Shop, index


@dataclass(frozen=True, slots=True)
class Found:
    """The best schedule, its objective, how many moves were tried, and a proven bound in points, if there is one."""

    schedule: Schedule
    cost: int
    rounds: int
    bound: int | None = None


class OwnSearch:
    """A search that can go on: `run` it for a while, look at `found`, `give` it something better from elsewhere.

    `run` may go on in a thread while `give` is called from another; everything else waits for it to end.
    `focus`: operations whose surroundings are searched first; None works it out from what is published.
    """

    def __init__(self, shop: Shop, start: Schedule, cost: int, seed: int, focus: Collection[int] | None = None) -> None:
        self.shop = shop
        self.start, self.cost = start, cost
        self.rounds = 0
        self._makespan: MakespanSearch | None = None
        self._annealing: Annealing | None = None
        self._facts: Facts = facts_of(shop, start)
        if is_plain(self._facts) and not _is_rich(shop):
            self._makespan = MakespanSearch(self._facts, _walk_of(shop, self._facts, start), seed)
        else:
            annealing = Annealing(shop, start, seed, focus)
            self._annealing = annealing if annealing.possible else None
        self._judged = self._price()

    @property
    def bound(self) -> int | None:
        """No schedule costs less, in points; None where nothing is known."""
        return self._makespan.bound * self.shop.problem.prices.makespan_s if self._makespan else None

    def run(self, deadline: Deadline, limit: int | None = None) -> None:
        """Search until the deadline, or for `limit` moves."""
        if self._makespan is not None:
            before = self._makespan.steps
            self._makespan.run(deadline, None if limit is None else before + limit)
            self.rounds += self._makespan.steps - before
        elif self._annealing is not None:
            self.rounds += self._annealing.run(deadline, limit)

    def give(self, schedule: Schedule) -> None:
        """Something better than what this search has; it is taken up at the next turn."""
        if self._makespan is not None:
            self._makespan.inbox.append(_walk_of(self.shop, self._facts, schedule))
        elif self._annealing is not None:
            self._annealing.inbox.append(schedule)

    def found(self) -> Found:
        """The best so far, judged with every rule; the start if nothing is better. May be asked for during `run`."""
        price = self._price()
        if price < self._judged:
            self._judged = price
            for schedule in self._answers():
                report = check(self.shop.problem, schedule)
                if report.ok and report.figures.objective < self.cost:
                    self.start, self.cost = schedule, report.figures.objective
                if report.ok:
                    break
        return Found(self.start, self.cost, self.rounds, self.bound)

    def _price(self) -> int:
        """What the kernel says its best costs, points or seconds: only whether it sinks counts."""
        if self._makespan is not None:
            return int(self._makespan.makespan)
        return self._annealing.shown[0] if self._annealing is not None else 0

    def _answers(self) -> Iterator[Schedule]:
        """What the kernel found; built anew from its order where the kernel's own times break a rule."""
        machine_of = self.shop.machine_of
        if self._makespan is not None:
            walk = empty_walk(len(self.shop.operations), len(self.shop.machines))
            copy_walk(self._makespan.best, walk)
            yield _timed(self.shop, self._facts, walk)
        elif self._annealing is not None:
            exact = self._annealing.schedule()
            yield exact
            keys = [(place.start_s, number) for number, place in enumerate(exact.assignments)]
            yield build(self.shop, keys, True, [machine_of[place.machine_id] for place in exact.assignments])


def _is_rich(shop: Shop) -> bool:
    """Whether something counts or binds that the plain search does not know."""
    problem = shop.problem
    deadlines = problem.prices.deadline_s > 0 and any(job.deadline_s is not None for job in problem.jobs)
    steps = problem.prices.cost_cent > 0 and any(op.task.start_cost for op in shop.operations)
    needs = any(mode.operators or mode.tools for op in shop.operations for mode in op.task.modes)
    bound = any(isinstance(op.task.state, Locked | Pinned) for op in shop.operations)
    return deadlines or steps or needs or bound or any(machine.batch_capacity for machine in shop.machines)


def search(shop: Shop, start: Schedule, cost: int, deadline: Deadline, seed: int, limit: int | None) -> Found:
    """Search until the deadline, or for `limit` moves."""
    own = OwnSearch(shop, start, cost, seed)
    own.run(deadline, limit)
    return own.found()


def polish(problem: SchedulingProblem, schedule: Schedule, budget: Budget) -> Schedule:
    """A little of the search on a repaired schedule, where there is no solver process at hand."""
    if not schedule.assignments:
        return schedule
    cost = figures(problem, schedule).objective
    return search(index(problem), schedule, cost, budget.start(), budget.seed, budget.iterations).schedule


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile both searches, once; afterwards they load from their cache."""
    say("scheduling: annealing and tabu search")
    modes = (Mode("A", 2), Mode("B", 3))
    for prices in (MAKESPAN_ONLY, Prices()):
        jobs = tuple(Job(str(n), (Task(f"{n}.0", modes), Task(f"{n}.1", modes[:1])), due_s=3) for n in range(3))
        problem = SchedulingProblem(0, (Machine("A"), Machine("B")), jobs, prices=prices)
        shop, one_after_another = index(problem), _in_a_row(problem)
        search(shop, one_after_another, 2**40, Budget(seconds=60.0).start(), 0, 40)
    pool_paths.warm_up()


def _in_a_row(problem: SchedulingProblem) -> Schedule:
    """Everything on the first machine of each task, one after the other."""
    places, now_s = [], problem.now_s
    for _, task in problem.tasks():
        mode = task.modes[0]
        places.append(Assignment(task.task_id, mode.machine_id, now_s, now_s + mode.duration_s))
        now_s += mode.duration_s
    return Schedule(tuple(places))


def _timed(shop: Shop, facts: Facts, walk: Walk) -> Schedule:
    """The sequences of a plain problem, everything as early as they let it."""
    now_s, machines, places = shop.problem.now_s, shop.machines, {}
    ready, free = facts.release.tolist(), facts.machine_ready.tolist()
    left = [len(op.before) + (int(walk.before[op.number]) >= 0) for op in shop.operations]
    stack = [number for number, waits in enumerate(left) if not waits]
    while stack:
        number = stack.pop()
        machine = int(walk.machine[number])
        start = max(ready[number], free[machine])
        end = free[machine] = start + int(facts.mode_work[walk.mode[number]])
        task_id = shop.operations[number].task.task_id
        places[number] = Assignment(task_id, machines[machine].machine_id, now_s + start, now_s + end)
        behind = shop.operations[number].behind
        for later, lag_s in behind:
            ready[later] = max(ready[later], end + lag_s)
        for later in (*(later for later, _ in behind), int(walk.after[number])):
            if later >= 0:
                left[later] -= 1
                if not left[later]:
                    stack.append(later)
    return Schedule(tuple(places[number] for number in range(len(places))))


def _walk_of(shop: Shop, facts: Facts, schedule: Schedule) -> Walk:
    """The schedule as sequences."""
    walk = empty_walk(len(shop.operations), len(shop.machines))
    places = schedule.assignments
    last = [-1] * len(shop.machines)
    for number in sorted(range(len(places)), key=lambda n: (places[n].start_s, places[n].end_s, n)):
        machine = shop.machine_of[places[number].machine_id]
        at, stop = int(facts.mode_at[number]), int(facts.mode_at[number + 1])
        mode = next((m for m in range(at, stop) if facts.mode_machine[m] == machine), at)
        link(walk, number, machine, mode, last[machine])
        last[machine] = number
    return walk
