"""The auction among vehicles: routes are repaired by the bids of those who drive them, while no search is there.

Promises: a vehicle is awarded a stop only at a place that the checker has passed, at the checker's price; what a lot
costs elsewhere decides who gets what (the lot's penalty is the next best bid, so that the one that would lose most by
waiting goes first: regret, Potvin & Rousseau 1993, as winner determination); a vehicle wins one lot a round and bids
anew, and nobody is asked the same twice: an answer holds as long as its route stands; then stops are handed over where
another bids less than the owner saves. A silent vehicle keeps its route. Pure: a generator of calls that is sent the
bids; bounded rounds. Driven by `auctioneer`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from agents.insertion_call import InsertionCall
from agents.messages import CannotServe, InsertionBid
from agents.messages import Offer as Bid
from orchestrator.planning.auction_card import call_of
from orchestrator.planning.standing import Standing, Trips
from solvers.negotiation.greedy import greedy
from solvers.negotiation.problem import CENTS_MAX, LOTS_MAX, Offer, WinnerProblem
from solvers.routing.parts import Stop
from solvers.routing.plan import Sequences
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem

ROUNDS_MAX = 60
EXCHANGES_MAX = 3
HANDED_MAX = 16
"""Stops offered to others in one exchange: those that cost their owners most."""
GAIN_TICKS = TICKS_PER_CENT
"""What a handover must save."""
NEAR_STOPS = 30
"""Vehicles with one of so many stops around the place are asked, and one that has nothing to do."""
ROOM_LOTS_MAX = 4
ROOM_SIZES = (3, 6, 10, 15)
"""Stops given up to make room for a lot that nobody has a place for, from few to many."""

Bids = Mapping[str, InsertionBid]
Rounds = Generator[tuple[InsertionCall, ...], Bids, "Outcome"]


@dataclass(frozen=True, slots=True)
class Award:
    """`vehicle_id` got the stop at `extra_ticks`; the next best bid, if there was one. `from_id`: who had it."""

    lot: str
    vehicle_id: str
    extra_ticks: int
    next_id: str = ""
    next_ticks: int = 0
    from_id: str = ""

    @property
    def text(self) -> str:
        """The award in words."""
        after = f", next {self.next_id} at {_money(self.next_ticks)}" if self.next_id else ", nobody else could"
        handed = f", handed over by {self.from_id}" if self.from_id else ""
        return f"won by {self.vehicle_id} at {_money(self.extra_ticks)}{after}{handed}"


@dataclass(frozen=True, slots=True)
class Walk:
    """Routes that vehicles have bid for and that are not the plan, for they are not cheaper yet, and who won what."""

    sequences: dict[str, Trips]
    awards: dict[str, Award]


@dataclass(slots=True)
class Outcome:
    """What came of it. refusals: by lot, what each vehicle said last. asked, silent: vehicles.

    walk: where a search by auctions paused; None when there was none.
    """

    sequences: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    awards: dict[str, Award] = field(default_factory=dict)
    refusals: dict[str, dict[str, CannotServe]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    rounds: int = 0
    walk: Walk | None = None

    @property
    def nobody_answered(self) -> bool:
        """Whether vehicles were asked and none said a word."""
        return bool(self.asked) and self.asked == self.silent


class Auction:
    """An auction in the making."""

    def __init__(self, problem: RoutingProblem, start: Sequences, revision: int, first_call: int) -> None:
        self.standing = Standing(problem, start)
        self.problem, self.revision = problem, revision
        self.outcome = Outcome()
        self._next_call = first_call
        self._said: dict[tuple[str, Trips], dict[str, Bid | CannotServe | None]] = {}

    def said(self, name: str) -> dict[str, Bid | CannotServe | None]:
        """What a vehicle has answered about lots while its route was what it is now; None: a bid struck out."""
        return self._said.setdefault((name, self.standing.trips[name]), {})

    def calls(self, vehicle_ids: list[str], lots: list[Stop], *, tidy: bool = False) -> tuple[InsertionCall, ...]:
        """Calls to those vehicles that speak, about the lots that each may serve and has not answered yet."""
        made = []
        for name in vehicle_ids:
            if name in self.outcome.silent:
                continue
            vehicle = self.problem.vehicle(name)
            own = {stop for trip in self.standing.trips[name] for stop in trip}
            known = own if tidy else own | self.said(name).keys()
            wanted = [lot for lot in lots if lot.stop_id not in known and self.problem.may_serve(vehicle, lot)]
            if wanted or tidy:
                self._next_call += 1
                sequences = self.standing.trips
                made.append(call_of(self.problem, sequences, name, wanted, self._next_call, self.revision, tidy=tidy))
        self.outcome.asked.update(call.vehicle_id for call in made)
        return tuple(made)

    def hear(self, calls: tuple[InsertionCall, ...], bids: Bids) -> None:
        """Take in a round's answers; who says nothing, or answers something else, is silent from now on."""
        self.outcome.rounds += 1
        for call in calls:
            answer = bids.get(call.vehicle_id)
            if answer is None or answer.call_id != call.call_id:
                self.outcome.silent.add(call.vehicle_id)
                continue
            lots = {lot.stop_id for lot in call.lots}
            said = self.said(call.vehicle_id)
            said.update({refusal.lot: refusal for refusal in answer.refusals if refusal.lot in lots})
            said.update({offer.lot: offer for offer in answer.offers if offer.lot in lots})

    def winners(self, lots: list[Stop], among: list[str]) -> list[tuple[str, Bid, tuple[str, Bid] | None]]:
        """(vehicle, its bid, the next best) for each lot that is awarded to one of `among` in this round."""
        names = sorted(set(among) - self.outcome.silent)
        ranked = [self._ranked(lot.stop_id, names) for lot in lots[:LOTS_MAX]]
        penalties, offers, meant = [], [], []
        for number, (lot, bids) in enumerate(zip(lots, ranked, strict=False)):
            prize = lot.prize_cents * TICKS_PER_CENT
            worth = [(name, bid) for name, bid in bids if bid.extra_ticks <= prize]
            penalties.append(min(CENTS_MAX, (worth[1][1].extra_ticks if len(worth) > 1 else prize) + 1))
            if worth:
                name, bid = worth[0]
                offers.append(Offer(names.index(name), (number,), max(0, bid.extra_ticks)))
                meant.append((name, bid, worth[1] if len(worth) > 1 else None))
        problem = WinnerProblem(tuple(max(0, one) for one in penalties), tuple(offers), (1,) * len(names))
        return [meant[index] for index in greedy(problem).chosen]

    def _ranked(self, lot: str, names: list[str]) -> list[tuple[str, Bid]]:
        found: list[tuple[str, Bid]] = []
        for name in names:
            answer = self.said(name).get(lot)
            if isinstance(answer, Bid):
                found.append((name, answer))
            elif answer is not None:
                self.outcome.refusals.setdefault(lot, {})[name] = answer
        return sorted(found, key=lambda one: (one[1].extra_ticks, one[0]))

    def award(self, vehicle_id: str, bid: Bid, after: tuple[str, Bid] | None) -> bool:
        """Give a lot to a vehicle if the checker agrees; otherwise the bid is struck out."""
        standing = self.standing
        trips = standing.with_stop(vehicle_id, bid.lot, bid.trip, bid.position)
        ticks = standing.priced(vehicle_id, trips) if trips is not None else None
        prize = self.problem.stop(bid.lot).prize_cents * TICKS_PER_CENT
        if trips is None or ticks is None or ticks - standing.ticks[vehicle_id] > prize:
            self.said(vehicle_id)[bid.lot] = None
            return False
        extra = ticks - standing.ticks[vehicle_id]
        standing.put(vehicle_id, trips, ticks)
        self._note(bid.lot, vehicle_id, extra, after)
        return True

    def _note(self, lot: str, vehicle_id: str, extra: int, after: tuple[str, Bid] | None, from_id: str = "") -> None:
        next_id, next_ticks = (after[0], after[1].extra_ticks) if after is not None else ("", 0)
        self.outcome.awards[lot] = Award(lot, vehicle_id, extra, next_id, next_ticks, from_id)
        self.outcome.refusals.pop(lot, None)

    def end(self) -> Outcome:
        """The outcome as it stands."""
        self.outcome.sequences = self.standing.sequences()
        return self.outcome

    # --- exchange ---

    def dearest(self) -> list[tuple[int, str, str]]:
        """(saved by giving it away, owner, stop), the dearest stops first."""
        found = []
        for vehicle_id in self.standing.trips:
            if vehicle_id in self.outcome.silent:
                continue
            for name in self.standing.movable(vehicle_id):
                ticks = self.standing.priced(vehicle_id, self.standing.without(vehicle_id, name))
                if ticks is not None and ticks < self.standing.ticks[vehicle_id]:
                    found.append((self.standing.ticks[vehicle_id] - ticks, vehicle_id, name))
        return sorted(found, reverse=True)[:HANDED_MAX]

    def hand_over(self, saved: list[tuple[int, str, str]], bids: Bids) -> int:
        """Handovers and tidier routes that the checker finds cheaper; each vehicle takes part in one of them."""
        owner_of = {name: (ticks, owner) for ticks, owner, name in saved}
        wins = [
            (owner_of[offer.lot][0] - offer.extra_ticks, taker, offer)
            for taker, answer in bids.items()
            for offer in answer.offers
            if offer.lot in owner_of
        ]
        busy: set[str] = set()
        for gain, taker, offer in sorted(wins, key=lambda one: (-one[0], one[1], one[2].lot)):
            owner = owner_of[offer.lot][1]
            if gain >= GAIN_TICKS and not {owner, taker} & busy and self._handed(owner, taker, offer):
                busy |= {owner, taker}
        for name in sorted(set(bids) - busy):
            if bids[name].tidied and self._tidied(name, bids[name].tidied):
                busy.add(name)
        return len(busy)

    def _handed(self, owner: str, taker: str, offer: Bid) -> bool:
        standing = self.standing
        rest, more = (
            standing.without(owner, offer.lot),
            standing.with_stop(taker, offer.lot, offer.trip, offer.position),
        )
        rest_ticks = standing.priced(owner, rest)
        more_ticks = standing.priced(taker, more) if more is not None else None
        if more is None or rest_ticks is None or more_ticks is None:
            return False
        before = standing.ticks[owner] + standing.ticks[taker]
        if before - rest_ticks - more_ticks < GAIN_TICKS:
            return False
        extra, saved = more_ticks - standing.ticks[taker], standing.ticks[owner] - rest_ticks
        standing.put(owner, rest, rest_ticks)
        standing.put(taker, more, more_ticks)
        kept = Bid(offer.lot, 0, 0, saved)
        self._note(offer.lot, taker, extra, (owner, kept), owner)
        return True

    def _tidied(self, name: str, trips: tuple[tuple[str, ...], ...]) -> bool:
        standing = self.standing
        held = sorted(stop for trip in standing.trips[name] for stop in trip)
        if sorted(stop for trip in trips for stop in trip) != held:
            return False
        ticks = standing.priced(name, trips)
        if ticks is None or standing.ticks[name] - ticks < GAIN_TICKS:
            return False
        standing.put(name, trips, ticks)
        return True


def auction(problem: RoutingProblem, start: Sequences, revision: int, first_call: int = 0) -> Rounds:
    """Repair `start`, give what is left to whom bids least, then let vehicles hand stops over."""
    made = Auction(problem, start, revision, first_call)
    names = [vehicle.vehicle_id for vehicle in problem.vehicles]
    yield from awarded(made, names)
    yield from _made_room(made)
    for _ in range(EXCHANGES_MAX):
        saved = made.dearest()
        lots = [problem.stop(name) for _, _, name in saved]
        calls = made.calls(names, lots, tidy=True)
        if not calls:
            break
        bids = yield calls
        made.hear(calls, bids)
        heard = {name: bid for name, bid in bids.items() if name not in made.outcome.silent}
        if not made.hand_over(saved, heard):
            break
    return made.end()


def awarded(made: Auction, names: list[str]) -> Generator[tuple[InsertionCall, ...], Bids, None]:
    """Rounds of bids and awards among `names`, until nothing is left or nobody bids."""
    for _ in range(ROUNDS_MAX):
        lots = made.standing.left()
        if not lots:
            break
        calls = made.calls(names, lots)
        if calls:
            made.hear(calls, (yield calls))
        won = made.winners(lots, names)
        for name, bid, after in won:
            made.award(name, bid, after)
        if not won:
            break


def _made_room(made: Auction) -> Generator[tuple[InsertionCall, ...], Bids, None]:
    """Where nobody has a place for a lot: a few stops around it are given up, and bid for together with it."""
    for lot in made.standing.left()[:ROOM_LOTS_MAX]:
        for size in ROOM_SIZES:
            yield from anew(made, nearest(made, lot.stop_id)[:size], askable(made, lot.stop_id))
            if lot not in made.standing.left():
                break


def anew(
    made: Auction, given_up: list[str], asked: list[str], worse_ticks: int = -GAIN_TICKS
) -> Generator[tuple[InsertionCall, ...], Bids, None]:
    """Take stops out and auction them again among `asked`, what is left over at its prize.

    Ruin and recreate (Schrimpf et al. 2000) whose recreation is an auction. It is kept if the whole gets dearer by no
    more than `worse_ticks`; below zero: if it saves as much.
    """
    standing = made.standing
    held, costs, before = dict(standing.trips), dict(standing.ticks), worth(standing)
    awards, refusals = dict(made.outcome.awards), dict(made.outcome.refusals)
    for vehicle_id in list(standing.trips):
        for name in [name for name in standing.movable(vehicle_id) if name in given_up]:
            rest = standing.without(vehicle_id, name)
            ticks = standing.priced(vehicle_id, rest)
            if ticks is not None:
                standing.put(vehicle_id, rest, ticks)
    yield from awarded(made, asked)
    if worth(standing) - before > worse_ticks:
        standing.trips, standing.ticks = held, costs
        made.outcome.awards, made.outcome.refusals = awards, refusals


def worth(standing: Standing) -> int:
    """Ticks of all routes, and the prizes of what is left."""
    return sum(standing.ticks.values()) + TICKS_PER_CENT * sum(lot.prize_cents for lot in standing.left())


def nearest(made: Auction, centre: str) -> list[str]:
    """Stops that may go to others by their way from `centre`, itself the first."""
    problem, standing = made.problem, made.standing
    row = problem.profiles[0].distance_m[problem.stop(centre).location]
    speaking = (vehicle_id for vehicle_id in standing.trips if vehicle_id not in made.outcome.silent)
    movable = (name for vehicle_id in speaking for name in standing.movable(vehicle_id))
    return sorted(movable, key=lambda name: (name != centre, int(row[problem.stop(name).location]), name))


def askable(made: Auction, centre: str) -> list[str]:
    """Vehicles with a stop near `centre`, and one that has nothing to do."""
    trips_of = made.standing.trips
    near = set(nearest(made, centre)[:NEAR_STOPS])
    idle = [vehicle_id for vehicle_id, trips in trips_of.items() if not any(trips)][:1]
    busy = [vehicle_id for vehicle_id, trips in trips_of.items() if any(near.intersection(trip) for trip in trips)]
    return [*busy, *idle]


def _money(ticks: int) -> str:
    cents = (abs(ticks) + TICKS_PER_CENT // 2) // TICKS_PER_CENT
    return f"{'-' if ticks < 0 else '+'}{cents // 100}.{cents % 100:02d}"
