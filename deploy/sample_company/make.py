"""Makes the sample company: the CSV files beside this script, the same for the same seed on every machine.

    python deploy/sample_company/make.py [FOLDER] [--seed 1]

A small maker and seller of pumps and fittings around Munich: two warehouses, a plant of two lines, twelve vehicles,
second sources for some bought items.
Company, people and orders are made up; only the towns are real. The day is meant to be solvable: early orders are
covered by stock, afternoon orders partly by batches and purchases that arrive before noon, so that a machine or a
supplier that fails is felt by somebody who waits for a delivery.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import math
from collections import defaultdict
from pathlib import Path
from random import Random

from plant import Table, make_plant

ORDERS_MORNING, ORDERS_LATE, CUSTOMERS, HISTORY_DAYS = 132, 88, 150, 60
NOON_MIN, DAY_FIRST_MIN, DAY_LAST_MIN = 13 * 60, 7 * 60 + 30, 17 * 60
CENTER = (48.1372, 11.5755)

# Town: latitude, longitude, weight as a place of customers.
TOWNS: dict[str, tuple[float, float, int]] = {
    "Altstadt": (48.1372, 11.5755, 5), "Schwabing": (48.1620, 11.5860, 5), "Sendling": (48.1180, 11.5450, 5),
    "Neuhausen": (48.1540, 11.5330, 4), "Bogenhausen": (48.1540, 11.6120, 4), "Giesing": (48.1100, 11.5950, 4),
    "Pasing": (48.1490, 11.4610, 4), "Moosach": (48.1800, 11.5110, 4), "Milbertshofen": (48.1870, 11.5720, 5),
    "Ramersdorf": (48.1130, 11.6140, 4), "Trudering": (48.1260, 11.6630, 3), "Riem": (48.1360, 11.6900, 3),
    "Freimann": (48.1900, 11.6110, 4), "Laim": (48.1400, 11.5030, 3), "Hadern": (48.1170, 11.4800, 2),
    "Obersendling": (48.0980, 11.5350, 4), "Allach": (48.1960, 11.4640, 3), "Dachau": (48.2600, 11.4340, 4),
    "Karlsfeld": (48.2270, 11.4720, 3), "Garching": (48.2490, 11.6510, 4), "Unterschleissheim": (48.2800, 11.5710, 4),
    "Ismaning": (48.2260, 11.6730, 3), "Aschheim": (48.1720, 11.7160, 3), "Kirchheim": (48.1770, 11.7560, 2),
    "Poing": (48.1710, 11.8180, 2), "Haar": (48.1090, 11.7290, 3), "Ottobrunn": (48.0640, 11.6630, 4),
    "Taufkirchen": (48.0470, 11.6160, 3), "Unterhaching": (48.0650, 11.6150, 4), "Oberhaching": (48.0250, 11.5900, 2),
    "Planegg": (48.1050, 11.4240, 2), "Germering": (48.1340, 11.3670, 3), "Puchheim": (48.1550, 11.3530, 2),
    "Fuerstenfeldbruck": (48.1790, 11.2540, 1), "Gilching": (48.1080, 11.2940, 1), "Gauting": (48.0690, 11.3790, 1),
    "Freising": (48.4020, 11.7440, 2), "Neufahrn": (48.3160, 11.6630, 2), "Erding": (48.3060, 11.9070, 1),
    "Markt Schwaben": (48.1890, 11.8690, 1), "Ebersberg": (48.0780, 11.9700, 1), "Zorneding": (48.0840, 11.8250, 1),
    "Holzkirchen": (47.8850, 11.7010, 1), "Sauerlach": (47.9710, 11.6560, 1), "Olching": (48.2070, 11.3340, 2),
}  # fmt: skip
TRADES = ("Haustechnik", "Anlagenbau", "Brauerei", "Gartenbau", "Stadtgut", "Klinik", "Autohaus", "Molkerei",
          "Werkstatt")  # fmt: skip
SITES = {
    "WH-NORTH": ("Warehouse North, Garching", "WAREHOUSE", 48.2460, 11.6180),
    "WH-SOUTH": ("Warehouse South, Taufkirchen", "WAREHOUSE", 48.0500, 11.6300),
    "PLANT": ("Plant Dachau-Ost", "PLANT", 48.2480, 11.4580),
}
WAREHOUSES = ("WH-NORTH", "WH-SOUTH")
# Group: kind, family, names, weight of one in g (first, step), cost in cents (first, step), pieces of an order line.
GROUPS = {
    "PUMP": ("MADE", ("Garden", "Cellar", "Booster", "Heating", "Well", "Deep"), (8000, 2400), (9000, 2600), (2, 9)),
    "VALVE": ("MADE", ("Ball", "Gate", "Check", "Mixing", "Relief"), (900, 450), (1400, 500), (10, 40)),
    "FILTER": ("MADE", ("Rain", "Sand", "Carbon", "Pool", "Oil"), (2600, 900), (2500, 800), (5, 20)),
    "CONTROL": ("MADE", ("Level", "Pressure", "Timer", "Remote"), (1200, 300), (5200, 1500), (5, 20)),
    "HOUSING": ("MADE", ("small", "medium", "large", "steel"), (2500, 900), (1500, 600), (1, 1)),
    "ROTOR": ("MADE", ("60", "80", "110"), (900, 400), (1200, 400), (1, 1)),
    "BOARD": ("MADE", ("basic", "radio", "sensor"), (150, 60), (1300, 500), (1, 1)),
    "HOSE": ("BOUGHT", ("13 mm", "19 mm", "25 mm", "32 mm"), (4500, 1800), (1900, 700), (3, 14)),
    "FITTING": ("BOUGHT", ("elbow", "tee", "socket", "reducer"), (220, 90), (240, 90), (30, 160)),
    "CLAMP": ("BOUGHT", ("40 mm", "60 mm", "90 mm"), (130, 60), (110, 40), (60, 240)),
    "SEALANT": ("BOUGHT", ("thread", "pipe", "tank"), (400, 200), (350, 150), (15, 70)),
    "GAUGE": ("BOUGHT", ("4 bar", "6 bar", "10 bar", "16 bar"), (350, 80), (900, 250), (8, 40)),
    "RAW": ("BOUGHT", ("casting", "bar steel", "seal set", "bearing", "motor S", "motor L", "cable", "screw set",
                       "case", "circuit board", "chip set", "spring"), (600, 150), (300, 220), (1, 1)),
}  # fmt: skip
SOLD = ("PUMP", "VALVE", "FILTER", "CONTROL", "HOSE", "FITTING", "CLAMP", "SEALANT", "GAUGE")
SEMI = ("HOUSING", "ROTOR", "BOARD")
ASSEMBLED = ("PUMP", "VALVE", "FILTER", "CONTROL")
SUPPLIER_OF = {"HOSE": "SUP-1", "FITTING": "SUP-2", "CLAMP": "SUP-2", "SEALANT": "SUP-3", "GAUGE": "SUP-4"}
SUPPLIERS = {
    "SUP-1": ("Schlauch Lechner", 48, 8), "SUP-2": ("Fittings Huber", 72, 12), "SUP-3": ("Dichtwerk Allgau", 96, 20),
    "SUP-4": ("Messtechnik Inn", 120, 24), "SUP-5": ("Giesserei Donau", 168, 36), "SUP-6": ("Stahl Oberland", 72, 12),
    "SUP-7": ("Motoren Brenner", 240, 48), "SUP-8": ("Elektronik Isar", 120, 30),
}  # fmt: skip
RAW_SUPPLIERS = ("SUP-5", "SUP-6", "SUP-6", "SUP-6", "SUP-7", "SUP-7", "SUP-8", "SUP-6", "SUP-5", "SUP-8", "SUP-8",
                 "SUP-6")  # fmt: skip
# Second sources: item group, supplier, price in per mille of the usual one, discount (from so many, per mille), least
# and multiple, capacity a day. They are slightly dearer, so that nobody buys there while the usual supplier keeps time.
SECOND_SOURCES = (
    ("HOSE", "SUP-2", 1008, (), 40, 20, 0), ("GAUGE", "SUP-8", 1045, (400, 1035), 50, 10, 800),
    ("SEALANT", "SUP-1", 1050, (), 100, 20, 0),
)  # fmt: skip
# A lorry between the warehouses, to level out what is there: hours, cents an order, cents a unit.
LANES = (("WH-NORTH", "WH-SOUTH", 6, 1_500, 2), ("WH-SOUTH", "WH-NORTH", 6, 1_500, 2))
# What a supplier takes an order for at least, and what its lorry carries: weight in g, volume in cm3.
SUPPLIER_LIMITS = {"SUP-2": (20_000, 24_000_000, 80_000_000), "SUP-5": (50_000, 24_000_000, 80_000_000)}
STORAGE_CM3 = {"WH-NORTH": 3_000_000_000, "WH-SOUTH": 3_000_000_000, "PLANT": 4_000_000_000}
# Made here today, for orders of the afternoon; and bought items that arrive today.
HOT_MADE = ("PUMP-1", "PUMP-3", "PUMP-5", "VALVE-2", "VALVE-4", "FILTER-1", "FILTER-3", "CONTROL-1")
HOT_BOUGHT = ("HOSE-2", "FITTING-1", "GAUGE-3", "SEALANT-2")
# What the plant makes for stock in the afternoon.
LATER_MADE = (("HOUSING-1", 80, "13:00"), ("ROTOR-3", 60, "14:00"), ("VALVE-1", 60, "14:00"), ("PUMP-2", 50, "15:00"),
              ("FILTER-2", 60, "15:30"), ("CONTROL-2", 50, "16:00"))  # fmt: skip
HOT_SEMI = {"HOUSING-2": 160, "ROTOR-1": 60, "BOARD-2": 60}
PARTNERS = {
    "alpenbau": "Alpenbau AG",
    "isarhandel": "Isar Handel GmbH",
    "stadtwerk": "Stadtwerk Service",
    "webshop": "Webshop",
}
# Carriers that may be asked to deliver: name, most a bid may weigh in g, metres from the warehouse.
CARRIERS = {
    "eilbote": ("Eilbote Kurier", 60_000, 25_000),
    "regiofracht": ("Regiofracht Spedition", 3_000_000, 0),
}
# Kind: weight in g, volume in cm3, m/h, fixed, km and hour cents.
VEHICLE_KINDS = {
    "VAN": (850_000, 7_000_000, 42_000, 3_000, 32, 2_600),
    "TRUCK-7": (1_800_000, 14_000_000, 40_000, 5_500, 48, 2_800),
    "TRUCK-12": (3_000_000, 24_000_000, 38_000, 8_000, 62, 3_000),
}
VEHICLES = (
    ("VAN", "WH-NORTH", "06:00", "16:00"), ("VAN", "WH-NORTH", "07:30", "17:30"), ("VAN", "WH-NORTH", "08:00", "18:00"),
    ("TRUCK-7", "WH-NORTH", "06:00", "16:00"), ("TRUCK-7", "WH-NORTH", "07:30", "17:30"),
    ("TRUCK-12", "WH-NORTH", "06:30", "16:30"), ("TRUCK-12", "WH-SOUTH", "08:00", "18:00"),
    ("VAN", "WH-SOUTH", "06:00", "16:00"), ("VAN", "WH-SOUTH", "08:00", "18:00"),
    ("TRUCK-7", "WH-SOUTH", "06:30", "16:30"), ("TRUCK-7", "WH-SOUTH", "08:00", "18:00"),
    ("TRUCK-12", "WH-SOUTH", "07:00", "17:00"),
)  # fmt: skip


def hhmm(minute: int) -> str:
    """Minutes since midnight as a time of day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on the sphere, near enough for making data."""
    north = (a[0] - b[0]) * 111.2
    east = (a[1] - b[1]) * 111.2 * math.cos(math.radians(a[0]))
    return math.hypot(north, east)


def item_ids(group: str) -> list[str]:
    """The items of a group."""
    return [f"{group}-{index + 1}" for index in range(len(GROUPS[group][1]))]


def make_items() -> Table:
    """30 made and 30 bought items; a kilogram takes about three litres in its box."""
    rows: Table = []
    for group, (kind, names, weight, cost, _) in GROUPS.items():
        for index, name in enumerate(names):
            weight_g = weight[0] + index * weight[1]
            supplier = "" if kind == "MADE" else SUPPLIER_OF.get(group) or RAW_SUPPLIERS[index]
            rows.append({
                "item_id": f"{group}-{index + 1}", "name": f"{name} {group.lower()}", "kind": kind, "family": group,
                "weight_g": weight_g, "volume_cm3": weight_g * 3, "unit_cost_cents": cost[0] + index * cost[1],
                "supplier_id": supplier, "min_order_quantity": 20 if supplier else 10, "order_multiple": 10,
                "line_id": "" if kind == "BOUGHT" else "LINE-PARTS" if group in SEMI else "LINE-ASSEMBLY",
            })  # fmt: skip
    return rows


def make_sources() -> Table:
    """Who else sells an item, dearer than its usual supplier."""
    cents = {str(row["item_id"]): int(str(row["unit_cost_cents"])) for row in make_items()}
    rows: Table = []
    for group, supplier, per_mille, discount, least, multiple, capacity in SECOND_SOURCES:
        for item in item_ids(group):
            breaks = f"{discount[0]}:{-(-cents[item] * discount[1] // 1000)}" if discount else ""
            rows.append({
                "item_id": item, "supplier_id": supplier, "unit_cost_cents": -(-cents[item] * per_mille // 1000),
                "price_breaks": breaks, "min_order_quantity": least, "order_multiple": multiple, "lead_time_h": "",
                "lead_time_sd_h": "", "capacity_day": capacity or "",
            })  # fmt: skip
    return rows


def make_lanes() -> Table:
    """What made items take to the other warehouse."""
    names = ("from_site_id", "to_site_id", "transit_h", "order_cost_cents", "unit_cost_cents")
    return [dict(zip(names, lane, strict=True)) for lane in LANES]


def supplier_row(key: str) -> dict[str, object]:
    """A supplier and what it takes and carries at least and at most."""
    name, hours, sd = SUPPLIERS[key]
    limits = SUPPLIER_LIMITS.get(key, ("", "", ""))
    return {
        "supplier_id": key, "name": name, "lead_time_h": hours, "lead_time_sd_h": sd, "order_cost_cents": 4000,
        "min_order_cents": limits[0], "truck_weight_g": limits[1], "truck_volume_cm3": limits[2],
    }  # fmt: skip


def make_components() -> Table:
    """Two levels: sold items of semi-finished and raw ones, semi-finished items of raw ones."""
    recipes = {"PUMP": ("HOUSING", "ROTOR"), "VALVE": ("HOUSING",), "FILTER": ("HOUSING",), "CONTROL": ("BOARD",)}
    raws = {"PUMP": (5, 3, 8), "VALVE": (3, 12), "FILTER": (3, 8), "CONTROL": (9, 7)}
    rows: Table = []
    for group, parts in recipes.items():
        for index, item in enumerate(item_ids(group)):
            for part in parts:
                semi = item_ids(part)[(index + 1) % len(item_ids(part))]
                rows.append({"item_id": item, "component_id": semi, "quantity": 1})
            rows += [{"item_id": item, "component_id": f"RAW-{raw}", "quantity": 1 + raw % 2} for raw in raws[group]]
    semi_raws = {"HOUSING": (1, 8), "ROTOR": (2, 4), "BOARD": (10, 11)}
    for group, parts_of in semi_raws.items():
        for item in item_ids(group):
            rows += [{"item_id": item, "component_id": f"RAW-{raw}", "quantity": 1} for raw in parts_of]
    return rows


def make_customers(rng: Random) -> Table:
    """Clusters in the city and its towns, a few further out, all within 35 km."""
    names = list(TOWNS)
    weights = [TOWNS[name][2] for name in names]
    rows: Table = []
    for index in range(CUSTOMERS):
        town = names[index] if index < len(names) else rng.choices(names, weights)[0]
        lat, lon, _ = TOWNS[town]
        angle, km = rng.random() * 2 * math.pi, 0.15 + 0.9 * rng.random()
        opens = rng.choice((6, 7, 7, 7, 8)) * 60
        rows.append({
            "customer_id": f"C{index + 1:03d}", "name": f"{rng.choice(TRADES)} {town} {index + 1}",
            "lat_deg": f"{lat + km * math.sin(angle) / 111.2:.6f}",
            "lon_deg": f"{lon + km * math.cos(angle) / 74.2:.6f}",
            "open": hhmm(opens), "close": hhmm(rng.choice((17, 18, 18, 19)) * 60),
            "service_s": rng.choice((360, 480, 540, 600, 720)),
        })  # fmt: skip
    return rows


def window(rng: Random, customer: dict[str, object], earliest_min: int) -> tuple[int, int]:
    """One to four hours inside the opening hours; far customers get two at least."""
    spot = (float(str(customer["lat_deg"])), float(str(customer["lon_deg"])))
    lengths = (120, 180, 240) if kilometres(spot, CENTER) > 18 else (60, 90, 120, 180, 240)
    length = rng.choice(lengths)
    first = max(earliest_min, DAY_FIRST_MIN + (30 if length == 60 else 0))
    slots = max(1, (DAY_LAST_MIN - length - first) // 30 + 1)
    start = -(-first // 30) * 30 + 30 * rng.randrange(slots)
    return start, min(start + length, DAY_LAST_MIN + 30)


def choose_lines(rng: Random, start_min: int, late: bool) -> list[tuple[str, int]]:
    """One to three items, one of them at most made or bought today: that one is the first.

    An order that comes late wants such an item for the late afternoon only.
    """
    lines: dict[str, int] = {}
    count = rng.choice((1, 1, 2, 2, 3))
    while len(lines) < count:
        group = rng.choice(SOLD)
        item = rng.choice(item_ids(group))
        if item in HOT_MADE + HOT_BOUGHT and (lines or (late and start_min < NOON_MIN + 60)):
            continue
        low, high = GROUPS[group][4]
        lines[item] = rng.randint(low, high) * (2 if rng.random() < 0.15 else 1)
    return list(lines.items())


def make_orders(rng: Random, customers: Table) -> Table:
    """The day's orders; late ones are known two hours and more before their window begins."""
    rows: Table = []
    numbers: dict[str, int] = defaultdict(int)
    for index in range(ORDERS_MORNING + ORDERS_LATE):
        late = index >= ORDERS_MORNING
        customer = customers[index % CUSTOMERS] if not late else rng.choice(customers)
        known_min = rng.randrange(6 * 60 + 30, 12 * 60) if late else 0
        start, end = window(rng, customer, known_min + 120 if late else DAY_FIRST_MIN)
        partner = rng.choice(list(PARTNERS))
        numbers[partner] += 1
        head = {"partner_id": partner, "number": f"{numbers[partner]:04d}", "customer_id": customer["customer_id"]}
        lines = choose_lines(rng, start, late)
        waits = lines[0][0] in HOT_MADE + HOT_BOUGHT
        tail = {
            "window_start": hhmm(start),
            "window_end": hhmm(end),
            "priority": 5 if waits else rng.choice((3, 4, 5, 5, 5, 6, 7)),
            "known_at": hhmm(known_min) if late else "",
        }
        rows += [head | {"item_id": item, "quantity": pieces} | tail for item, pieces in lines]
    return rows


def wanted(orders: Table, customers: Table) -> dict[tuple[str, str, bool], int]:
    """Pieces by (nearer warehouse, item, window ends in the afternoon)."""
    spots = {c["customer_id"]: (float(str(c["lat_deg"])), float(str(c["lon_deg"]))) for c in customers}
    total: dict[tuple[str, str, bool], int] = defaultdict(int)
    for row in orders:
        near = min(WAREHOUSES, key=lambda site: kilometres(SITES[site][2:], spots[row["customer_id"]]))
        afternoon = str(row["window_start"]) >= hhmm(NOON_MIN)
        total[near, str(row["item_id"]), afternoon] += int(str(row["quantity"]))
    return total


def make_stock(demand: dict[tuple[str, str, bool], int]) -> tuple[Table, dict[str, int]]:
    """Stock, and the batch of each hot item: what the afternoon wants and stock does not have."""
    rows: Table = []
    batches: dict[str, int] = {}
    for group in SOLD:
        for item in item_ids(group):
            early = {site: demand[site, item, False] for site in WAREHOUSES}
            late = {site: demand[site, item, True] for site in WAREHOUSES}
            hot = item in HOT_MADE + HOT_BOUGHT
            if hot:
                batches[item] = -(-max(20, sum(late.values()) * 6 // 5) // 10) * 10
            for site in WAREHOUSES:
                both = early[site] + late[site]
                pieces = early[site] * 21 // 20 + 2 if hot else both * 3 // 2 + GROUPS[group][4][1] * 2
                rows.append(stock_row(site, item, pieces, 950))
    for group in (*SEMI, "RAW"):
        for item in item_ids(group):
            pieces = 60 if item in HOT_SEMI else 260 if group in SEMI else 900
            rows.append(stock_row("PLANT", item, pieces, 970))
    return rows, batches


def stock_row(site: str, item: str, pieces: int, service_per_mille: int) -> dict[str, object]:
    """Stock of an item at a site; what is within the limit is ordered without a person."""
    return {
        "site_id": site, "item_id": item, "on_hand": pieces, "service_per_mille": service_per_mille,
        "service_kind": "CYCLE", "automatic": "yes",
    }  # fmt: skip


def make_history(rng: Random, demand: dict[tuple[str, str, bool], int], stock: Table) -> Table:
    """Sixty days around the level of today, quiet at weekends."""
    rows: Table = []
    for row in stock:
        site, item = str(row["site_id"]), str(row["item_id"])
        level = demand[site, item, False] + demand[site, item, True] if site != "PLANT" else 30
        for ago in range(HISTORY_DAYS, 0, -1):
            usual = level * (0.25 if ago % 7 in (3, 4) else 0.9)
            pieces = round(usual * (0.5 + rng.random()))
            if pieces:
                rows.append({"site_id": site, "item_id": item, "days_ago": ago, "quantity": pieces})
    return rows


def make_supply(batches: dict[str, int]) -> tuple[Table, Table]:
    """Open purchase orders and the production orders of the day."""
    suppliers = {str(row["item_id"]): str(row["supplier_id"]) for row in make_items()}
    purchases: Table = []
    arrivals = (("HOSE-2", "WH-NORTH", "08:30"), ("FITTING-1", "WH-SOUTH", "09:15"), ("GAUGE-3", "WH-NORTH", "10:00"),
                ("SEALANT-2", "WH-SOUTH", "10:30"))  # fmt: skip
    for item, site, at in arrivals:
        purchases.append({"item_id": item, "site_id": site, "quantity": batches[item], "day": 0, "at": at})
    for index, (item, at) in enumerate(
        (("RAW-1", "11:00"), ("RAW-5", "14:00"), ("RAW-10", "09:00"), ("RAW-2", "15:00"))
    ):
        purchases.append({"item_id": item, "site_id": "PLANT", "quantity": 200, "day": index // 2, "at": at})
    for index, item in enumerate(("CLAMP-1", "HOSE-4")):
        site = WAREHOUSES[index]
        purchases.append({"item_id": item, "site_id": site, "quantity": 100, "day": 1 + index, "at": "08:00"})
    rows = [
        {"purchase_order_id": f"PO-{number:03d}", "supplier_id": suppliers[str(row["item_id"])],
         "item_id": row["item_id"], "site_id": row["site_id"], "quantity": row["quantity"],
         "expected_day": row["day"], "expected_at": row["at"]}
        for number, row in enumerate(purchases, 1)
    ]  # fmt: skip
    made = [(item, pieces, "08:30") for item, pieces in HOT_SEMI.items()]
    made += [(item, batches[item], hhmm(8 * 60 + 30 + 30 * index)) for index, item in enumerate(HOT_MADE)]
    made += [(item, pieces, at) for item, pieces, at in LATER_MADE]
    production: Table = [
        {"production_order_id": f"MO-{number:03d}", "item_id": item, "quantity": pieces, "due_day": 0, "due_at": at}
        for number, (item, pieces, at) in enumerate(made, 1)
    ]
    return rows, production


def make_fixed() -> dict[str, Table]:
    """The tables without chance."""
    vehicles = []
    for number, (kind, depot, start, end) in enumerate(VEHICLES, 1):
        weight, volume, speed, fixed, km, hour = VEHICLE_KINDS[kind]
        vehicles.append({
            "vehicle_id": f"V{number:02d}", "name": f"{kind.title()} {number}", "kind": kind, "depot_id": depot,
            "weight_g": weight, "volume_cm3": volume, "shift_start": start, "shift_end": end, "speed_m_per_h": speed,
            "fixed_cents": fixed, "km_cents": km, "hour_cents": hour,
        })  # fmt: skip
    return {
        "company.csv": [{"name": "Isarwerk Pumpen", "time_zone": "Europe/Berlin"}],
        "sites.csv": [
            {"site_id": site, "name": name, "kind": kind, "lat_deg": f"{lat:.6f}", "lon_deg": f"{lon:.6f}",
             "open": "05:00", "close": "20:00", "loading_min": 15, "handling_min": 15, "docks": 4,
             "storage_cm3": STORAGE_CM3[site]}
            for site, (name, kind, lat, lon) in SITES.items()
        ],
        "items.csv": make_items(), "components.csv": make_components(),
        "suppliers.csv": [supplier_row(key) for key in SUPPLIERS],
        "item_sources.csv": make_sources(), "transfer_lanes.csv": make_lanes(),
        **make_plant(SEMI, ASSEMBLED, {group: item_ids(group) for group in GROUPS}),
        "vehicles.csv": vehicles,
        "partners.csv": [
            *(_partner(key, name) for key, name in PARTNERS.items()),
            *(_partner(key, name, "yes", weight_g, radius_m) for key, (name, weight_g, radius_m) in CARRIERS.items()),
        ],
    }  # fmt: skip


def _partner(key: str, name: str, carries: str = "", weight_g: int = 0, radius_m: int = 0) -> dict[str, object]:
    return {
        "partner_id": key,
        "name": name,
        "token_sha256": hashlib.sha256(f"demo-token-{key}".encode()).hexdigest(),
        "carries": carries,
        "carry_weight_g": weight_g or "",
        "carry_radius_m": radius_m or "",
    }


def make_company(seed: int) -> dict[str, bytes]:
    """All files by name."""
    rng = Random(seed)
    tables = make_fixed()
    tables["customers.csv"] = make_customers(rng)
    tables["orders.csv"] = make_orders(rng, tables["customers.csv"])
    demand = wanted(tables["orders.csv"], tables["customers.csv"])
    tables["stock.csv"], batches = make_stock(demand)
    tables["demand_history.csv"] = make_history(rng, demand, tables["stock.csv"])
    tables["purchase_orders.csv"], tables["production_orders.csv"] = make_supply(batches)
    return {name: to_csv(rows) for name, rows in tables.items()}


def to_csv(rows: Table) -> bytes:
    """A header and the rows, lines ended by a line feed."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Make the sample company's CSV files.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, data in make_company(options.seed).items():
        (options.folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
