"""Reads a company: every file of it, or nothing.

Promises `read_company`: the domain's `Company` and the day's orders, with all times of day placed on the service day
of `now_s` in the company's time zone; or one `CompanyFileErrors` that names every bad row. It reads bytes, not
folders, so that the operator port, the CLI and tests use the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator.company.build import build_bands, build_parts, make
from orchestrator.company.errors import Findings
from orchestrator.company.references import check_references
from orchestrator.company.rows import Row, Rows, read_rows, sound
from orchestrator.company.tables import COMPANY, ORDERS
from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.company import Company, TravelKind
from orchestrator.domain.entities import OrderLine

PRIORITY_DEFAULT = 5


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order of the file: whose it is, and when it becomes known (epoch seconds; 0 = in the morning)."""

    partner_id: str
    draft: OrderDraft
    known_at_s: int = 0


@dataclass(frozen=True, slots=True)
class CompanyFiles:
    """All that the files say. `late_orders` are in the order of `known_at_s`."""

    company: Company
    morning_orders: tuple[KnownOrder, ...]
    late_orders: tuple[KnownOrder, ...]


def read_company(files: Mapping[str, bytes], now_s: int) -> CompanyFiles:
    """Read a company from its files by name.

    now_s: any moment of the service day, seconds since the epoch.
    Raises `CompanyFileErrors` naming file, line, field, value and rule of every bad row.
    """
    findings = Findings()
    rows = read_rows(files, findings)
    check_references(rows, findings)
    day_start_s = _day_start_s(rows, now_s, findings)
    parts = build_parts(rows, day_start_s, findings)
    orders = _orders(rows, day_start_s, findings)
    findings.raise_any()
    head = rows[COMPANY.file][0]
    values = _head(head) | {"day_start_s": day_start_s} | parts
    values["travel"]["bands"] = build_bands(rows, findings)
    company = make(Company, head, values, findings)
    findings.raise_any()
    assert company is not None
    late = sorted((order for order in orders if order.known_at_s), key=lambda order: order.known_at_s)
    return CompanyFiles(company, tuple(order for order in orders if not order.known_at_s), tuple(late))


def local_midnight_s(time_zone: str, now_s: int) -> int:
    """Epoch second of the local midnight at or before `now_s`. KeyError if the zone is unknown."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise KeyError(time_zone) from error
    local = datetime.fromtimestamp(now_s, zone)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def _head(row: Row) -> dict[str, Any]:
    """The company's own fields."""
    values: dict[str, Any] = {"name": row.text("name"), "time_zone": row.text("time_zone")}
    travel: dict[str, Any] = {"kind": TravelKind(row.text("travel", TravelKind.GREAT_CIRCLE))}
    for name in ("circuity_per_mille", "road_speed_m_per_h"):
        if name in row.values:
            travel[name] = row.number(name)
    if "hard_windows" in row.values:
        values["hard_windows"] = bool(row.number("hard_windows"))
    for name in ("holding_per_mille_year", "purchase_budget_cents"):
        if name in row.values:
            values[name] = row.number(name)
    return values | {"travel": travel}


def _day_start_s(rows: Rows, now_s: int, findings: Findings) -> int:
    for row in sound(rows, COMPANY):
        try:
            return local_midnight_s(row.text("time_zone"), now_s)
        except KeyError:
            row.blame(findings, "time_zone", "is not a time zone of the tz database, e.g. Europe/Berlin")
    return 0


def _orders(rows: Rows, day_start_s: int, findings: Findings) -> list[KnownOrder]:
    """One order for each partner and number, its lines in the order of the rows."""
    lines: dict[tuple[str, str], list[OrderLine]] = {}
    heads: dict[tuple[str, str], Row] = {}
    for row in sound(rows, ORDERS):
        key = (row.text("partner_id"), row.text("number"))
        heads.setdefault(key, row)
        values = {"item_id": row.text("item_id"), "quantity": row.number("quantity")}
        line = make(OrderLine, row, values, findings)
        if line is not None:
            lines.setdefault(key, []).append(line)
    made = (_order(heads[key], tuple(some), day_start_s, findings) for key, some in lines.items())
    return [order for order in made if order is not None]


def _order(row: Row, lines: tuple[OrderLine, ...], day_start_s: int, findings: Findings) -> KnownOrder | None:
    values = {
        "number": row.text("number"),
        "customer_id": row.text("customer_id"),
        "lines": lines,
        "window_start_s": day_start_s + row.number("window_start_s"),
        "window_end_s": day_start_s + row.number("window_end_s"),
        "priority": row.number("priority", PRIORITY_DEFAULT),
    }
    draft = make(OrderDraft, row, values, findings)
    known_at_s = row.number("known_at_s")
    if draft is None:
        return None
    if known_at_s >= row.number("window_end_s"):
        row.blame(findings, "known_at", "must be before window_end")
    return KnownOrder(row.text("partner_id"), draft, day_start_s + known_at_s if known_at_s else 0)
