"""A driver's day: what counts as driven since the last rest; what was logged before there were rests still loads."""

from __future__ import annotations

import json

import pytest

from orchestrator.domain.company import DrivingRule, Vehicle
from orchestrator.domain.duty import DRIVING_LIMITS, DrivingLimit, Rest, driven_after
from orchestrator.domain.entities import VehicleLive
from orchestrator.domain.plan import VehicleRoute
from solvers.routing.parts import EU_DRIVING, US_DRIVING

HOUR_S = 3_600
EU, US = DRIVING_LIMITS[DrivingRule.EU], DRIVING_LIMITS[DrivingRule.US]
FULL, SHORT = Rest(start_s=2 * HOUR_S, end_s=2 * HOUR_S + 2_700), Rest(start_s=2 * HOUR_S, end_s=2 * HOUR_S + 1_800)


@pytest.mark.parametrize(
    ("limit", "rests", "moving", "driven_s"),
    [
        (None, (), True, 0),
        (EU, (), True, 5 * HOUR_S),
        (EU, (FULL,), True, 2 * HOUR_S - 2_700),
        (EU, (SHORT,), True, 5 * HOUR_S - 1_800),
        (US, (SHORT,), True, 2 * HOUR_S - 1_800),
        (EU, (), False, HOUR_S),
        (EU, (FULL,), False, 0),
        (US, (), False, 0),
    ],
)
def test_driving_adds_up_until_a_rest(
    limit: DrivingLimit | None, rests: tuple[Rest, ...], moving: bool, driven_s: int
) -> None:
    """Driven for an hour before, then four hours pass."""
    assert driven_after(limit, HOUR_S, 0, 4 * HOUR_S, rests, moving=moving) == driven_s


def test_the_rules_are_those_of_the_solver() -> None:
    assert (EU.max_drive_s, EU.rest_s, EU.pauses_count) == (EU_DRIVING.max_drive_s, EU_DRIVING.rest_s, False)
    assert (US.max_drive_s, US.rest_s, US.pauses_count) == (US_DRIVING.max_drive_s, US_DRIVING.rest_s, True)


def test_what_was_logged_without_rests_still_loads() -> None:
    vehicle = Vehicle(
        vehicle_id="V1", name="Van", kind="VAN", depot_id="W", weight_g=1, volume_cm3=1, shift_start_s=0, shift_end_s=9
    )
    live = VehicleLive(vehicle_id="V1", place={"lat_e7": 1, "lon_e7": 2})  # type: ignore[arg-type]
    new = {"driving_rule", "break_start_s", "break_end_s", "break_s", "max_distance_m", "max_duration_s", "max_stops"}
    for one, fields in ((vehicle, new), (live, {"duty"}), (VehicleRoute(vehicle_id="V1", trips=()), {"rests"})):
        held = json.loads(one.model_dump_json())
        assert fields <= held.keys()
        old = json.dumps({name: value for name, value in held.items() if name not in fields})
        assert type(one).model_validate_json(old) == one


def test_a_break_fits_into_its_window() -> None:
    values = Vehicle(
        vehicle_id="V1", name="Van", kind="VAN", depot_id="W", weight_g=1, volume_cm3=1, shift_start_s=0, shift_end_s=9
    ).model_dump()
    with pytest.raises(ValueError, match="break_s 1800: must fit between break_start_s 0 and break_end_s 1200"):
        Vehicle.model_validate(values | {"break_s": 1_800, "break_end_s": 1_200})
