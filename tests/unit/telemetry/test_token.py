"""Tokens: made with the key, good for a while, and nothing else is let in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.telemetry.token import SKEW_S, TOKEN_LIFETIME_S, is_good, new_token

KEY, NOW_S = b"k" * 32, 1_700_000_000


@pytest.mark.parametrize("age_s", [0, 1, TOKEN_LIFETIME_S, TOKEN_LIFETIME_S + SKEW_S, -SKEW_S])
def test_a_token_is_good_for_its_time(age_s: int) -> None:
    assert is_good(KEY, new_token(KEY, NOW_S), NOW_S + age_s)


@pytest.mark.parametrize("age_s", [TOKEN_LIFETIME_S + SKEW_S + 1, -SKEW_S - 1])
def test_and_not_before_or_after(age_s: int) -> None:
    assert not is_good(KEY, new_token(KEY, NOW_S), NOW_S + age_s)


def test_another_key_makes_no_token_for_us() -> None:
    assert not is_good(KEY, new_token(b"x" * 32, NOW_S), NOW_S)


def test_a_token_cannot_be_given_more_time() -> None:
    until_s, _, mac = new_token(KEY, NOW_S).partition(".")
    assert not is_good(KEY, f"{int(until_s) + 1}.{mac}", NOW_S)


@given(st.text(max_size=200))
def test_made_up_ones_are_refused(token: str) -> None:
    assert not is_good(KEY, token, NOW_S)
