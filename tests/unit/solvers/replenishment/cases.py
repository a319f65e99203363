"""Item-sites and problems for the replenishment tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from solvers.replenishment.problem import DAY_S, Component, ItemSite, Receipt, ReplenishmentProblem, Requirement

NOW_S = 1_700_000_000
STEADY = (10, 12, 8, 11, 9, 10, 10, 12, 8, 10)
"""Mean 10 a day."""


def item(**changes: Any) -> ItemSite:
    """A bought item with a lead time of 4 days, looked at daily."""
    fields: dict[str, Any] = {
        "item_id": "bolt",
        "site_id": "north",
        "kind": "purchase",
        "source_id": "acme",
        "on_hand": 100,
        "demand_history": STEADY,
        "lead_time_mean_s": 4 * DAY_S,
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
                kind="production" if parts else draw(st.sampled_from(("purchase", "production"))),
                source_id=draw(st.sampled_from(("", "acme"))),
                on_hand=on_hand,
                demand_history=tuple(draw(st.lists(st.sampled_from((0, 0, 0, 1, 5, 40)), min_size=1, max_size=30))),
                lead_time_mean_s=draw(st.integers(0, 40 * DAY_S)),
                lead_time_sd_s=draw(st.integers(0, 10 * DAY_S)),
                allocated=draw(st.integers(0, on_hand)),
                backorders=draw(st.sampled_from((0, 0, 30))),
                on_order=tuple(Receipt(*movement) for movement in draw(_movements())),
                requirements=tuple(Requirement(*movement) for movement in draw(_movements())),
                components=parts,
                min_order_quantity=draw(st.integers(1, 100)),
                order_multiple=draw(st.integers(1, 30)),
                unit_cost_cents=draw(st.integers(0, 1_000)),
                order_cost_cents=draw(st.integers(0, 5_000)),
                shortage_cents_unit_day=draw(st.integers(0, 50)),
                service_level_permille=draw(st.integers(500, 999)),
                review_s=draw(st.integers(0, 7 * DAY_S)),
            )
        )
    order = draw(st.permutations(built))
    return ReplenishmentProblem(NOW_S, tuple(order))
