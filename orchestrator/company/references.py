"""Rules between rows: what points at something points at something that is there and fits.

Promises a finding for every dangling reference, for a bill of materials that contains itself, and for master data
that contradict each other (a bought item without supplier, a machine of another line, ...). Called by `reader`.
"""

from __future__ import annotations

import networkx as nx

from orchestrator.company.errors import Findings
from orchestrator.company.rows import Row, Rows, sound
from orchestrator.company.tables import (
    COMPONENTS,
    CUSTOMERS,
    ITEM_SOURCES,
    ITEMS,
    LINES,
    MACHINES,
    OPERATIONS,
    ORDERS,
    PRODUCTION_ORDERS,
    PURCHASE_ORDERS,
    ROADS,
    SITES,
    STOCK,
    TABLES,
    TOOLS,
    TRANSFER_LANES,
    VEHICLES,
    WORKERS,
)

HISTORY_DAYS_MAX = 400
SPAN_COLUMNS = (
    (SITES, "open", "close"),
    (CUSTOMERS, "open", "close"),
    (CUSTOMERS, "pause_start", "pause_end"),
    (LINES, "shift_start", "shift_end"),
    (WORKERS, "shift_start", "shift_end"),
    (VEHICLES, "shift_start", "shift_end"),
    (ORDERS, "window_start", "window_end"),
)


def check_references(rows: Rows, findings: Findings) -> None:
    """Add a finding for every broken rule between rows. Rows that are unsound already are left alone."""
    _check_dangling(rows, findings)
    _check_spans(rows, findings)
    _check_sites(rows, findings)
    _check_items(rows, findings)
    _check_operations(rows, findings)
    _check_hands(rows, findings)
    _check_deliveries(rows, findings)
    _check_drivers(rows, findings)
    _check_cycles(rows, findings)
    _check_supply(rows, findings)
    _check_order_heads(rows, findings)


def _check_dangling(rows: Rows, findings: Findings) -> None:
    """A row that is bad for other reasons still counts as a target: one mistake, one finding."""
    targets: dict[str, set[str]] = {}
    for table in TABLES:
        for column in table.columns:
            if column.to and column.to not in targets:
                file, _, name = column.to.rpartition(".")
                targets[column.to] = {row.raw.get(name, "") for row in rows[file]}
    for table in TABLES:
        for column in table.columns:
            if not column.to:
                continue
            for row in sound(rows, table):
                value = row.values.get(column.target, ())
                for one in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
                    if one not in targets[column.to]:
                        row.blame(findings, column.name, f"'{one}' is not a {column.to}")


def _check_spans(rows: Rows, findings: Findings) -> None:
    for table, start, end in SPAN_COLUMNS:
        start_field, end_field = table.column(start).target, table.column(end).target
        for row in sound(rows, table):
            if row.number(start_field, 0) >= row.number(end_field, 86_400):
                row.blame(findings, end, f"must be after {start} ({row.raw.get(start) or '00:00'})")


def _by_key(rows: Rows, file: str, name: str) -> dict[str, Row]:
    return {row.raw.get(name, ""): row for row in rows[file]}


def _check_sites(rows: Rows, findings: Findings) -> None:
    sites = _by_key(rows, SITES.file, "site_id")
    for row in sound(rows, VEHICLES):
        if sites[row.text("depot_id")].raw.get("kind") != "WAREHOUSE":
            row.blame(findings, "depot_id", "must be a site of kind WAREHOUSE")


def _check_items(rows: Rows, findings: Findings) -> None:
    made_from = {row.raw.get("item_id") for row in rows[COMPONENTS.file]}
    worked_on = {row.raw.get("item_id") for row in rows[OPERATIONS.file]}
    for row in sound(rows, ITEMS):
        item = row.text("item_id")
        if row.text("kind") == "MADE":
            if "line_id" not in row.values:
                row.blame(findings, "line_id", "a MADE item needs a line")
            if item not in worked_on:
                row.blame(findings, "item_id", "a MADE item needs a row in operations.csv")
            if "supplier_id" in row.values:
                row.blame(findings, "supplier_id", "a MADE item has no supplier")
            continue
        if "supplier_id" not in row.values:
            row.blame(findings, "supplier_id", "a BOUGHT item needs a supplier")
        if "line_id" in row.values:
            row.blame(findings, "line_id", "a BOUGHT item has no line")
        for there, what in ((made_from, COMPONENTS.file), (worked_on, OPERATIONS.file)):
            if item in there:
                row.blame(findings, "kind", f"a BOUGHT item must not be in {what}")


def _check_operations(rows: Rows, findings: Findings) -> None:
    line_of_item = {row.raw.get("item_id", ""): row.raw.get("line_id", "") for row in rows[ITEMS.file]}
    line_of_machine = {row.raw.get("machine_id", ""): row.raw.get("line_id", "") for row in rows[MACHINES.file]}
    for row in sound(rows, OPERATIONS):
        machines = row.values["machine_ids"]
        assert isinstance(machines, tuple)
        line = line_of_item[row.text("item_id")]
        for machine in machines:
            if line_of_machine[machine] != line:
                row.blame(findings, "machine_ids", f"'{machine}' is not on the item's line '{line}'")


def _check_hands(rows: Rows, findings: Findings) -> None:
    """Every operation finds enough workers with its skills on the item's line, and enough tools of its kinds."""
    line_of_item = {row.raw.get("item_id", ""): row.raw.get("line_id", "") for row in rows[ITEMS.file]}
    workers: list[tuple[str, str, tuple[str, ...]]]
    tools: list[tuple[str, tuple[str, ...]]]
    workers = [(row.text("line_id"), row.text("worker_id"), _words(row, "skills")) for row in sound(rows, WORKERS)]
    tools = [(row.text("tool_id"), (row.text("kind"),)) for row in sound(rows, TOOLS)]
    for row in sound(rows, OPERATIONS):
        line = line_of_item[row.text("item_id")]
        able = [(worker, skills) for on, worker, skills in workers if on == line]
        for column, units, file in (("skills", able, WORKERS.file), ("tools", tools, TOOLS.file)):
            lacking = _lacking(_words(row, column), units)
            if lacking:
                row.blame(findings, column, f"{file} has not enough for {', '.join(lacking)} at once on line '{line}'")


def _check_deliveries(rows: Rows, findings: Findings) -> None:
    """Pauses have two ends, somebody can do what a customer needs, measured roads lead from a place to a place."""
    able = {skill for row in sound(rows, VEHICLES) for skill in _words(row, "skills")}
    for row in sound(rows, CUSTOMERS):
        if ("pause_start_s" in row.values) != ("pause_end_s" in row.values):
            row.blame(findings, "pause_end", "pause_start and pause_end: give both or none")
        for skill in _words(row, "needs"):
            if skill not in able:
                row.blame(findings, "needs", f"no vehicle of {VEHICLES.file} has the skill '{skill}'")
    places = set(_by_key(rows, SITES.file, "site_id")) | set(_by_key(rows, CUSTOMERS.file, "customer_id"))
    for row in sound(rows, ROADS):
        for column in ("from_id", "to_id"):
            if row.text(column) not in places:
                rule = f"'{row.text(column)}' is neither a {SITES.file} site_id nor a {CUSTOMERS.file} customer_id"
                row.blame(findings, column, rule)


BREAK_COLUMNS = ("break_start", "break_end", "break_min")
LIMIT_COLUMNS = ("break_min", "max_distance_m", "max_duration_min", "max_stops")


def _check_drivers(rows: Rows, findings: Findings) -> None:
    """Breaks are whole, last no longer than their window and lie in the shift; a limit of nothing is a mistake."""
    for row in sound(rows, VEHICLES):
        for name in LIMIT_COLUMNS:
            target = VEHICLES.column(name).target
            if target in row.values and row.number(target) < 1:
                row.blame(findings, name, "must be at least 1; leave it empty for none")
        missing = [name for name in BREAK_COLUMNS if VEHICLES.column(name).target not in row.values]
        if missing and len(missing) < len(BREAK_COLUMNS):
            row.blame(findings, missing[0], f"{', '.join(BREAK_COLUMNS)}: give all or none")
        elif not missing:
            _check_break(row, findings)


def _check_break(row: Row, findings: Findings) -> None:
    first_s, last_s = row.number("break_start_s"), row.number("break_end_s")
    if first_s >= last_s:
        row.blame(findings, "break_end", f"must be after break_start ({row.raw['break_start']})")
        return
    if first_s < row.number("shift_start_s"):
        row.blame(findings, "break_start", f"must not be before shift_start ({row.raw['shift_start']})")
    if last_s > row.number("shift_end_s"):
        row.blame(findings, "break_end", f"must not be after shift_end ({row.raw['shift_end']})")
    if row.number("break_s") > last_s - first_s:
        window = f"{row.raw['break_start']} to {row.raw['break_end']}, {(last_s - first_s) // 60} min"
        row.blame(findings, "break_min", f"must not be longer than its window ({window})")


def _words(row: Row, column: str) -> tuple[str, ...]:
    value = row.values.get(column, ())
    return value if isinstance(value, tuple) else ()


def _lacking(wanted: tuple[str, ...], units: list[tuple[str, tuple[str, ...]]]) -> list[str]:
    """What of `wanted` cannot be had at once when every unit serves one wish."""
    places = [(name, number) for number, name in enumerate(wanted)]
    graph = nx.Graph((place, key) for key, able in units for place in places if place[0] in able)
    graph.add_nodes_from(places)
    matched = nx.bipartite.maximum_matching(graph, places)
    return [name for name, number in places if (name, number) not in matched]


def _check_cycles(rows: Rows, findings: Findings) -> None:
    """Name one row in every cycle of the bill of materials: the last of it in the file."""
    graph = nx.DiGraph()
    line_of: dict[tuple[str, str], Row] = {}
    for row in sound(rows, COMPONENTS):
        edge = (row.text("item_id"), row.text("component_id"))
        line_of[edge] = row
        graph.add_edge(*edge)
    for knot in list(nx.strongly_connected_components(graph)):
        inside = [row for edge, row in line_of.items() if edge[0] in knot and edge[1] in knot]
        if inside:
            last = max(inside, key=lambda row: row.line)
            last.blame(findings, "component_id", f"the bill of materials runs in a circle: {', '.join(sorted(knot))}")


def _check_supply(rows: Rows, findings: Findings) -> None:
    items = _by_key(rows, ITEMS.file, "item_id")
    sources = {row.key() for row in rows[ITEM_SOURCES.file]}
    for row in sound(rows, PURCHASE_ORDERS):
        usual = items[row.text("item_id")].raw.get("supplier_id")
        if row.text("supplier_id") != usual and (row.text("item_id"), row.text("supplier_id")) not in sources:
            row.blame(findings, "supplier_id", "is not the item's supplier in items.csv or item_sources.csv")
    for row in sound(rows, ITEM_SOURCES):
        if items[row.text("item_id")].raw.get("kind") != "BOUGHT":
            row.blame(findings, "item_id", "must be a BOUGHT item")
    for row in sound(rows, TRANSFER_LANES):
        if row.text("from_site_id") == row.text("to_site_id"):
            row.blame(findings, "to_site_id", "must be another site than from_site_id")
    for row in sound(rows, PRODUCTION_ORDERS):
        if items[row.text("item_id")].raw.get("kind") != "MADE":
            row.blame(findings, "item_id", "must be a MADE item")
    stocked = {row.key() for row in rows[STOCK.file]}
    for row in rows["demand_history.csv"]:
        if row.sound and (row.text("site_id"), row.text("item_id")) not in stocked:
            row.blame(findings, "item_id", "has no row in stock.csv at this site")
        elif row.sound and not 1 <= row.number("days_ago") <= HISTORY_DAYS_MAX:
            row.blame(findings, "days_ago", f"must be 1 (yesterday) to {HISTORY_DAYS_MAX}")


def _check_order_heads(rows: Rows, findings: Findings) -> None:
    """The lines of one order agree in everything but item and quantity."""
    heads: dict[tuple[str, str], Row] = {}
    names = ("customer_id", "window_start", "window_end", "priority", "known_at")
    for row in sound(rows, ORDERS):
        head = heads.setdefault((row.text("partner_id"), row.text("number")), row)
        for name in names:
            if row.raw.get(name, "") != head.raw.get(name, ""):
                row.blame(findings, name, f"differs from line {head.line} of the same order")
