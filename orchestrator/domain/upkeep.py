"""What the log knows of how machines wear: running hours, lives that ended, and the laws learned from them.

A life goes from a renewal (maintenance or repair) to the next one and is counted in running seconds. The records mirror
the dataclasses of `solvers.upkeep`; planning turns one into the other, the domain only keeps them. Whole numbers, so
that a replay gives the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.types import Count, EpochS, Frozen, Id

LIVES_KEPT = 2_000
"""Lives that laws are learned from: the newest."""
LIVES_COUNTER = "machine-lives"
MINOR_STOP_S = 600
"""A stop that is over sooner is a jam and no breakdown: nothing was worn out and nothing was renewed."""
ALL = "ALL"
"""Names the law of all the company's machines together."""

Shape = Annotated[int, Field(ge=100, le=20_000)]
Scale = Annotated[int, Field(ge=3_600, le=3_600_000_000)]


class LifeEnd(StrEnum):
    """How a life ended. MAINTAINED: before its failure, so that the machine would have lasted at least so long."""

    FAILED = "FAILED"
    MAINTAINED = "MAINTAINED"


class LifeRecord(Frozen):
    """A life that is over. whole: the log saw its beginning, too; the first life of a machine began before the log.

    usage_s: running seconds of it that the log saw. drift_s: those since a sensor began to drift, None: none did.
    """

    machine_id: Id
    usage_s: Annotated[int, Field(ge=1, le=3_600_000_000)]
    end: LifeEnd
    ended_s: EpochS
    whole: bool = True
    drift_s: Count | None = None


class Usage(Frozen):
    """A machine's present life, counted from the tasks that ran on it.

    used_s: running seconds up to `running_since_s`, when it began what it does now (None: it stands). renewed_s: when
    it was last maintained or repaired, None: not since the log began. since_s: when counting began. drift_used_s: how
    old it was when a sensor began to drift. down_since_s: since when it is down.
    """

    used_s: Count = 0
    running_since_s: EpochS | None = None
    renewed_s: EpochS | None = None
    since_s: EpochS = 0
    down_since_s: EpochS | None = None
    drift_used_s: Count | None = None

    def age_s(self, at_s: int) -> int:
        """Running seconds of this life at a moment."""
        return self.used_s + (max(0, at_s - self.running_since_s) if self.running_since_s is not None else 0)

    def drift_s(self, at_s: int) -> int | None:
        """Running seconds since the drift began, None without one."""
        return None if self.drift_used_s is None else max(0, self.age_s(at_s) - self.drift_used_s)


class WearLaw(Frozen):
    """Weibull laws of running time: from new to failure, and from a drift to the failure.

    name: whose law it is: a machine's, that of the kind of machine `machine_ids`, or `ALL`. error_permille: standard
    error of `life_s`. lives: lives that ended and that it was learned from; censored: those of them that maintenance
    ended.
    """

    name: Id
    machine_ids: Annotated[tuple[Id, ...], Field(max_length=10_000)] = ()
    life_shape_permille: Shape
    life_s: Scale
    delay_shape_permille: Shape
    delay_s: Scale
    error_permille: Count
    lives: Count = 0
    censored: Count = 0


class WearLaws(Frozen):
    """A version of all that is known. through: lives taken in. kinds, machines: those of which a life has ended."""

    version: Count
    through: Count
    company: WearLaw
    kinds: Annotated[tuple[WearLaw, ...], Field(max_length=10_000)] = ()
    machines: Annotated[tuple[WearLaw, ...], Field(max_length=10_000)] = ()

    def of(self, machine_id: str) -> WearLaw:
        """The law of a machine: its own, else its kind's, else the company's."""
        own = next((law for law in self.machines if law.name == machine_id), None)
        return own or next((law for law in self.kinds if machine_id in law.machine_ids), self.company)
