"""A line's lead time is what its own orders took."""

from __future__ import annotations

from orchestrator.company.reader import read_company
from orchestrator.domain.entities import ProductionOrder
from orchestrator.domain.state import State
from orchestrator.planning.line_lead import ORDERS_LEAST, line_lead
from tests.unit.company.files import DAY_S, files


def state_with(lengths_s: list[int]) -> State:
    """Finished orders of the pump, as long as told."""
    state = State()
    state.items = {item.item_id: item for item in read_company(files(), DAY_S).company.items}
    for number, length_s in enumerate(lengths_s):
        order_id = f"RM-{number:06d}"
        state.production[order_id] = ProductionOrder(
            production_order_id=order_id, item_id="PUMP", quantity=5, due_s=0, released_s=1_000, tasks=(),
            done_s=1_000 + length_s,
        )  # fmt: skip
    return state


def test_too_few_orders_tell_nothing() -> None:
    assert line_lead(state_with([3_600] * (ORDERS_LEAST - 1)), "L1") is None


def test_mean_and_spread_of_what_was_finished() -> None:
    assert line_lead(state_with([3_600, 7_200] * 3), "L1") == (5_400, 1_800)
    assert line_lead(state_with([3_600] * 9), "L2") is None


def test_the_newest_orders_count() -> None:
    assert line_lead(state_with([90_000] * 50 + [3_600] * 40), "L1") == (3_600, 0)
