"""From sound rows to the domain's objects.

Promises that a value the domain refuses (a range, a pattern) is a finding at its row and column, in the domain's
words. Called by `reader` after `rows` and `references`; objects are used only if there is no finding at all.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeVar

from pydantic import ValidationError

from orchestrator.company.errors import Findings
from orchestrator.company.rows import Row, Rows, sound
from orchestrator.company.tables import (
    CHANGEOVERS,
    COMPONENTS,
    CUSTOMERS,
    DEMAND_HISTORY,
    GOODS_RULES,
    ITEM_SOURCES,
    ITEMS,
    LINES,
    MACHINES,
    OPERATIONS,
    PARTNERS,
    PRODUCTION_ORDERS,
    PURCHASE_ORDERS,
    ROADS,
    SITES,
    STOCK,
    SUPPLIERS,
    TOOLS,
    TRAFFIC,
    TRANSFER_LANES,
    VEHICLES,
    WORKERS,
    Table,
)
from orchestrator.domain.company import (
    Changeover,
    Component,
    Customer,
    DrivingRule,
    GoodsRule,
    Item,
    ItemKind,
    Line,
    Machine,
    Operation,
    Partner,
    ProductionOrderRow,
    PurchaseOrderRow,
    Road,
    ServiceKind,
    Site,
    SiteKind,
    StockPolicy,
    Supplier,
    Tool,
    TrafficBand,
    Vehicle,
    Worker,
)
from orchestrator.domain.sourcing import Source, TransferLane
from orchestrator.domain.types import Frozen

DAY_S = 86_400
Entity = TypeVar("Entity", bound=Frozen)


def make(kind: type[Entity], row: Row, values: dict[str, Any], findings: Findings) -> Entity | None:
    """The object, or None and a finding for each field that the domain refuses."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        column_of = {column.target: column.name for column in row.table.columns}
        for problem in error.errors():
            path = [str(part) for part in problem["loc"]]
            name = next((column_of[part] for part in reversed(path) if part in column_of), path[0] if path else "")
            row.blame(findings, name, str(problem["msg"]))
        return None


def _all(kind: type[Entity], rows: Rows, table: Table, findings: Findings) -> tuple[Entity, ...]:
    made = (make(kind, row, dict(row.values), findings) for row in sound(rows, table))
    return tuple(one for one in made if one is not None)


def _place(values: dict[str, Any]) -> dict[str, Any]:
    """Move the two coordinates into a place."""
    rest = {name: value for name, value in values.items() if name not in ("lat_e7", "lon_e7")}
    return {**rest, "place": {"lat_e7": values["lat_e7"], "lon_e7": values["lon_e7"]}}


def _sites(rows: Rows, findings: Findings) -> tuple[Site, ...]:
    made = []
    for row in sound(rows, SITES):
        values = _place(dict(row.values)) | {"kind": SiteKind(row.text("kind"))}
        made.append(make(Site, row, values, findings))
    return tuple(one for one in made if one is not None)


def _vehicles(rows: Rows, findings: Findings) -> tuple[Vehicle, ...]:
    made = []
    for row in sound(rows, VEHICLES):
        rule = DrivingRule(row.text("driving_rule", DrivingRule.NONE))
        made.append(make(Vehicle, row, dict(row.values) | {"driving_rule": rule}, findings))
    return tuple(one for one in made if one is not None)


def _customers(rows: Rows, findings: Findings) -> tuple[Customer, ...]:
    made = [make(Customer, row, _place(dict(row.values)), findings) for row in sound(rows, CUSTOMERS)]
    return tuple(one for one in made if one is not None)


def _components(rows: Rows, findings: Findings) -> dict[str, tuple[Component, ...]]:
    parts: dict[str, list[Component]] = defaultdict(list)
    for row in sound(rows, COMPONENTS):
        values = {"item_id": row.text("component_id"), "quantity": row.number("quantity")}
        one = make(Component, row, values, findings)
        if one is not None:
            parts[row.text("item_id")].append(one)
    return {item: tuple(some) for item, some in parts.items()}


def _operations(rows: Rows, findings: Findings) -> dict[str, tuple[Operation, ...]]:
    """In the order of `sequence`, whatever the order of the rows."""
    steps: dict[str, list[Operation]] = defaultdict(list)
    for row in sorted(sound(rows, OPERATIONS), key=lambda row: row.number("sequence")):
        values = {name: value for name, value in row.values.items() if name not in ("item_id", "sequence")}
        one = make(Operation, row, values, findings)
        if one is not None:
            steps[row.text("item_id")].append(one)
    return {item: tuple(some) for item, some in steps.items()}


def _items(rows: Rows, findings: Findings) -> tuple[Item, ...]:
    components, operations = _components(rows, findings), _operations(rows, findings)
    made = []
    for row in sound(rows, ITEMS):
        item_id = row.text("item_id")
        values: dict[str, Any] = dict(row.values) | {
            "kind": ItemKind(row.text("kind")),
            "components": components.get(item_id, ()),
            "operations": operations.get(item_id, ()),
        }
        made.append(make(Item, row, values, findings))
    return tuple(one for one in made if one is not None)


def _sources(rows: Rows, findings: Findings) -> tuple[Source, ...]:
    made = []
    for row in sound(rows, ITEM_SOURCES):
        values: dict[str, Any] = dict(row.values)
        pairs = [part.split(":") for part in values.pop("tiers", ())]
        tiers = tuple({"from_quantity": int(quantity), "unit_cost_cents": int(cents)} for quantity, cents in pairs)
        made.append(make(Source, row, values | {"tiers": tiers}, findings))
    return tuple(one for one in made if one is not None)


def _stock(rows: Rows, findings: Findings) -> tuple[StockPolicy, ...]:
    """Demand history oldest first; a day without a row had no demand."""
    history: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for row in sound(rows, DEMAND_HISTORY):
        if row.number("quantity") < 0:
            row.blame(findings, "quantity", "must not be negative")
        history[row.text("site_id"), row.text("item_id")][row.number("days_ago")] = row.number("quantity")
    made = []
    for row in sound(rows, STOCK):
        days = history.get((row.text("site_id"), row.text("item_id")), {})
        daily = tuple(days.get(ago, 0) for ago in range(max(days, default=0), 0, -1))
        values: dict[str, Any] = dict(row.values) | {"daily_demand": daily}
        if "service_kind" in values:
            values["service_kind"] = ServiceKind(row.text("service_kind"))
        if "automatic" in values:
            values["automatic"] = bool(row.number("automatic"))
        made.append(make(StockPolicy, row, values, findings))
    return tuple(one for one in made if one is not None)


def _partners(rows: Rows, findings: Findings) -> tuple[Partner, ...]:
    made = []
    for row in sound(rows, PARTNERS):
        values: dict[str, Any] = dict(row.values)
        if "carries" in values:
            values["carries"] = bool(row.number("carries"))
        made.append(make(Partner, row, values, findings))
    return tuple(one for one in made if one is not None)


def _at(row: Row, day: str, time: str, day_start_s: int) -> dict[str, Any]:
    """The row's values with `<x>_day` and `<x>_at_s` joined to `<x>_s`."""
    rest = {name: value for name, value in row.values.items() if name not in (day, time)}
    stem = time.removesuffix("_at_s")
    return {**rest, f"{stem}_s": day_start_s + row.number(day) * DAY_S + row.number(time)}


def _purchases(rows: Rows, day_start_s: int, findings: Findings) -> tuple[PurchaseOrderRow, ...]:
    made = (
        make(PurchaseOrderRow, row, _at(row, "expected_day", "expected_at_s", day_start_s), findings)
        for row in sound(rows, PURCHASE_ORDERS)
    )
    return tuple(one for one in made if one is not None)


def _productions(rows: Rows, day_start_s: int, findings: Findings) -> tuple[ProductionOrderRow, ...]:
    made = (
        make(ProductionOrderRow, row, _at(row, "due_day", "due_at_s", day_start_s), findings)
        for row in sound(rows, PRODUCTION_ORDERS)
    )
    return tuple(one for one in made if one is not None)


def build_bands(rows: Rows, findings: Findings) -> tuple[TrafficBand, ...]:
    """Traffic by time of day, in order of time."""
    return tuple(sorted(_all(TrafficBand, rows, TRAFFIC, findings), key=lambda band: band.from_s))


def build_parts(rows: Rows, day_start_s: int, findings: Findings) -> dict[str, Any]:
    """The fields of a `Company` that come from tables."""
    return {
        "sites": _sites(rows, findings),
        "items": _items(rows, findings),
        "suppliers": _all(Supplier, rows, SUPPLIERS, findings),
        "sources": _sources(rows, findings),
        "transfer_lanes": _all(TransferLane, rows, TRANSFER_LANES, findings),
        "lines": _all(Line, rows, LINES, findings),
        "machines": _all(Machine, rows, MACHINES, findings),
        "workers": _all(Worker, rows, WORKERS, findings),
        "tools": _all(Tool, rows, TOOLS, findings),
        "changeovers": _all(Changeover, rows, CHANGEOVERS, findings),
        "vehicles": _vehicles(rows, findings),
        "customers": _customers(rows, findings),
        "goods_rules": _all(GoodsRule, rows, GOODS_RULES, findings),
        "roads": _all(Road, rows, ROADS, findings),
        "partners": _partners(rows, findings),
        "stock": _stock(rows, findings),
        "purchase_orders": _purchases(rows, day_start_s, findings),
        "production_orders": _productions(rows, day_start_s, findings),
    }
