"""Suppliers' agents are asked in their hosts; whatever happens to a host, every call is answered."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from agents.host import AgentHost, HostBatch
from agents.messages import AgentKind, Instruction, Report, SupplierBook, SupplyCall
from agents.supplier_bid import DAY_S, Terms
from agents.supplier_quote import quoted
from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.negotiations import Bidder, Lot, Phase, Subject
from orchestrator.domain.negotiations_commands import DeclineCall, OpenNegotiation, SubmitBid
from orchestrator.domain.sourcing import Source
from orchestrator.negotiation.asked import ASKS_MAX, PATIENCE_PCT, WAIT_NS, AskedAgents
from orchestrator.negotiation.desk import NegotiationDesk
from orchestrator.negotiation.settings import NegotiationSettings
from orchestrator.negotiation.supply import BY_THE_CORE, answer_of
from orchestrator.planning.ports import NoSolvers
from orchestrator.publish.reports import command_of, request_id_of
from tests.unit.domain.small_company import NOW_S, World, small_company
from tests.unit.negotiation.test_callers import proposal
from tests.unit.negotiation.test_desk import Core
from tests.waiting import wait_for

CALL = SupplyCall("N-000001", "S1", "board@W1", 10, Terms(500, DAY_S, order_cents=7), NOW_S)
BY_S = NOW_S + 900


class Hosts:
    """A bridge to one supplier host. `deaths`: so many calls reach a host that dies before it answers."""

    def __init__(self, deaths: int = 0, *, ready: bool = True) -> None:
        self.deaths, self.ready = deaths, ready
        self.sent: list[SupplyCall] = []
        self.on_reports: Callable[[Iterable[Report]], None] = lambda reports: None
        self._host = self._fresh()

    def _fresh(self) -> AgentHost:
        host = AgentHost(AgentKind.SUPPLIER)
        host.handle(HostBatch(NOW_S, roster=(Instruction(CALL.agent, 1, 1, SupplierBook(), full=True),)))
        return host

    def send_telemetry(self, telemetry: Iterable[Any]) -> None:
        calls = pickle.loads(pickle.dumps(tuple(telemetry)))
        self.sent += calls
        reply = self._host.handle(HostBatch(NOW_S, telemetry=calls))
        if self.deaths > 0:
            self.deaths -= 1
            self._host = self._fresh()
        else:
            self.on_reports(reply.reports)


class Watch:
    """A stopwatch that each look moves on."""

    def __init__(self, step_ns: int = 0) -> None:
        self.now_ns, self._step_ns = 0, step_ns

    def monotonic_ns(self) -> int:
        self.now_ns += self._step_ns
        return self.now_ns


def test_a_call_goes_to_the_agent_once_while_its_answer_is_waited_for() -> None:
    hosts, watch = Hosts(), Watch()
    asked = AskedAgents(hosts, watch)
    assert [asked.ask(CALL, BY_S, NOW_S) for _ in range(3)] == [True] * 3
    assert hosts.sent == [CALL]
    assert asked.over() == []
    watch.now_ns = WAIT_NS
    assert asked.over() == ["N-000001"]
    asked.answered("N-000001", "S1")
    assert asked.over() == []


def test_a_silent_agent_is_asked_again_and_then_answered_for() -> None:
    hosts, watch = Hosts(), Watch(WAIT_NS)
    asked = AskedAgents(hosts, watch)
    said = [asked.ask(CALL, BY_S, NOW_S) for _ in range(ASKS_MAX + 1)]
    assert said == [True] * ASKS_MAX + [False]
    assert len(hosts.sent) == ASKS_MAX
    assert asked.over() == []


@pytest.mark.parametrize(
    ("hosts", "now_s"),
    [(None, NOW_S), (Hosts(ready=False), NOW_S), (Hosts(), NOW_S + 900 * PATIENCE_PCT // 100)],
)
def test_nobody_is_waited_for_without_a_bridge_or_when_time_runs_out(hosts: Hosts | None, now_s: int) -> None:
    assert not AskedAgents(hosts, Watch()).ask(CALL, BY_S, now_s)


def test_the_same_call_gives_the_same_answer_wherever_and_whenever() -> None:
    first, second = quoted(CALL), quoted(CALL)
    assert request_id_of(first) == request_id_of(second)
    bid = command_of(first)
    assert isinstance(bid, SubmitBid)
    assert (bid.price_cents, bid.promises[0].at_s, bid.note[:12]) == (5_007, NOW_S + DAY_S, "by its agent")
    declined = answer_of(quoted(SupplyCall("N-000001", "S1", "board@W1", 10, None, NOW_S)), BY_THE_CORE)
    assert isinstance(declined, DeclineCall)
    assert declined.reason == f"does not sell it ({BY_THE_CORE})"


def called() -> World:
    """S1 is called for ten boards."""
    company = small_company()
    sold = (Source(item_id="board", supplier_id="S1", unit_cost_cents=500),)
    world = World()
    world.do(ImportCompany(company=company.model_copy(update={"sources": sold})))
    world.state.plan.proposals["board@W1"] = proposal(900_000)
    lot = Lot(lot_id="board@W1", penalty_cents=10**9, from_s=NOW_S, item_id="board", quantity=10, site_id="W1")
    world.do(
        OpenNegotiation(
            subject=Subject.SUPPLY,
            owner="system:negotiation",
            lots=(lot,),
            bidders=(Bidder(bidder="S1"),),
            answer_by_s=BY_S,
            confirm_s=600,
        )
    )
    return world


@pytest.mark.parametrize(
    ("hosts", "by"),
    [
        (Hosts(), "by its agent"),
        (Hosts(deaths=2), "by its agent"),
        (Hosts(deaths=100), BY_THE_CORE),
        (Hosts(ready=False), BY_THE_CORE),
        (None, BY_THE_CORE),
    ],
)
async def test_a_call_is_settled_whatever_hosts_do_between_call_and_bid(hosts: Hosts | None, by: str) -> None:
    world = called()
    core, taken = Core(world), list[asyncio.Task[None]]()

    def take(reports: Iterable[Report]) -> None:
        for report in reports:
            submitting = core.submit(command_of(report), principal=f"agent:{report.agent}")
            taken.append(asyncio.create_task(submitting))

    if hosts is not None:
        hosts.on_reports = take
    watch = Watch(WAIT_NS // 3)
    core.monotonic_ns = watch.monotonic_ns  # type: ignore[method-assign]
    desk = NegotiationDesk(core, core, NegotiationSettings(), NoSolvers(), agents=hosts)
    desk.start()
    (key,) = world.state.negotiations

    try:
        await wait_for(lambda: world.state.negotiations[key].phase is not Phase.CALLED, "the call is settled", 60.0)
    finally:
        await desk.stop()
    (bid,) = world.state.negotiations[key].bids
    assert bid.note.startswith(by)
    assert any(by in step.text for step in world.state.negotiations[key].story)
    assert key in world.state.negotiations
