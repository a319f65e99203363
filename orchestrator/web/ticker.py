"""The ticker: plan revisions in words, newest first, with the events that caused them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.web.words import hhmmss, spaced, zone_of
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1 import plan_pb2

CAUSES_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One revision. `tone`: plan tier as a style; `causes`: what led to it."""

    revision: int
    at: str
    tier: str
    causes: str
    summary: str


def lines(overview: pb.Overview) -> tuple[Line, ...]:
    """The revisions that the overview carries."""
    zone = zone_of(overview.time_zone)
    return tuple(
        Line(
            revision=revision.revision,
            at=hhmmss(revision.at_s, zone),
            tier=plan_pb2.Tier.Name(revision.tier).removeprefix("TIER_").lower(),
            causes=_causes(revision),
            summary=revision.summary,
        )
        for revision in overview.revisions
    )


def _causes(revision: plan_pb2.Revision) -> str:
    shown = [f"{spaced(cause.kind)} (event {cause.seq})" for cause in revision.causes[:CAUSES_SHOWN]]
    more = len(revision.causes) - CAUSES_SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
