"""A machine's wear, from the domain to the contract: its law, its age, its risk, and what a stop now is worth.

Weighed as the line's agent weighs it, by what the log knows: of sensors the agent may know more.
"""

from __future__ import annotations

from agents.line_condition import Worn, share_of, weighed
from orchestrator.domain.company import Machine
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import ALL, Usage
from orchestrator.publish.books import wear_book
from protos.muster.operator.v1 import resource_service_pb2 as pb
from solvers.upkeep.risk import Condition

HOUR_S = 3_600


def wear_out(state: State, machine: Machine) -> pb.MachineWear:
    """As of the newest record."""
    usage, now_s = state.usage.get(machine.machine_id, Usage()), state.at_s
    age_s, drift_s = usage.age_s(now_s), usage.drift_s(now_s)
    book = wear_book(state, machine)
    shown = pb.MachineWear(
        life_shape_per_mille=book.life_shape_permille,
        life_s=book.life_s,
        delay_shape_per_mille=book.delay_shape_permille,
        delay_s=book.delay_s,
        used_s=age_s,
        renewed_s=usage.renewed_s,
        drift_s=drift_s,
    )
    if state.wear is not None:
        law = state.wear.of(machine.machine_id)
        scope = pb.WEAR_SCOPE_COMPANY if law.name == ALL else pb.WEAR_SCOPE_MACHINE
        shown.scope = pb.WEAR_SCOPE_KIND if law.machine_ids else scope
        shown.version = state.wear.version
        shown.lives, shown.censored, shown.life_error_per_mille = law.lives, law.censored, law.error_permille
    condition = Condition(age_s / HOUR_S, drift_s / HOUR_S if drift_s is not None else None)
    found = weighed(book, condition, share_of(Worn(), book, now_s), now_s)
    shown.risk.extend(pb.MachineFailure(at_s=at_s, failed_per_mille=permille) for at_s, permille in found.points)
    shown.waiting_cents, shown.early_cents = round(found.stop.waiting_cents), round(found.stop.early_cents)
    return shown
