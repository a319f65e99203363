"""What agents refuse for a while: facts of their resources that the plan must keep until they are over."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from orchestrator.domain.types import Count, EpochS, Frozen, Id, Text


class RefusalCode(StrEnum):
    """Why an instruction cannot be done. OTHER: nothing that planning could keep; it only looks again."""

    OUT_OF_HOURS = "OUT_OF_HOURS"
    OUT_OF_DRIVING = "OUT_OF_DRIVING"
    DOCKS_CLOSED = "DOCKS_CLOSED"
    DOCKS_SHORT = "DOCKS_SHORT"
    LOCKED_OUT = "LOCKED_OUT"
    OTHER = "OTHER"


DUTY_KEPT_S = 86_400
"""That a driver's duty is over holds for the rest of the shift, and no shift is longer."""
LEASE_GRACE_S = 900
"""An agent that renews its word a little late has not let it lapse: company time may run fast."""


class Refusal(Frozen):
    """Until `until_s` a resource does not do something. OUT_OF_HOURS: its driver's duty ends then.

    OUT_OF_DRIVING: `left` seconds of driving are left to its driver from `at_s` on; `evolve` counts them down.
    DOCKS_CLOSED: nothing is loaded at the site before. DOCKS_SHORT: only `left` of its docks are open until then.
    LOCKED_OUT: the machine `subject` stands until then.
    """

    kind: Id
    resource_id: Id
    code: RefusalCode
    subject: Text = ""
    reason: Text
    until_s: EpochS
    left: Count = 0
    at_s: EpochS

    @property
    def key(self) -> str:
        """Its name among all refusals."""
        return key_of(self.kind, self.resource_id, self.code, self.subject)


def key_of(kind: str, resource_id: str, code: RefusalCode, subject: str = "") -> str:
    """The name of a refusal; of machines each has its own."""
    return f"{kind}/{resource_id}/{code.value}" + (f"/{subject}" if code is RefusalCode.LOCKED_OUT else "")


def duty_end_s(refusals: Mapping[str, Refusal], vehicle_id: str) -> int | None:
    """When the driver's duty ends, if the vehicle's agent has refused for it."""
    if not refusals:
        return None
    held = refusals.get(key_of("vehicle", vehicle_id, RefusalCode.OUT_OF_HOURS))
    return held.until_s if held is not None else None


def past_s(held: Refusal) -> int:
    """From when on nothing needs to keep it any more. An agent that still refuses has renewed its word before."""
    return held.until_s + (DUTY_KEPT_S if held.code is RefusalCode.OUT_OF_HOURS else LEASE_GRACE_S)


def is_past(held: Refusal, at_s: int) -> bool:
    """Whether nothing needs to keep it any more."""
    return past_s(held) <= at_s


def docks_shut_s(refusals: Mapping[str, Refusal], site_id: str) -> int:
    """Until when nothing is loaded at a site, by its agent's word; 0: it is not shut."""
    if not refusals:
        return 0
    held = refusals.get(key_of("warehouse", site_id, RefusalCode.DOCKS_CLOSED))
    return held.until_s if held is not None else 0


def docks_short(refusals: Mapping[str, Refusal], site_id: str) -> Refusal | None:
    """The word of a site's agent that only some docks are open, if it has given one."""
    return refusals.get(key_of("warehouse", site_id, RefusalCode.DOCKS_SHORT)) if refusals else None


def driving_left(refusals: Mapping[str, Refusal], vehicle_id: str) -> Refusal | None:
    """The word of a vehicle's agent on how long its driver may still drive, if it has given one."""
    return refusals.get(key_of("vehicle", vehicle_id, RefusalCode.OUT_OF_DRIVING)) if refusals else None
