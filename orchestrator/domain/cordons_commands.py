"""Commands about cordons and drains. Each is decided in `decide.cordons`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.commands import Command
from orchestrator.domain.cordons import CordonKind, DrainPolicy
from orchestrator.domain.types import Count, EpochS, Id, Text


class CordonResource(Command):
    """Give a resource no new work, and drain it unless the policy is KEEP. See `Cordon`."""

    cordon_id: Id
    kind: CordonKind
    resource_id: Id
    docks: Count = 0
    policy: DrainPolicy = DrainPolicy.KEEP
    owner: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    expires_s: EpochS | None = None


class UncordonResource(Command):
    """Give it work again. `version`: the etag, None = whatever it is now."""

    kind: CordonKind
    resource_id: Id
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""
    version: int | None = None


class SettleCordons(Command):
    """End the cordons whose time is over, and tell which resources are drained by now."""
