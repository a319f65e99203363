"""What a vehicle's agent says when its route drives longer than the driver may before a rest.

Promises: the same excess is refused once, and again only when it has grown; when the tachograph shows that the driver
has rested, the refusal is over. What the plan has not counted yet is judged again with the next reading. Pure; called
by `agents.vehicle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.messages import AgentRef, Report, VehicleBook
from agents.readings import DriverHours
from agents.refusals import GRACE_S, STALE_S, Code, Refused

#: What is left counts for the rest of the shift: only a reading says that the driver has rested.
DRIVING_KEPT_S = 12 * 3_600
#: So much more than the plan counts with, and the driver has rested.
RESTED_S = 1_800


@dataclass(frozen=True, slots=True)
class Driving:
    """Driving left as last read (at_s = 0: never). said_s: the excess last refused. ended: of this reading it was said
    that the driver has rested.
    """

    at_s: int = 0
    left_s: int = 0
    said_s: int = 0
    ended: bool = False


def read_driving(driving: Driving, reading: DriverHours) -> Driving:
    """The newest reading counts."""
    if reading.at_s <= driving.at_s:
        return driving
    return replace(driving, at_s=reading.at_s, left_s=reading.driving_left_s, ended=False)


def judge_driving(
    agent: AgentRef, revision: int, driving: Driving, book: VehicleBook, now_s: int
) -> tuple[Driving, Sequence[Report]]:
    """Refuse a route that drives longer than is left to its driver."""
    if not driving.at_s or now_s - driving.at_s > STALE_S:
        return driving, ()
    if book.drive_left_s is not None and driving.left_s > book.drive_left_s + RESTED_S:
        if driving.ended:
            return driving, ()
        over = _said(agent, revision, driving, "the driver has rested", now_s, over=True)
        return replace(driving, ended=True, said_s=0), (over,)
    excess_s = _to_drive_s(book, driving.at_s) - driving.left_s
    if excess_s > driving.said_s + GRACE_S:
        reason = f"its route drives {excess_s // 60} min longer than the driver may before a rest"
        return replace(driving, said_s=excess_s), (_said(agent, revision, driving, reason, now_s, over=False),)
    if excess_s <= 0 < driving.said_s:
        return replace(driving, said_s=0), ()
    return driving, ()


def _to_drive_s(book: VehicleBook, at_s: int) -> int:
    """Driving from `at_s` on, by plan."""
    leg = book.leg
    return book.drive_s + (max(0, leg.arrive_s - max(at_s, leg.depart_s)) if leg is not None else 0)


def _said(agent: AgentRef, revision: int, driving: Driving, reason: str, now_s: int, *, over: bool) -> Refused:
    return Refused(
        agent=agent,
        number=0,
        at_s=now_s,
        revision=revision,
        code=Code.OUT_OF_DRIVING,
        subject="",
        reason=reason,
        until_s=now_s + DRIVING_KEPT_S,
        over=over,
        left=driving.left_s,
    )
