"""What a warehouse's agent says when only some docks are open: how many, if more vehicles are to load at once.

Promises: the same number is refused once, renewed before its time ends; another number is said anew while one is held;
when all docks are open again, the refusal is over. Pure; called by `agents.warehouse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from agents.messages import AgentRef, Pick, Report
from agents.readings import DockState
from agents.refusals import RENEW_S, Code, Refused

#: A dock is not repaired within minutes; that it is open again is said at once.
SHORT_LEASE_S = 4 * 3_600


@dataclass(frozen=True, slots=True)
class Short:
    """Of `docks` docks `open_docks` are open, as of `at_s` (0: never read). Refused: `said` until `until_s`, 0: not."""

    docks: int = 0
    at_s: int = 0
    open_docks: int = 0
    said: int = 0
    until_s: int = 0


def read_short(short: Short, reading: DockState) -> Short:
    """The newest reading counts."""
    return replace(short, at_s=reading.at_s, open_docks=reading.open_docks) if reading.at_s > short.at_s else short


def most_at_once(picks: Iterable[Pick]) -> int:
    """The most vehicles that stand at the docks at once, as planned."""
    spans = {(pick.vehicle_id, pick.load_s, pick.needed_s) for pick in picks}
    turns = sorted(turn for _, from_s, to_s in spans for turn in ((from_s, 1), (to_s, -1)))
    most = standing = 0
    for _, change in turns:
        standing += change
        most = max(most, standing)
    return most


def judge_short(
    agent: AgentRef, revision: int, short: Short, most: Callable[[], int], now_s: int
) -> tuple[Short, Sequence[Report]]:
    """Refuse that more vehicles load at once than docks are open. most: how many the plan wants there, at the most."""
    if not short.at_s or not short.docks:
        return short, ()
    held = short.said if short.until_s > now_s else 0
    if short.open_docks >= short.docks:
        if not held:
            return short, ()
        over = _said(agent, revision, short, "all docks are open again", short.until_s, now_s, over=True)
        return replace(short, said=0, until_s=0), (over,)
    if not short.open_docks or not _to_say(short, held, most, now_s):
        return short, ()
    until_s = now_s + SHORT_LEASE_S
    reason = f"{short.open_docks} of {short.docks} docks are open"
    reason += "" if held else f", {most()} vehicles are to load at once"
    said = _said(agent, revision, short, reason, until_s, now_s, over=False)
    return replace(short, said=short.open_docks, until_s=until_s), (said,)


def _to_say(short: Short, held: int, most: Callable[[], int], now_s: int) -> bool:
    """Whether it is news, or what is held needs renewal while there is something to load."""
    if held == short.open_docks:
        return short.until_s - now_s <= RENEW_S and most() > 0
    return bool(held) or most() > short.open_docks


def _said(
    agent: AgentRef, revision: int, short: Short, reason: str, until_s: int, now_s: int, *, over: bool
) -> Refused:
    return Refused(
        agent=agent,
        number=0,
        at_s=now_s,
        revision=revision,
        code=Code.DOCKS_SHORT,
        subject="",
        reason=reason,
        until_s=until_s,
        over=over,
        left=short.open_docks,
    )
