"""The knobs of planning, each with its default and its reason.

Promises: an object that exists is in range. Built by bootstrap from the server's configuration, or with defaults by
tests; read by every module of planning, changed by none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

_LOWEST = {
    "freeze_s": 0,
    "improve_budget_ms": 0,
    "auto_approve_cents": 0,
    "quote_first_above_cents": -1,
    "lead_s": 0,
    "change_cents": 0,
    "resequence_cents": 0,
    "challenge_forecasts": 0,
}


@dataclass(frozen=True, slots=True)
class PlanningSettings:
    """Limits and prices of planning.

    freeze_s: a trip whose loading starts sooner than this is not changed any more.
    lead_s: a plan counts from this much after now, because a plan takes a moment to get out.
    repair_budget_ms, improve_budget_ms: search time of the first answer, and of the wider one in quiet moments.
    background_budget_s, background_every_s: time of one whole solve in a solver process, and real time between two.
    auto_approve_cents: a proposal up to this cost is released without a person.
    quote_first_above_cents: a proposal that needs no person waits for suppliers' quotes when several sell the item or
        it costs this much; -1: none waits.
    vehicles_max, stops_max: size of the neighbourhood that an event may touch; what keeps work per event flat.
    repair_vehicles, repair_stops: what a single order gets of it; each further order of the same moment adds some.
    wide_vehicles_max, wide_stops_max: the same for the improvement afterwards.
    neighbours: planned stops looked up around each order that needs a place.
    orders_per_round: open orders placed in one revision; the rest waits for the next.
    late_cents_per_min, late_priority_cents: price of a late minute, and what each step of priority adds.
    prize_cents: price of an unplanned order of priority 0; above every cost of driving. Rises with priority.
    change_cents, resequence_cents: price of giving a planned order to another vehicle, and of serving it after another
        one, when its trip is about to load; change_half_s: a trip that loads so much later costs half of it.
    gain_cents, improve_gain_cents: what a background plan, or an improvement, must save before it disturbs anybody.
    notice_s: a promised time that moves by less is not worth a revision of its own.
    challenge_forecasts: fresh forecasts are challenged by a library in a solver process; where it is installed.
    """

    freeze_s: int = 300
    lead_s: int = 5
    repair_budget_ms: int = 5
    improve_budget_ms: int = 800
    background_budget_s: int = 20
    background_every_s: int = 60
    auto_approve_cents: int = 500_000
    quote_first_above_cents: int = -1
    repair_vehicles: int = 5
    repair_stops: int = 60
    vehicles_max: int = 10
    stops_max: int = 150
    wide_vehicles_max: int = 20
    wide_stops_max: int = 250
    neighbours: int = 16
    orders_per_round: int = 60
    late_cents_per_min: int = 40
    late_priority_cents: int = 20
    prize_cents: int = 2_000_000
    change_cents: int = 150
    resequence_cents: int = 5
    change_half_s: int = 14_400
    gain_cents: int = 300
    improve_gain_cents: int = 100
    notice_s: int = 120
    challenge_forecasts: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value, lowest = getattr(self, field.name), _LOWEST.get(field.name, 1)
            if value < lowest:
                raise ValueError(f"planning setting {field.name} = {value}: must be at least {lowest}")

    def late_price(self, priority: int) -> int:
        """Cents per late minute of an order."""
        return self.late_cents_per_min + self.late_priority_cents * priority

    def prize(self, priority: int) -> int:
        """Cents it costs to leave an order unplanned."""
        return self.prize_cents * (1 + priority)
