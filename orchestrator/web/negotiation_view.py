"""Negotiations and cordons in words, for the agents page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from orchestrator.web.words import euros, hhmmss
from protos.muster.operator.v1 import agent_service_pb2 as agent_pb
from protos.muster.operator.v1 import negotiation_service_pb2 as pb

SHOWN = 40
TONES = {"FAILED": "bad", "CALLED": "warn", "AWARDED": "warn"}


@dataclass(frozen=True, slots=True)
class Talk:
    """A negotiation in a row, and its story. `tone`: "", warn or bad."""

    negotiation_id: str
    title: str
    text: str
    state: str
    tone: str
    story: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A cordon in a row: what, why, how far."""

    kind: str
    resource_id: str
    title: str
    text: str
    state: str


def talks(found: tuple[pb.Negotiation, ...], zone: tzinfo) -> tuple[Talk, ...]:
    """A row for each, as listed: the newest first."""
    return tuple(_talk(one, zone) for one in found[:SHOWN])


def _talk(one: pb.Negotiation, zone: tzinfo) -> Talk:
    phase = pb.NegotiationPhase.Name(one.phase).removeprefix("NEGOTIATION_PHASE_")
    subject = pb.NegotiationSubject.Name(one.subject).removeprefix("NEGOTIATION_SUBJECT_").lower()
    what = ", ".join(lot.text or lot.lot_id for lot in one.lots[:3]) + _more(len(one.lots) - 3)
    return Talk(
        negotiation_id=one.negotiation_id,
        title=f"{one.negotiation_id}, {subject}: {what}",
        text=_gist(one, phase, zone),
        state=phase.lower(),
        tone=TONES.get(phase, ""),
        story=tuple(f"{hhmmss(step.at_s, zone)}  {step.text}" for step in one.story),
    )


def _gist(one: pb.Negotiation, phase: str, zone: tzinfo) -> str:
    if phase == "CALLED":
        return f"{len(one.bidders)} asked, {len(one.bids)} bids, answers until {hhmmss(one.answer_by_s, zone)}"
    if one.awards:
        last = one.awards[-1]
        return f"{last.bidder} for {euros(last.price_cents)}: {last.why or last.status.lower()}"
    return one.outcome or one.reason


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def kept(found: tuple[agent_pb.Cordon, ...], zone: tzinfo) -> tuple[Kept, ...]:
    """A row for each cordon in force."""
    return tuple(_kept(one, zone) for one in found)


def _kept(one: agent_pb.Cordon, zone: tzinfo) -> Kept:
    kind = agent_pb.CordonKind.Name(one.kind).removeprefix("CORDON_KIND_").lower()
    policy = agent_pb.DrainPolicy.Name(one.policy).removeprefix("DRAIN_POLICY_").lower()
    until = f", until {hhmmss(one.expires_s, zone)}" if one.HasField("expires_s") else ""
    docks = f" ({one.docks} docks)" if one.docks else ""
    left = f" · {len(one.given_up)} orders given up" if one.given_up else ""
    return Kept(
        kind=kind,
        resource_id=one.resource_id,
        title=f"{kind} {one.resource_id}{docks}: {'cordoned' if policy == 'keep' else 'drained, ' + policy}",
        text=f"{one.owner}: {one.reason}{until}{left}",
        state=agent_pb.CordonStatus.Name(one.status).removeprefix("CORDON_STATUS_").lower(),
    )
