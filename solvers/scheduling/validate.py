"""The rules that a scheduling problem keeps, each told by field, value and rule.

Promises: raises `InvalidProblem` at the first broken rule.
May not: change or complete anything.
Called by: `problem`, when a problem is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from graphlib import CycleError, TopologicalSorter

from solvers.errors import InvalidProblem, require
from solvers.scheduling.parts import (
    Interval,
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Pinned,
    Prices,
    Published,
    Started,
    Task,
    Tool,
    predecessors,
)

MAX_MACHINES = 2_000
MAX_TASKS = 20_000
MAX_MODES = 200
MAX_INTERVALS = 5_000
MAX_UNITS = 2_000
MAX_NEEDS = 8
MAX_STEPS = 500
MAX_LOTS = 50
MAX_QUANTITY = 10**9
MAX_DURATION_S = 366 * 86_400
MAX_TIME_S = 2**40
MAX_PRICE = 1_000_000
MAX_CENTS = 10**9


def validate(
    now_s: int,
    machines: Sequence[Machine],
    jobs: Sequence[Job],
    published: Sequence[Published],
    prices: Prices,
    operators: Sequence[Operator],
    tools: Sequence[Tool],
) -> None:
    """Judge the problem with these parts; nothing is computed from a broken one."""
    _time(now_s, "now_s")
    plant = _Plant(now_s, {}, {}, operators, tools)
    _units(plant)
    _machines(plant, machines)
    _jobs(plant, jobs)
    _order(jobs, plant.tasks)
    _published(published, plant)
    for name in (field.name for field in fields(prices)):
        price = getattr(prices, name)
        require(0 <= price <= MAX_PRICE, f"prices.{name}", price, f"0..{MAX_PRICE}")


class _Plant:
    """What has been read so far."""

    def __init__(
        self,
        now_s: int,
        machines: dict[str, Machine],
        tasks: dict[str, Task],
        operators: Sequence[Operator],
        tools: Sequence[Tool],
    ) -> None:
        self.now_s = now_s
        self.machines = machines
        self.tasks = tasks
        self.operators = operators
        self.tools = tools
        self.running: dict[str, Task] = {}
        self.holders: dict[str, str] = {}
        self.enough: set[tuple[tuple[Need, ...], tuple[Need, ...]]] = set()


def _time(value: int, name: str) -> None:
    require(isinstance(value, int) and 0 <= value <= MAX_TIME_S, name, value, f"a whole second 0..{MAX_TIME_S}")


def _intervals(intervals: Sequence[Interval], name: str) -> None:
    require(len(intervals) <= MAX_INTERVALS, name, len(intervals), f"at most {MAX_INTERVALS}")
    for start_s, end_s in intervals:
        require(0 <= start_s < end_s <= MAX_TIME_S, name, (start_s, end_s), "start before end")


def _cents(value: int, name: str) -> None:
    require(0 <= value <= MAX_CENTS, name, value, f"0..{MAX_CENTS} cents")


def _units(plant: _Plant) -> None:
    """Operators and tools share one set of ids: an assignment names them without saying which they are."""
    require(len(plant.operators) <= MAX_UNITS, "operators", len(plant.operators), f"at most {MAX_UNITS}")
    require(len(plant.tools) <= MAX_UNITS, "tools", len(plant.tools), f"at most {MAX_UNITS}")
    seen: set[str] = set()
    named = [(f"operators[{o.operator_id}]", o.operator_id, o.unavailable) for o in plant.operators]
    named += [(f"tools[{t.tool_id}]", t.tool_id, t.unavailable) for t in plant.tools]
    for where, key, unavailable in named:
        require(bool(key) and key not in seen, where, key, "an id of its own among operators and tools")
        seen.add(key)
        _intervals(unavailable, f"{where}.unavailable")
    for operator in plant.operators:
        where = f"operators[{operator.operator_id}].skills"
        require(len(set(operator.skills)) == len(operator.skills), where, operator.skills, "each skill once")
        require(all(operator.skills), where, operator.skills, "names")
    for tool in plant.tools:
        require(bool(tool.kind), f"tools[{tool.tool_id}].kind", tool.kind, "a name")


def _machines(plant: _Plant, machines: Sequence[Machine]) -> None:
    require(len(machines) <= MAX_MACHINES, "machines", len(machines), f"at most {MAX_MACHINES}")
    for machine in machines:
        where = f"machines[{machine.machine_id}]"
        require(bool(machine.machine_id), where, machine.machine_id, "an id")
        require(machine.machine_id not in plant.machines, where, machine.machine_id, "an id of its own")
        plant.machines[machine.machine_id] = machine
        _time(machine.ready_s, f"{where}.ready_s")
        _time(machine.fence_s, f"{where}.fence_s")
        _intervals(machine.downtime, f"{where}.downtime")
        _intervals(machine.unavailable, f"{where}.unavailable")
        _overtime(machine, f"{where}.overtime")
        for setup in machine.setups:
            require(0 <= setup.duration_s <= MAX_DURATION_S, f"{where}.setups", setup, "0 s to a year")
            _cents(setup.cost_cents, f"{where}.setups.cost_cents")
        pairs = {(setup.from_family, setup.to_family) for setup in machine.setups}
        require(len(pairs) == len(machine.setups), f"{where}.setups", len(machine.setups), "each pair once")
        capacity = machine.batch_capacity
        require(0 <= capacity <= MAX_QUANTITY, f"{where}.batch_capacity", capacity, f"0..{MAX_QUANTITY}")


def _overtime(machine: Machine, name: str) -> None:
    _intervals([(window.start_s, window.end_s) for window in machine.overtime], name)
    last_s = -1
    for window in machine.overtime:
        require(window.start_s >= last_s, name, window, "windows in time order that do not overlap")
        last_s = window.end_s
        _cents(window.cost_cents, f"{name}.cost_cents")


def _jobs(plant: _Plant, jobs: Sequence[Job]) -> None:
    seen: set[str] = set()
    for job in jobs:
        where = f"jobs[{job.job_id}]"
        require(bool(job.job_id) and job.job_id not in seen, where, job.job_id, "an id of its own")
        seen.add(job.job_id)
        _time(job.release_s, f"{where}.release_s")
        for name, moment_s in (("due_s", job.due_s), ("deadline_s", job.deadline_s)):
            if moment_s is not None:
                _time(moment_s, f"{where}.{name}")
        require(0 <= job.weight <= 10_000, f"{where}.weight", job.weight, "0..10000")
        for task in job.tasks:
            known = task.task_id in plant.tasks
            require(bool(task.task_id) and not known, where, task.task_id, "a task id of its own")
            plant.tasks[task.task_id] = task
            _task(plant, task)
    require(len(plant.tasks) <= MAX_TASKS, "jobs.tasks", len(plant.tasks), f"at most {MAX_TASKS}")


def _task(plant: _Plant, task: Task) -> None:
    where = f"tasks[{task.task_id}]"
    require(1 <= len(task.modes) <= MAX_MODES, f"{where}.modes", len(task.modes), f"1..{MAX_MODES}")
    options = [mode.machine_id for mode in task.modes]
    require(len(set(options)) == len(options), f"{where}.modes", options, "each machine once")
    for mode in task.modes:
        _mode(plant, task, mode, where)
    _time(task.release_s, f"{where}.release_s")
    require(1 <= task.size <= MAX_QUANTITY, f"{where}.size", task.size, f"1..{MAX_QUANTITY}")
    require(1 <= task.quantity <= MAX_QUANTITY, f"{where}.quantity", task.quantity, f"1..{MAX_QUANTITY}")
    most = min(MAX_LOTS, task.quantity)
    require(1 <= task.max_lots <= most, f"{where}.max_lots", task.max_lots, f"1..{most}, no more than pieces")
    require(len(task.start_cost) <= MAX_STEPS, f"{where}.start_cost", len(task.start_cost), f"at most {MAX_STEPS}")
    last_s = -1
    for step in task.start_cost:
        _time(step.from_s, f"{where}.start_cost")
        require(step.from_s > last_s, f"{where}.start_cost", step, "steps in time order")
        last_s = step.from_s
        _cents(step.cost_cents, f"{where}.start_cost")
    _state(plant, task, options, where)


def _mode(plant: _Plant, task: Task, mode: Mode, where: str) -> None:
    machine = plant.machines.get(mode.machine_id)
    if machine is None:
        raise InvalidProblem(f"{where}.modes", mode.machine_id, "a machine of the problem")
    require(1 <= mode.duration_s <= MAX_DURATION_S, f"{where}.duration_s", mode.duration_s, "1 s to a year")
    require(0 <= mode.fixed_s <= mode.duration_s, f"{where}.fixed_s", mode.fixed_s, "at most the duration")
    _cents(mode.cost_cents, f"{where}.cost_cents")
    if machine.batch_capacity:
        rule = f"at most the capacity of {mode.machine_id}, {machine.batch_capacity}"
        require(task.size <= machine.batch_capacity, f"{where}.size", task.size, rule)
    key = (mode.operators, mode.tools)
    if not any(key) or key in plant.enough:
        return
    skills = [(operator.operator_id, operator.skills) for operator in plant.operators]
    _needs(mode.operators, skills, f"{where}.operators")
    _needs(mode.tools, [(tool.tool_id, (tool.kind,)) for tool in plant.tools], f"{where}.tools")
    plant.enough.add(key)


def _needs(needs: Sequence[Need], units: Sequence[tuple[str, Sequence[str]]], name: str) -> None:
    """Every need can be met at once by different units."""
    named = [need.name for need in needs]
    require(len(set(named)) == len(named), name, named, "each once, with a count")
    places = [(need.name, place) for need in needs for place in range(need.count)]
    require(all(need.count >= 1 for need in needs) and len(places) <= MAX_NEEDS, name, needs, f"1..{MAX_NEEDS} in all")
    import networkx as nx  # a tenth of a second that an agent's process need not spend

    graph = nx.Graph((place, key) for key, able in units for place in places if place[0] in able)
    graph.add_nodes_from(places)
    matched = nx.bipartite.maximum_matching(graph, places)
    lacking = [place[0] for place in places if place not in matched]
    require(not lacking, name, lacking, "as many at once as the problem has")


def _state(plant: _Plant, task: Task, options: Sequence[str], where: str) -> None:
    state = task.state
    if state is None:
        return
    require(state.machine_id in plant.machines, f"{where}.state", state.machine_id, "a machine of the problem")
    if not isinstance(state, Locked):
        _time(state.start_s, f"{where}.state.start_s")
    if isinstance(state, (Pinned, Locked)):
        require(state.machine_id in options, f"{where}.state", state.machine_id, "a machine of its modes")
        return
    require(state.start_s <= plant.now_s, f"{where}.state.start_s", state.start_s, "not after now_s")
    require(0 <= state.remaining_s <= MAX_DURATION_S, f"{where}.remaining_s", state.remaining_s, "0 s to a year")
    other = plant.running.setdefault(state.machine_id, task)
    if other is not task:
        batch = plant.machines[state.machine_id].batch_capacity > 0 and isinstance(other.state, Started)
        together = batch and other.state == state
        require(together, f"{where}.state", state.machine_id, f"a machine {other.task_id} does not run on")
    units = {o.operator_id for o in plant.operators} | {t.tool_id for t in plant.tools}
    for key in state.held:
        require(key in units, f"{where}.state.held", key, "an operator or tool of the problem")
        holder = plant.holders.setdefault(key, task.task_id)
        alone = holder == task.task_id or plant.running[state.machine_id].task_id == holder
        require(alone, f"{where}.state.held", key, f"not held by {holder} too")


def _order(jobs: Sequence[Job], tasks: dict[str, Task]) -> None:
    graph: dict[str, tuple[str, ...]] = {}
    for job in jobs:
        for position, task in enumerate(job.tasks):
            waits = predecessors(job, position)
            for after in waits:
                where = f"tasks[{task.task_id}].after"
                require(after.task_id in tasks, where, after.task_id, "a task of the problem")
                require(0 <= after.lag_s <= MAX_DURATION_S, where, after.lag_s, "a lag of 0 s to a year")
            graph[task.task_id] = tuple(after.task_id for after in waits)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise InvalidProblem("tasks.after", error.args[1], "no task waits for itself") from error


def _published(published: Sequence[Published], plant: _Plant) -> None:
    seen: set[str] = set()
    for entry in published:
        where = f"published[{entry.task_id}]"
        require(entry.task_id in plant.tasks, where, entry.task_id, "a task of the problem")
        require(entry.task_id not in seen, where, entry.task_id, "one entry a task")
        require(entry.machine_id in plant.machines, where, entry.machine_id, "a machine of the problem")
        _time(entry.start_s, f"{where}.start_s")
        seen.add(entry.task_id)
