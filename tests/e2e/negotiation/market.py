"""A server of the test's own loop whose two partners are carriers, and one of whose suppliers has a system."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.company import Company, StockPolicy, Supplier
from orchestrator.domain.sourcing import Source
from orchestrator.runtime.bootstrap import Server
from tests.serving import Caller, serve_company, two_partner_company
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

HOUR_S = 3_600
#: Starting planning loads kernels first.
PLANNED_S = 100.0


def carrying_company() -> Company:
    """acme and beta are carriers; acme carries little."""
    company = two_partner_company()
    light = {"carries": True, "carry_weight_g": 6_000}
    partners = (
        company.partners[0].model_copy(update=light),
        company.partners[1].model_copy(update={"carries": True}),
    )
    return company.model_copy(update={"partners": partners})  # type: ignore[no-any-return]


def buying_company() -> Company:
    """Boards are needed at once; S1 sells them by its agent, S2 cheaper by beta's system."""
    company = carrying_company()
    partners = (company.partners[0], company.partners[1].model_copy(update={"supplier_id": "S2"}))
    stock = tuple(
        StockPolicy(site_id=one.site_id, item_id=one.item_id, on_hand=0 if one.item_id == "board" else one.on_hand,
                    daily_demand=(60, 80, 40, 100) * 5, automatic=False)
        for one in company.stock
    )  # fmt: skip
    return company.model_copy(
        update={
            "partners": partners,
            "stock": stock,
            "purchase_orders": (),
            "suppliers": (*company.suppliers, Supplier(supplier_id="S2", name="Planer", lead_time_s=86_400)),
            "sources": (
                Source(item_id="board", supplier_id="S1", unit_cost_cents=500),
                Source(item_id="board", supplier_id="S2", unit_cost_cents=480),
            ),
        }
    )


async def open_market(server: Server, company: Company) -> None:
    """Load a company and wait until it is planned."""
    await serve_company(server, company)
    await wait_for(server.planning.is_set, "planning has begun", PLANNED_S)


async def advance(server: Server, operator: Caller, seconds: int) -> None:
    """Put the held clock forward."""
    await operator("AdminService.AdvanceClock", to_s=server.clock.clock.now_s() + seconds)


def promise(lot: str, at_s: int = NOW_S + 2 * HOUR_S) -> dict[str, Any]:
    """A promise for a lot."""
    return {"lot": lot, "at_s": at_s}
