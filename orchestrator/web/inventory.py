"""The inventory page: projected stock with its band, what to order and why, and how suppliers keep their word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nicegui import ui

from orchestrator.web import inventory_data, inventory_view, outlook_view
from orchestrator.web.actions import ActionError
from orchestrator.web.feed import Feed
from orchestrator.web.inventory_data import Inventory, Key
from orchestrator.web.style import asset, header, svg
from orchestrator.web.words import zone_of

REFRESH_S = 3.0
SNOOZE_S = 24 * 3600
LEGEND = (
    ("#93c5fd", "expected, 90 % band"),
    ("#16a34a", "receipt"),
    ("#f59e0b", "proposed"),
    ("#cbd5e1", "past demand"),
)


class InventoryPage:
    """One browser's inventory page; asks for news itself, every few seconds, and only while it is looked at."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.shown: Key | None = None
        self.found = Inventory()
        self.drawn: dict[str, object] = {}
        self.build()
        ui.timer(REFRESH_S, self.renew)
        ui.timer(0.05, self.renew, once=True)

    def build(self) -> None:
        """Lay out the parts."""
        ui.add_head_html(f"<style>{asset('page.css')}</style>")
        self.head = ui.element("header").classes("m-head")
        self.banner = ui.element("div").classes("w-full").props('role="status"')
        with ui.element("div").classes("m-main"):
            with ui.element("section").classes("m-card").props('aria-label="Projected stock"'):
                self.title = ui.html("<h2>Projected stock</h2>", sanitize=False)
                self.chart = ui.html("", sanitize=False).classes("w-full")
                self.figures = ui.element("dl").classes("m-figures")
            self.proposals = ui.element("section").classes("m-card m-tall").props('aria-label="Proposals"')
        self.cards = ui.element("section").classes("m-card").props('aria-label="Suppliers"')
        self.stock = ui.element("section").classes("m-card").props('aria-label="Stock"')

    async def renew(self) -> None:
        """Ask, and draw what has changed."""
        trouble = self.feed.trouble
        try:
            if self.feed.channel is not None and self.feed.overview.company_name:
                self.found = await inventory_data.read_inventory(self.feed.channel, self.shown)
        except ActionError as error:
            trouble = str(error)
        self._draw(trouble)

    def _draw(self, trouble: str) -> None:
        overview, found = self.feed.overview, self.found
        zone = zone_of(overview.time_zone)
        header(self.head, overview, "inventory", self._is_new)
        self._renew_banner(trouble)
        self._renew_outlook()
        self._part("proposals", self.proposals, inventory_view.proposal_rows(found.proposals, zone), self._proposals)
        cards = tuple(inventory_view.card_row(card) for card in found.scorecards)
        self._part("cards", self.cards, cards, self._cards)
        rows = tuple((*inventory_view.stock_row(p), p.at_risk) for p in found.positions[: inventory_view.ROWS_MAX])
        self._part("stock", self.stock, rows, self._stock)

    def _is_new(self, part: str, content: object) -> bool:
        if self.drawn.get(part) == content:
            return False
        self.drawn[part] = content
        return True

    def _part(self, name: str, place: ui.element, content: Sequence[object], draw: Callable[[], None]) -> None:
        if self._is_new(name, tuple(content)):
            place.clear()
            with place:
                draw()

    def _renew_banner(self, trouble: str) -> None:
        text = trouble
        if not text and not self.feed.overview.company_name:
            text = "No company yet. Load one with: muster import deploy/sample_company"
        if not self._is_new("banner", text):
            return
        self.banner.clear()
        if text:
            with self.banner:
                ui.label(text).classes(f"m-banner {'bad' if trouble else ''}")

    def _renew_outlook(self) -> None:
        outlook = self.found.outlook
        zone = zone_of(self.feed.overview.time_zone)
        drawn = outlook_view.chart(outlook, zone)
        name = f"{outlook.item_id} at {outlook.site_id}" if outlook.item_id else "no item yet"
        if self._is_new("chart", (name, drawn)):
            self.title.set_content(_title(name))
            self.chart.set_content(svg("m-outlook", outlook_view.WIDTH, outlook_view.HEIGHT, drawn, "Projected stock"))
        shown = inventory_view.figures(outlook) if outlook.item_id else ()
        if self._is_new("figures", shown):
            self.figures.clear()
            with self.figures:
                for term, text in shown:
                    with ui.element("dt"):
                        ui.label(term)
                    with ui.element("dd"):
                        ui.label(text)

    # --- proposals ---

    def _proposals(self) -> None:
        rows = inventory_view.proposal_rows(self.found.proposals, zone_of(self.feed.overview.time_zone))
        waiting = sum(row.state == "waiting" for row in rows)
        ui.html(f'<h2>Proposals <span class="n">{len(rows)}, {waiting} wait for you</span></h2>', sanitize=False)
        with ui.element("div").classes("m-list"):
            for row in rows:
                self._proposal(row)
            if not rows:
                ui.label("Nothing to order now.").classes("m-empty")

    def _proposal(self, row: inventory_view.ProposalRow) -> None:
        with ui.element("div").classes(f"m-row {row.tone}"):
            ui.element("span").classes("b")
            with ui.element("div").classes("x"):
                ui.label(row.title).classes("h")
                for line in row.lines:
                    ui.label(line).classes("p")
                ui.label(row.state).classes("m-pill m-fit")
            with ui.element("div").classes("m-buttons"):
                ui.button("Show", on_click=partial(self._show, row.key)).props("flat")
                ui.button("Approve", on_click=partial(self._ask_approval, row)).props("outline")
                ui.button("Snooze", on_click=partial(self._snooze, row)).props("flat")

    async def _show(self, key: Key) -> None:
        self.shown = key
        await self.renew()

    def _ask_approval(self, row: inventory_view.ProposalRow) -> None:
        """Order it, or another quantity, with a reason."""
        with ui.dialog() as dialog, ui.card().classes("m-dialog"):
            ui.label(row.title).classes("text-lg font-semibold")
            for line in row.lines:
                ui.label(line)
            quantity = ui.number("Quantity", value=row.quantity, min=1, precision=0).classes("w-full")
            reason = ui.input("Reason (stands in the log)").classes("w-full").props("maxlength=1000")

            async def confirm() -> None:
                wanted = int(quantity.value or 0)
                try:
                    made = await inventory_data.approve(self.feed.channel, row.proposal_id, wanted, reason.value or "")
                except ActionError as error:
                    ui.notify(str(error), type="negative")
                    return
                ui.notify(f"Ordered as {made}. Undo with: muster stock cancel {made}", type="positive", timeout=8000)
                dialog.close()
                await self.renew()

            ui.button("Order it", on_click=confirm)
            ui.button("Close", on_click=dialog.close).props("flat")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _snooze(self, row: inventory_view.ProposalRow) -> None:
        try:
            until_s = self.feed.overview.now_s + SNOOZE_S
            await inventory_data.snooze(self.feed.channel, row.proposal_id, until_s)
        except ActionError as error:
            ui.notify(str(error), type="negative")
            return
        ui.notify(f"Sleeps a day. Wake with: muster proposal snooze {row.proposal_id} --for 0m", type="info")
        await self.renew()

    # --- tables ---

    def _cards(self) -> None:
        version = self.found.learning_version
        ui.html(f'<h2>Suppliers <span class="n">as learned, version {version}</span></h2>', sanitize=False)
        rows = [inventory_view.card_row(card) for card in self.found.scorecards]
        with _table(inventory_view.CARD_HEAD):
            for cells in rows:
                with ui.element("tr").classes("bad" if cells[-1] == "worse" else ""):
                    _cells(cells)
        if not rows:
            ui.label("No suppliers.").classes("m-empty")

    def _stock(self) -> None:
        ui.html(f'<h2>Stock <span class="n">{len(self.found.positions)}</span></h2>', sanitize=False)
        with _table(inventory_view.STOCK_HEAD):
            for position in self.found.positions[: inventory_view.ROWS_MAX]:
                row = ui.element("tr").classes("pick bad" if position.at_risk else "pick").props('tabindex="0"')
                key = (position.site_id, position.item_id)
                row.on("click", partial(self._show, key))
                row.on("keydown.enter", partial(self._show, key))
                with row:
                    _cells(inventory_view.stock_row(position))
        if not self.found.positions:
            ui.label("No stock positions.").classes("m-empty")


def _table(head: Sequence[str]) -> ui.element:
    table = ui.element("table").classes("m-table")
    with table, ui.element("tr"):
        for name in head:
            with ui.element("th"):
                ui.label(name)
    return table


def _cells(cells: Sequence[str]) -> None:
    for cell in cells:
        with ui.element("td"):
            ui.label(cell)


def _title(name: str) -> str:
    from html import escape

    legend = "".join(f'<span><i style="background:{colour}"></i>{text}</span>' for colour, text in LEGEND)
    return f'<h2>Projected stock <span class="n">{escape(name)}</span><span class="m-legend">{legend}</span></h2>'
