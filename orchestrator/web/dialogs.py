"""Dialogs: the rows behind a figure, an order explained and moved, late production explained and helped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from orchestrator.web import actions
from orchestrator.web.feed import Feed
from orchestrator.web.indicators import Tile
from protos.muster.operator.v1.plan_service_pb2 import Relaxation
from protos.muster.operator.v1.schedule_service_pb2 import LateProduction, Remedy

REASON_CHARS_MAX = 500


def show_rows(tile: Tile) -> None:
    """What a figure counts."""
    with ui.dialog() as dialog, ui.card().classes("m-dialog"):
        ui.label(f"{tile.title}: {tile.value} ({tile.detail})").classes("text-lg font-semibold")
        ui.label(tile.meaning).classes("m-sub")
        with ui.element("div").classes("m-list").style("max-height: 50vh"):
            for row in tile.rows:
                ui.label(row).classes("m-row")
            if not tile.rows:
                ui.label("No rows to show.").classes("m-empty")
        ui.button("Close", on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def explain_order(feed: Feed, order_id: str) -> None:
    """Why an order is where it is; from here it can be put on another vehicle."""
    try:
        found = await actions.explain(feed.channel, order_id)
    except actions.ActionError as error:
        ui.notify(str(error), type="negative")
        return
    with ui.dialog() as dialog, ui.card().classes("m-dialog"):
        ui.label(f"Order {order_id}").classes("text-lg font-semibold")
        for sentence in found.sentences:
            ui.label(sentence)
        if found.ways:
            _way_form(feed, found.ways, dialog)
        if found.options:
            _assign_form(feed, order_id, dict(found.options), dialog)
        ui.button("Close", on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


def _way_form(feed: Feed, ways: Sequence[Relaxation], dialog: ui.dialog) -> None:
    """A line and a button for each thing that would let the order in."""
    ui.separator()
    ui.label("What would let it in").classes("font-semibold")
    reason = ui.input("Why (stands in the log)").classes("w-full").props(f"maxlength={REASON_CHARS_MAX}")

    async def confirm(way: Relaxation) -> None:
        if not reason.value:
            ui.notify("Give a reason first.", type="warning")
            return
        try:
            await actions.apply_way(feed.channel, way, reason.value)
        except actions.ActionError as error:
            ui.notify(str(error), type="negative")
            return
        ui.notify(f"Done: {way.text}", type="positive", timeout=8000)
        dialog.close()

    for way in ways:
        with ui.row().classes("w-full items-center no-wrap"):
            ui.label(f"{way.text} · {way.extra_cost_cents / 100:+.2f} €").classes("grow")
            ui.button("Apply", on_click=partial(confirm, way)).props("outline")


def _assign_form(feed: Feed, order_id: str, options: dict[str, str], dialog: ui.dialog) -> None:
    """Choose, preview, then confirm with a reason."""
    ui.separator()
    choice = ui.select(options, label="Put it on a vehicle").classes("w-full")
    impact = ui.column().classes("w-full gap-0")
    reason = ui.input("Reason (stands in the log)").classes("w-full").props(f"maxlength={REASON_CHARS_MAX}")

    async def show_impact() -> None:
        impact.clear()
        if choice.value is None:
            return
        try:
            lines = await actions.preview(feed.channel, order_id, choice.value)
        except actions.ActionError as error:
            lines = (str(error),)
        with impact:
            for line in lines[:12]:
                ui.label(line)

    async def confirm() -> None:
        if choice.value is None or not reason.value:
            ui.notify("Choose a vehicle and give a reason.", type="warning")
            return
        try:
            name = await actions.assign(feed.channel, order_id, choice.value, reason.value)
        except actions.ActionError as error:
            ui.notify(str(error), type="negative")
            return
        ui.notify(f"Done. Undo with: muster undo {name}", type="positive", timeout=8000)
        dialog.close()

    choice.on_value_change(show_impact)
    ui.button("Assign", on_click=confirm)


async def remedies(feed: Feed, production_order_id: str) -> None:
    """Why a production order is late, and what would help, each a click away."""
    try:
        found = await actions.lateness(feed.channel, production_order_id)
    except actions.ActionError as error:
        ui.notify(str(error), type="negative")
        return
    if found is None:
        ui.notify(f"{production_order_id} is not late any more.")
        return
    with ui.dialog() as dialog, ui.card().classes("m-dialog"):
        ui.label(found.text).classes("text-lg font-semibold")
        for cause in found.causes:
            ui.label(cause.text)
        ui.separator()
        _remedy_form(feed, found, dialog)
        ui.button("Close", on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


def _remedy_form(feed: Feed, found: LateProduction, dialog: ui.dialog) -> None:
    """A line and a button for each remedy; what is no decision shows its command."""
    if not found.remedies:
        ui.label("Nothing that was tried helps.").classes("m-empty")
        return
    reason = ui.input("Reason (stands in the log)").classes("w-full").props(f"maxlength={REASON_CHARS_MAX}")

    async def confirm(remedy: Remedy) -> None:
        if not reason.value:
            ui.notify("Give a reason first.", type="warning")
            return
        try:
            names = await actions.apply_remedy(feed.channel, remedy, reason.value)
        except actions.ActionError as error:
            ui.notify(str(error), type="negative")
            return
        undo = " && ".join(f"muster schedule undo {name}" for name in reversed(names))
        ui.notify(f"Done. Undo with: {undo}", type="positive", timeout=8000)
        dialog.close()

    for remedy in found.remedies:
        with ui.row().classes("w-full items-center no-wrap"):
            ui.label(actions.remedy_text(remedy)).classes("grow")
            if remedy.decisions:
                ui.button("Apply", on_click=partial(confirm, remedy)).props("outline")
            else:
                ui.label(remedy.command).classes("m-sub")
