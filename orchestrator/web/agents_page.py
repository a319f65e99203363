"""The agents page: which kinds there are, who holds them, what was restarted, and what they negotiate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nicegui import ui

from orchestrator.web import agents_data, agents_view, negotiation_view
from orchestrator.web.actions import ActionError
from orchestrator.web.agents_data import Agents
from orchestrator.web.agents_view import KindTile, TableRow
from orchestrator.web.feed import Feed
from orchestrator.web.style import asset, header
from orchestrator.web.words import zone_of

REFRESH_S = 1.0


class AgentsPage:
    """One browser's agents page; asks for news itself, every second, and only while it is looked at."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.found = Agents()
        self.drawn: dict[str, object] = {}
        self.build()
        ui.timer(REFRESH_S, self.renew)
        ui.timer(0.05, self.renew, once=True)

    def build(self) -> None:
        """Lay out the parts."""
        ui.add_head_html(f"<style>{asset('page.css')}</style>")
        self.head = ui.element("header").classes("m-head")
        self.banner = ui.element("div").classes("w-full").props('role="status"')
        self.kinds = ui.element("section").classes("m-tiles").props('aria-label="Kinds of agents"')
        with ui.element("div").classes("m-main"):
            self.talks = ui.element("section").classes("m-card m-tall").props('aria-label="Negotiations"')
            self.cordons = ui.element("section").classes("m-card").props('aria-label="Cordons"')
        self.hosts = ui.element("section").classes("m-card").props('aria-label="Hosts"')
        self.solvers = ui.element("section").classes("m-card").props('aria-label="Solvers"')

    async def renew(self) -> None:
        """Ask, and draw what has changed."""
        trouble = self.feed.trouble
        try:
            if self.feed.channel is not None:
                self.found = await agents_data.read_agents(self.feed.channel)
        except ActionError as error:
            trouble = str(error)
        self._draw(trouble)

    def _draw(self, trouble: str) -> None:
        overview, found, zone = self.feed.overview, self.found.hosts, zone_of(self.feed.overview.time_zone)
        header(self.head, overview, "agents", self._is_new)
        self._renew_banner(trouble)
        line, tiles = agents_view.bridge_line(found, zone), agents_view.kind_tiles(found)
        talks = negotiation_view.talks(self.found.talks, zone)
        kept = negotiation_view.kept(self.found.cordons, zone)
        self._part("kinds", self.kinds, tiles, lambda: self._kinds(tiles))
        self._part("talks", self.talks, talks, lambda: self._talks(talks))
        self._part("cordons", self.cordons, kept, lambda: self._cordons(kept))
        hosts, solvers = agents_view.host_rows(found), agents_view.solver_rows(found)
        self._part("hosts", self.hosts, (line, *hosts), lambda: self._hosts(line, hosts))
        self._part("solvers", self.solvers, solvers, lambda: self._solvers(solvers))

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
        overview = self.feed.overview
        text = trouble
        if not text and overview.degraded_level:
            text = f"Working on level {overview.degraded_level}: {overview.degraded_cause}"
        if not self._is_new("banner", text):
            return
        self.banner.clear()
        if text:
            with self.banner:
                ui.label(text).classes(f"m-banner {'bad' if trouble else ''}")

    def _kinds(self, tiles: Sequence[KindTile]) -> None:
        for tile in tiles:
            with ui.element("div").classes(f"m-tile {tile.tone}"):
                ui.label(tile.title).classes("t")
                ui.label(tile.value).classes("v")
                ui.label(tile.detail).classes("d")

    def _talks(self, rows: Sequence[negotiation_view.Talk]) -> None:
        ui.html(f'<h2>Negotiations <span class="n">{len(rows)}</span></h2>', sanitize=False)
        with ui.element("div").classes("m-list"):
            for row in rows:
                with ui.element("div").classes(f"m-row {row.tone}"):
                    ui.element("span").classes("b")
                    with ui.element("div").classes("x"):
                        ui.label(row.title).classes("h")
                        ui.label(row.text).classes("p")
                        ui.label(row.state).classes("m-pill m-fit")
                    ui.button("Story", on_click=partial(self._story, row)).props("flat")
            if not rows:
                ui.label("Nobody was called for bids yet.").classes("m-empty")

    def _story(self, row: negotiation_view.Talk) -> None:
        with ui.dialog() as dialog, ui.card().classes("m-dialog"):
            ui.label(row.title).classes("text-lg font-semibold")
            for line in row.story:
                ui.label(line)
            ui.label(f"On the command line: muster negotiation show {row.negotiation_id}").classes("m-sub")
            ui.button("Close", on_click=dialog.close).props("flat")
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _cordons(self, rows: Sequence[negotiation_view.Kept]) -> None:
        ui.html(f'<h2>Kept off work <span class="n">{len(rows)}</span></h2>', sanitize=False)
        ui.button("Drain…", on_click=self._ask_drain).props("outline")
        with ui.element("div").classes("m-list"):
            for row in rows:
                with ui.element("div").classes("m-row"):
                    ui.element("span").classes("b")
                    with ui.element("div").classes("x"):
                        ui.label(row.title).classes("h")
                        ui.label(row.text).classes("p")
                        ui.label(row.state).classes("m-pill m-fit")
                    ui.button("Put back", on_click=partial(self._uncordon, row)).props("outline")
            if not rows:
                ui.label("Nothing is cordoned.").classes("m-empty")

    async def _uncordon(self, row: negotiation_view.Kept) -> None:
        try:
            await agents_data.uncordon(self.feed.channel, row.kind, row.resource_id, "put back on the dashboard")
        except ActionError as error:
            ui.notify(str(error), type="negative")
            return
        ui.notify(f"{row.kind} {row.resource_id} takes work again", type="positive")
        await self.renew()

    def _ask_drain(self) -> None:
        """Which resource, how, and why."""
        with ui.dialog() as dialog, ui.card().classes("m-dialog"):
            ui.label("Take out of work").classes("text-lg font-semibold")
            kind = ui.select(["vehicle", "line", "dock"], value="vehicle", label="What")
            name = ui.input("Its id, of docks their site's").classes("w-full").props("maxlength=64")
            policy = ui.select(["reassign", "complete", "cancel"], value="reassign", label="Its work")
            docks = ui.number("How many docks", value=1, min=1, precision=0)
            policy.bind_visibility_from(kind, "value", lambda chosen: chosen != "dock")
            docks.bind_visibility_from(kind, "value", value="dock")
            reason = ui.input("Reason (stands in the log)").classes("w-full").props("maxlength=1000")

            async def confirm() -> None:
                count = int(docks.value or 0) if kind.value == "dock" else 0
                how = "complete" if count else str(policy.value)  # docks hold no work that could go elsewhere
                chosen = (str(kind.value), str(name.value or ""), how, str(reason.value or ""))
                try:
                    await agents_data.drain(self.feed.channel, *chosen, docks=count)
                except ActionError as error:
                    ui.notify(str(error), type="negative")
                    return
                ui.notify(
                    f"Draining. Undo with: muster uncordon {chosen[0]} {chosen[1]}", type="positive", timeout=8000
                )
                dialog.close()
                await self.renew()

            ui.button("Drain it", on_click=confirm)
            ui.button("Close", on_click=dialog.close).props("flat")
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _hosts(self, line: str, rows: Sequence[TableRow]) -> None:
        ui.html(f'<h2>Hosts <span class="n">{len(rows)}</span></h2>', sanitize=False)
        ui.label(line).classes("m-empty")
        _table(agents_view.HOST_HEAD, rows)

    def _solvers(self, rows: Sequence[TableRow]) -> None:
        ui.html(f'<h2>Solvers <span class="n">{len(rows)}</span></h2>', sanitize=False)
        _table(agents_view.SOLVER_HEAD, rows)
        if not rows:
            ui.label("No solver processes.").classes("m-empty")


def _table(head: Sequence[str], rows: Sequence[TableRow]) -> None:
    if not rows:
        return
    with ui.element("table").classes("m-table"):
        with ui.element("tr"):
            for name in head:
                with ui.element("th"):
                    ui.label(name)
        for row in rows:
            with ui.element("tr").classes(row.tone):
                for cell in row.cells:
                    with ui.element("td"):
                        ui.label(cell)
