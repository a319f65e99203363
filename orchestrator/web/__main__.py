"""`python -m orchestrator.web --operator HOST:PORT --port N`: serve the dashboard until the process is stopped."""

from __future__ import annotations

import argparse

from fastapi.responses import HTMLResponse
from nicegui import app, ui

from orchestrator.web.agents_page import AgentsPage
from orchestrator.web.feed import Feed
from orchestrator.web.inventory import InventoryPage
from orchestrator.web.page import Page
from orchestrator.web.run_sheets_page import RunSheets


def main() -> None:
    """Read the flags and serve."""
    parser = argparse.ArgumentParser(prog="python -m orchestrator.web", description="Muster's dashboard.")
    parser.add_argument("--operator", default="127.0.0.1:7400", help="the server's operator port")
    parser.add_argument("--host", default="127.0.0.1", help="bind address")
    parser.add_argument("--port", type=int, default=7480)
    flags = parser.parse_args()
    feed = Feed(flags.operator)
    sheets = RunSheets(feed)
    app.on_startup(feed.start)
    app.on_startup(sheets.start)
    app.on_shutdown(sheets.stop)
    app.on_shutdown(feed.stop)

    @ui.page("/")
    def first() -> None:
        Page(feed)

    @ui.page("/inventory")
    def inventory() -> None:
        InventoryPage(feed)

    @ui.page("/agents")
    def agents() -> None:
        AgentsPage(feed)

    @app.get("/runsheets")
    async def run_sheets() -> HTMLResponse:
        return await sheets.page()

    ui.run(
        host=flags.host,
        port=flags.port,
        title="Muster",
        favicon="🚚",
        show=False,
        reload=False,
        show_welcome_message=False,
        uvicorn_logging_level="warning",
    )


if __name__ in {"__main__", "__mp_main__"}:
    main()
