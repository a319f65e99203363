"""Item-sites and problems for the replenishment tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from solvers.replenishment.item import Component, ItemSite, PriceTier, Receipt, Requirement, Source
from solvers.replenishment.lead_time import start
from solvers.replenishment.problem import Published, ReplenishmentProblem
from solvers.replenishment.shared import DAY_S, Budget, Line, Site, Supplier

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
def _sources(draw: st.DrawFn, made: bool) -> tuple[Source, ...]:
    if draw(st.booleans()):
        return ()
    source = Source(
        source_id="acme",
        promised_s=draw(st.integers(0, 40 * DAY_S)),
        kind="production" if made else draw(st.sampled_from(("purchase", "production"))),
        promised_sd_s=draw(st.integers(0, 10 * DAY_S)),
        order_cost_cents=draw(st.integers(0, 5_000)),
        min_order_quantity=draw(st.integers(1, 100)),
        order_multiple=draw(st.integers(1, 30)),
    )
    return (source,)


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
                sources=draw(_sources(bool(parts))),
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


@st.composite
def shared_problems(draw: st.DrawFn) -> ReplenishmentProblem:
    """Up to 7 items at two sites from three suppliers and a line, with limits that often bind."""
    count = draw(st.integers(1, 7))
    built = [draw(_shared_item(number, count)) for number in range(count)]
    amounts = st.sampled_from((0, 0, 100, 2_000, 20_000, 300_000))
    suppliers = tuple(
        Supplier(
            name,
            min_order_cents=draw(amounts),
            freight_cents=draw(st.sampled_from((0, 5_000))),
            free_freight_cents=draw(amounts),
            truck_weight_g=draw(st.sampled_from((0, 3_000))),
            max_trucks=draw(st.integers(0, 3)),
            capacity_units=draw(st.sampled_from((0, 5, 60, 400))),
        )
        for name in draw(st.lists(st.sampled_from(("acme", "bolt", "cord")), unique=True))
    )
    sites = tuple(Site(name, storage_cm3=draw(amounts)) for name in draw(st.sampled_from(((), ("plant", "shop")))))
    lines = (Line("line", capacity_s=draw(st.sampled_from((0, 500, 9_000)))),)
    budget = draw(st.none() | st.builds(Budget, st.sampled_from((0, 3_000, 40_000, 500_000))))
    published = tuple(
        Published(i.item_id, i.site_id, i.sources[0].source_id, draw(st.sampled_from((20, 60, 200))))
        for i in built
        if draw(st.booleans()) and i.sources
    )
    change_cents = draw(st.sampled_from((0, 0, 500)))
    return ReplenishmentProblem(NOW_S, tuple(built), suppliers, sites, lines, budget, published, change_cents)


@st.composite
def _shared_item(draw: st.DrawFn, number: int, count: int) -> ItemSite:
    later = draw(st.lists(st.integers(number + 1, max(number + 1, count - 1)), max_size=2, unique=True))
    site_of = ("plant", "shop")
    parts = tuple(Component(f"I{n}", site_of[n % 2], draw(st.integers(1, 3))) for n in later if n < count)
    names = draw(st.lists(st.sampled_from(("acme", "bolt", "cord")), max_size=3, unique=True))
    sources = [draw(_priced_source(name)) for name in names]
    if parts:
        setup_s, unit_s = draw(st.integers(0, 600)), draw(st.integers(0, 60))
        sources.insert(0, Source("line", DAY_S, "production", setup_s=setup_s, unit_s=unit_s))
    on_hand = draw(st.sampled_from((0, 3, 40, 150)))
    return ItemSite(
        item_id=f"I{number}",
        site_id=site_of[number % 2],
        on_hand=on_hand,
        demand_history=tuple(draw(st.lists(st.sampled_from((0, 0, 1, 5, 20)), min_size=1, max_size=20))),
        sources=tuple(sources),
        allocated=draw(st.integers(0, on_hand)),
        backorders=draw(st.sampled_from((0, 0, 30))),
        on_order=tuple(Receipt(*movement) for movement in draw(_movements())),
        components=parts,
        unit_cost_cents=draw(st.sampled_from((0, 10, 300))),
        shortage_cents_unit_day=draw(st.integers(1, 50)),
        service_kind=draw(st.sampled_from(("cycle", "fill_rate", "cost"))),
        weight_g=draw(st.sampled_from((0, 10, 100))),
        volume_cm3=draw(st.sampled_from((0, 50))),
    )


@st.composite
def _priced_source(draw: st.DrawFn, name: str) -> Source:
    agreed = draw(st.integers(0, 12))
    lead_time = draw(st.none() | st.just(start(agreed, draw(st.integers(0, 3)))))
    tiers = draw(st.sampled_from(((), (PriceTier(1, 300), PriceTier(50, 250)), (PriceTier(1, 20), PriceTier(9, 5)))))
    return Source(
        source_id=name,
        promised_s=agreed * DAY_S,
        lead_time=lead_time,
        tiers=tiers,
        tier_rule=draw(st.sampled_from(("all_units", "incremental"))),
        order_cost_cents=draw(st.integers(0, 2_000)),
        transport_cents_unit=draw(st.integers(0, 3)),
        min_order_quantity=draw(st.integers(1, 40)),
        order_multiple=draw(st.sampled_from((1, 1, 6, 20))),
        capacity=draw(st.sampled_from((0, 0, 120))),
    )
