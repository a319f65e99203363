"""A reminder as its agent gets it. Knows no other module, for `agents.messages` is made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reminder:
    """The agent wanted to be told `payload` at `due_s`. seq: the log's record that says that it is due."""

    seq: int
    name: str
    due_s: int
    payload: str = ""
