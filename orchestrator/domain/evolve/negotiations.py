"""Folds of events about calls, bids and awards. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.state import State

FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {}
