"""The first page: what is going on, what needs a person, and why the plan is as it is."""

from __future__ import annotations

import json

from nicegui import ui

from orchestrator.web import actions, dialogs, exceptions, gantt, indicators, map_view, ticker
from orchestrator.web.feed import Feed
from orchestrator.web.style import asset, header, svg

REFRESH_S = 0.5
#: From this level on the last plan is held, and paper is what is left.
HELD = 3
LEGEND = (("#86efac", "on time"), ("#fcd34d", "at risk"), ("#f87171", "late"), ("#cbd5e1", "done"))
EMPTY_COMPANY = "No company yet. Load one with: muster import deploy/sample_company"


class Page:
    """One browser's page: built once, its parts renewed when the feed has something new for them."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.version = -1
        self.drawn: dict[str, object] = {}
        self.build()
        self.renew()
        ui.timer(REFRESH_S, self.renew)

    def build(self) -> None:
        """Lay out the parts."""
        ui.add_head_html(f"<style>{asset('page.css')}</style><script>{asset('page.js')}</script>")
        self.head = ui.element("header").classes("m-head")
        self.banner = ui.element("div").classes("w-full").props('role="status"')
        self.tiles = ui.element("section").classes("m-tiles").props('aria-label="Indicators"')
        with ui.element("div").classes("m-main"):
            with ui.element("section").classes("m-card"):
                ui.html(_map_title(), sanitize=False)
                self.map = ui.html("", sanitize=False).classes("w-full")
            with ui.element("div").classes("m-side"):
                self.exceptions = ui.element("section").classes("m-card").props('aria-label="Exceptions"')
                self.ticker = ui.element("section").classes("m-card").props('aria-label="Revisions"')
        with ui.element("section").classes("m-card"):
            ui.html("<h2>Lines and vehicles</h2>", sanitize=False)
            self.gantt = ui.html("", sanitize=False).classes("w-full")

    def renew(self) -> None:
        """Take over what is new; parts that would look the same are left alone."""
        if self.version == self.feed.version:
            return
        self.version = self.feed.version
        header(self.head, self.feed.overview, "today", self._is_new)
        self._renew_banner()
        self._renew_tiles()
        self._renew_map()
        self._renew_exceptions()
        self._renew_ticker()

    def _is_new(self, part: str, content: object) -> bool:
        if self.drawn.get(part) == content:
            return False
        self.drawn[part] = content
        return True

    def _renew_banner(self) -> None:
        overview = self.feed.overview
        text, tone = "", ""
        sheets = overview.company_name and (self.feed.trouble or overview.degraded_level >= HELD)
        if self.feed.trouble:
            text, tone = self.feed.trouble, "bad"
        elif not overview.company_name:
            text = EMPTY_COMPANY
        elif overview.degraded_level:
            text = f"Working on level {overview.degraded_level}: {overview.degraded_cause}"
        elif overview.clock_held:
            text = "The company clock is held; it starts with the demo."
        if not self._is_new("banner", (text, tone, bool(sheets))):
            return
        self.banner.clear()
        if text:
            with self.banner, ui.element("div").classes(f"m-banner {tone}"):
                ui.label(text)
                if sheets:
                    ui.link("Print the run sheets", "/runsheets", new_tab=True)

    def _renew_tiles(self) -> None:
        found = indicators.tiles(self.feed.overview)
        if not self._is_new("tiles", found):
            return
        self.tiles.clear()
        with self.tiles:
            for tile in found:
                self._tile(tile)

    def _tile(self, tile: indicators.Tile) -> None:
        button = ui.element("button").classes(f"m-tile {tile.tone}").props('type="button"')
        button.on("click", lambda: dialogs.show_rows(tile))
        with button:
            ui.label(tile.title).classes("t")
            ui.label(tile.value).classes("v")
            ui.label(tile.detail).classes("d")
            ui.tooltip(tile.meaning)

    def _renew_map(self) -> None:
        overview = self.feed.overview
        view = map_view.projection(overview)
        ground = map_view.ground(overview, view)
        fleet = tuple((vehicle.vehicle_id, vehicle.HasField("down_until_s")) for vehicle in overview.vehicles)
        if self._is_new("map", (ground, fleet)):
            content = ground + map_view.vehicles(overview, view)
            self.map.set_content(svg("m-map", map_view.WIDTH, map_view.HEIGHT, content, "Map of vehicles and stops"))
        else:
            ui.run_javascript(f"musterMove({json.dumps(map_view.positions(overview, view))})")
        chart = gantt.chart(overview)
        if self._is_new("gantt", chart):
            self.gantt.set_content(svg("m-gantt", gantt.WIDTH, gantt.height(overview), chart, "Gantt"))

    def _renew_exceptions(self) -> None:
        found = exceptions.items(self.feed.overview)
        if not self._is_new("exceptions", found):
            return
        self.exceptions.clear()
        with self.exceptions:
            ui.html(f'<h2>Exceptions <span class="n">{len(found)}</span></h2>', sanitize=False)
            with ui.element("div").classes("m-list"):
                for item in found:
                    self._exception(item)
                if not found:
                    ui.label("Nothing needs you right now.").classes("m-empty")

    def _exception(self, item: exceptions.Item) -> None:
        seen = "acknowledged" if item.acknowledged else ""
        with ui.element("div").classes(f"m-row {item.tone} {seen}"):
            ui.element("span").classes("b")
            with ui.element("div").classes("x"):
                ui.label(item.title).classes("h")
                ui.label(item.text).classes("p")
            if item.order_id:
                ui.button("Explain", on_click=lambda: dialogs.explain_order(self.feed, item.order_id)).props("outline")
            if item.production_order_id:
                ui.button("Remedies", on_click=lambda: dialogs.remedies(self.feed, item.production_order_id)).props(
                    "outline"
                )
            if item.alert_id and not item.acknowledged:
                ui.button("Seen", on_click=lambda: self._acknowledge(item.alert_id)).props("flat")

    async def _acknowledge(self, alert_id: str) -> None:
        try:
            await actions.acknowledge(self.feed.channel, alert_id)
        except actions.ActionError as error:
            ui.notify(str(error), type="negative")
            return
        await self.feed.refresh()

    def _renew_ticker(self) -> None:
        found = ticker.lines(self.feed.overview)
        if not self._is_new("ticker", found):
            return
        self.ticker.clear()
        with self.ticker:
            ui.html("<h2>Plan revisions</h2>", sanitize=False)
            with ui.element("div").classes("m-list"):
                for line in found:
                    with ui.element("div").classes("m-tick"):
                        ui.label(line.at).classes("c")
                        ui.label(str(line.revision)).classes("r")
                        with ui.element("div"):
                            ui.label(line.summary or "no decision changed").classes("s")
                            ui.label(f"{line.tier} · {line.causes}" if line.causes else line.tier).classes("c")
                if not found:
                    ui.label("No plan yet.").classes("m-empty")


def _map_title() -> str:
    legend = "".join(f'<span><i style="background:{colour}"></i>{name}</span>' for colour, name in LEGEND)
    return f'<h2>Vehicles and stops <span class="m-legend">{legend}</span></h2>'
