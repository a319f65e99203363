"""The report of the weeks: both policies side by side, in figures of the twin's own books.

Promises the JSON shape below; money in cents, shares in parts per thousand, days counted from 0 (-1: never).

    days, seed, company, wall_s
    unreliable       supplier_id, from_day, second_sources, item_ids: who gets worse, when, and who else sells its items
    policies.<name>  of each policy played:
        stock_outs       customers who got less than they wanted; customers: all of them
        stock_out_days   days of an item at a site with such a customer
        units_short, units_wanted, fill_rate_per_mille
        unreliable       the same of the unreliable supplier's items; stock_outs_day: misses of each day
        stock_outs_by    the same misses by how the items usually come: a supplier's id, "line", "transfer"
        stock_outs_day   misses of each day
        cost_cents       holding_cents + order_cents + transfer_cents + price_cents: what the policy costs in money
        price_cents      paid above the usual price (dearer sources; discounts make it less)
        shortage_cents   units short at the company's price of a unit short for one day; total_cents: both together
        stock_cents_mean mean value of the stock at the end of a day
        orders           purchase orders by supplier; transfers, production_orders, lost_orders, written_off
        approved         proposals that the buyer approved; the server released the others
        asked_and_given_up  orders that the buyer wrote off when the supplier admitted that they never come
        noticed_day      first day after it got worse on which its scorecard says late or lost above 250 per mille
        first_alert_day  first drift alert about the supplier; first_written_off_day; second_source_day
        wall_s           real seconds
        levels           by day: reorder point, order-up-to level, safety stock and source of its items
        scorecards       by day: late and lost shares, mean lead time, trend
        forecast         median bias, error and coverage of the items' forecasts at the end
        learned          revisions of what is known; alerts by kind
        books_differ     stock where the server's books are not the twin's; refused: reports the server refused
    compared         with fixed and learned: stock_outs_per_mille, stock_out_days_per_mille, units_short_per_mille of
                     fixed's; cost_delta_cents, total_delta_cents; the promises half_the_stock_outs, no_higher_cost
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.company import ItemKind
from orchestrator.twin.weeks.books import Short
from orchestrator.twin.weeks.cast import DAY_S
from orchestrator.twin.weeks.histories import Key
from orchestrator.twin.weeks.run import Weeks
from orchestrator.twin.weeks.setup import Setup

Report = dict[str, Any]


def make_report(setup: Setup, played: list[Weeks], *, days: int, seed: int, wall_s: float) -> Report:
    """What happened, as documented above."""
    cast = setup.cast
    report: Report = {
        "days": days,
        "seed": seed,
        "company": setup.company.name,
        "unreliable": {
            "supplier_id": cast.supplier_id,
            "from_day": cast.from_day,
            "second_sources": list(cast.second_sources),
            "item_ids": list(cast.item_ids),
        },
        "policies": {weeks.policy: policy_report(weeks) for weeks in played},
        "wall_s": round(wall_s, 1),
    }
    if {"fixed", "learned"} <= set(report["policies"]):
        report["compared"] = compared(report["policies"]["fixed"], report["policies"]["learned"])
    return report


def policy_report(weeks: Weeks) -> Report:
    """The figures of one policy."""
    books, suppliers, learned, cast = weeks.books, weeks.suppliers, weeks.learned, weeks.setup.cast
    everywhere = books.shorts(lambda key: True)
    theirs = books.shorts(lambda key: key[1] in cast.item_ids)
    money = {
        "cost_cents": books.cost_cents,
        "holding_cents": round(books.holding),
        "order_cents": books.order_cents,
        "transfer_cents": books.transfer_cents,
        "price_cents": books.price_cents,
        "shortage_cents": books.shortage_cents,
        "total_cents": books.cost_cents + books.shortage_cents,
        "stock_cents_mean": sum(books.stock_cents_days) // max(1, len(books.stock_cents_days)),
    }
    second_s = suppliers.second_first_s
    return {
        **_short(everywhere),
        "customers": everywhere.customers,
        "units_wanted": everywhere.wanted,
        "fill_rate_per_mille": 1000 - 1000 * everywhere.units // max(1, everywhere.wanted),
        "unreliable": _short(theirs)
        | {"holding_cents": _holding_of(weeks, cast.item_ids), "stock_outs_day": list(books.cast_short_by_day)},
        "stock_outs_by": _by_source(weeks),
        "stock_outs_day": list(books.short_by_day),
        **money,
        "orders": dict(sorted(suppliers.ordered_of.items())),
        "transfers": len(suppliers.arrival_s) - sum(suppliers.ordered_of.values()),
        "production_orders": weeks.lines.completed,
        "lost_orders": suppliers.lost,
        "written_off": learned.written_off,
        "asked_and_given_up": weeks.buyer.gave_up,
        "approved": weeks.buyer.approved,
        "noticed_day": learned.noticed_day,
        "first_alert_day": learned.first_alert_day,
        "first_written_off_day": learned.first_written_off_day,
        "second_source_day": -1 if second_s is None else (second_s - weeks.begin_s) // DAY_S,
        "levels": learned.levels,
        "scorecards": learned.scorecards,
        "forecast": weeks.forecasts,
        "learned": {"revisions": learned.revisions, "alerts": dict(sorted(learned.alerts.items()))},
        "books_differ": weeks.differences(),
        "refused": dict(weeks.refused),
        "wall_s": round(weeks.wall_s, 1),
    }


def _short(one: Short) -> Report:
    return {"stock_outs": one.misses, "stock_out_days": one.days, "units_short": one.units}


def _holding_of(weeks: Weeks, item_ids: tuple[str, ...]) -> int:
    return round(sum(weeks.books.holding_by_item[item_id] for item_id in item_ids))


def _by_source(weeks: Weeks) -> dict[str, int]:
    usual = {item.item_id: item for item in weeks.setup.company.items}
    outputs = {line.line_id: line.output_site_id for line in weeks.setup.company.lines}

    def way(key: Key) -> str:
        item = usual[key[1]]
        if item.kind is ItemKind.BOUGHT:
            return item.supplier_id or "none"
        return "line" if outputs.get(item.line_id or "") == key[0] else "transfer"

    found: dict[str, int] = {}
    for key, one in weeks.books.short.items():
        if one.misses:
            found[way(key)] = found.get(way(key), 0) + one.misses
    return dict(sorted(found.items()))


def compared(fixed: Report, learned: Report) -> Report:
    """Learned against fixed. A policy without any stock-out cannot be halved: then equal is enough."""
    return {
        "stock_outs_per_mille": 1000 * learned["stock_outs"] // max(1, fixed["stock_outs"]),
        "stock_out_days_per_mille": 1000 * learned["stock_out_days"] // max(1, fixed["stock_out_days"]),
        "units_short_per_mille": 1000 * learned["units_short"] // max(1, fixed["units_short"]),
        "cost_delta_cents": learned["cost_cents"] - fixed["cost_cents"],
        "total_delta_cents": learned["total_cents"] - fixed["total_cents"],
        "half_the_stock_outs": 2 * learned["stock_outs"] <= fixed["stock_outs"],
        "no_higher_cost": learned["cost_cents"] <= fixed["cost_cents"],
    }


ROWS: tuple[tuple[str, str, str], ...] = (
    ("stock-outs (customers)", "stock_outs", "n"),
    ("  of the unreliable supplier's", "unreliable.stock_outs", "n"),
    ("stock-out days (item, site)", "stock_out_days", "n"),
    ("units short", "units_short", "n"),
    ("fill rate", "fill_rate_per_mille", "‰"),
    ("cost", "cost_cents", "€"),
    ("  holding", "holding_cents", "€"),
    ("  orders", "order_cents", "€"),
    ("  transfers", "transfer_cents", "€"),
    ("  dearer sources", "price_cents", "€"),
    ("shortage, a day at list", "shortage_cents", "€"),
    ("mean stock", "stock_cents_mean", "€"),
    ("lost orders", "lost_orders", "n"),
    ("written off", "written_off", "n"),
    ("approved by the buyer", "approved", "n"),
    ("noticed on day", "noticed_day", "d"),
    ("second source on day", "second_source_day", "d"),
)


def in_words(report: Report) -> list[str]:
    """A table for people, the policies side by side, and what it means."""
    names = list(report["policies"])
    unreliable = report["unreliable"]
    lines = [f"{'':32}" + "".join(f"{name:>16}" for name in names)]
    for title, path, unit in ROWS:
        lines.append(f"{title:32}" + "".join(f"{_cell(report['policies'][name], path, unit):>16}" for name in names))
    if unreliable["supplier_id"]:
        others = ", ".join(unreliable["second_sources"])
        lines.append(f"{unreliable['supplier_id']} is unreliable from day {unreliable['from_day']}; second: {others}")
    if "compared" in report:
        both = report["compared"]
        share = both["stock_outs_per_mille"] / 10
        half = "half or less" if both["half_the_stock_outs"] else "NOT half"
        lines.append(
            f"Learned has {share:.0f} % of the stock-outs ({half}) at "
            f"{abs(both['cost_delta_cents']) / 100:,.2f} € {'less' if both['no_higher_cost'] else 'MORE'} cost."
        )
    for name in names:
        differ, refused = report["policies"][name]["books_differ"], report["policies"][name]["refused"]
        if differ or refused:
            lines.append(f"{name}: books differ in {len(differ)} places, {sum(refused.values())} reports were refused")
    lines.append(f"Took {report['wall_s']:.0f} s")
    return lines


def _cell(figures: Report, path: str, unit: str) -> str:
    value: Any = figures
    for name in path.split("."):
        value = value[name]
    if unit == "€":
        return f"{value / 100:,.2f} €"
    if unit == "‰":
        return f"{value / 10:.1f} %"
    return "—" if unit == "d" and value < 0 else f"{value:,}"
