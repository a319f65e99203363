"""The agents page: which kinds there are, who holds them, what was restarted, and what they negotiate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui

from orchestrator.web import agents_view
from orchestrator.web.actions import ActionError, ask
from orchestrator.web.agents_view import TableRow
from orchestrator.web.feed import Feed
from orchestrator.web.style import asset, header
from orchestrator.web.words import zone_of
from protos.muster.operator.v1 import host_service_pb2 as pb
from protos.muster.operator.v1.host_service_pb2_grpc import HostServiceStub

REFRESH_S = 1.0


class AgentsPage:
    """One browser's agents page; asks for news itself, every second, and only while it is looked at."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.found = pb.ListHostsResponse()
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
        self.hosts = ui.element("section").classes("m-card").props('aria-label="Hosts"')
        self.solvers = ui.element("section").classes("m-card").props('aria-label="Solvers"')

    async def renew(self) -> None:
        """Ask, and draw what has changed."""
        trouble = self.feed.trouble
        try:
            if self.feed.channel is not None:
                self.found = await ask(HostServiceStub(self.feed.channel).ListHosts, pb.ListHostsRequest())
        except ActionError as error:
            trouble = str(error)
        self._draw(trouble)

    def _draw(self, trouble: str) -> None:
        overview, found = self.feed.overview, self.found
        header(self.head, overview, "agents", self._is_new)
        self._renew_banner(trouble)
        self._part("kinds", self.kinds, agents_view.kind_tiles(found), self._kinds)
        line = agents_view.bridge_line(found, zone_of(overview.time_zone))
        self._part("hosts", self.hosts, (line, *agents_view.host_rows(found)), lambda: self._hosts(line))
        self._part("solvers", self.solvers, agents_view.solver_rows(found), self._solvers)

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

    def _kinds(self) -> None:
        for tile in agents_view.kind_tiles(self.found):
            with ui.element("div").classes(f"m-tile {tile.tone}"):
                ui.label(tile.title).classes("t")
                ui.label(tile.value).classes("v")
                ui.label(tile.detail).classes("d")

    def _hosts(self, line: str) -> None:
        rows = agents_view.host_rows(self.found)
        ui.html(f'<h2>Hosts <span class="n">{len(rows)}</span></h2>', sanitize=False)
        ui.label(line).classes("m-empty")
        _table(agents_view.HOST_HEAD, rows)

    def _solvers(self) -> None:
        rows = agents_view.solver_rows(self.found)
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
