"""The sample company's plant: lines, machines, workers, tools, changeovers and operations. Called by `make.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Table = list[dict[str, object]]

MACHINES = {"M1": "Milling centre", "M2": "Lathe", "M3": "Finishing cell", "M4": "Assembly A", "M5": "Assembly B",
            "M6": "Test bench"}  # fmt: skip
CREW = (
    ("W01", "Ayla", "assembly", "06:00", "15:00"),
    ("W02", "Bruno", "assembly", "06:00", "15:00"),
    ("W03", "Carla", "test", "06:00", "15:00"),
    ("W04", "Deniz", "assembly;test", "09:00", "18:00"),
    ("W05", "Ella", "assembly", "14:30", "24:00"),
    ("W06", "Fred", "assembly", "14:30", "24:00"),
    ("W07", "Gita", "test", "14:30", "24:00"),
)


def make_plant(semi: Sequence[str], sold: Sequence[str], items: Mapping[str, Sequence[str]]) -> dict[str, Table]:
    """All tables of the plant by file. semi, sold: groups of items; items: those of each group."""
    shift: dict[str, object] = {"site_id": "PLANT", "shift_start": "06:00", "shift_end": "24:00"}
    lines: Table = [
        {"line_id": "LINE-PARTS", "name": "Parts", "output_site_id": "PLANT", "transfer_min": 0} | shift,
        {"line_id": "LINE-ASSEMBLY", "name": "Assembly", "output_site_id": "WH-NORTH", "transfer_min": 30} | shift,
    ]
    machines: Table = [
        {"machine_id": key, "name": name, "line_id": "LINE-PARTS" if key < "M4" else "LINE-ASSEMBLY",
         "hour_cents": 4800 if key < "M4" else 3000, "maintenance_min": 45, "maintenance_cents": 15000,
         "failure_cents": 250000, "overtime_hour_cents": 9000}
        for key, name in MACHINES.items()
    ]  # fmt: skip
    names = ("worker_id", "name", "skills", "shift_start", "shift_end")
    return {
        "operations.csv": _operations(semi, sold, items),
        "lines.csv": lines,
        "machines.csv": machines,
        "workers.csv": [dict(zip(names, one, strict=True)) | {"line_id": "LINE-ASSEMBLY"} for one in CREW],
        "tools.csv": [{"tool_id": f"FIX-{n}", "name": f"Assembly fixture {n}", "kind": "fixture"} for n in (1, 2)],
        "changeovers.csv": [*_changeovers("LINE-PARTS", semi, 10, 600), *_changeovers("LINE-ASSEMBLY", sold, 5, 300)],
    }


def _operations(semi: Sequence[str], sold: Sequence[str], items: Mapping[str, Sequence[str]]) -> Table:
    """Semi-finished items: machining, finishing. Sold items: assembly, then the one test bench; both by hand."""
    hands = {"assembly": "assembly", "test": "test"}
    rows: Table = []
    for group in (*semi, *sold):
        steps = (("machining", "M1;M2", 600, 30), ("finishing", "M3", 300, 15))
        if group in sold:
            steps = (("assembly", "M4;M5", 600, 60 if group == "PUMP" else 40), ("test", "M6", 240, 20))
        for item in items[group]:
            for number, (name, machines, setup_s, unit_s) in enumerate(steps, 1):
                head = {"item_id": item, "sequence": number, "name": name, "machine_ids": machines}
                by_hand = {"skills": hands.get(name, ""), "tools": "fixture" if name == "assembly" else ""}
                rows.append(head | {"setup_s": setup_s, "unit_s": unit_s} | by_hand)
    return rows


def _changeovers(line_id: str, families: Sequence[str], minutes: int, cents: int) -> Table:
    """From each family to each other one, alike."""
    return [
        {"line_id": line_id, "from_family": a, "to_family": b, "duration_min": minutes, "cost_cents": cents}
        for a in families
        for b in families
        if a != b
    ]
