"""Resources that take no new work: cordoned by a person, and drained by one of three policies.

A cordon is an object with owner, reason and maybe an end, like an override: it can be undone, and it is in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from orchestrator.domain.types import Count, EpochS, Frozen, Id, OrderId, Text


class CordonKind(StrEnum):
    """What is cordoned: a vehicle, a production line, or some docks of a site."""

    VEHICLE = "VEHICLE"
    LINE = "LINE"
    DOCK = "DOCK"


class DrainPolicy(StrEnum):
    """What happens to the work that a resource has.

    KEEP: nothing, a cordon only. REASSIGN: what has not begun goes elsewhere. COMPLETE: it is finished here, and then
    nothing more. CANCEL: what has not begun is given up until the cordon ends or a person plans it.
    """

    KEEP = "KEEP"
    REASSIGN = "REASSIGN"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


MOVES_WORK = frozenset({DrainPolicy.REASSIGN, DrainPolicy.CANCEL})
"""Under these a resource loses what it has not begun."""


class CordonStatus(StrEnum):
    """Where it stands. ENDED: uncordoned, or its time is over."""

    CORDONED = "CORDONED"
    DRAINING = "DRAINING"
    DRAINED = "DRAINED"
    ENDED = "ENDED"


class Cordon(Frozen):
    """No new work for a resource. `docks`: how many of a site's, for DOCK. `given_up`: orders that CANCEL let go."""

    cordon_id: Id
    kind: CordonKind
    resource_id: Id
    docks: Count = 0
    policy: DrainPolicy = DrainPolicy.KEEP
    owner: str = Field(min_length=1, max_length=64)
    reason: Text
    created_s: EpochS
    expires_s: EpochS | None = None
    status: CordonStatus = CordonStatus.CORDONED
    given_up: tuple[OrderId, ...] = ()
    version: int = 1

    @property
    def key(self) -> str:
        """What is cordoned, in one word."""
        return key_of(self.kind, self.resource_id)

    @property
    def sentence(self) -> str:
        """Who keeps it off, and why."""
        verb = "cordoned" if self.policy is DrainPolicy.KEEP else "drained"
        return f"{self.kind.value.lower()} {self.resource_id} is {verb} by {self.owner}: {self.reason}"


def key_of(kind: CordonKind, resource_id: str) -> str:
    """The name of a resource among all that can be cordoned."""
    return f"{kind.value.lower()}/{resource_id}"


def cordon_on(
    cordons: Mapping[str, Cordon], index: Mapping[str, str], kind: CordonKind, resource_id: str
) -> Cordon | None:
    """The cordon in force on a resource. `index`: `key_of` -> cordon id of those in force."""
    cordon_id = index.get(key_of(kind, resource_id)) if index else None
    return cordons[cordon_id] if cordon_id is not None else None
