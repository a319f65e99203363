"""Commands about what people allow a vehicle for a while. Each is decided in `decide.allowances`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.allowances import AllowanceRule
from orchestrator.domain.commands import Command
from orchestrator.domain.types import Count, EpochS, Id, Text


class GrantAllowance(Command):
    """Allow a vehicle something until `expires_s` (None: the end of its service day); see `Allowance`."""

    allowance_id: Id
    vehicle_id: Id
    rule: AllowanceRule
    amount: Count = 0
    skill: str = Field(default="", max_length=64)
    owner: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    expires_s: EpochS | None = None


class UndoAllowance(Command):
    """Take an allowance back. `version`: the etag, None = whatever it is now."""

    allowance_id: Id
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""
    version: int | None = None
