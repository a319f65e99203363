"""The contract net's protocol: what stands of a negotiation, and what is due next.

call -> bids -> award -> confirm -> done | forfeited. `Talk` is what stands, immutable; `due` says the one next step at
a time: determine winners, take an award from a silent winner, leave lots that nobody can do, or end. Determining is
for who asks (`solvers.negotiation`, in a solver process or greedily), so that nothing here waits.
Promises: a lot is never offered again while somebody holds it; who forfeited is asked no more; a bid that came after
the deadline or is not valid any more is not offered; with time every negotiation ends, because each step makes bids,
bidders or lots fewer. Pure: no clock, no domain, no transport. Called by `orchestrator.negotiation`, tests.

Times: whole seconds since the epoch on the company clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from solvers.negotiation.problem import Offer, WinnerProblem

#: So many open calls double the time for an answer, twice as many treble it.
CALLS_DOUBLE = 200
#: Deadlines grow by load to this many times what they are when it is quiet.
STRETCH_MAX = 4


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that nobody holds: what it costs to leave it."""

    lot_id: str
    penalty_cents: int


@dataclass(frozen=True, slots=True)
class StandingBid:
    """A bid that could be awarded. `counter`: only a person may take it. `alone`: its bidder wins one bid at most."""

    bid_id: str
    bidder: str
    lot_ids: tuple[str, ...]
    price_cents: int
    at_s: int
    valid_until_s: int
    counter: bool = False
    alone: bool = False


class Holding(StrEnum):
    """How an award stands that is not forfeited."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class HeldAward:
    """An award that is not forfeited."""

    bid_id: str
    bidder: str
    confirm_by_s: int
    holding: Holding


@dataclass(frozen=True, slots=True)
class Talk:
    """A negotiation as it stands. `silent`: asked and not answered yet. `may_bid`: somebody's bid, or another one, may
    still come, so that the deadline is waited for. `declined`: bidder -> reason, also of those
    that were not able from the start. `lots`: those that nobody holds.
    """

    answer_by_s: int
    lots: tuple[OpenLot, ...]
    silent: tuple[str, ...] = ()
    bids: tuple[StandingBid, ...] = ()
    held: tuple[HeldAward, ...] = ()
    declined: Mapping[str, str] = field(default_factory=dict)
    calling: bool = True
    may_bid: bool = True


@dataclass(frozen=True, slots=True)
class Determine:
    """Winners have to be found among these offers; `bid_ids[i]` is the bid behind offer `i` of the problem."""

    problem: WinnerProblem
    bid_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forfeit:
    """A winner has not confirmed in time."""

    bid_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counters:
    """Only counter-offers are left: a person has to choose, until the last of them is over."""

    bid_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """Nobody takes these lots."""

    lot_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """All is settled."""


Due = Determine | Forfeit | Counters | Leave | End


def due(talk: Talk, now_s: int) -> Due | None:
    """The next step, None: nothing is due before something is said or time passes."""
    if talk.calling and talk.may_bid and now_s <= talk.answer_by_s:
        return None
    for award in talk.held:
        if award.holding is Holding.PENDING and now_s > award.confirm_by_s:
            return Forfeit(award.bid_id, f"{award.bidder} has not confirmed by {award.confirm_by_s}")
    if any(award.holding is Holding.PENDING for award in talk.held):
        return None
    if talk.lots:
        return _award_or_leave(talk, now_s)
    if any(award.holding is Holding.CONFIRMED for award in talk.held):
        return None
    return End()


def _award_or_leave(talk: Talk, now_s: int) -> Due:
    free = {lot.lot_id for lot in talk.lots}
    holders = {award.bidder for award in talk.held}
    full = {bid.bidder for bid in talk.bids if bid.alone and bid.bidder in holders}
    usable = [
        bid
        for bid in talk.bids
        if bid.valid_until_s >= now_s and free.issuperset(bid.lot_ids) and bid.bidder not in full
    ]
    plain = [bid for bid in usable if not bid.counter]
    if plain:
        return Determine(winner_problem(talk.lots, plain), tuple(bid.bid_id for bid in plain))
    if usable:
        return Counters(tuple(bid.bid_id for bid in usable))
    return Leave(tuple(lot.lot_id for lot in talk.lots), why_nobody(talk))


def after_determination(talk: Talk, asked: Determine, chosen: Sequence[int]) -> tuple[str, ...] | Leave:
    """The bids to award, or the lots to leave because leaving them is cheaper than every bid."""
    if chosen:
        return tuple(asked.bid_ids[index] for index in chosen)
    reason = "leaving it costs less than the best bid" if asked.bid_ids else why_nobody(talk)
    return Leave(tuple(lot.lot_id for lot in talk.lots), reason)


def winner_problem(lots: Sequence[OpenLot], bids: Sequence[StandingBid]) -> WinnerProblem:
    """Bids as offers, in order; a bidder with a bid that stands alone wins one of its bids at most."""
    place = {lot.lot_id: index for index, lot in enumerate(lots)}
    number = {bidder: index for index, bidder in enumerate(dict.fromkeys(bid.bidder for bid in bids))}
    offers = tuple(
        Offer(number[bid.bidder], tuple(sorted(place[lot] for lot in bid.lot_ids)), bid.price_cents) for bid in bids
    )
    alone = {bid.bidder for bid in bids if bid.alone}
    wins_max = tuple(1 if bidder in alone else len(lots) for bidder in number)
    return WinnerProblem(tuple(lot.penalty_cents for lot in lots), offers, wins_max)


def why_nobody(talk: Talk) -> str:
    """Every bidder's reason, in a line."""
    reasons = [f"{bidder}: {reason or 'no reason given'}" for bidder, reason in talk.declined.items()]
    reasons += [f"{bidder}: no answer by {talk.answer_by_s}" for bidder in talk.silent]
    return "; ".join(reasons)[:900] or "nobody was asked"


def answer_by_s(now_s: int, base_s: int, open_calls: int) -> int:
    """When an answer is due: `base_s` from now, longer while many calls are open, since bidders have more to do."""
    stretch_pct = min(100 * STRETCH_MAX, 100 + 100 * open_calls // CALLS_DOUBLE)
    return now_s + base_s * stretch_pct // 100
