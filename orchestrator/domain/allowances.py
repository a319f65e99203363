"""What people allow a vehicle for a while, beyond what its master data say: overtime, weight, a skill, a trip more.

An allowance is an object with owner, reason and end, like an override: it can be undone, and it is in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from orchestrator.domain.types import Count, EpochS, Frozen, Id, Text


class AllowanceRule(StrEnum):
    """What is allowed. Amounts: seconds of OVERTIME and EARLY, grams, cubic centimetres, trips; SKILL has a name."""

    OVERTIME = "OVERTIME"
    EARLY = "EARLY"
    WEIGHT = "WEIGHT"
    VOLUME = "VOLUME"
    TRIPS = "TRIPS"
    SKILL = "SKILL"


AMOUNTS_MAX = {
    AllowanceRule.OVERTIME: 6 * 3_600,
    AllowanceRule.EARLY: 6 * 3_600,
    AllowanceRule.WEIGHT: 10**7,
    AllowanceRule.VOLUME: 10**8,
    AllowanceRule.TRIPS: 10,
}
"""More than that is a mistake of the hand, or a matter of master data."""


class AllowanceStatus(StrEnum):
    """Whether it still counts."""

    ACTIVE = "ACTIVE"
    UNDONE = "UNDONE"
    EXPIRED = "EXPIRED"


class Allowance(Frozen):
    """One thing that one vehicle may do until `expires_s`."""

    allowance_id: Id
    vehicle_id: Id
    rule: AllowanceRule
    amount: Count = 0
    skill: str = Field(default="", max_length=64)
    owner: str = Field(min_length=1, max_length=64)
    reason: Text
    created_s: EpochS
    expires_s: EpochS
    status: AllowanceStatus = AllowanceStatus.ACTIVE
    version: int = 1


class Extra(Frozen):
    """The sum of a vehicle's active allowances."""

    overtime_s: int = 0
    early_s: int = 0
    weight_g: int = 0
    volume_cm3: int = 0
    trips: int = 0
    skills: frozenset[str] = frozenset()


NOTHING = Extra()


def extra_of(allowances: Iterable[Allowance], vehicle_id: str) -> Extra:
    """What the vehicle may do beyond its master data. Of two allowances of one rule both count."""
    held = [one for one in allowances if one.vehicle_id == vehicle_id and one.status is AllowanceStatus.ACTIVE]
    if not held:
        return NOTHING
    total = {rule: sum(one.amount for one in held if one.rule is rule) for rule in AllowanceRule}
    return Extra(
        overtime_s=total[AllowanceRule.OVERTIME],
        early_s=total[AllowanceRule.EARLY],
        weight_g=total[AllowanceRule.WEIGHT],
        volume_cm3=total[AllowanceRule.VOLUME],
        trips=total[AllowanceRule.TRIPS],
        skills=frozenset(one.skill for one in held if one.rule is AllowanceRule.SKILL),
    )
