"""Docks of a site: how many are open, and from when each vehicle of a problem can load where they are short.

Promises: as long as all docks of a site are open nothing is limited, for a company's shifts are laid out for them;
where some are closed, by a cordon or by the word of the site's agent, vehicles get their turns in the order of their
planned loadings, the most urgent first among equals. Reads only. Called by `routing_problem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.domain.cordons import CordonKind, cordon_on
from orchestrator.domain.plan import Trip
from orchestrator.domain.refusals import docks_short
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.dock_turns import DockTimes
from orchestrator.planning.vehicle_cut import Cut
from orchestrator.planning.working import Working


def open_docks(state: State, site_id: str, now_s: int) -> tuple[tuple[int, int], ...]:
    """(until, docks open) of every reason for which some docks of the site are closed now; () when all are open.

    Where all are closed nothing is loaded, see `cordons.docks_open_s`; that is not told here.
    """
    limits: list[tuple[int, int]] = []
    docks = state.sites[site_id].docks
    cordon = cordon_on(state.cordons, state.cordoned, CordonKind.DOCK, site_id)
    if cordon is not None and cordon.docks < docks:
        limits.append((cordon.expires_s or state.day_start_s(now_s) + DAY_S, docks - cordon.docks))
    refusal = docks_short(state.refusals, site_id)
    if refusal is not None:
        limits.append((refusal.until_s, refusal.left))
    return tuple(limit for limit in limits if limit[0] > now_s)


def dock_times(work: Working, cuts: Mapping[str, Cut]) -> dict[str, DockTimes]:
    """Vehicle -> the docks where it loads, with the loadings of vehicles outside; only where docks are short."""
    state = work.state
    if not (state.cordoned or state.refusals):
        return {}
    sites = dict.fromkeys(cut.vehicle.depot_id for cut in cuts.values())
    short = {key: limits for key in sites if (limits := open_docks(state, key, work.now_s))}
    made = {key: DockTimes(limits, state.sites[key].loading_s, work.now_s) for key, limits in short.items()}
    for key, cut in cuts.items():
        if cut.vehicle.depot_id in made and (since_s := _loading_since_s(cut, work.now_s)) is not None:
            made[cut.vehicle.depot_id].begun[key] = since_s
    for site_id, times in made.items():
        for vehicle_id in work.memory.vehicles_of.get(site_id, ()):
            route = work.route(vehicle_id) if vehicle_id not in cuts else None
            for trip in route.trips if route is not None else ():
                if not trip.loaded and trip.stops:
                    times.take(trip.load_start_s)
    return {key: made[cut.vehicle.depot_id] for key, cut in cuts.items() if cut.vehicle.depot_id in made}


def with_turns(work: Working, cuts: dict[str, Cut], docks: Mapping[str, DockTimes]) -> dict[str, Cut]:
    """Vehicles at their depot are ready when a dock is free for them, beside what the others have planned."""
    if not docks:
        return cuts
    tried = {id(times): times.copy() for times in docks.values()}
    turns: dict[str, int] = {}
    for key in sorted(docks, key=lambda key: _rank(work, cuts[key])):
        trip = _next_trip(cuts[key])
        if trip is not None:
            times = tried[id(docks[key])]
            load_s = trip.load_start_s if cuts[key].under_way else max(trip.load_start_s, _begin_s(cuts[key]))
            turns[key] = times.begun.get(key, times.free_s(load_s))
            times.take(turns[key])
    ready = {key: _ready(cuts[key], tried[id(times)], turns.get(key)) for key, times in docks.items()}
    return {**cuts, **ready}


def _ready(cut: Cut, times: DockTimes, turn_s: int | None) -> Cut:
    """The vehicle with the first moment at which a dock is free for it. turn_s: what it holds itself."""
    begin_s = _begin_s(cut)
    if cut.under_way or cut.vehicle.vehicle_id in times.begun:
        return cut
    if turn_s is not None:
        times.leave(turn_s)
    free_s = times.free_s(begin_s)
    if turn_s is not None:
        times.take(turn_s)
    return replace(cut, ready_s=free_s) if free_s > begin_s else cut


def _loading_since_s(cut: Cut, now_s: int) -> int | None:
    """Since when the vehicle stands at a dock, if it does."""
    trip = _next_trip(cut)
    if trip is None or cut.under_way or cut.ready_s > now_s or trip.load_start_s >= now_s:
        return None
    return max(trip.load_start_s, cut.ready_s)


def _begin_s(cut: Cut) -> int:
    return max(cut.ready_s, cut.shift_start_s)


def _next_trip(cut: Cut) -> Trip | None:
    trips = cut.route.trips if cut.route is not None else ()
    return next((trip for trip in trips if not trip.loaded and trip.stops), None)


def _rank(work: Working, cut: Cut) -> tuple[int, int, str]:
    """Who loads first: by plan, then who has least time to lose."""
    trip = _next_trip(cut)
    if trip is None:
        return 0, 0, cut.vehicle.vehicle_id
    orders = work.state.orders
    slack_s = min(orders[stop.order_id].window_end_s - stop.arrive_s for stop in trip.stops)
    return trip.load_start_s, slack_s, cut.vehicle.vehicle_id
