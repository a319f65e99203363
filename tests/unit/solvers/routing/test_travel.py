"""Travel: the scalar and the matrix speak of the same road."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.routing.travel import (
    SlowArea,
    slow_factor_pct,
    travel_distance_m,
    travel_duration_s,
    travel_matrices,
)

point = st.tuples(st.integers(-850_000_000, 850_000_000), st.integers(-1_799_000_000, 1_799_000_000))


@given(a=point, b=point, speed=st.integers(1, 130), factor=st.integers(100, 300))
def test_matrix_and_scalar_agree(a: tuple[int, int], b: tuple[int, int], speed: int, factor: int) -> None:
    slow = (SlowArea(a[0], a[1], 1_000, factor),)
    profile = travel_matrices([a[0], b[0]], [a[1], b[1]], speed, slow)
    metres = travel_distance_m(*a, *b)
    assert profile.distance_m[0, 1] == profile.distance_m[1, 0] == metres
    pct = slow_factor_pct(slow, *a, *b)
    assert pct == factor
    assert profile.duration_s[0, 1] == travel_duration_s(metres, speed, pct)


def test_known_distance_and_rounding() -> None:
    # A degree of the meridian is 111,195 m on this sphere; times 1.30.
    assert travel_distance_m(0, 0, 10_000_000, 0) == 144_554
    assert travel_duration_s(1_000, 36) == 100
    assert travel_duration_s(1_001, 36) == 101
    assert travel_duration_s(1_000, 36, 150) == 150


def test_a_leg_is_slow_if_either_end_is_inside() -> None:
    lat, lon = np.array([0, 0, 50_000_000]), np.array([0, 10_000_000, 0])
    plain = travel_matrices(lat, lon, 36).duration_s
    slowed = travel_matrices(lat, lon, 36, [SlowArea(0, 0, 100, 200), SlowArea(0, 0, 50, 150)]).duration_s
    assert slowed[0, 1] == 2 * plain[0, 1]
    assert slowed[2, 0] == 2 * plain[2, 0]
    assert slowed[1, 2] == plain[1, 2]


@pytest.mark.parametrize(("radius", "factor"), [(0, 150), (10, 99)])
def test_senseless_areas_are_refused(radius: int, factor: int) -> None:
    with pytest.raises(InvalidProblem):
        SlowArea(0, 0, radius, factor)
