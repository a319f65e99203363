"""The supplier's agent: holds the purchase orders, says when one does not come, and quotes when it is called.

Promises one report for each expected time that passes by more than `GRACE_S` without a receipt; the new estimate adds
what this supplier is usually late by, and more with every miss of the same order. It looks when it is told something
and when the log reminds it of the next expected time, days ahead maybe; the heartbeat is for the one case that its wish
to be reminded never reached the log. Pure; called by `agents.machine`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.messages import (
    AgentRef,
    Instruction,
    Message,
    Purchase,
    PurchaseLate,
    Reminder,
    Report,
    SupplierBook,
    SupplyCall,
    Tick,
)
from agents.reminding import look_again
from agents.supplier_quote import quoted
from agents.warehouse import merged

#: A lorry in a queue at the gate is not late.
GRACE_S = 900
#: The least by which a missed time is put off.
DELAY_S = 1_800
#: After so many misses in a row the delay doubles no more: a day is long enough to call somebody.
DOUBLINGS = 5
#: A guess further ahead than this helps nobody; that the order is lost is learned elsewhere.
DELAY_S_MAX = 2 * 86_400
#: The reminder of the first purchase order that may be missing.
RECEIPT = "receipt"
#: A reminder that is late by so much will not come.
LOST_S = 3_600


@dataclass(frozen=True, slots=True)
class SupplierState:
    """What the agent knows. `missed`: purchase order -> (expected time reported as missed, misses so far).

    usual_late_s: how late its deliveries were, the last ones counting most; never below zero. look_s: when it is to be
    reminded, 0: not.
    """

    agent: AgentRef
    seq: int = 0
    reports: int = 0
    revision: int = 0
    purchases: Mapping[str, Purchase] = field(default_factory=dict)
    missed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    lead_time_sd_s: int = 0
    usual_late_s: int = 0
    look_s: int = 0


def fresh(agent: AgentRef) -> SupplierState:
    """A supplier that was told nothing yet."""
    return SupplierState(agent)


def step(state: SupplierState, message: Message, now_s: int) -> tuple[SupplierState, Sequence[Report]]:
    """Take in an instruction, a reminder, or that none came."""
    match message:
        case Instruction(book=SupplierBook()):
            return _missing(_instructed(state, message), now_s) if message.is_news(state.seq) else (state, ())
        case Reminder(name=name) if name == RECEIPT:
            return _missing(state, now_s)
        case Tick() if 0 < state.look_s <= now_s - LOST_S:
            return _missing(state, now_s)  # its wish to be reminded was dropped on the way to the log
        case SupplyCall():
            return state, (quoted(message),)
        case _:
            return state, ()


def _instructed(state: SupplierState, told: Instruction) -> SupplierState:
    assert isinstance(told.book, SupplierBook)
    if told.full:
        state = replace(fresh(state.agent), lead_time_sd_s=told.book.lead_time_sd_s)
    late_s = state.usual_late_s
    for purchase_id, purchase in told.book.purchases.items():
        if purchase is not None and purchase.received_s is not None:
            first = state.purchases.get(purchase_id, purchase)
            late_s = (late_s * 3 + max(0, purchase.received_s - first.expected_s)) // 4
    is_open = {key: row if row and row.received_s is None else None for key, row in told.book.purchases.items()}
    purchases = merged(state.purchases, is_open)
    missed = {key: value for key, value in state.missed.items() if key in purchases}
    return replace(state, seq=told.seq, revision=told.revision, purchases=purchases, missed=missed, usual_late_s=late_s)


def _missing(state: SupplierState, now_s: int) -> tuple[SupplierState, Sequence[Report]]:
    reports: list[Report] = []
    missed = dict(state.missed)
    for purchase_id, purchase in state.purchases.items():
        was_s, misses = missed.get(purchase_id, (-1, 0))
        if now_s - purchase.expected_s <= GRACE_S or purchase.expected_s == was_s:
            continue
        missed[purchase_id] = (purchase.expected_s, misses + 1)
        reports.append(
            PurchaseLate(
                agent=state.agent,
                number=0,
                at_s=now_s,
                purchase_order_id=purchase_id,
                was_s=purchase.expected_s,
                expected_s=now_s + _delay_s(state, misses),
            )
        )
    look_s = _look_s(state.purchases, missed)
    reports += look_again(state.agent, RECEIPT, state.look_s, look_s, now_s)
    if not reports and look_s == state.look_s:
        return state, ()
    return replace(state, missed=missed, look_s=look_s), reports


def _look_s(purchases: Mapping[str, Purchase], missed: Mapping[str, tuple[int, int]]) -> int:
    """When the first purchase order is late that is not yet known to be; 0: none will be."""
    times = [row.expected_s for key, row in purchases.items() if missed.get(key, (-1, 0))[0] != row.expected_s]
    return min(times) + GRACE_S + 1 if times else 0


def _delay_s(state: SupplierState, misses: int) -> int:
    delay_s = max(DELAY_S, state.usual_late_s, state.lead_time_sd_s // 2) << min(misses, DOUBLINGS)
    return min(delay_s, DELAY_S_MAX)
