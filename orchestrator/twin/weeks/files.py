"""The company's CSV files as the weeks want them: stock to begin with, demand history, and levels where they are fixed.

Promises other columns and files stay as they are. Called by `setup`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from orchestrator.twin.weeks.fixed import FixedLevels
from orchestrator.twin.weeks.histories import History, Key

STOCK, HISTORY = "stock.csv", "demand_history.csv"


def with_stock(
    files: Mapping[str, bytes],
    histories: Mapping[Key, History],
    stock: Mapping[Key, int],
    levels: Mapping[Key, FixedLevels],
) -> dict[str, bytes]:
    """The files with this stock and history, and with these fixed levels; no level: nothing is fixed."""
    rows = []
    for row in csv.DictReader(io.StringIO(files[STOCK].decode("utf-8-sig"), newline="")):
        key = (row["site_id"], row["item_id"])
        row |= {"on_hand": str(stock[key]), "fixed_reorder_point": "", "fixed_order_up_to": ""}
        if key in levels:
            level = levels[key]
            row |= {"fixed_reorder_point": str(level.reorder_point), "fixed_order_up_to": str(level.order_up_to)}
        rows.append(row)
    return {**files, STOCK: _csv(rows), HISTORY: _csv(list(_history_rows(histories)))}


def _history_rows(histories: Mapping[Key, History]) -> Iterable[dict[str, str]]:
    for (site_id, item_id), history in histories.items():
        for index, units in enumerate(history):
            if units:
                ago = str(len(history) - index)
                yield {"site_id": site_id, "item_id": item_id, "days_ago": ago, "quantity": str(units)}


def _csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
