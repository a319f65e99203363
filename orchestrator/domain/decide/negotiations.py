"""Decisions about calls, bids and awards. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.state import State

HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {}
