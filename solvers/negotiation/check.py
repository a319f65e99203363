"""The independent check of a choice of winners, from the rules alone; shares no code with the engines.

Promises: an empty tuple only if every rule holds and the cost is right. Called by `solve`, the desk and tests.
"""

from __future__ import annotations

from solvers.negotiation.problem import WinnerProblem, Winners


def check(problem: WinnerProblem, winners: Winners) -> tuple[str, ...]:
    """What is wrong with a choice, in words; empty: nothing."""
    wrong: list[str] = []
    holder: dict[int, int] = {}
    wins: dict[int, int] = {}
    paid_cents = 0
    for index in winners.chosen:
        if not 0 <= index < len(problem.offers):
            wrong.append(f"offer {index} does not exist")
            continue
        offer = problem.offers[index]
        paid_cents += offer.price_cents
        wins[offer.bidder] = wins.get(offer.bidder, 0) + 1
        for lot in offer.lots:
            if lot in holder:
                wrong.append(f"lot {lot} goes to offers {holder[lot]} and {index}")
            holder[lot] = index
    if list(winners.chosen) != sorted(set(winners.chosen)):
        wrong.append("the offers chosen are not ascending, each once")
    for bidder, count in wins.items():
        if count > problem.wins_max[bidder]:
            wrong.append(f"bidder {bidder} wins {count} times, at most {problem.wins_max[bidder]}")
    left_cents = sum(cents for lot, cents in enumerate(problem.penalties_cents) if lot not in holder)
    if paid_cents + left_cents != winners.cost_cents:
        wrong.append(f"cost {winners.cost_cents}, by the rules {paid_cents + left_cents}")
    return tuple(wrong)
