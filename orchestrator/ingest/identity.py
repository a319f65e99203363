"""Who is calling: a partner by its bearer token, an operator by the name it gives on the loopback port.

Promises that a partner's identity comes from the token alone, never from a message, and that a wrong token and no
token get the same answer. Only digests of tokens are known; they are compared in constant time.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from orchestrator.domain.company import Company
from orchestrator.ingest.policy import Role
from orchestrator.ingest.refusals import IngestReason, Refusal, bad_field

PARTNER_KEY = "authorization"
OPERATOR_KEY = "x-muster-operator"
OPERATOR_DEFAULT = "operator"
OPERATOR_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,47}")
TOKEN_CHARS_MAX = 512
BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `principal` ("partner:acme", "operator:ada") stands in the log; `name` is what follows its colon."""

    role: Role
    name: str
    principal: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "principal", f"{self.role.value}:{self.name}")


class Identity:
    """Makes callers of metadata. `company` gives the master data in force, None before the first import."""

    def __init__(self, company: Callable[[], Company | None]) -> None:
        self._company = company
        self._known: Company | None = None
        self._partner_ids: dict[str, str] = {}

    def partner(self, header: str) -> Caller:
        """The partner whose token is in an authorization header; raises UNAUTHENTICATED."""
        token = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
        digest = sha256(token[:TOKEN_CHARS_MAX].encode("utf-8", "surrogateescape")).hexdigest()
        partner_id = self._find(digest)
        if not token or len(token) > TOKEN_CHARS_MAX or partner_id is None:
            raise Refusal(
                IngestReason.UNAUTHENTICATED,
                "send the metadata 'authorization: Bearer TOKEN' with the token you were given",
            )
        return Caller(Role.PARTNER, partner_id)

    def operator(self, name: str) -> Caller:
        """The operator by the name given, "operator" for an empty one; INVALID_FIELD for a name that is none."""
        name = name or OPERATOR_DEFAULT
        if not OPERATOR_NAME.fullmatch(name):
            raise bad_field(OPERATOR_KEY, name, "1 to 48 letters, digits, '.', '_', '@' or '-'")
        return Caller(Role.OPERATOR, name)

    def _find(self, digest: str) -> str | None:
        company = self._company()
        if company is not self._known:
            self._known = company
            partners = company.partners if company else ()
            self._partner_ids = {partner.token_sha256: partner.partner_id for partner in partners}
        for known, partner_id in self._partner_ids.items():
            if hmac.compare_digest(known, digest):
                return partner_id
        return None
