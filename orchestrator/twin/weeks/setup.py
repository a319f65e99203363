"""What is played: the company's files made ready for weeks, the same for every policy but for what is fixed.

    fixed    reorder points and order-up-to levels as a careful planner sets them, the usual supplier of each item
    levels   the same levels; sources are chosen by what the server learns, as in `learned`
    learned  everything as the server learns it

Promises: everything is read, fitted and checked before a server is started. Every item at a site begins with stock as
in a company that has been running: somewhere between its reorder point and its order-up-to level, by seed. Items that
go into others are wanted by production alone. Called by `run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.company.errors import CompanyFileErrors, RowError
from orchestrator.company.folder import read_folder
from orchestrator.company.reader import read_company
from orchestrator.domain.company import Company, Item, ItemKind
from orchestrator.twin.chance import Chance
from orchestrator.twin.weeks.cast import DAY_S, Cast, agreed_with, cast_of
from orchestrator.twin.weeks.demand import Law, fit
from orchestrator.twin.weeks.files import HISTORY, with_stock
from orchestrator.twin.weeks.fixed import FixedLevels, Terms, fixed_levels
from orchestrator.twin.weeks.histories import (
    History,
    Key,
    components_of,
    feeding_lanes,
    histories_of,
    served_where_it_comes,
    with_passed_on,
)

POLICIES = ("fixed", "levels", "learned")
QUEUE_S = 4 * 3_600
"""What everybody assumes that an order waits for machines, as long as nobody has looked."""
SOURCES = "item_sources.csv"
LEFT_OUT = ("orders.csv", "purchase_orders.csv", "production_orders.csv")


@dataclass(frozen=True, slots=True)
class Setup:
    """A company ready to be played. Keys are (site, item); `files` and `companies` are by policy."""

    files: Mapping[str, Mapping[str, bytes]]
    companies: Mapping[str, Company]
    laws: Mapping[Key, Law]
    levels: Mapping[Key, FixedLevels]
    stock: Mapping[Key, int]
    cast: Cast

    @property
    def company(self) -> Company:
        """The company without fixed levels."""
        return self.companies["learned"]


def make_setup(folder: Path, chance: Chance, wall_s: int) -> Setup:
    """Read a company and make it ready. Raises `CompanyFileErrors`."""
    files = {name: content for name, content in read_folder(folder).items() if name not in LEFT_OUT}
    company = read_company(files, wall_s).company
    histories = served_where_it_comes(company, histories_of(company))
    if not any(any(history) for history in histories.values()):
        raise CompanyFileErrors([RowError(HISTORY, 0, "", "", "no item of stock.csv has any demand")], 1)
    levels = levels_of(company, histories)
    stock = {key: _begin_with(level, chance, key) for key, level in levels.items()}
    for policy in company.stock:
        stock.setdefault((policy.site_id, policy.item_id), policy.on_hand)
    made = {policy: with_stock(files, histories, stock, levels if policy != "learned" else {}) for policy in POLICIES}
    made["fixed"].pop(SOURCES, None)
    parts = components_of(company)
    return Setup(
        files=made,
        companies={policy: read_company(one, wall_s).company for policy, one in made.items()},
        laws={key: fit(history) for key, history in histories.items() if key[1] not in parts and any(history)},
        levels=levels,
        stock=stock,
        cast=cast_of(company),
    )


def levels_of(company: Company, histories: Mapping[Key, History]) -> dict[Key, FixedLevels]:
    """What a careful planner sets for every item at a site that has demand and comes from somewhere."""
    items = {item.item_id: item for item in company.items}
    whole = with_passed_on(company, histories)
    levels: dict[Key, FixedLevels] = {}
    for policy in company.stock:
        key = (policy.site_id, policy.item_id)
        item = items[policy.item_id]
        terms = terms_of(company, item, policy.site_id)
        if terms is not None and any(whole[key]):
            levels[key] = fixed_levels(
                whole[key],
                terms,
                service_per_mille=policy.service_per_mille,
                unit_cost_cents=item.unit_cost_cents,
                holding_per_mille_year=company.holding_per_mille_year,
            )
    return levels


def terms_of(company: Company, item: Item, site_id: str) -> Terms | None:
    """How an item comes to a site by its usual way: its supplier, its line, or a lane from where it is made."""
    lot = {"min_order_quantity": item.min_order_quantity, "order_multiple": item.order_multiple}
    if item.kind is ItemKind.BOUGHT:
        if item.supplier_id is None:
            return None
        agreed = agreed_with(company, item.supplier_id, item.item_id)
        supplier = next(one for one in company.suppliers if one.supplier_id == item.supplier_id)
        days = (agreed.mean_s / DAY_S, agreed.sd_s / DAY_S)
        return Terms(*days, order_cost_cents=supplier.order_cost_cents, **lot)
    line = next((one for one in company.lines if one.line_id == item.line_id), None)
    if line is None:
        return None
    if line.output_site_id == site_id:
        work_s = sum(one.setup_s + one.unit_s * item.min_order_quantity for one in item.operations)
        return Terms((work_s + line.transfer_s + QUEUE_S) / DAY_S, QUEUE_S / 2 / DAY_S, **lot)
    for lane in feeding_lanes(company):
        if (lane.from_site_id, lane.to_site_id) == (line.output_site_id, site_id):
            return Terms(lane.transit_s / DAY_S, order_cost_cents=lane.order_cost_cents)
    return None


def _begin_with(levels: FixedLevels, chance: Chance, key: Key) -> int:
    """The position of an (r, Q) system in the long run is uniform between its levels (Hadley, Whitin 1963)."""
    return levels.reorder_point + 1 + int(chance.draws("stock", *key).random() * levels.quantity)
