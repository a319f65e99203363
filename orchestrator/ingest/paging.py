"""Pages of long lists: signed tokens bound to caller, method and filter, and cutting that lets others run.

Promises that a token made up, changed, or used by another caller or with another filter is PAGE_TOKEN_INVALID, and
that a list of any length holds up the loop for a few milliseconds at a time only. Pages are cut by key, so what is
added or removed between two pages does not shift the rest.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from google.protobuf.message import Message

from orchestrator.ingest.refusals import IngestReason, Refusal

MAC_BYTES = 16
TOKEN_CHARS_MAX = 1_024
SLICE = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """Keys of one page, in order, and the token of the next ("" on the last)."""

    keys: list[str]
    next_token: str


class PageTokens:
    """Makes and reads page tokens. `secret` should outlive a restart, so that open lists go on."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def scope(self, caller: str, request: Message) -> bytes:
        """What a token is bound to: who asks, and the request without its page fields."""
        bare = type(request)()
        bare.CopyFrom(request)
        for name in ("page_token", "page_size"):
            bare.ClearField(name)
        return f"{caller}\0{request.DESCRIPTOR.full_name}\0".encode() + bare.SerializeToString(deterministic=True)

    def make(self, scope: bytes, last_key: str) -> str:
        """The token of the page after `last_key`."""
        key = last_key.encode()
        return base64.urlsafe_b64encode(self._mac(scope, key) + key).decode().rstrip("=")

    def read(self, scope: bytes, token: str) -> str:
        """The key after which to go on; "" for the first page."""
        if not token:
            return ""
        try:
            if len(token) > TOKEN_CHARS_MAX:
                raise ValueError
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            mac, key = raw[:MAC_BYTES], raw[MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(scope, key)):
                raise ValueError
            return key.decode()
        except (ValueError, binascii.Error):
            raise Refusal(
                IngestReason.PAGE_TOKEN_INVALID,
                "page_token is not one you were given for this list and filter: start without one",
                field="page_token",
            ) from None

    def _mac(self, scope: bytes, key: bytes) -> bytes:
        size = len(scope).to_bytes(4, "big")
        return hmac.new(self._secret, b"page" + size + scope + key, "sha256").digest()[:MAC_BYTES]


async def page_of(
    tokens: PageTokens,
    caller: str,
    request: Any,
    keys: Iterable[str],
    wanted: Callable[[str], bool],
    size: int,
) -> Page:
    """The page of `keys` that `request.page_token` asks for, in ascending order, `wanted` ones only."""
    scope = tokens.scope(caller, request)
    after = tokens.read(scope, request.page_token)
    found: list[str] = []
    known = tuple(keys)
    for start in range(0, len(known), SLICE):
        fitting = (key for key in known[start : start + SLICE] if key > after and wanted(key))
        found = nsmallest(size + 1, [*found, *fitting])
        if start + SLICE < len(known):
            await asyncio.sleep(0)
    more = len(found) > size
    page = found[:size]
    return Page(page, tokens.make(scope, page[-1]) if more else "")
