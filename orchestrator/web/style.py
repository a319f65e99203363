"""What the pages share: the stylesheet, the header with its way to the others, and the frame of a drawing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from nicegui import ui

from orchestrator.web.words import day_text, hhmmss, zone_of
from protos.muster.operator.v1 import overview_pb2 as pb

PAGES = (("today", "/", "Today"), ("inventory", "/inventory", "Inventory"), ("agents", "/agents", "Agents"))


def asset(name: str) -> str:
    """A file that lies beside this module, as text."""
    return files("orchestrator.web").joinpath(name).read_text(encoding="utf-8")


def svg(class_name: str, width: int, height: int, content: str, label: str) -> str:
    """A drawing with its name for screen readers."""
    return (
        f'<svg class="{class_name}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}"'
        f' preserveAspectRatio="xMidYMid meet">{content}</svg>'
    )


def header(place: ui.element, overview: pb.Overview, here: str, is_new: Callable[[str, object], bool]) -> None:
    """Company, pages, state and clock; drawn again when something of it has changed."""
    zone = zone_of(overview.time_zone)
    clock = hhmmss(overview.now_s, zone)
    level = overview.degraded_level
    pills = [(f"revision {overview.revision}", ""), (f"{overview.overrides_active} overrides", "")]
    pills.append(("all well", "good") if level == 0 else (f"level {level}", "warn"))
    if not is_new("head", (overview.company_name, clock, pills)):
        return
    place.clear()
    with place:
        ui.label("Muster").classes("m-brand")
        ui.label(overview.company_name or "no company yet").classes("m-sub")
        with ui.element("nav").classes("m-nav"):
            for name, path, title in PAGES:
                ui.link(title, path).classes("here" if name == here else "")
        for text, tone in pills:
            ui.label(text).classes(f"m-pill {tone}")
        ui.label(f"{day_text(overview.now_s, zone)}  {clock}").classes("m-clock")
