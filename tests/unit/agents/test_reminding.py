"""A host and its agents' reminders: taken once each, by whoever holds the agent when they are told."""

from __future__ import annotations

from agents.host import AgentHost, HostBatch
from agents.messages import AgentKind, AgentRef, Instruction, Purchase, PurchaseLate, Reminder, Report, SupplierBook
from agents.reminding import RemindMe, TookReminders
from agents.supplier import GRACE_S, RECEIPT
from tests.unit.agents.telling import DAY_S

S1 = AgentRef(AgentKind.SUPPLIER, "S1")
LATE_S = DAY_S + GRACE_S + 1
DUE = Reminder(7, RECEIPT, LATE_S)
OPEN = SupplierBook({"PO-1": Purchase(DAY_S - 60, DAY_S)})


def told(seq: int, *due: Reminder, full: bool = False) -> Instruction:
    return Instruction(S1, seq, 1, OPEN if full else SupplierBook(), full, due)


def host(*due: Reminder, now_s: int = DAY_S, seq: int = 5) -> tuple[AgentHost, tuple[Report, ...]]:
    made = AgentHost(AgentKind.SUPPLIER)
    reply = made.handle(HostBatch(now_s, roster=(told(seq, *due, full=True),)))
    assert reply.knows
    return made, reply.reports


def test_what_came_of_it_is_said_before_that_it_was_taken() -> None:
    made, asked = host()
    assert [type(one) for one in asked] == [RemindMe]
    late, taken = made.handle(HostBatch(LATE_S, (told(8, DUE),))).reports
    assert isinstance(late, PurchaseLate)
    assert isinstance(taken, TookReminders)
    assert (taken.up_to_seq, taken.number) == (7, late.number + 1)


def test_it_is_taken_once_however_often_it_is_told() -> None:
    made, _ = host()
    made.handle(HostBatch(LATE_S, (told(8, DUE),)))
    assert made.handle(HostBatch(LATE_S, (told(8, DUE),))).reports == ()  # a repeat
    assert made.handle(HostBatch(LATE_S, (told(9, DUE),))).reports == ()  # the core has not heard yet that it was taken
    again = made.handle(HostBatch(LATE_S, roster=(told(10, DUE, full=True),)))  # it kept its memory
    assert not [one for one in again.reports if isinstance(one, TookReminders)]
    later = Reminder(11, RECEIPT, LATE_S + 60)
    assert made.handle(HostBatch(LATE_S, (told(12, DUE, later),))).reports[-1] == TookReminders(
        agent=S1, number=2, at_s=LATE_S, up_to_seq=11
    )


def test_a_host_that_was_killed_before_it_said_so_takes_it_again() -> None:
    _, reports = host(DUE, now_s=LATE_S, seq=8)
    assert [type(one) for one in reports] == [PurchaseLate, TookReminders]
