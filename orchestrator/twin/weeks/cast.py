"""The supplier that becomes unreliable, and how lead times really are: what nobody but the twin knows.

Promises: the n-th order to a supplier has the same luck in every run of a seed. Called by `setup` and `suppliers`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from orchestrator.domain.company import Company, ItemKind
from orchestrator.twin.chance import Chance

DAY_S = 86_400
FROM_DAY = 15
LONGER, LONGER_SIGMA = 3.0, 0.45
LOST_SHARE = 0.25
SHORTEST = 0.3


@dataclass(frozen=True, slots=True)
class Cast:
    """Orders to `supplier_id` from day `from_day` on take `longer` times as long (median; `sigma` of the logarithm).

    A share `lost_share` of them never comes. `second_sources`: who else sells its items. "" : nobody gets worse.
    """

    supplier_id: str
    second_sources: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    from_day: int = FROM_DAY
    longer: float = LONGER
    sigma: float = LONGER_SIGMA
    lost_share: float = LOST_SHARE


@dataclass(frozen=True, slots=True)
class Agreed:
    """A lead time as agreed: normal, in seconds."""

    mean_s: int
    sd_s: int


def cast_of(company: Company, from_day: int = FROM_DAY) -> Cast:
    """The supplier with most items that somebody else sells, too; the first by id of several."""
    others: dict[str, dict[str, None]] = defaultdict(dict)
    items: dict[str, dict[str, None]] = defaultdict(dict)
    usual = {item.item_id: item.supplier_id for item in company.items if item.kind is ItemKind.BOUGHT}
    for source in company.sources:
        supplier_id = usual.get(source.item_id)
        if supplier_id is not None and source.supplier_id != supplier_id:
            others[supplier_id][source.supplier_id] = None
            items[supplier_id][source.item_id] = None
    if not items:
        return Cast("", from_day=from_day)
    worst = min(items, key=lambda one: (-len(items[one]), one))
    return Cast(worst, tuple(sorted(others[worst])), tuple(sorted(items[worst])), from_day)


def agreed_with(company: Company, supplier_id: str, item_id: str) -> Agreed:
    """What was agreed for an item, or else for the supplier."""
    supplier = next(one for one in company.suppliers if one.supplier_id == supplier_id)
    sources = [one for one in company.sources if (one.item_id, one.supplier_id) == (item_id, supplier_id)]
    source = sources[0] if sources else None
    mean_s = source.lead_time_s if source is not None and source.lead_time_s is not None else supplier.lead_time_s
    sd_s = source.lead_time_sd_s if source is not None and source.lead_time_sd_s is not None else None
    return Agreed(mean_s, supplier.lead_time_sd_s if sd_s is None else sd_s)


def true_lead_s(cast: Cast, chance: Chance, supplier_id: str, number: int, day: int, agreed: Agreed) -> int | None:
    """How long the `number`-th order to a supplier takes when it is placed on `day`; None: it never comes."""
    rng = chance.draws("lead time", supplier_id, number)
    luck, deviation = rng.random(), rng.gauss(0.0, 1.0)
    if supplier_id != cast.supplier_id or day < cast.from_day:
        return max(round(agreed.mean_s * SHORTEST), round(agreed.mean_s + agreed.sd_s * deviation))
    if luck < cast.lost_share:
        return None
    return round(agreed.mean_s * cast.longer * math.exp(cast.sigma * deviation))
