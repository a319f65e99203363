"""The production line's agent: follows machines and tasks, and says when the schedule does not hold.

Promises one report when a task runs (or waits to start) more than `LATE_S` behind the schedule on a machine that is not
known to be down, and one when it is done or has kept the schedule for `LATE_S` (a start that is put off again and again
is no relief); one report when a machine's own signals say that it has stood still for
`DOWN_S` under a task, again when the expected end passes, and one when it runs. Asks for maintenance by the machines'
condition (`agents.line_condition`), which outlives the process; a day after it asked the log reminds it, and it asks
again unless the machine is as good as new by then. Pure; called by `agents.machine`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.line_condition import Worn, by_the_log, drift_seen, judge, recalled, remembered, sensed, used
from agents.messages import (
    AgentRef,
    ConditionRisk,
    Downtime,
    Instruction,
    LineBook,
    LineLate,
    MachineBook,
    MachineSignal,
    Message,
    Reminder,
    Report,
    SensorReading,
    TaskBook,
    Tick,
)
from agents.refusals import Shut, judge_machines, read_lock
from agents.reminding import ForgetReminder, RemindMe
from agents.warehouse import merged

LATE_S = 900
DOWN_S = 120
#: What a stop is expected to last when nobody has said.
DOWN_FOR_S = 1_800
#: Maintenance that was asked for should have found its slot by then.
ASK_AGAIN_S = 24 * 3_600
#: Characters of a reminder's name.
NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Seen:
    """A machine's last signal. `still_s`: standing still since (None: it runs); `until_s`: downtime reported until."""

    at_s: int
    still_s: int | None = None
    done_permille: int = -1
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """What the agent knows. `late`: tasks reported as late -> since when they are no longer so (None: they are)."""

    agent: AgentRef
    seq: int = 0
    reports: int = 0
    revision: int = 0
    machines: Mapping[str, MachineBook] = field(default_factory=dict)
    tasks: Mapping[str, TaskBook] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    late: Mapping[str, int | None] = field(default_factory=dict)
    locks: Mapping[str, Shut] = field(default_factory=dict)
    worn: Mapping[str, Worn] = field(default_factory=dict)


def fresh(agent: AgentRef) -> LineState:
    """A line that was told nothing yet."""
    return LineState(agent)


def step(state: LineState, message: Message, now_s: int) -> tuple[LineState, Sequence[Report]]:
    """Take in an instruction, a machine's signal or a tick, and refuse work on machines that are locked out."""
    after, reports = _step(state, message, now_s)
    if not after.locks:
        return after, reports
    wanted = frozenset(task.machine_id for task in after.tasks.values())
    locks, refusals = judge_machines(after.agent, after.revision, after.locks, wanted, now_s)
    return (after if locks is after.locks else replace(after, locks=locks)), [*reports, *refusals]


def _step(state: LineState, message: Message, now_s: int) -> tuple[LineState, Sequence[Report]]:
    match message:
        case Instruction(book=LineBook()):
            return _lateness(_instructed(state, message), now_s) if message.is_news(state.seq) else (state, ())
        case MachineSignal():
            last = state.seen.get(message.machine_id)
            if message.machine_id not in state.machines or (last is not None and message.at_s <= last.at_s):
                return state, ()
            if last is not None:
                worn = used(_worn(state, message.machine_id), last.at_s, last.still_s is None, message)
                state = replace(state, worn={**state.worn, message.machine_id: worn})
            state = replace(state, locks=read_lock(state.locks, message))
            return _signalled(state, message, last, now_s)
        case SensorReading():
            return _sensed(state, message, now_s) if message.machine_id in state.machines else (state, ())
        case Reminder(payload=machine_id):
            return _ask_again(state, machine_id, now_s)
        case Tick():
            state, stops = _stops(state, now_s)
            state, delays = _lateness(state, now_s)
            state, risks = _conditions(state, now_s)
            return state, [*stops, *delays, *risks]
        case _:
            return state, ()


def remember(state: LineState) -> bytes:
    """Usage and sensors' baselines of its machines."""
    return remembered(state.worn)


def recall(state: LineState, data: bytes) -> LineState:
    """With what was remembered. Raises ValueError for anything else."""
    return replace(state, worn=recalled(data))


def _worn(state: LineState, machine_id: str) -> Worn:
    return state.worn.get(machine_id, Worn())


def _sensed(state: LineState, reading: SensorReading, now_s: int) -> tuple[LineState, Sequence[Report]]:
    last = state.seen.get(reading.machine_id)
    if last is not None and last.still_s is not None:
        return state, ()  # a machine that stands says nothing about its wear
    before = _worn(state, reading.machine_id)
    after = sensed(before, reading)
    state = replace(state, worn={**state.worn, reading.machine_id: after})
    if before.condition.drift_h is None and after.condition.drift_h is not None:
        return _conditions(state, now_s)
    return state, ()


def _conditions(state: LineState, now_s: int) -> tuple[LineState, Sequence[Report]]:
    """Machines whose condition asks for maintenance; one that is down is looked after already."""
    reports: list[Report] = []
    worn = dict(state.worn)
    for machine_id, before in state.worn.items():
        machine = state.machines.get(machine_id)
        if machine is None or machine.wear is None or (machine.down_until_s or 0) > now_s:
            continue
        drifting, seen = drift_seen(state.agent, machine_id, before, now_s)
        worn[machine_id], said = judge(state.agent, machine_id, drifting, machine.wear, now_s)
        reports += [*seen, *said]
    return (replace(state, worn=worn), [*reports, *_looks(reports)]) if reports else (state, ())


def _looks(said: Sequence[Report]) -> Iterator[Report]:
    """A reminder for each machine that maintenance is asked for: who asks must look whether it came."""
    for one in said:
        if isinstance(one, ConditionRisk):
            name = f"risk.{one.machine_id}"[:NAME_MAX]
            if one.over:
                yield ForgetReminder(agent=one.agent, number=0, at_s=one.at_s, name=name)
            else:
                due_s, payload = one.at_s + ASK_AGAIN_S, one.machine_id
                yield RemindMe(agent=one.agent, number=0, at_s=one.at_s, name=name, due_s=due_s, payload=payload)


def _ask_again(state: LineState, machine_id: str, now_s: int) -> tuple[LineState, Sequence[Report]]:
    """What it asked for a day ago and has not got; nothing when that is over, or the machine is looked after."""
    state, said = _conditions(state, now_s)
    worn = state.worn.get(machine_id)
    if said or worn is None or worn.told_permille is None:
        return state, said
    untold = replace(state, worn={**state.worn, machine_id: replace(worn, told_permille=None)})
    after, again = _conditions(untold, now_s)
    return (after, again) if again else (state, ())


def _by_the_log(state: LineState, *, full: bool) -> LineState:
    """Machines that the log has maintained or repaired since the agent last heard of it, or knows to be older.

    full: what people were told is as the log has it.
    """
    worn = dict(state.worn)
    for machine_id, machine in state.machines.items():
        before = _worn(state, machine_id)
        if machine.wear is None:
            continue
        if full and before.drift_told != machine.wear.drift_told:
            before = replace(before, drift_told=machine.wear.drift_told)
        after = by_the_log(before, machine.wear)
        if after != Worn():
            worn[machine_id] = after
    return replace(state, worn=worn) if worn != state.worn else state


def _instructed(state: LineState, told: Instruction) -> LineState:
    assert isinstance(told.book, LineBook)
    book = told.book
    if told.full:
        late = dict.fromkeys(book.late_told)
        state = replace(fresh(state.agent), seen=state.seen, late=late, locks=state.locks, worn=state.worn)
    return _by_the_log(
        replace(
            state,
            seq=told.seq,
            revision=told.revision,
            machines=merged(state.machines, book.machines),
            tasks=merged(state.tasks, book.tasks),
        ),
        full=told.full,
    )


def _signalled(
    state: LineState, signal: MachineSignal, last: Seen | None, now_s: int
) -> tuple[LineState, Sequence[Report]]:
    still_s = None
    if not signal.running:
        still_s = last.still_s if last is not None and last.still_s is not None else signal.at_s
    until_s = last.until_s if last is not None else None
    reports: list[Report] = []
    if signal.running and until_s is not None:
        since_s = last.still_s if last is not None and last.still_s is not None else signal.at_s
        reports.append(_downtime(state, signal.machine_id, since_s, until_s, now_s, over=True))
        until_s = None
    seen = Seen(signal.at_s, still_s, signal.done_permille, until_s)
    state = replace(state, seen={**state.seen, signal.machine_id: seen})
    state, stops = _stops(state, now_s)
    state, delays = _lateness(state, now_s)
    return state, [*reports, *stops, *delays]


def _stops(state: LineState, now_s: int) -> tuple[LineState, Sequence[Report]]:
    """Machines that stand still under a task longer than anybody expects."""
    reports: list[Report] = []
    seen = dict(state.seen)
    for machine_id, last in state.seen.items():
        machine = state.machines.get(machine_id)
        if machine is None or last.still_s is None or not machine.task_id:
            continue
        expected_s = max(machine.down_until_s or 0, last.until_s or 0)
        if now_s - last.still_s < DOWN_S or now_s < expected_s:
            continue
        until_s = now_s + DOWN_FOR_S
        seen[machine_id] = replace(last, until_s=until_s)
        reports.append(_downtime(state, machine_id, last.still_s, until_s, now_s, over=False))
    return (replace(state, seen=seen), reports) if reports else (state, ())


def _downtime(state: LineState, machine_id: str, since_s: int, until_s: int, now_s: int, *, over: bool) -> Downtime:
    return Downtime(
        agent=state.agent,
        number=0,
        at_s=now_s,
        machine_id=machine_id,
        since_s=since_s,
        until_s=until_s,
        over=over,
    )


def late_s(state: LineState, task_id: str, now_s: int) -> int:
    """Seconds a task is behind the schedule, as far as can be seen now.

    0 while its machine is down, as is known, or busy with another, and while its predecessor on this line is not done:
    those are late themselves.
    """
    task = state.tasks.get(task_id)
    machine = state.machines.get(task.machine_id) if task is not None else None
    if task is None or machine is None or (machine.down_until_s or 0) > now_s:
        return 0
    if machine.task_id == task_id:
        return max(0, _predicted_end_s(state, task, now_s) - task.end_s)
    if machine.task_id or any(earlier in state.tasks for earlier in task.waits_for):
        return 0
    return max(0, now_s - task.start_s)


def _predicted_end_s(state: LineState, task: TaskBook, now_s: int) -> int:
    """From the machine's own word on what is done, else: not before now."""
    last = state.seen.get(task.machine_id)
    if last is None or last.done_permille <= 0 or last.at_s <= task.start_s:
        return now_s
    return max(now_s, task.start_s + (last.at_s - task.start_s) * 1000 // last.done_permille)


def _lateness(state: LineState, now_s: int) -> tuple[LineState, Sequence[Report]]:
    reports: list[Report] = []
    late = dict(state.late)
    for task_id in state.tasks:
        behind_s = late_s(state, task_id, now_s)
        if behind_s > LATE_S and task_id not in late:
            late[task_id] = None
            reports.append(_line_late(state, task_id, behind_s, now_s, over=False))
    for task_id, since_s in state.late.items():
        if late_s(state, task_id, now_s) > 0:
            late[task_id] = None
        elif task_id not in state.tasks or now_s - (since_s or now_s) >= LATE_S:
            del late[task_id]
            reports.append(_line_late(state, task_id, 0, now_s, over=True))
        else:
            late[task_id] = since_s or now_s
    return (replace(state, late=late) if late != state.late else state), reports


def _line_late(state: LineState, task_id: str, behind_s: int, now_s: int, *, over: bool) -> LineLate:
    task = state.tasks.get(task_id)
    return LineLate(
        agent=state.agent,
        number=0,
        at_s=now_s,
        task_id=task_id,
        machine_id=task.machine_id if task is not None else "",
        late_s=behind_s,
        over=over,
    )
