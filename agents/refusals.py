"""What an agent says to an instruction that it cannot do: once, with the reason, and once more when that is over.

Promises: the same cause is refused once as long as it stands, renewed before its time ends; after a restart the core's
own word (in the book), or the refusal's end, tells what stands. Pure; called by the agents' `step`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agents.messages import AgentRef, Report
from agents.readings import DockState, DriverHours, MachineSignal

#: Being back so little after the duty's end is within what a driver may finish.
GRACE_S = 300
#: A closed dock or a locked machine is refused for so long, and again before that is over.
LEASE_S = 1_800
RENEW_S = 300
#: What was read of a duty that is over counts for so long: then it may be the next.
STALE_S = 3_600
#: Docks are refused when something is to leave within so long.
SOON_S = 3_600


class Code(StrEnum):
    """Why."""

    OUT_OF_HOURS = "OUT_OF_HOURS"
    OUT_OF_DRIVING = "OUT_OF_DRIVING"
    DOCKS_CLOSED = "DOCKS_CLOSED"
    DOCKS_SHORT = "DOCKS_SHORT"
    LOCKED_OUT = "LOCKED_OUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Report):
    """Revision `revision` asks for what cannot be done before (or, out of hours, after) `until_s`; `over`: it can.

    left: of DOCKS_SHORT, how many docks are open; of OUT_OF_DRIVING, how many seconds the driver may drive.
    """

    revision: int
    code: Code
    subject: str
    reason: str
    until_s: int
    over: bool = False
    left: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """A driver's duty as last read (ends_s = 0: never), and the end that was last refused for (0: none)."""

    at_s: int = 0
    ends_s: int = 0
    said_s: int = 0


def read_hours(duty: Duty, reading: DriverHours) -> Duty:
    """The newest reading counts."""
    return replace(duty, at_s=reading.at_s, ends_s=reading.duty_ends_s) if reading.at_s > duty.at_s else duty


def judge_duty(
    agent: AgentRef, revision: int, duty: Duty, back_s: int, held_s: int | None, now_s: int
) -> tuple[Duty, Sequence[Report]]:
    """Refuse a route that is back at `back_s`, after the duty's end. held_s: the end that the core keeps, if any."""
    if not duty.ends_s:
        return duty, ()
    if held_s is not None and duty.ends_s > held_s + GRACE_S and duty.said_s != -duty.ends_s:
        said = _hours(agent, revision, duty, back_s, now_s, over=True)
        return replace(duty, said_s=-duty.ends_s), (said,)
    known = now_s <= max(duty.at_s, duty.ends_s) + STALE_S
    late = back_s > duty.ends_s + GRACE_S and known
    if late and held_s != duty.ends_s and duty.said_s != duty.ends_s:
        return replace(duty, said_s=duty.ends_s), (_hours(agent, revision, duty, back_s, now_s, over=False),)
    return duty, ()


def _hours(agent: AgentRef, revision: int, duty: Duty, back_s: int, now_s: int, *, over: bool) -> Refused:
    minutes = max(0, back_s - duty.ends_s) // 60
    reason = "the duty lasts longer now" if over else f"it would be back {minutes} min after the driver's duty ends"
    return Refused(
        agent=agent,
        number=0,
        at_s=now_s,
        revision=revision,
        code=Code.OUT_OF_HOURS,
        subject="",
        reason=reason,
        until_s=duty.ends_s,
        over=over,
    )


@dataclass(frozen=True, slots=True)
class Shut:
    """Something that does not work since `at_s` by its own signal; refused until `until_s` (0: not refused)."""

    at_s: int = 0
    shut: bool = False
    until_s: int = 0


def read_docks(shut: Shut, reading: DockState) -> Shut:
    """Whether any dock is open."""
    return replace(shut, at_s=reading.at_s, shut=reading.open_docks == 0) if reading.at_s > shut.at_s else shut


def judge_docks(
    agent: AgentRef, revision: int, shut: Shut, leaves_s: int | None, now_s: int
) -> tuple[Shut, Sequence[Report]]:
    """Refuse to load while no dock is open and something leaves at `leaves_s`, soon."""
    wanted = leaves_s is not None and leaves_s - now_s <= SOON_S
    return _judge(agent, revision, shut, wanted, Code.DOCKS_CLOSED, "", "no dock is open", now_s)


def judge_machines(
    agent: AgentRef, revision: int, held: Mapping[str, Shut], wanted: frozenset[str], now_s: int
) -> tuple[Mapping[str, Shut], Sequence[Report]]:
    """Refuse work on machines that are locked out. wanted: machines that have work."""
    reports: list[Report] = []
    after = dict(held)
    for machine_id, shut in held.items():
        reason = f"machine {machine_id} is locked out"
        after[machine_id], said = _judge(
            agent, revision, shut, machine_id in wanted, Code.LOCKED_OUT, machine_id, reason, now_s
        )
        reports += said
    return (after, reports) if reports else (held, ())


def read_lock(held: Mapping[str, Shut], signal: MachineSignal) -> Mapping[str, Shut]:
    """Whether a machine is locked out; machines that never were are not kept."""
    shut = held.get(signal.machine_id)
    if (shut is None and not signal.locked_out) or (shut is not None and signal.at_s <= shut.at_s):
        return held
    return {**held, signal.machine_id: replace(shut or Shut(), at_s=signal.at_s, shut=signal.locked_out)}


def _judge(
    agent: AgentRef, revision: int, shut: Shut, wanted: bool, code: Code, subject: str, reason: str, now_s: int
) -> tuple[Shut, Sequence[Report]]:
    if shut.shut and wanted and shut.until_s - now_s <= RENEW_S:
        until_s, over = now_s + LEASE_S, False
    elif not shut.shut and shut.until_s > now_s:
        until_s, over = shut.until_s, True
    else:
        return shut, ()
    said = Refused(
        agent=agent,
        number=0,
        at_s=now_s,
        revision=revision,
        code=code,
        subject=subject,
        reason="works again" if over else reason,
        until_s=until_s,
        over=over,
    )
    return replace(shut, until_s=0 if over else until_s), (said,)
