"""Vehicles' agents in this process: they price with the agents' own code, or keep silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.insertion_call import InsertionCall
from agents.messages import InsertionBid
from agents.vehicle import fresh, step


@dataclass
class Bidders:
    """The `Vehicles` port without a bridge. silent: vehicles that say nothing. there: whether any is reached."""

    there: bool = True
    silent: set[str] = field(default_factory=set)
    mute: bool = False
    asked: int = 0

    @property
    def available(self) -> bool:
        return self.there

    async def ask(self, calls: Sequence[InsertionCall], within_s: float) -> dict[str, InsertionBid]:
        self.asked += len(calls)
        heard = [] if self.mute else [call for call in calls if call.vehicle_id not in self.silent]
        return {call.vehicle_id: said(call) for call in heard}


def said(call: InsertionCall) -> InsertionBid:
    """What the vehicle's agent answers."""
    (bid,) = step(fresh(call.agent), call, 0)[1]
    assert isinstance(bid, InsertionBid)
    return bid
