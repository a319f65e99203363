"""Page tokens and pages."""

import asyncio
import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ingest import paging
from orchestrator.ingest.paging import PageTokens, page_of
from orchestrator.ingest.refusals import Refusal
from protos.muster.operator.v1.order_service_pb2 import ListOrdersRequest

TOKENS = PageTokens(b"secret")


def walk(keys: list[str], size: int, **filters: str) -> list[str]:
    """All pages, one after the other."""

    async def run() -> list[str]:
        found: list[str] = []
        request = ListOrdersRequest(**filters)  # type: ignore[arg-type]
        while True:
            page = await page_of(TOKENS, "me", request, keys, lambda key: "x" not in key, size)
            assert len(page.keys) <= size
            found += page.keys
            if not page.next_token:
                return found
            request.page_token = page.next_token

    return asyncio.run(run())


@given(st.sets(st.text("abx", min_size=1, max_size=4)), st.integers(1, 5))
def test_pages_hold_everything_once_in_order(keys: set[str], size: int) -> None:
    assert walk(sorted(keys, key=hash), size) == sorted(key for key in keys if "x" not in key)


def test_long_lists_are_cut_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "SLICE", 3)
    keys = [f"{number:03d}" for number in range(50)]
    assert walk(keys[::-1], 7) == keys


@pytest.mark.parametrize(
    ("caller", "filters"), [("you", {}), ("me", {"partner_id": "acme"}), ("me", {"late_only": True})]
)
def test_a_token_is_bound_to_caller_and_filter(caller: str, filters: dict[str, object]) -> None:
    token = TOKENS.make(TOKENS.scope("me", ListOrdersRequest(page_size=5)), "k")
    assert TOKENS.read(TOKENS.scope("me", ListOrdersRequest(page_size=9, page_token="t")), token) == "k"
    with pytest.raises(Refusal):
        TOKENS.read(TOKENS.scope(caller, ListOrdersRequest(**filters)), token)  # type: ignore[arg-type]


@given(st.binary(max_size=60))
def test_a_made_up_token_is_refused(noise: bytes) -> None:
    for token in (noise.decode("latin-1"), base64.urlsafe_b64encode(noise).decode(), "é", "A" * 2_000):
        if token:
            with pytest.raises(Refusal):
                TOKENS.read(b"scope", token)


def test_another_server_s_token_is_refused() -> None:
    token = PageTokens(b"other").make(b"scope", "k")
    with pytest.raises(Refusal):
        TOKENS.read(b"scope", token)
