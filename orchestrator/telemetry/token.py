"""Tokens for the telemetry ports: short-lived, made by the core, checked by every host without asking the core.

A token is the last second it may be used at, and a keyed hash (HMAC-SHA-256) over it. The key is derived from the
core's own and reaches the hosts with their settings. Times are real ones, not the company's. Called by the directory on
the operator port, which makes tokens, and by `port`, which checks them.
"""

from __future__ import annotations

import hashlib
import hmac

#: The ports' key is the core's keyed hash of this: whoever knows it can make tokens, and learns nothing of that key.
KEY_PURPOSE = b"muster telemetry token 1"
TOKEN_LIFETIME_S = 600
#: Clocks of two machines may differ by so much.
SKEW_S = 60
TOKEN_CHARACTERS_MAX = 100
METADATA_KEY = "muster-telemetry-token"


def new_token(key: bytes, now_s: int) -> str:
    """A token for the next `TOKEN_LIFETIME_S` seconds."""
    until_s = str(now_s + TOKEN_LIFETIME_S)
    return f"{until_s}.{_mac(key, until_s)}"


def is_good(key: bytes, token: str, now_s: int) -> bool:
    """Whether the token was made with this key and its time is not over. Takes equally long for every wrong one."""
    until_s, _, mac = token.partition(".")
    made_here = hmac.compare_digest(_mac(key, until_s).encode(), mac.encode())
    if len(token) > TOKEN_CHARACTERS_MAX or not made_here or not until_s.isdecimal():
        return False
    return now_s - SKEW_S <= int(until_s) <= now_s + TOKEN_LIFETIME_S + SKEW_S


def _mac(key: bytes, until_s: str) -> str:
    return hmac.new(key, until_s.encode(), hashlib.sha256).hexdigest()
