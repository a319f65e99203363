"""What the events of learned travel times are about, and each in a sentence. Two tables for `convert_event`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.speeds_events import SpeedsLearned

SUBJECTS: Mapping[type[Event], Callable[[Any], str]] = {SpeedsLearned: lambda x: f"speeds {x.speeds.version}"}
SENTENCES: Mapping[type[Event], Callable[[Any], str]] = {
    SpeedsLearned: lambda x: f"travel times were learned anew from {x.speeds.legs} legs",
}
