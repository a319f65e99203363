"""A machine's wear on the contract: whose law it is, and what is left out while nothing is known."""

from __future__ import annotations

import pytest

from agents.messages import WearBook
from orchestrator.domain.upkeep import ALL, WearLaw
from orchestrator.ingest.convert_wear import wear_out
from orchestrator.planning.wear import MachineWear
from protos.muster.operator.v1 import resource_service_pb2 as pb


def wear(law: WearLaw | None) -> MachineWear:
    return MachineWear(
        book=WearBook(failure_cents=9, planned_cents=1, life_s=7_200),
        law=law,
        version=3 if law is not None else 0,
        used_s=60,
        renewed_s=None,
        drift_s=None,
        risk=((10, 5), (20, 6)),
        waiting_cents=4,
        early_cents=2,
    )


def law(name: str, *machine_ids: str) -> WearLaw:
    return WearLaw(
        name=name,
        machine_ids=machine_ids,
        life_shape_permille=2000,
        life_s=7_200,
        delay_shape_permille=1500,
        delay_s=3_600,
        error_permille=120,
        lives=4,
        censored=1,
    )


def test_without_lives_neither_scope_nor_times_are_made_up() -> None:
    shown = wear_out(wear(None))
    assert (shown.scope, shown.version, shown.lives) == (pb.WEAR_SCOPE_UNSPECIFIED, 0, 0)
    assert not shown.HasField("renewed_s")
    assert not shown.HasField("drift_s")
    assert [(point.at_s, point.failed_per_mille) for point in shown.risk] == [(10, 5), (20, 6)]
    assert (shown.life_s, shown.used_s, shown.waiting_cents, shown.early_cents) == (7_200, 60, 4, 2)


@pytest.mark.parametrize(
    ("learned", "scope"),
    [
        (law(ALL), pb.WEAR_SCOPE_COMPANY),
        (law("M1", "M1", "M2"), pb.WEAR_SCOPE_KIND),
        (law("M1"), pb.WEAR_SCOPE_MACHINE),
    ],
)
def test_a_law_says_whose_it_is_and_what_it_was_learned_from(learned: WearLaw, scope: int) -> None:
    shown = wear_out(wear(learned))
    assert (shown.scope, shown.version) == (scope, 3)
    assert (shown.lives, shown.censored, shown.life_error_per_mille) == (4, 1, 120)
