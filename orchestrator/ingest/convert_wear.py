"""A machine's wear, from planning's answer to the contract."""

from __future__ import annotations

from orchestrator.domain.upkeep import ALL, WearLaw
from orchestrator.planning.wear import MachineWear
from protos.muster.operator.v1 import resource_service_pb2 as pb


def wear_out(wear: MachineWear) -> pb.MachineWear:
    """Scope, version and lives are left out while no law has been learned."""
    shown = pb.MachineWear(
        life_shape_per_mille=wear.book.life_shape_permille,
        life_s=wear.book.life_s,
        delay_shape_per_mille=wear.book.delay_shape_permille,
        delay_s=wear.book.delay_s,
        used_s=wear.used_s,
        renewed_s=wear.renewed_s,
        drift_s=wear.drift_s,
        risk=[pb.MachineFailure(at_s=at_s, failed_per_mille=permille) for at_s, permille in wear.risk],
        waiting_cents=wear.waiting_cents,
        early_cents=wear.early_cents,
    )
    if wear.law is not None:
        shown.scope, shown.version = _scope(wear.law), wear.version
        shown.lives, shown.censored = wear.law.lives, wear.law.censored
        shown.life_error_per_mille = wear.law.error_permille
    return shown


def _scope(law: WearLaw) -> pb.WearScope.ValueType:
    if law.machine_ids:
        return pb.WEAR_SCOPE_KIND
    return pb.WEAR_SCOPE_COMPANY if law.name == ALL else pb.WEAR_SCOPE_MACHINE
