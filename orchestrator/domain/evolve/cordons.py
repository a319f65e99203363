"""Folds of events about vehicles, lines and docks that take no new work. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.state import State

FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {}
