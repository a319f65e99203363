"""The file format: every table, its columns, what a cell means, what must be there and what points where.

This is the single place that defines the format; `deploy/sample_company/README.md` explains it to people, and a
test holds the two together. Pure data, read by `rows`, `references` and `build`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.company.cells import (
    Parse,
    degrees,
    hours,
    identifier,
    identifiers,
    integer,
    minutes,
    price_breaks,
    text,
    time_of_day,
    word_of,
    yes_or_no,
)
from orchestrator.domain.company import DrivingRule, ItemKind, ServiceKind, SiteKind, TravelKind

ROWS_MAX = 250_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `field`: the domain's name where it differs. `to`: "file.column" whose values it points at."""

    name: str
    parse: Parse
    required: bool = True
    field: str = ""
    to: str = ""

    @property
    def target(self) -> str:
        """The domain's name of the value."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """One file. `key`: columns that together occur once. `required`: the file must be there, with a row."""

    file: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False
    rows_max: int = ROWS_MAX

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _id(name: str, to: str = "", *, required: bool = True) -> Column:
    return Column(name, identifier, required=required, to=to)


def _int(name: str, *, required: bool = True) -> Column:
    return Column(name, integer, required=required)


def _time(name: str, field: str, *, required: bool = True) -> Column:
    return Column(name, time_of_day, required=required, field=field)


COMPANY = Table(
    "company.csv",
    (
        Column("name", text),
        Column("time_zone", text),
        Column("travel", word_of(TravelKind), required=False),
        _int("circuity_per_mille", required=False),
        _int("road_speed_m_per_h", required=False),
        Column("hard_windows", yes_or_no, required=False),
        _int("holding_per_mille_year", required=False),
        _int("purchase_budget_cents", required=False),
    ),
    key=(),
    required=True,
    rows_max=1,
)
SITES = Table(
    "sites.csv",
    (
        _id("site_id"),
        Column("name", text),
        Column("kind", word_of(SiteKind)),
        Column("lat_deg", degrees, field="lat_e7"),
        Column("lon_deg", degrees, field="lon_e7"),
        _time("open", "open_s", required=False),
        _time("close", "close_s", required=False),
        Column("loading_min", minutes, required=False, field="loading_s"),
        Column("handling_min", minutes, required=False, field="handling_s"),
        _int("docks", required=False),
        _int("storage_cm3", required=False),
    ),
    key=("site_id",),
    required=True,
    rows_max=1_000,
)
ITEMS = Table(
    "items.csv",
    (
        _id("item_id"),
        Column("name", text),
        Column("kind", word_of(ItemKind)),
        _id("family"),
        _int("weight_g"),
        _int("volume_cm3"),
        _int("unit_cost_cents"),
        _id("supplier_id", "suppliers.csv.supplier_id", required=False),
        _int("min_order_quantity", required=False),
        _int("order_multiple", required=False),
        _id("line_id", "lines.csv.line_id", required=False),
        _id("goods_class", required=False),
    ),
    key=("item_id",),
)
COMPONENTS = Table(
    "components.csv",
    (
        _id("item_id", "items.csv.item_id"),
        _id("component_id", "items.csv.item_id"),
        _int("quantity"),
    ),
    key=("item_id", "component_id"),
)
OPERATIONS = Table(
    "operations.csv",
    (
        _id("item_id", "items.csv.item_id"),
        _int("sequence"),
        Column("name", text),
        Column("machine_ids", identifiers, to="machines.csv.machine_id"),
        _int("setup_s", required=False),
        _int("unit_s", required=False),
        Column("skills", identifiers, required=False),
        Column("tools", identifiers, required=False),
        Column("batch", text, required=False),
    ),
    key=("item_id", "sequence"),
)
SUPPLIERS = Table(
    "suppliers.csv",
    (
        _id("supplier_id"),
        Column("name", text),
        Column("lead_time_h", hours, field="lead_time_s"),
        Column("lead_time_sd_h", hours, required=False, field="lead_time_sd_s"),
        _int("order_cost_cents", required=False),
        _int("min_order_cents", required=False),
        _int("truck_weight_g", required=False),
        _int("truck_volume_cm3", required=False),
    ),
    key=("supplier_id",),
)
ITEM_SOURCES = Table(
    "item_sources.csv",
    (
        _id("item_id", "items.csv.item_id"),
        _id("supplier_id", "suppliers.csv.supplier_id"),
        _int("unit_cost_cents"),
        Column("price_breaks", price_breaks, required=False, field="tiers"),
        _int("min_order_quantity", required=False),
        _int("order_multiple", required=False),
        Column("lead_time_h", hours, required=False, field="lead_time_s"),
        Column("lead_time_sd_h", hours, required=False, field="lead_time_sd_s"),
        _int("capacity_day", required=False),
    ),
    key=("item_id", "supplier_id"),
)
TRANSFER_LANES = Table(
    "transfer_lanes.csv",
    (
        _id("from_site_id", "sites.csv.site_id"),
        _id("to_site_id", "sites.csv.site_id"),
        Column("transit_h", hours, field="transit_s"),
        _int("order_cost_cents", required=False),
        _int("unit_cost_cents", required=False),
    ),
    key=("from_site_id", "to_site_id"),
    rows_max=10_000,
)
LINES = Table(
    "lines.csv",
    (
        _id("line_id"),
        Column("name", text),
        _id("site_id", "sites.csv.site_id"),
        _id("output_site_id", "sites.csv.site_id"),
        Column("transfer_min", minutes, required=False, field="transfer_s"),
        _time("shift_start", "shift_start_s", required=False),
        _time("shift_end", "shift_end_s", required=False),
    ),
    key=("line_id",),
)
MACHINES = Table(
    "machines.csv",
    (
        _id("machine_id"),
        Column("name", text),
        _id("line_id", "lines.csv.line_id"),
        _int("hour_cents", required=False),
        _int("batch_capacity", required=False),
        Column("maintenance_min", minutes, required=False, field="maintenance_s"),
        _int("maintenance_cents", required=False),
        _int("failure_cents", required=False),
        _int("overtime_hour_cents", required=False),
    ),
    key=("machine_id",),
)
WORKERS = Table(
    "workers.csv",
    (
        _id("worker_id"),
        Column("name", text),
        _id("line_id", "lines.csv.line_id"),
        Column("skills", identifiers),
        _time("shift_start", "shift_start_s", required=False),
        _time("shift_end", "shift_end_s", required=False),
    ),
    key=("worker_id",),
    rows_max=2_000,
)
TOOLS = Table(
    "tools.csv",
    (_id("tool_id"), Column("name", text), _id("kind")),
    key=("tool_id",),
    rows_max=2_000,
)
CHANGEOVERS = Table(
    "changeovers.csv",
    (
        _id("line_id", "lines.csv.line_id"),
        _id("from_family"),
        _id("to_family"),
        Column("duration_min", minutes, field="duration_s"),
        _int("cost_cents", required=False),
    ),
    key=("line_id", "from_family", "to_family"),
    rows_max=20_000,
)
VEHICLES = Table(
    "vehicles.csv",
    (
        _id("vehicle_id"),
        Column("name", text),
        _id("kind"),
        _id("depot_id", "sites.csv.site_id"),
        _int("weight_g"),
        _int("volume_cm3"),
        _time("shift_start", "shift_start_s"),
        _time("shift_end", "shift_end_s"),
        _int("speed_m_per_h", required=False),
        _int("fixed_cents", required=False),
        _int("km_cents", required=False),
        _int("hour_cents", required=False),
        Column("overtime_min", minutes, required=False, field="overtime_s"),
        _int("overtime_hour_cents", required=False),
        Column("skills", identifiers, required=False),
        Column("driving_rule", word_of(DrivingRule), required=False),
        _time("break_start", "break_start_s", required=False),
        _time("break_end", "break_end_s", required=False),
        Column("break_min", minutes, required=False, field="break_s"),
        _int("max_distance_m", required=False),
        Column("max_duration_min", minutes, required=False, field="max_duration_s"),
        _int("max_stops", required=False),
    ),
    key=("vehicle_id",),
    rows_max=20_000,
)
CUSTOMERS = Table(
    "customers.csv",
    (
        _id("customer_id"),
        Column("name", text),
        Column("lat_deg", degrees, field="lat_e7"),
        Column("lon_deg", degrees, field="lon_e7"),
        _time("open", "open_s", required=False),
        _time("close", "close_s", required=False),
        _int("service_s", required=False),
        _time("pause_start", "pause_start_s", required=False),
        _time("pause_end", "pause_end_s", required=False),
        _int("setup_s", required=False),
        Column("needs", identifiers, required=False),
    ),
    key=("customer_id",),
)
GOODS_RULES = Table(
    "goods_rules.csv",
    (_id("class_a"), _id("class_b")),
    key=("class_a", "class_b"),
    rows_max=500,
)
ROADS = Table(
    "roads.csv",
    (
        _id("from_id"),
        _id("to_id"),
        _int("distance_m"),
        _int("duration_s"),
        _id("vehicle_kind", "vehicles.csv.kind", required=False),
    ),
    key=("from_id", "to_id", "vehicle_kind"),
)
TRAFFIC = Table(
    "traffic.csv",
    (_time("from", "from_s"), _int("speed_pct")),
    key=("from",),
    rows_max=12,
)
PARTNERS = Table(
    "partners.csv",
    (
        _id("partner_id"),
        Column("name", text),
        Column("token_sha256", text),
        _id("supplier_id", "suppliers.csv.supplier_id", required=False),
        Column("carries", yes_or_no, required=False),
        _int("carry_weight_g", required=False),
        _int("carry_radius_m", required=False),
        Column("skills", identifiers, required=False),
    ),
    key=("partner_id",),
    rows_max=10_000,
)
STOCK = Table(
    "stock.csv",
    (
        _id("site_id", "sites.csv.site_id"),
        _id("item_id", "items.csv.item_id"),
        _int("on_hand"),
        _int("service_per_mille", required=False),
        Column("service_kind", word_of(ServiceKind), required=False),
        Column("automatic", yes_or_no, required=False),
        _int("fixed_reorder_point", required=False),
        _int("fixed_order_up_to", required=False),
        _int("shortage_cents_unit_day", required=False),
    ),
    key=("site_id", "item_id"),
)
DEMAND_HISTORY = Table(
    "demand_history.csv",
    (
        _id("site_id", "sites.csv.site_id"),
        _id("item_id", "items.csv.item_id"),
        _int("days_ago"),
        _int("quantity"),
    ),
    key=("site_id", "item_id", "days_ago"),
)
PURCHASE_ORDERS = Table(
    "purchase_orders.csv",
    (
        _id("purchase_order_id"),
        _id("supplier_id", "suppliers.csv.supplier_id"),
        _id("item_id", "items.csv.item_id"),
        _id("site_id", "sites.csv.site_id"),
        _int("quantity"),
        _int("expected_day", required=False),
        _time("expected_at", "expected_at_s"),
    ),
    key=("purchase_order_id",),
)
PRODUCTION_ORDERS = Table(
    "production_orders.csv",
    (
        _id("production_order_id"),
        _id("item_id", "items.csv.item_id"),
        _int("quantity"),
        _int("due_day", required=False),
        _time("due_at", "due_at_s"),
    ),
    key=("production_order_id",),
)
ORDERS = Table(
    "orders.csv",
    (
        _id("partner_id", "partners.csv.partner_id"),
        _id("number"),
        _id("customer_id", "customers.csv.customer_id"),
        _id("item_id", "items.csv.item_id"),
        _int("quantity"),
        _time("window_start", "window_start_s"),
        _time("window_end", "window_end_s"),
        _int("priority", required=False),
        _time("known_at", "known_at_s", required=False),
    ),
    key=("partner_id", "number", "item_id"),
)

TABLES: tuple[Table, ...] = (
    COMPANY,
    SITES,
    ITEMS,
    COMPONENTS,
    OPERATIONS,
    SUPPLIERS,
    ITEM_SOURCES,
    TRANSFER_LANES,
    LINES,
    MACHINES,
    WORKERS,
    TOOLS,
    CHANGEOVERS,
    VEHICLES,
    CUSTOMERS,
    GOODS_RULES,
    TRAFFIC,
    ROADS,
    PARTNERS,
    STOCK,
    DEMAND_HISTORY,
    PURCHASE_ORDERS,
    PRODUCTION_ORDERS,
    ORDERS,
)
