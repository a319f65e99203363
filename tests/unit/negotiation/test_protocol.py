"""Whatever bidders say and however late: each lot once, late bids count for nothing, and it always ends."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agents.negotiation import Counters, Determine, End, Forfeit, Leave, after_determination, answer_by_s, due
from orchestrator.domain import negotiations_commands as c
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.negotiations import OPEN, AwardStatus, BidStatus, Phase
from orchestrator.negotiation.talks import talk_of
from solvers.negotiation.greedy import greedy
from tests.unit.domain.small_company import World
from tests.unit.negotiation.calls import CARRIERS, bid, of, tender, world_with

NAMES = st.sampled_from(CARRIERS)
STEPS_MAX = 60


def drive(world: World, call: str) -> None:
    """Do what is due now, greedily, as the desk does."""
    for _ in range(STEPS_MAX):
        found = of(world, call)
        talk = talk_of(found)
        match due(talk, world.now_s) if found.phase in OPEN else None:
            case Determine() as asked:
                chosen = after_determination(talk, asked, greedy(asked.problem).chosen)
                if isinstance(chosen, Leave):
                    world.do(c.LeaveLots(negotiation_id=call, lot_ids=chosen.lot_ids, reason=chosen.reason))
                else:
                    world.do(c.AwardLots(negotiation_id=call, bid_ids=chosen, why="least cost"))
            case Forfeit(bid_id, reason):
                world.do(c.ForfeitAward(negotiation_id=call, bid_id=bid_id, reason=reason))
            case Leave(lot_ids, reason):
                world.do(c.LeaveLots(negotiation_id=call, lot_ids=lot_ids, reason=reason))
            case End():
                world.do(c.EndNegotiation(negotiation_id=call))
            case Counters() | None:
                return
    raise AssertionError("more steps were due at one moment than can be")


class Tender(RuleBasedStateMachine):
    """Three carriers, three orders, any words in any order, and time that goes on."""

    @initialize()
    def call(self) -> None:
        self.world = world_with(3)
        self.id = tender(self.world, "acme/1", "acme/2", "acme/3")
        self.late: set[str] = set()

    def attempt(self, command: object) -> None:
        try:
            self.world.do(command)  # type: ignore[arg-type]
        except Rejection:
            return

    @rule(
        name=NAMES, lots=st.sets(st.integers(1, 3), min_size=1), cents=st.integers(0, 150_000), flags=st.integers(0, 3)
    )
    def bids(self, name: str, lots: set[int], cents: int, flags: int) -> None:
        closed = (
            of(self.world, self.id).phase is not Phase.CALLED or self.world.now_s > of(self.world, self.id).answer_by_s
        )
        ids = tuple(f"acme/{number}" for number in sorted(lots))
        try:
            bid_id = bid(self.world, self.id, name, cents, *ids, counter=flags == 1, alone=flags == 2)
        except Rejection:
            return
        if closed:
            self.late.add(bid_id)

    @rule(name=NAMES)
    def declines(self, name: str) -> None:
        self.attempt(c.DeclineCall(negotiation_id=self.id, bidder=name, reason="no driver"))

    @rule(name=NAMES)
    def confirms(self, name: str) -> None:
        for award in of(self.world, self.id).awards:
            if award.bidder == name:
                self.attempt(c.ConfirmAward(negotiation_id=self.id, bidder=name, bid_id=award.bid_id))

    @rule(name=NAMES, number=st.integers(1, 3), failed=st.booleans())
    def reports(self, name: str, number: int, failed: bool) -> None:
        lot_id, at_s = f"acme/{number}", self.world.now_s
        self.attempt(c.ReportLotDone(negotiation_id=self.id, bidder=name, lot_id=lot_id, at_s=at_s, failed=failed))

    @rule(seconds=st.sampled_from([1, 299, 301, 601]))
    def time_goes_on(self, seconds: int) -> None:
        self.world.now_s += seconds
        drive(self.world, self.id)

    @rule(name=NAMES, number=st.integers(1, 3))
    def a_person_awards(self, name: str, number: int) -> None:
        self.attempt(c.AwardLots(negotiation_id=self.id, bid_ids=(f"{name}-{number}",), by="ada"))

    @invariant()
    def each_lot_is_awarded_once(self) -> None:
        held = [
            lot
            for award in of(self.world, self.id).awards
            if award.status is not AwardStatus.FORFEITED
            for lot in award.lot_ids
        ]
        assert len(held) == len(set(held))

    @invariant()
    def late_bids_never_win(self) -> None:
        found = of(self.world, self.id)
        for one in found.bids:
            if one.bid_id in self.late:
                assert one.status is BidStatus.REFUSED
                assert one.why.startswith(("TOO_LATE", "OUT_OF"))
        assert not self.late & {award.bid_id for award in found.awards}

    @invariant()
    def goods_and_orders_agree(self) -> None:
        state = self.world.state
        away = [o for o in state.orders.values() if o.status in (OrderStatus.LOADED, OrderStatus.DELIVERED)]
        assert state.on_hand[("W1", "chair")] == 20 - len(away)
        assert set(state.carried) == {o.order_id for o in away if o.status is OrderStatus.LOADED}
        assert set(state.open_orders) == {
            o.order_id for o in state.orders.values() if o.status in (OrderStatus.OPEN, OrderStatus.LOADED)
        }

    def teardown(self) -> None:
        """With time, and once carriers have reported, it ends."""
        if not hasattr(self, "id"):
            return
        for _ in range(20):
            self.world.now_s += 2 * 86_400
            drive(self.world, self.id)
            for lot_id, carried in list(self.world.state.carried.items()):
                self.world.do(
                    c.ReportLotDone(
                        negotiation_id=self.id, bidder=carried.carrier, lot_id=lot_id, at_s=self.world.now_s
                    )
                )
        found = of(self.world, self.id)
        assert found.phase not in OPEN
        assert not self.world.state.open_negotiations
        assert not self.world.state.lots_called


TestTender = Tender.TestCase
TestTender.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_deadlines_grow_with_load_and_not_for_ever() -> None:
    quiet, busy = answer_by_s(0, 60, 0), answer_by_s(0, 60, 500)
    assert (quiet, busy, answer_by_s(0, 60, 10**6)) == (60, 210, 240)
