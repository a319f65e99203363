"""What the events of machine lives and wear are about, and each in a sentence. Two tables for `convert_event`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.upkeep import LifeEnd
from orchestrator.domain.upkeep_events import MachineDrifted, MachineLifeEnded, WearLawLearned

SUBJECTS: Mapping[type[Event], Callable[[Any], str]] = {
    MachineLifeEnded: lambda x: x.life.machine_id,
    MachineDrifted: lambda x: x.machine_id,
    WearLawLearned: lambda x: f"wear {x.laws.version}",
}
SENTENCES: Mapping[type[Event], Callable[[Any], str]] = {
    MachineLifeEnded: lambda x: (
        f"a life of machine {x.life.machine_id} ended after {x.life.usage_s / 3600:.1f} running hours: "
        f"{'it failed' if x.life.end is LifeEnd.FAILED else 'it was maintained'}"
    ),
    MachineDrifted: lambda x: (
        f"{', '.join(x.sensors) or 'a sensor'} of machine {x.machine_id} drifts "
        f"since {x.drift_s / 3600:.1f} running hours"
    ),
    WearLawLearned: lambda x: f"how machines wear was learned anew from {x.reason or 'lives that ended'}",
}
