"""What happened to resources that take no new work."""

from __future__ import annotations

from orchestrator.domain.cordons import Cordon
from orchestrator.domain.events import Event
from orchestrator.domain.types import Id, Text


class ResourceCordoned(Event):
    """A person keeps a resource off new work; of an older cordon on it this is the new version."""

    cordon: Cordon


class ResourceDrained(Event):
    """A drained resource has nothing left to do."""

    cordon_id: Id


class ResourceUncordoned(Event):
    """A resource takes work again; `by` is empty when the cordon's time was over."""

    cordon_id: Id
    by: Text = ""
    reason: Text = ""
