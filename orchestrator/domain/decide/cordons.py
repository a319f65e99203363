"""Decisions about vehicles, lines and docks that take no new work. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.cordons import MOVES_WORK, Cordon, CordonKind, CordonStatus, DrainPolicy, cordon_on
from orchestrator.domain.cordons_commands import CordonResource, SettleCordons, UncordonResource
from orchestrator.domain.cordons_events import ResourceCordoned, ResourceDrained, ResourceUncordoned
from orchestrator.domain.decide.checks import alert, etag, invalid, resolve
from orchestrator.domain.entities import OrderStatus, OverrideStatus, Severity, TaskStatus, VehicleStatus
from orchestrator.domain.errors import Reason, Rejection, not_found
from orchestrator.domain.events import Event
from orchestrator.domain.plan import Trip
from orchestrator.domain.state import State

DRAINED = "RESOURCE_DRAINED"


def cordon_resource(state: State, command: CordonResource, now_s: int) -> Decision:
    """Keep new work off a resource; an older cordon on it is replaced."""
    _check_resource(state, command)
    if command.expires_s is not None and command.expires_s <= now_s:
        raise invalid("expires_s", command.expires_s, f"already over (the company clock says {now_s})")
    held = cordon_on(state.cordons, state.cordoned, command.kind, command.resource_id)
    if held is None and command.cordon_id in state.cordons:
        raise Rejection(Reason.ALREADY_EXISTS, f"cordon '{command.cordon_id}' is there already", field="cordon_id")
    if command.policy in MOVES_WORK and command.kind is CordonKind.VEHICLE:
        _check_overrides(state, command.resource_id)
    drains = command.policy is not DrainPolicy.KEEP
    cordon = Cordon(
        cordon_id=held.cordon_id if held is not None else command.cordon_id,
        kind=command.kind,
        resource_id=command.resource_id,
        docks=command.docks,
        policy=command.policy,
        owner=command.owner,
        reason=command.reason,
        created_s=now_s,
        expires_s=command.expires_s,
        status=CordonStatus.DRAINING if drains else CordonStatus.CORDONED,
        given_up=_given_up(state, command) if command.policy is DrainPolicy.CANCEL else (),
        version=held.version + 1 if held is not None else 1,
    )
    return Decision((ResourceCordoned(cordon=cordon),), Answer(created_id=cordon.cordon_id, version=cordon.version))


def _check_resource(state: State, command: CordonResource) -> None:
    known: Mapping[CordonKind, Mapping[str, object]] = {
        CordonKind.VEHICLE: state.fleet,
        CordonKind.LINE: state.lines,
        CordonKind.DOCK: state.sites,
    }
    if command.resource_id not in known[command.kind]:
        raise not_found(command.kind.value.lower(), command.resource_id, field="resource_id")
    if command.kind is not CordonKind.DOCK:
        if command.docks:
            raise invalid("docks", command.docks, "only a site's docks are counted")
        return
    docks = state.sites[command.resource_id].docks
    if not 1 <= command.docks <= docks:
        raise invalid("docks", command.docks, f"from 1 to {docks}, the docks of {command.resource_id}")
    if command.policy in MOVES_WORK:
        raise invalid("policy", command.policy.value, "docks hold no work to move: KEEP or COMPLETE")


def _check_overrides(state: State, vehicle_id: str) -> None:
    """What people fixed on the vehicle must be undone by people before its work may go elsewhere."""
    held = [
        override_id
        for order_id in not_begun(state, vehicle_id)
        for override_id in state.override_ids_of_order.get(order_id, ())
        if (override := state.overrides[override_id]).status is OverrideStatus.ACTIVE
        and vehicle_id in (override.vehicle_id, override.held_vehicle_id)
        and override.kind.value != "FORBID"
    ]
    if held:
        raise Rejection(
            Reason.OVERRIDE_CONFLICT,
            f"vehicle {vehicle_id} has work that people fixed on it: undo {', '.join(held)} first, or let it complete",
            field="policy",
            metadata={"overrides": ",".join(held)},
        )


def not_begun(state: State, vehicle_id: str) -> tuple[str, ...]:
    """The orders of its planned route that are still at the depot."""
    route = state.plan.routes.get(vehicle_id)
    planned = route.order_ids() if route is not None else ()
    return tuple(o for o in planned if o in state.orders and state.orders[o].status is OrderStatus.OPEN)


def _given_up(state: State, command: CordonResource) -> tuple[str, ...]:
    return not_begun(state, command.resource_id) if command.kind is CordonKind.VEHICLE else ()


def uncordon_resource(state: State, command: UncordonResource, now_s: int) -> Decision:
    """Let it work again."""
    held = cordon_on(state.cordons, state.cordoned, command.kind, command.resource_id)
    if held is None:
        raise not_found("cordon on " + command.kind.value.lower(), command.resource_id, field="resource_id")
    etag("cordon", held.cordon_id, command.version, held.version)
    ended = ResourceUncordoned(cordon_id=held.cordon_id, by=command.by, reason=command.reason)
    return Decision((ended, *resolve(state, DRAINED, held.key, "uncordoned")), Answer(created_id=held.cordon_id))


def settle_cordons(state: State, command: SettleCordons, now_s: int) -> Decision:
    """What the passing of time and the end of work bring."""
    events: list[Event] = []
    for cordon_id in state.cordoned.values():
        cordon = state.cordons[cordon_id]
        if _over(cordon, now_s):
            events += [ResourceUncordoned(cordon_id=cordon_id), *resolve(state, DRAINED, cordon.key, "over")]
        elif _just_drained(state, cordon, now_s):
            text = f"{cordon.kind.value.lower()} {cordon.resource_id} is drained: it has nothing left to do"
            told = alert(state, DRAINED, cordon.key, Severity.INFO, text, now_s)
            events += [ResourceDrained(cordon_id=cordon_id), *told]
    return Decision(tuple(events))


def next_s(state: State) -> int | None:
    """When `SettleCordons` next has something to do; 0: now, for something is drained."""
    held = (state.cordons[cordon_id] for cordon_id in state.cordoned.values())
    return min((at_s for cordon in held for at_s in _instants(state, cordon)), default=None)


def _instants(state: State, cordon: Cordon) -> Iterator[int]:
    if cordon.expires_s is not None:
        yield cordon.expires_s
    if cordon.status is CordonStatus.DRAINING and cordon.kind is CordonKind.DOCK:
        yield max((trip.depart_s for trip in _loading(state, cordon.resource_id, state.at_s)), default=0)
    elif _just_drained(state, cordon, state.at_s):
        yield 0


def _over(cordon: Cordon, now_s: int) -> bool:
    return cordon.expires_s is not None and cordon.expires_s <= now_s


def _just_drained(state: State, cordon: Cordon, now_s: int) -> bool:
    return cordon.status is CordonStatus.DRAINING and is_drained(state, cordon, now_s)


def is_drained(state: State, cordon: Cordon, now_s: int) -> bool:
    """Whether nothing of its work is left."""
    if cordon.kind is CordonKind.VEHICLE:
        live = state.fleet.get(cordon.resource_id)
        return live is None or (live.status is VehicleStatus.IDLE and not not_begun(state, cordon.resource_id))
    if cordon.kind is CordonKind.LINE:
        machines = {m for m, machine in state.machines.items() if machine.line_id == cordon.resource_id}
        busy = any(state.shop[machine_id].task_id for machine_id in machines if machine_id in state.shop)
        return not busy and not (cordon.policy is DrainPolicy.COMPLETE and _waiting_on(state, machines, cordon))
    return not any(_loading(state, cordon.resource_id, now_s))


def _loading(state: State, site_id: str, now_s: int) -> Iterator[Trip]:
    """Trips that are loaded at a site now, by the plan."""
    for vehicle_id, route in state.plan.routes.items():
        if state.vehicles[vehicle_id].depot_id == site_id:
            yield from (trip for trip in route.trips if not trip.loaded and trip.load_start_s <= now_s < trip.depart_s)


def _waiting_on(state: State, machines: set[str], cordon: Cordon) -> bool:
    """Tasks that were planned there when the drain began and are still to be done there."""
    return any(
        task.status is not TaskStatus.DONE
        and (planned := state.plan.tasks.get(task.task_id)) is not None
        and planned.machine_id in machines
        and (cordon.expires_s is None or planned.start_s < cordon.expires_s)
        for order in state.production.values()
        for task in order.tasks
    )


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    CordonResource: cordon_resource,
    UncordonResource: uncordon_resource,
    SettleCordons: settle_cordons,
}
