"""The winner determination problem: lots, bids on bundles of lots, and what it costs to award a lot to nobody.

A weighted set packing: every lot goes to at most one bid, a bidder wins at most `wins_max` of its bids (1: its bids
are alternatives, the XOR language of combinatorial auctions; Cramton, Shoham, Steinberg 2006, ch. 9). Least is best:
prices of the bids taken and penalties of the lots left over.
Promises: a problem that was made is consistent. Pure; called by the engines, the checker, and who asks for winners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solvers.errors import require

LOTS_MAX = 2_000
OFFERS_MAX = 20_000
CENTS_MAX = 10**12


@dataclass(frozen=True, slots=True)
class Offer:
    """Bidder `bidder` takes all of `lots` (indexes, ascending) for `price_cents`, or none of them."""

    bidder: int
    lots: tuple[int, ...]
    price_cents: int


@dataclass(frozen=True, slots=True)
class WinnerProblem:
    """`penalties_cents[lot]`: cost of leaving a lot. `wins_max[bidder]`: most bids of a bidder that may be taken.

    Raises InvalidProblem for an index out of range, an empty or unsorted bundle, and figures beyond the limits.
    """

    penalties_cents: tuple[int, ...]
    offers: tuple[Offer, ...]
    wins_max: tuple[int, ...]

    def __post_init__(self) -> None:
        lots, bidders = len(self.penalties_cents), len(self.wins_max)
        require(lots <= LOTS_MAX, "penalties_cents", lots, f"at most {LOTS_MAX} lots")
        require(len(self.offers) <= OFFERS_MAX, "offers", len(self.offers), f"at most {OFFERS_MAX}")
        for index, cents in enumerate(self.penalties_cents):
            require(0 <= cents <= CENTS_MAX, f"penalties_cents[{index}]", cents, f"in [0, {CENTS_MAX}]")
        for index, most in enumerate(self.wins_max):
            require(most >= 0, f"wins_max[{index}]", most, "not below 0")
        for index, offer in enumerate(self.offers):
            field = f"offers[{index}]"
            require(0 <= offer.bidder < bidders, f"{field}.bidder", offer.bidder, f"in [0, {bidders})")
            require(0 <= offer.price_cents <= CENTS_MAX, f"{field}.price_cents", offer.price_cents, "a price")
            ascending = bool(offer.lots) and list(offer.lots) == sorted(set(offer.lots))
            require(ascending, f"{field}.lots", offer.lots, "at least one, ascending, each once")
            require(offer.lots[0] >= 0 and offer.lots[-1] < lots, f"{field}.lots", offer.lots, f"in [0, {lots})")

    def saving_cents(self, index: int) -> int:
        """What taking an offer saves over leaving its lots; below zero: leaving them is cheaper."""
        offer = self.offers[index]
        return sum(self.penalties_cents[lot] for lot in offer.lots) - offer.price_cents

    def cost_cents(self, chosen: Sequence[int]) -> int:
        """Prices of the offers chosen and penalties of the lots that none of them takes."""
        return sum(self.penalties_cents) - sum(self.saving_cents(index) for index in chosen)


@dataclass(frozen=True, slots=True)
class Winners:
    """`chosen`: indexes of the offers taken, ascending. `proven`: no better choice exists."""

    chosen: tuple[int, ...]
    cost_cents: int
    proven: bool = False
