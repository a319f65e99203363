"""The warehouse's agent: holds stock, picks and inbound goods, and warns before a shelf is empty.

Promises: an item whose projected stock falls below zero for at least `PATIENCE_S` is reported as at risk once, and once
more when it is safe again; a pick that must start within `REFUSE_WITHIN_S` and cannot be done is refused once for each
planned time: a refusal makes a revision, so one per revision would never end. The patience is there because
the plan follows the stock within moments; only what planning leaves standing is worth a person's attention. Pure;
called by `agents.machine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from agents.dock_refusals import Short, judge_short, most_at_once, read_short
from agents.messages import (
    AgentRef,
    Inbound,
    Instruction,
    Message,
    Pick,
    PickRefused,
    Report,
    ShelfCount,
    StockRisk,
    Tick,
    WarehouseBook,
)
from agents.readings import DockState
from agents.refusals import Shut, judge_docks, read_docks

PATIENCE_S = 120
REFUSE_WITHIN_S = 1_800

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Shortage:
    """The first moment an item runs short: by `short` units, at `needed_s`, in the pick of `order_id`."""

    order_id: str
    short: int
    needed_s: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A shortage in sight since `since_s`. told: reported. refused: the (order, time) refused last for it."""

    shortage: Shortage | None
    since_s: int
    told: bool = False
    refused: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class WarehouseState:
    """What the agent knows. `counted`: item -> (found, at_s) of shelf counts that the books have not caught up with."""

    agent: AgentRef
    seq: int = 0
    reports: int = 0
    revision: int = 0
    on_hand: Mapping[str, int] = field(default_factory=dict)
    picks: Mapping[str, Pick] = field(default_factory=dict)
    inbound: Mapping[str, Inbound] = field(default_factory=dict)
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    docks: Shut = field(default_factory=Shut)
    short: Short = field(default_factory=Short)


def fresh(agent: AgentRef) -> WarehouseState:
    """A warehouse that was told nothing yet."""
    return WarehouseState(agent)


def step(state: WarehouseState, message: Message, now_s: int) -> tuple[WarehouseState, Sequence[Report]]:
    """Take in an instruction, a reading or a tick, and refuse to load what the docks that are open cannot take."""
    after, reports = _step(state, message, now_s)
    if after.docks.at_s == 0:
        return after, reports
    coming = [pick for pick in after.picks.values() if pick.needed_s > now_s]
    leaves_s = min((pick.needed_s for pick in coming), default=None)
    docks, refusals = judge_docks(after.agent, after.revision, after.docks, leaves_s, now_s)
    short, more = judge_short(after.agent, after.revision, after.short, partial(most_at_once, coming), now_s)
    if docks is after.docks and short is after.short:
        return after, reports
    return replace(after, docks=docks, short=short), [*reports, *refusals, *more]


def _step(state: WarehouseState, message: Message, now_s: int) -> tuple[WarehouseState, Sequence[Report]]:
    match message:
        case Instruction(book=WarehouseBook()):
            return _instructed(state, message, now_s) if message.is_news(state.seq) else (state, ())
        case ShelfCount():
            if message.at_s <= state.counted.get(message.item_id, (0, -1))[1]:
                return state, ()
            found = (message.found, message.at_s)
            after = replace(state, counted={**state.counted, message.item_id: found})
            return _spoken(_doubted(after, (message.item_id,), now_s), now_s)
        case DockState():
            docks, short = read_docks(state.docks, message), read_short(state.short, message)
            return replace(state, docks=docks, short=short), ()
        case Tick():
            return _spoken(state, now_s)
        case _:
            return state, ()


def merged(held: Mapping[str, V], news: Mapping[str, V | None]) -> Mapping[str, V]:
    """`held` with the entries of `news`; None takes an entry out."""
    if not news:
        return held
    after = dict(held)
    for key, value in news.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = value
    return after


def _instructed(state: WarehouseState, told: Instruction, now_s: int) -> tuple[WarehouseState, Sequence[Report]]:
    assert isinstance(told.book, WarehouseBook)
    book = told.book
    if told.full:
        doubts = {item_id: Doubt(None, now_s, told=True) for item_id in book.risk_told}
        open_docks, until_s = book.docks_told or (0, 0)
        short = replace(state.short, docks=book.docks, said=open_docks, until_s=until_s)
        state = replace(fresh(state.agent), doubts=doubts, docks=state.docks, short=short)
    items = _items_of(state, book)
    after = replace(
        state,
        seq=told.seq,
        revision=told.revision,
        on_hand=merged(state.on_hand, book.on_hand),
        picks=merged(state.picks, book.picks),
        inbound=merged(state.inbound, book.inbound),
        counted={item_id: count for item_id, count in state.counted.items() if item_id not in book.on_hand},
    )
    return _spoken(_doubted(after, items, now_s), now_s)


def _items_of(state: WarehouseState, book: WarehouseBook) -> frozenset[str]:
    """Items whose projection the book may change."""
    picks = [pick for order_id, new in book.picks.items() for pick in (new, state.picks.get(order_id)) if pick]
    inbound = [row for supply_id, new in book.inbound.items() for row in (new, state.inbound.get(supply_id)) if row]
    return frozenset(
        [*book.on_hand, *book.risk_told, *(row.item_id for row in inbound)]
        + [item_id for pick in picks for item_id, _ in pick.lines]
    )


def _doubted(state: WarehouseState, items: Iterable[str], now_s: int) -> WarehouseState:
    """Project these items again and note which run short."""
    shortages = project(state, items)
    doubts = dict(state.doubts)
    for item_id, shortage in shortages.items():
        known = doubts.get(item_id)
        if known is None and shortage is not None:
            doubts[item_id] = Doubt(shortage, now_s)
        elif known is not None:
            since_s = known.since_s if known.shortage and shortage else now_s
            doubts[item_id] = replace(known, shortage=shortage, since_s=since_s)
    return replace(state, doubts=doubts)


def project(state: WarehouseState, items: Iterable[str]) -> dict[str, Shortage | None]:
    """For each item the first pick its stock will not reach for, counting goods inbound before that pick."""
    wanted: dict[str, list[tuple[int, str, int]]] = {item_id: [] for item_id in items}
    for order_id, pick in state.picks.items():
        for item_id, quantity in pick.lines:
            if item_id in wanted:
                wanted[item_id].append((pick.needed_s, order_id, quantity))
    coming: dict[str, list[tuple[int, int]]] = {}
    for row in state.inbound.values():
        if row.item_id in wanted:
            coming.setdefault(row.item_id, []).append((row.expected_s, row.quantity))
    return {
        item_id: _first_short(_stock(state, item_id), picks, coming.get(item_id, []))
        for item_id, picks in wanted.items()
    }


def _stock(state: WarehouseState, item_id: str) -> int:
    on_hand = state.on_hand.get(item_id, 0)
    return min(on_hand, state.counted[item_id][0]) if item_id in state.counted else on_hand


def _first_short(stock: int, picks: list[tuple[int, str, int]], coming: list[tuple[int, int]]) -> Shortage | None:
    coming = sorted(coming, reverse=True)
    for load_s, order_id, quantity in sorted(picks):
        while coming and coming[-1][0] <= load_s:
            stock += coming.pop()[1]
        stock -= quantity
        if stock < 0:
            return Shortage(order_id, -stock, load_s)
    return None


def _spoken(state: WarehouseState, now_s: int) -> tuple[WarehouseState, Sequence[Report]]:
    """Report the doubts that have lasted, and take back what is settled."""
    reports: list[Report] = []
    doubts: dict[str, Doubt] = {}
    for item_id, doubt in state.doubts.items():
        if now_s - doubt.since_s < PATIENCE_S:
            doubts[item_id] = doubt
            continue
        kept = _doubt_told(state, item_id, doubt, now_s, reports)
        if kept is not None:
            doubts[item_id] = kept
    if doubts == state.doubts:
        return state, reports
    return replace(state, doubts=doubts), reports


def _doubt_told(state: WarehouseState, item_id: str, doubt: Doubt, now_s: int, reports: list[Report]) -> Doubt | None:
    shortage = doubt.shortage
    if shortage is None:
        if doubt.told:
            reports.append(_risk(state, item_id, Shortage("", 0, now_s), now_s, over=True))
        return None
    if not doubt.told:
        reports.append(_risk(state, item_id, shortage, now_s, over=False))
    refusal = (shortage.order_id, shortage.needed_s)
    if shortage.needed_s - now_s <= REFUSE_WITHIN_S and doubt.refused != refusal:
        reports.append(
            PickRefused(
                agent=state.agent,
                number=0,
                at_s=now_s,
                revision=state.revision,
                order_id=shortage.order_id,
                item_id=item_id,
                short=shortage.short,
            )
        )
        return replace(doubt, told=True, refused=refusal)
    return replace(doubt, told=True)


def _risk(state: WarehouseState, item_id: str, shortage: Shortage, now_s: int, *, over: bool) -> StockRisk:
    return StockRisk(
        agent=state.agent,
        number=0,
        at_s=now_s,
        item_id=item_id,
        short=shortage.short,
        needed_s=shortage.needed_s,
        over=over,
    )
