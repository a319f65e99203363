"""What the events of cordons are about, and each in a sentence. Two tables for `convert_event`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.cordons_events import ResourceCordoned, ResourceDrained, ResourceUncordoned
from orchestrator.domain.events import Event

SUBJECTS: Mapping[type[Event], Callable[[Any], str]] = {
    ResourceCordoned: lambda x: x.cordon.cordon_id,
    ResourceDrained: lambda x: x.cordon_id,
    ResourceUncordoned: lambda x: x.cordon_id,
}
SENTENCES: Mapping[type[Event], Callable[[Any], str]] = {
    ResourceCordoned: lambda x: x.cordon.sentence,
    ResourceDrained: lambda x: f"cordon {x.cordon_id}: the resource has nothing left to do",
    ResourceUncordoned: lambda x: (
        f"{x.by} ended cordon {x.cordon_id}{': ' + x.reason if x.reason else ''}"
        if x.by
        else f"cordon {x.cordon_id} is over"
    ),
}
