"""Winners by greed and exchange: what decides while solver processes are away, and the exact engine's start.

Offers are taken in order of saving per root of the bundle's size (Lehmann, O'Callaghan, Shoham 2002, whose bound of
sqrt(lots) it keeps), then every offer outside is tried once more in place of those it conflicts with.
Promises: keeps every rule, never costs more than awarding nothing, the same answer for the same problem. Pure, no
clock: its work is bounded by `PASSES_MAX` × offers. Called by the desk, by the auction among vehicles and by `solve`.
"""

from __future__ import annotations

from math import sqrt

from solvers.negotiation.problem import WinnerProblem, Winners

PASSES_MAX = 8


def greedy(problem: WinnerProblem) -> Winners:
    """A good choice of winners."""
    saving = [problem.saving_cents(index) for index in range(len(problem.offers))]
    worth = [index for index in range(len(problem.offers)) if saving[index] > 0]
    worth.sort(key=lambda index: (-saving[index] / sqrt(len(problem.offers[index].lots)), index))
    held = _Held(problem)
    for index in worth:
        if not held.rivals(index):
            held.add(index)
    for _ in range(PASSES_MAX):
        if not _exchanged(held, worth, saving):
            break
    chosen = tuple(sorted(held.chosen))
    return Winners(chosen, problem.cost_cents(chosen))


def _exchanged(held: _Held, worth: list[int], saving: list[int]) -> bool:
    """Take in each offer that saves more than all it displaces; whether any was."""
    better = False
    for index in worth:
        if index in held.chosen:
            continue
        rivals = held.rivals(index)
        if saving[index] > sum(saving[rival] for rival in rivals):
            for rival in rivals:
                held.drop(rival)
            held.add(index)
            better = True
    return better


class _Held:
    """The offers taken so far, by lot and by bidder."""

    def __init__(self, problem: WinnerProblem) -> None:
        self._problem = problem
        self._of_lot: dict[int, int] = {}
        self._of_bidder: dict[int, set[int]] = {}
        self.chosen: set[int] = set()

    def rivals(self, index: int) -> set[int]:
        """Offers that would have to go; with `index` itself in it when it can never be taken."""
        offer = self._problem.offers[index]
        rivals = {self._of_lot[lot] for lot in offer.lots if lot in self._of_lot}
        own = self._of_bidder.get(offer.bidder, set()) - rivals
        most = self._problem.wins_max[offer.bidder]
        if most == 0:
            return rivals | {index}
        excess = len(own) - most + 1
        if excess > 0:
            rivals |= set(sorted(own, key=lambda one: (self._problem.saving_cents(one), one))[:excess])
        return rivals

    def add(self, index: int) -> None:
        """Take an offer without rivals."""
        offer = self._problem.offers[index]
        self.chosen.add(index)
        self._of_bidder.setdefault(offer.bidder, set()).add(index)
        self._of_lot.update(dict.fromkeys(offer.lots, index))

    def drop(self, index: int) -> None:
        """Give an offer up."""
        offer = self._problem.offers[index]
        self.chosen.discard(index)
        self._of_bidder[offer.bidder].discard(index)
        for lot in offer.lots:
            del self._of_lot[lot]
