"""Negotiations and cordons in words."""

from __future__ import annotations

from datetime import UTC

from orchestrator.web import negotiation_view
from protos.muster.operator.v1 import agent_service_pb2 as agent_pb
from protos.muster.operator.v1 import negotiation_service_pb2 as pb


def test_an_open_call_counts_its_bids_and_names_the_deadline() -> None:
    call = pb.Negotiation(
        negotiation_id="N-000002",
        subject=pb.NEGOTIATION_SUBJECT_SUPPLY,
        phase=pb.NEGOTIATION_PHASE_CALLED,
        answer_by_s=3_600,
        lots=[pb.NegotiationLot(lot_id=f"lot {number}") for number in range(5)],
        bidders=[pb.NegotiationBidder(bidder="S1"), pb.NegotiationBidder(bidder="S2")],
        bids=[pb.NegotiationBid(bid_id="b1")],
    )
    (row,) = negotiation_view.talks((call,), UTC)
    assert row.title == "N-000002, supply: lot 0, lot 1, lot 2 and 2 more"
    assert (row.text, row.tone) == ("2 asked, 1 bids, answers until 01:00:00", "warn")


def test_a_failed_call_says_how_it_ended() -> None:
    failed = pb.Negotiation(
        negotiation_id="N-3",
        subject=pb.NEGOTIATION_SUBJECT_TENDER,
        phase=pb.NEGOTIATION_PHASE_FAILED,
        outcome="nobody can: rapid has no van",
        story=[pb.NegotiationStep(at_s=60, text="called")],
    )
    (row,) = negotiation_view.talks((failed,), UTC)
    assert (row.text, row.tone, row.story) == ("nobody can: rapid has no van", "bad", ("00:01:00  called",))


def test_cordons() -> None:
    docks = agent_pb.Cordon(
        kind=agent_pb.CORDON_KIND_DOCK,
        resource_id="W1",
        docks=2,
        policy=agent_pb.DRAIN_POLICY_KEEP,
        owner="ada",
        reason="repair",
        expires_s=7_200,
        status=agent_pb.CORDON_STATUS_CORDONED,
    )
    (row,) = negotiation_view.kept((docks,), UTC)
    assert (row.title, row.text) == ("dock W1 (2 docks): cordoned", "ada: repair, until 02:00:00")
    gone = agent_pb.Cordon(
        kind=agent_pb.CORDON_KIND_VEHICLE,
        resource_id="V1",
        policy=agent_pb.DRAIN_POLICY_CANCEL,
        owner="ada",
        reason="sold",
        given_up=["acme/1"],
    )
    (row,) = negotiation_view.kept((gone,), UTC)
    assert (row.title, row.text) == ("vehicle V1: drained, cancel", "ada: sold · 1 orders given up")
