"""How a machine wears: its law, its age, its risk, and what a stop now is worth.

Promises: weighed by the rule of the line's agent, from what the log knows; of sensors the agent may know more. Reads
the state only, and needs no plan. Called by ingest, for people; `wear_book` by publish, for the agents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.line_condition import Worn, share_of, weighed
from agents.messages import WearBook
from orchestrator.domain.company import Machine
from orchestrator.domain.shop_floor import MaintenanceStatus
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import Usage, WearLaw
from solvers.upkeep.risk import Condition

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class MachineWear:
    """A machine's wear as of the newest record, in running seconds of its present life.

    book: what its agent goes by. law: learned as of `version`; None: no life has ended yet, and the agents' own beliefs
    hold. renewed_s: when this life began, None: before the log. drift_s: since a sensor drifts, None: none does.
    risk: (epoch second, failed by then in ‰), the soonest first. waiting_cents: what a day's waiting risks;
    early_cents: what stopping now gives away.
    """

    book: WearBook
    law: WearLaw | None
    version: int
    used_s: int
    renewed_s: int | None
    drift_s: int | None
    risk: tuple[tuple[int, int], ...]
    waiting_cents: int
    early_cents: int


def machine_wear(state: State, machine: Machine) -> MachineWear:
    """How a machine wears, and what waiting is worth beside stopping."""
    usage, now_s = state.usage.get(machine.machine_id, Usage()), state.at_s
    used_s, drift_s = usage.age_s(now_s), usage.drift_s(now_s)
    book = wear_book(state, machine)
    condition = Condition(used_s / HOUR_S, drift_s / HOUR_S if drift_s is not None else None)
    found = weighed(book, condition, share_of(Worn(), book, now_s), now_s)
    return MachineWear(
        book=book,
        law=state.wear.of(machine.machine_id) if state.wear is not None else None,
        version=state.wear.version if state.wear is not None else 0,
        used_s=used_s,
        renewed_s=usage.renewed_s,
        drift_s=drift_s,
        risk=tuple(found.points),
        waiting_cents=round(found.stop.waiting_cents),
        early_cents=round(found.stop.early_cents),
    )


def wear_book(state: State, machine: Machine) -> WearBook:
    """A machine's prices, its law (the agents' own beliefs until one is learned) and its present life."""
    usage = state.usage.get(machine.machine_id, Usage())
    waiting = (one for one in state.maintenance.values() if one.status is MaintenanceStatus.WAITING)
    book = WearBook(
        failure_cents=machine.failure_cents,
        planned_cents=machine.maintenance_cents,
        renewed_s=usage.renewed_s or 0,
        used_s=usage.used_s,
        since_s=usage.since_s,
        drift_told=usage.drift_used_s is not None,
        asked=any(one.machine_id == machine.machine_id for one in waiting),
    )
    if state.wear is None:
        return book
    law = state.wear.of(machine.machine_id)
    return replace(
        book,
        life_shape_permille=law.life_shape_permille,
        life_s=law.life_s,
        delay_shape_permille=law.delay_shape_permille,
        delay_s=law.delay_s,
    )
