"""The map: sites, routes, stops and vehicles on a plain ground, drawn by us, so that it works offline. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from orchestrator.web.svg import Markup, joined, tag
from orchestrator.web.words import hhmm, minutes, zone_of
from protos.muster.common.v1 import order_pb2 as common
from protos.muster.operator.v1 import overview_pb2 as pb

WIDTH, HEIGHT, MARGIN = 1000, 640, 36
METRES_PER_DEGREE = 111_320
COLOURS = ("#2563eb", "#7c3aed", "#0891b2", "#c026d3", "#4d7c0f", "#b45309", "#be123c", "#0f766e", "#4338ca", "#a16207")
STOP_CLASSES = {
    pb.STOP_STATUS_ON_TIME: "on-time",
    pb.STOP_STATUS_AT_RISK: "at-risk",
    pb.STOP_STATUS_LATE: "late",
    pb.STOP_STATUS_DONE: "done",
    pb.STOP_STATUS_FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to the drawing: equirectangular around the middle of everything shown."""

    lat_e7: float
    lon_e7: float
    scale: float
    squeeze: float

    def xy(self, place: common.Place) -> tuple[float, float]:
        """Drawing coordinates of a place."""
        x = WIDTH / 2 + (place.lon_e7 - self.lon_e7) * self.squeeze * self.scale
        y = HEIGHT / 2 - (place.lat_e7 - self.lat_e7) * self.scale
        return round(x, 1), round(y, 1)

    def radius(self, metres: int) -> float:
        """A length on the ground in drawing units."""
        return metres / METRES_PER_DEGREE * 1e7 * self.scale


def projection(overview: pb.Overview) -> Projection:
    """A projection in which all sites and stops are inside the drawing."""
    places = list(_places(overview)) or [common.Place()]
    lats = [place.lat_e7 for place in places]
    lons = [place.lon_e7 for place in places]
    middle_lat, middle_lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    squeeze = max(0.1, math.cos(math.radians(middle_lat / 1e7)))
    height = max(max(lats) - min(lats), 100_000)
    width = max((max(lons) - min(lons)) * squeeze, 100_000)
    scale = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)
    return Projection(middle_lat, middle_lon, scale, squeeze)


def _places(overview: pb.Overview) -> Iterable[common.Place]:
    for site in overview.sites:
        yield site.place
    for vehicle in overview.vehicles:
        for stop in [*vehicle.stops, *vehicle.done_stops]:
            yield stop.place


def colour(index: int) -> str:
    """The colour of the vehicle at this place of the list."""
    return COLOURS[index % len(COLOURS)]


def ground(overview: pb.Overview, view: Projection) -> Markup:
    """Everything that does not move by itself: areas, routes, stops, sites."""
    zone = zone_of(overview.time_zone)
    areas = [_area(area, view) for area in overview.slow_areas]
    routes = [_route(vehicle, colour(index), view) for index, vehicle in enumerate(overview.vehicles)]
    stops = [
        _stop(stop, vehicle.vehicle_id, colour(index), view, zone)
        for index, vehicle in enumerate(overview.vehicles)
        for stop in [*vehicle.done_stops, *vehicle.stops]
    ]
    sites = [_site(site, view) for site in overview.sites]
    return joined(*areas, *routes, *stops, *sites)


def _area(area: pb.SlowAreaView, view: Projection) -> Markup:
    x, y = view.xy(area.center)
    text = f"slow area {area.area_id}: driving takes {area.factor_pct} % of the usual time"
    return tag("circle", tag("title", text), class_="slow", cx=x, cy=y, r=view.radius(area.radius_m))


def _route(vehicle: pb.VehicleView, stroke: str, view: Projection) -> Markup:
    points = " ".join(f"{x},{y}" for x, y in map(view.xy, vehicle.route))
    if len(vehicle.route) < 2:
        return Markup()
    return tag("polyline", class_="route", points=points, stroke=stroke, data_vehicle=vehicle.vehicle_id)


def _stop(stop: pb.StopView, vehicle_id: str, stroke: str, view: Projection, zone: tzinfo) -> Markup:
    x, y = view.xy(stop.place)
    late = f", {minutes(stop.late_s)} late" if stop.late_s else ""
    window = f"{hhmm(stop.window_start_s, zone)}–{hhmm(stop.window_end_s, zone)}"
    text = f"{stop.order_id} · {stop.customer_name} · {vehicle_id} · {hhmm(stop.arrive_s, zone)} ({window}{late})"
    kind = STOP_CLASSES.get(stop.status, "on-time")
    done = kind in ("done", "failed")
    locked = " locked" if stop.locked else ""
    return tag(
        "circle",
        tag("title", text),
        class_=f"stop {kind}{locked}",
        cx=x,
        cy=y,
        r=3.0 if done else 4.5,
        stroke=None if done else stroke,
    )


def _site(site: pb.SiteView, view: Projection) -> Markup:
    x, y = view.xy(site.place)
    square = tag("rect", class_=f"site {site.kind.lower()}", x=x - 7, y=y - 7, width=14, height=14, rx=3)
    label = tag("text", site.name, class_="site-name", x=x + 11, y=y + 4)
    return tag("g", tag("title", f"{site.name} ({site.kind.lower()})"), square, label)


def vehicles(overview: pb.Overview, view: Projection) -> Markup:
    """One marker a vehicle; the page moves them between updates."""
    return joined(*[_vehicle(vehicle, colour(i), view) for i, vehicle in enumerate(overview.vehicles)])


def _vehicle(vehicle: pb.VehicleView, fill: str, view: Projection) -> Markup:
    x, y = view.xy(vehicle.place)
    down = " down" if vehicle.HasField("down_until_s") else ""
    text = f"{vehicle.name} · {len(vehicle.stops)} stops to go, {len(vehicle.done_stops)} done"
    label = tag("text", vehicle.vehicle_id, class_="vehicle-name", x=0, y=-11)
    marker = tag("circle", class_="vehicle-dot", r=7, fill=fill)
    return tag(
        "g",
        tag("title", text),
        marker,
        label,
        class_=f"vehicle{down}",
        data_vehicle=vehicle.vehicle_id,
        style=f"transform: translate({x}px, {y}px)",
    )


def positions(overview: pb.Overview, view: Projection) -> dict[str, tuple[float, float]]:
    """Where each vehicle's marker belongs now."""
    return {vehicle.vehicle_id: view.xy(vehicle.place) for vehicle in overview.vehicles}
