"""One item in InventoryBench's synthetic game: our look-ahead beside the benchmark's own baseline, same episodes.

Goals are normalized reward, mean over all episodes: 0.86 without lead time, 0.56 with four periods, 0.50 where an order
takes 1 to 3 periods or is lost (the best published figures of each column are 0.860, 0.558 and 0.411, for language
models; the baseline's 0.818, 0.536 and 0.107). Published figures are from one set of draws that cannot be drawn again
(see `inventory_bench`): the baseline played beside ours tells how comparable our draws are.
SEEDS were never used to choose anything: constants were chosen on seeds from 100 up. The policy is told what the
benchmark tells its agents: five training samples, the promised lead time, prices, and what has happened.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean, stdev

from solvers.replenishment import lead_time
from solvers.replenishment.lookahead import (
    DemandBelief,
    Economics,
    LeadLaw,
    OpenOrder,
    Position,
    believe,
    order_quantity,
    warm_up,
)
from tests.bench.inventory_bench.baseline import CappedBaseStock
from tests.bench.inventory_bench.game import (
    PRICES,
    PROMISED,
    REGIMES,
    Agent,
    Offer,
    Regime,
    Result,
    View,
    lead_times,
    play,
)
from tests.bench.inventory_bench.patterns import Trajectory, trajectories
from tests.bench.row import Row, row

SEEDS = (42, 43)
"""Each is a whole benchmark of 720 episodes."""
GOALS: dict[Regime, float] = {"L0": 0.86, "L4": 0.56, "stochastic": 0.50}
BEST: dict[Regime, float] = {"L0": 0.860, "L4": 0.558, "stochastic": 0.411}
BASELINE: dict[Regime, float] = {"L0": 0.818, "L4": 0.536, "stochastic": 0.107}


@dataclass
class Learned:
    """What our agents know of one course of demand after each period: learned once for all the games with it."""

    beliefs: dict[int, DemandBelief] = field(default_factory=dict)

    def after(self, view: View) -> DemandBelief:
        """The belief from the training samples and the demand seen, nothing else."""
        if view.period not in self.beliefs:
            known = self.beliefs.get(view.period - 1)
            now = believe(view.offer.training) if known is None else known.after(view.demand[-1])
            self.beliefs[view.period] = now
        return self.beliefs[view.period]


@dataclass
class LookAhead:
    """One episode's agent: lead times learned from receipts, the order from the look-ahead."""

    offer: Offer
    learned: Learned
    lane: lead_time.LeadTime
    told: int = 0
    """Receipts already learned from."""
    took_s: list[float] = field(default_factory=list)

    def order(self, view: View) -> int:
        """What to order, from what the benchmark shows."""
        began_s = time.thread_time()
        open_orders = tuple(OpenOrder(quantity, view.period - at) for at, quantity in view.open_orders.items())
        took = [periods for _, periods in view.received[self.told :]]
        self.told = len(view.received)
        self.lane = lead_time.observe(self.lane, received_days=took, open_ages=[order.age for order in open_orders])
        economics = Economics(self.offer.profit, self.offer.holding, self.offer.periods - view.period)
        position = Position(view.on_hand, open_orders)
        found = order_quantity(position, self.learned.after(view), LeadLaw.of_record(self.lane), economics)
        self.took_s.append(time.thread_time() - began_s)
        return found.quantity


@dataclass
class Tally:
    """Scores of one regime: (pattern, seed, score) of every episode of ours and of the baseline."""

    ours: list[tuple[str, int, float]] = field(default_factory=list)
    theirs: list[tuple[str, int, float]] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    seconds: float = 0.0


def main() -> list[Row]:
    """All regimes, then each pattern under each regime, then the time of a decision."""
    warm_up()
    tallies: dict[Regime, Tally] = {regime: Tally() for regime in REGIMES}
    for seed in SEEDS:
        for trajectory in trajectories(seed):
            play_beside(trajectory, seed, tallies)
    rows = [regime_row(regime, tallies[regime]) for regime in REGIMES]
    for regime in REGIMES:
        rows.extend(pattern_rows(regime, tallies[regime]))
    return [*rows, decision_row([took for tally in tallies.values() for took in tally.took_s])]


def play_beside(trajectory: Trajectory, seed: int, tallies: dict[Regime, Tally]) -> None:
    """The nine games on one course of demand, ours and the baseline's."""
    learned = Learned()
    for regime, tally in tallies.items():
        delays = lead_times(regime, seed)
        for profit, holding in PRICES:
            offer = Offer(trajectory.training, PROMISED[regime], profit, holding)
            began_s = time.perf_counter()
            agent = LookAhead(offer, learned, lead_time.start(offer.promised, 0))
            ours = played(agent, offer, trajectory, delays)
            tally.seconds += time.perf_counter() - began_s
            theirs = played(CappedBaseStock(offer), offer, trajectory, delays)
            tally.ours.append((trajectory.law.pattern, seed, ours.score))
            tally.theirs.append((trajectory.law.pattern, seed, theirs.score))
            tally.took_s.extend(agent.took_s)


def played(agent: Agent, offer: Offer, trajectory: Trajectory, delays: tuple[int, ...]) -> Result:
    """One episode, its books checked."""
    result = play(agent, offer, trajectory.demand, delays)
    assert result.arrived == result.sold + result.left
    return result


def regime_row(regime: Regime, tally: Tally) -> Row:
    """Mean of all episodes against the goal; spread between the seeds on stderr."""
    by_seed = [fmean(score for _, s, score in tally.ours if s == seed) for seed in SEEDS]
    base_by_seed = [fmean(score for _, s, score in tally.theirs if s == seed) for seed in SEEDS]
    print(f"{regime}: by seed ours {rounded(by_seed)}, base stock {rounded(base_by_seed)}", file=sys.stderr)
    peers = {
        "capped base stock": fmean(score for *_, score in tally.theirs),
        "published base stock": BASELINE[regime],
        "published best": BEST[regime],
    }
    case = f"single item {regime}, {len(tally.ours)} episodes"
    ours = fmean(score for *_, score in tally.ours)
    return row(case, ours, "normalized reward", seconds=tally.seconds, peers=peers, at_least=GOALS[regime])


def rounded(values: list[float]) -> str:
    """Three digits each, and their standard deviation."""
    spread = f" (sd {stdev(values):.3f})" if len(values) > 1 else ""
    return ", ".join(f"{value:.3f}" for value in values) + spread


def pattern_rows(regime: Regime, tally: Tally) -> Iterator[Row]:
    """One row for each of the ten patterns; no goal is set on them."""
    ours, theirs = by_pattern(tally.ours), by_pattern(tally.theirs)
    for pattern in ours:
        peers = {"capped base stock": theirs[pattern]}
        yield row(f"single item {regime}, {pattern}", ours[pattern], "normalized reward", seconds=0.0, peers=peers)


def by_pattern(scores: list[tuple[str, int, float]]) -> dict[str, float]:
    """Mean score of each pattern."""
    found: dict[str, list[float]] = defaultdict(list)
    for pattern, _, score in scores:
        found[pattern].append(score)
    return {pattern: fmean(values) for pattern, values in found.items()}


def decision_row(took_s: list[float]) -> Row:
    """Processor time of learning the lead time, learning the demand (once for nine episodes) and deciding."""
    took_s.sort()
    middle, high = (1000.0 * took_s[len(took_s) * percent // 100] for percent in (50, 95))
    return row("single item, a decision, p95", high, "ms", seconds=sum(took_s), peers={"p50": middle}, at_most=5.0)
