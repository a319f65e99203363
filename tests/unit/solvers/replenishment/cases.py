"""Item-sites and problems for the replenishment tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from solvers.replenishment.item import Component, ItemSite, Receipt, Requirement, Source
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import DAY_S

NOW_S = 1_700_000_000
STEADY = (10, 12, 8, 11, 9, 10, 10, 12, 8, 10)
"""Mean 10 a day."""


SOURCE_FIELDS = ("min_order_quantity", "order_multiple", "order_cost_cents", "kind", "source_id")


def item(**changes: Any) -> ItemSite:
    """A bought item with a lead time of 4 days, looked at daily. Fields of a source make its one source."""
    source: dict[str, Any] = {"source_id": "acme", "promised_s": 4 * DAY_S}
    source.update((name, changes.pop(name)) for name in SOURCE_FIELDS if name in changes)
    fields: dict[str, Any] = {
        "item_id": "bolt",
        "site_id": "north",
        "sources": (Source(**source),) if source["source_id"] else (),
        "on_hand": 100,
        "demand_history": STEADY,
    }
    return ItemSite(**{**fields, **changes})


def problem(*item_sites: ItemSite) -> ReplenishmentProblem:
    """As of NOW_S."""
    return ReplenishmentProblem(NOW_S, item_sites)


@st.composite
def _movements(draw: st.DrawFn) -> list[tuple[int, int]]:
    days = st.integers(-5, 40)
    found = draw(st.lists(st.tuples(days, st.integers(1, 200)), max_size=3))
    return [(NOW_S + day * DAY_S + draw(st.integers(0, 9)), units) for day, units in found]


@st.composite
def _sources(draw: st.DrawFn, made: bool) -> Source:
    return Source(
        source_id="acme",
        promised_s=draw(st.integers(0, 40 * DAY_S)),
        kind="production" if made else draw(st.sampled_from(("purchase", "production"))),
        promised_sd_s=draw(st.integers(0, 10 * DAY_S)),
        order_cost_cents=draw(st.integers(0, 5_000)),
        min_order_quantity=draw(st.integers(1, 100)),
        order_multiple=draw(st.integers(1, 30)),
    )


@st.composite
def problems(draw: st.DrawFn) -> ReplenishmentProblem:
    """Up to 6 items at one plant, each made of later ones, with any figures the rules allow."""
    count = draw(st.integers(1, 6))
    built = []
    for number in range(count):
        later = draw(st.lists(st.integers(number + 1, max(number + 1, count - 1)), max_size=2, unique=True))
        parts = tuple(Component(f"I{n}", "plant", draw(st.integers(1, 5))) for n in later if n < count)
        on_hand = draw(st.integers(0, 500))
        built.append(
            ItemSite(
                item_id=f"I{number}",
                site_id="plant",
                sources=(draw(_sources(bool(parts))),) if draw(st.booleans()) else (),
                on_hand=on_hand,
                demand_history=tuple(draw(st.lists(st.sampled_from((0, 0, 0, 1, 5, 40)), min_size=1, max_size=30))),
                allocated=draw(st.integers(0, on_hand)),
                backorders=draw(st.sampled_from((0, 0, 30))),
                on_order=tuple(Receipt(*movement) for movement in draw(_movements())),
                requirements=tuple(Requirement(*movement) for movement in draw(_movements())),
                components=parts,
                unit_cost_cents=draw(st.integers(0, 1_000)),
                shortage_cents_unit_day=draw(st.integers(0, 50)),
                service_level_permille=draw(st.integers(500, 999)),
                review_s=draw(st.integers(0, 7 * DAY_S)),
            )
        )
    order = draw(st.permutations(built))
    return ReplenishmentProblem(NOW_S, tuple(order))
