"""The one way to change an immutable entity: a copy with other values."""

from __future__ import annotations

from typing import TypeVar

from orchestrator.domain.types import Frozen

M = TypeVar("M", bound=Frozen)


def changed(entity: M, **values: object) -> M:
    """A copy of `entity` with `values`. The values come from validated events, so they are not checked again."""
    return entity.model_copy(update=values)
