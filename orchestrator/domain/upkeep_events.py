"""Events about how machines wear. Found through `evolve.upkeep`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.events import Event
from orchestrator.domain.types import Count, EpochS, Id, Text
from orchestrator.domain.upkeep import LifeRecord, WearLaws


class MachineLifeEnded(Event):
    """A machine failed and was repaired, or was maintained before that: its next life counts from `renewed_s`."""

    life: LifeRecord
    renewed_s: EpochS


class MachineDrifted(Event):
    """A machine's sensors say that something is wrong with it, since `drift_s` running seconds."""

    machine_id: Id
    at_s: EpochS
    drift_s: Count
    sensors: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class WearLawLearned(Event):
    """A new version of how machines wear."""

    laws: WearLaws
    reason: Text = ""
