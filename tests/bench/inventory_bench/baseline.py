"""InventoryBench's own baseline, the capped base stock ("OR"), after its published formula.

Read in TianyiPeng/InventoryBench, documentation/strategies.md and scripts/run_or.py: mean and standard deviation of
all samples (training and observed), (1 + L) times the mean plus z sqrt(1 + L) deviations, less the inventory position
(lost orders are in it), at most the mean plus 1.645 deviations; L is the promised lead time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tests.bench.inventory_bench.game import Offer, View

_STANDARD = NormalDist()


@dataclass(frozen=True)
class CappedBaseStock:
    """One episode's agent; it keeps nothing."""

    offer: Offer

    def order(self, view: View) -> int:
        """Rounded up to a whole unit, as run_or.py does."""
        samples = [*self.offer.training, *view.demand]
        mean, sd, cover = float(np.mean(samples)), float(np.std(samples, ddof=1)), 1 + self.offer.promised
        z = _STANDARD.inv_cdf(self.offer.profit / (self.offer.profit + self.offer.holding))
        level = cover * mean + z * math.sqrt(cover) * sd
        cap = mean + _STANDARD.inv_cdf(0.95) * sd
        return max(0, min(math.ceil(level - view.on_hand - view.in_transit), math.ceil(cap)))
