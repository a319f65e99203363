"""The twin's books conserve units; suppliers and lines move them; the report has what it documents."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.company import Company
from orchestrator.domain.entities import PurchaseOrder
from orchestrator.domain.plan import PlannedTask
from orchestrator.twin.chance import Chance
from orchestrator.twin.day import SAMPLE_COMPANY
from orchestrator.twin.weeks import report as reporting
from orchestrator.twin.weeks.books import YEAR_S, Books
from orchestrator.twin.weeks.cast import DAY_S as DAY
from orchestrator.twin.weeks.cast import Cast
from orchestrator.twin.weeks.lines import Lines
from orchestrator.twin.weeks.office import Office
from orchestrator.twin.weeks.run import Weeks
from orchestrator.twin.weeks.setup import make_setup
from orchestrator.twin.weeks.suppliers import NEVER_S, Suppliers
from orchestrator.twin.world import Ack, Reply
from protos.muster.operator.v1 import event_service_pb2 as pb
from tests.unit.company.files import DAY_S
from tests.unit.twin.bare import Bench, at

KEY = ("WH", "PUMP")


def books(on_hand: int = 10) -> Books:
    return Books(
        on_hand=Counter({KEY: on_hand}),
        unit_cents={"PUMP": 4_000, "CASE": 900, "STEEL": 100},
        short_cents={KEY: 200},
        holding_per_mille_year=250,
        now_s=0,
        cast_item_ids=frozenset({"PUMP"}),
    )


moves = st.lists(st.tuples(st.sampled_from(["put", "sell", "take"]), st.integers(0, 40)), max_size=40)


@given(st.integers(0, 50), moves)
def test_units_are_conserved(begin: int, made: list[tuple[str, int]]) -> None:
    kept = books(begin)
    for kind, units in made:
        if kind == "put":
            kept.put(KEY, units)
        elif kind == "sell":
            sold, short = kept.sell(KEY, [units, units // 2])
            assert sold + short == units + units // 2
        elif units <= kept.on_hand[KEY]:
            kept.take(KEY, units)
        assert kept.on_hand[KEY] == begin + kept.came[KEY] - kept.went[KEY] >= 0


def test_customers_are_served_in_turn_and_the_rest_is_counted() -> None:
    kept = books(10)
    assert kept.sell(KEY, [6, 6, 3]) == (10, 5)
    kept.end_day()
    assert kept.sell(KEY, [1]) == (0, 1)
    kept.end_day()
    total = kept.shorts(lambda key: True)
    assert (total.customers, total.misses, total.units, total.wanted, total.days) == (4, 3, 6, 16, 2)
    assert (kept.short_by_day, kept.cast_short_by_day, kept.shortage_cents) == ([2, 1], [2, 1], 6 * 200)


def test_what_is_not_there_cannot_leave() -> None:
    with pytest.raises(ValueError, match="11 × PUMP cannot leave WH: 10 are there"):
        books(10).take(KEY, 11)


def test_stock_costs_by_what_lay_there_and_how_long() -> None:
    kept = books(10)
    kept.until(YEAR_S)
    assert kept.cost_cents == 10 * 4_000 * 250 // 1_000


def test_an_order_is_delivered_once_or_never_and_paid_when_it_comes() -> None:
    bench = Bench()
    kept = books()
    company = bench.state.company
    assert company is not None
    cast = Cast("S1", item_ids=("STEEL",), from_day=0, lost_share=1.0)
    for suppliers, comes in ((Suppliers(company, cast, Chance(1), kept), False), (usual(company, kept), True)):
        bench.state.purchases["X"] = order("X", placed_s=at(6))
        suppliers.take_orders(bench.state)
        due = [one.purchase_order_id for one in suppliers.due(bench.state, at(6) + 30 * DAY)]
        assert ("X" in due) is comes
        assert suppliers.never_comes("X") is not comes
    suppliers.deliver(bench.state.purchases["X"])
    assert "X" not in [one.purchase_order_id for one in suppliers.due(bench.state, NEVER_S - 1)]
    assert kept.on_hand[("PL", "STEEL")] == 50
    assert kept.price_cents == (95 - 100) * 50
    assert kept.order_cents == 2 * 2 * 1_500  # one more purchase order is in the company's files


def usual(company: Company, kept: Books) -> Suppliers:
    return Suppliers(company, Cast(""), Chance(1), kept)


def order(order_id: str, placed_s: int) -> PurchaseOrder:
    return PurchaseOrder(
        purchase_order_id=order_id,
        supplier_id="S1",
        item_id="STEEL",
        site_id="PL",
        quantity=50,
        placed_s=placed_s,
        expected_s=placed_s + 3 * DAY,
    )


def test_a_lorry_takes_what_is_there() -> None:
    bench, kept = Bench(), books(10)
    company = bench.state.company
    assert company is not None
    suppliers = usual(company, kept)
    sent = order("T", at(6)).model_copy(
        update={"supplier_id": "WH", "from_site_id": "WH", "site_id": "PL", "item_id": "PUMP", "quantity": 12}
    )
    bench.state.purchases["T"] = sent
    suppliers.take_orders(bench.state)
    assert (kept.on_hand[KEY], suppliers.quantity(sent)) == (0, 10)
    assert suppliers.arrival_s["T"] == at(6) + DAY
    suppliers.deliver(sent)
    assert (kept.on_hand[("PL", "PUMP")], kept.transfer_cents) == (10, 50)


def test_lines_start_what_is_planned_when_materials_are_there() -> None:
    bench, kept = Bench(), books(0)
    told: list[tuple[str, int]] = []

    async def report(request: pb.ReportEventRequest) -> Reply:
        kind = str(request.WhichOneof("report"))
        told.append((kind, getattr(request, kind).at_s))
        bench.server.report("line", request)
        return Ack(0, 0)

    lines = Lines(Chance.none(), kept, report)
    planned = [
        PlannedTask(task_id="MO-1:0", production_order_id="MO-1", machine_id="M1", start_s=at(7), end_s=at(8)),
        PlannedTask(task_id="MO-1:1", production_order_id="MO-1", machine_id="M2", start_s=at(7), end_s=at(9)),
    ]
    asyncio.run(lines.work(bench.state, planned, at(6), at(8)))
    assert told == []
    kept.put(("PL", "CASE"), 5)
    asyncio.run(lines.work(bench.state, planned, at(8), at(12)))
    assert told == [
        ("task_started", at(8)),
        ("task_finished", at(8) + 120 + 30 * 5),
        ("task_started", at(8) + 120 + 30 * 5),
        ("task_finished", at(8) + 120 + 30 * 5 + 60 + 10 * 5),
    ]
    assert (kept.on_hand[("PL", "CASE")], kept.on_hand[KEY], lines.completed) == (0, 5, 1)


def test_the_report_has_what_it_documents() -> None:
    setup = make_setup(SAMPLE_COMPANY, Chance(1), DAY_S)
    both = [Weeks(policy, setup, Chance(1), Office(SAMPLE_COMPANY / "none", {})) for policy in ("fixed", "learned")]
    key = next(iter(setup.laws))
    both[0].books.sell(key, [10_000])
    both[0].books.end_day()
    made = reporting.make_report(setup, both, days=1, seed=1, wall_s=1.0)
    documented = str(reporting.__doc__)
    for name in (*made, *made["policies"]["fixed"], *made["compared"]):
        assert name in documented, name
    assert made["policies"]["fixed"]["stock_outs"] == 1
    assert made["compared"]["half_the_stock_outs"]
    table = reporting.in_words(made)
    assert all(name in table[0] for name in ("fixed", "learned"))
    assert any("half or less" in line for line in table)
