"""The warehouse's agent: what it foresees, how long it waits, and what it refuses."""

import pytest

from agents.messages import AgentKind, Inbound, Pick, PickRefused, ShelfCount, StockRisk, WarehouseBook
from agents.warehouse import PATIENCE_S, REFUSE_WITHIN_S, project
from tests.unit.agents.telling import DAY_S, Agent

LATER_S = DAY_S + 4 * 3600


def warehouse(on_hand: int, needed_s: int = LATER_S, quantity: int = 10, **inbound: Inbound) -> Agent:
    agent = Agent(AgentKind.WAREHOUSE, "W1")
    picks = {"acme/1": Pick(needed_s, (("A", quantity),))}
    agent.told(WarehouseBook({"A": on_hand}, picks, inbound), full=True)
    return agent


@pytest.mark.parametrize(
    ("on_hand", "coming_s", "short"),
    [
        (10, None, None),  # just enough
        (9, None, 1),
        (0, LATER_S, None),  # comes in the last moment
        (0, LATER_S + 1, 10),  # comes too late
    ],
)
def test_projection(on_hand: int, coming_s: int | None, short: int | None) -> None:
    inbound = {"PO-1": Inbound("A", 10, coming_s)} if coming_s else {}
    found = project(warehouse(on_hand, **inbound).state, ["A"])["A"]
    assert (found.short if found else None) == short


def test_a_risk_is_told_once_after_patience_and_once_when_over() -> None:
    agent = warehouse(4)
    assert agent.tick(DAY_S + PATIENCE_S - 1) == ()
    (risk,) = agent.tick(DAY_S + PATIENCE_S)
    assert isinstance(risk, StockRisk)
    assert (risk.item_id, risk.short, risk.needed_s) == ("A", 6, LATER_S)
    assert agent.tick(DAY_S + 2 * PATIENCE_S) == ()
    agent.told(WarehouseBook(on_hand={"A": 10}), DAY_S + 600)
    (over,) = agent.tick(DAY_S + 600 + PATIENCE_S)
    assert isinstance(over, StockRisk)
    assert over.over
    assert agent.tick(DAY_S + 3000) == ()


def test_a_shortage_that_planning_mends_at_once_is_nobodys_business() -> None:
    agent = warehouse(4)
    agent.told(WarehouseBook(picks={"acme/1": None}), DAY_S + PATIENCE_S - 1)
    agent.tick(DAY_S + 5 * PATIENCE_S)
    assert agent.said == []


def test_a_pick_that_is_due_and_cannot_be_done_is_refused_once() -> None:
    agent = warehouse(4, needed_s=DAY_S + REFUSE_WITHIN_S)
    reports = agent.tick(DAY_S + PATIENCE_S)
    assert [type(report) for report in reports] == [StockRisk, PickRefused]
    refused = reports[1]
    assert isinstance(refused, PickRefused)
    assert (refused.order_id, refused.item_id, refused.short, refused.revision) == ("acme/1", "A", 6, 1)
    agent.told(WarehouseBook(), DAY_S + PATIENCE_S + 1)  # a new revision that leaves the pick as it is
    assert agent.tick(DAY_S + 2 * PATIENCE_S) == ()
    later = Pick(DAY_S + REFUSE_WITHIN_S + 60, (("A", 10),))
    agent.told(WarehouseBook(picks={"acme/1": later}), DAY_S + 3 * PATIENCE_S)
    assert [type(report) for report in agent.said].count(PickRefused) == 2


def test_an_empty_shelf_counts_until_the_books_follow() -> None:
    agent = warehouse(50)
    agent.hear(ShelfCount("W1", "A", 0, DAY_S + 10), DAY_S + 10)
    agent.hear(ShelfCount("W1", "A", 50, DAY_S + 5), DAY_S + 11)  # older: dropped
    (risk,) = agent.tick(DAY_S + 10 + PATIENCE_S)
    assert isinstance(risk, StockRisk)
    agent.told(WarehouseBook(on_hand={"A": 50}), DAY_S + 600)
    (over,) = agent.tick(DAY_S + 600 + PATIENCE_S)
    assert isinstance(over, StockRisk)
    assert over.over


def test_what_people_were_told_before_a_restart_is_taken_back_when_it_no_longer_holds() -> None:
    agent = Agent(AgentKind.WAREHOUSE, "W1")
    agent.told(WarehouseBook({"A": 50}, risk_told=("A",)), full=True)
    (over,) = agent.tick(DAY_S + PATIENCE_S)
    assert isinstance(over, StockRisk)
    assert over.over
