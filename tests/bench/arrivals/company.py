"""A company with vans and customers, and what they order each day; the same for the same seed."""

from __future__ import annotations

from random import Random

from orchestrator.domain import company as co
from orchestrator.domain.commands import OrderDraft
from orchestrator.domain.entities import OrderLine

BEGIN_S = 1_700_006_400
HOUR_S, DAY_S = 3_600, 86_400
VANS, CUSTOMERS, ORDERS = 10, 120, 80
REACH_M = 14_000
CENTRE = (520_000_000, 130_000_000)
FIRST_WINDOW_H, LAST_WINDOW_H, WINDOW_H = 8, 15, 2


def place(north_m: int, east_m: int) -> co.Place:
    """A point so many metres north and east of the centre."""
    return co.Place(lat_e7=CENTRE[0] + north_m * 90, lon_e7=CENTRE[1] + east_m * 146)


def company(seed: int) -> co.Company:
    """One warehouse amid its customers, ten vans."""
    rng = Random(f"company|{seed}")
    item = co.Item(
        item_id="A", name="Goods", kind=co.ItemKind.BOUGHT, family="F", weight_g=1_000, volume_cm3=1_000,
        unit_cost_cents=500, supplier_id="S1", min_order_quantity=10,
    )  # fmt: skip
    vans = tuple(_van(number) for number in range(VANS))
    places = [place(rng.randint(-REACH_M, REACH_M), rng.randint(-REACH_M, REACH_M)) for _ in range(CUSTOMERS)]
    return co.Company(
        name="Unknown roads",
        day_start_s=BEGIN_S,
        sites=(co.Site(site_id="W1", name="Warehouse", kind=co.SiteKind.WAREHOUSE, place=place(0, 0)),),
        items=(item,),
        suppliers=(co.Supplier(supplier_id="S1", name="Supplier", lead_time_s=DAY_S, lead_time_sd_s=HOUR_S),),
        vehicles=vans,
        customers=tuple(
            co.Customer(customer_id=f"C{number}", name=f"C{number}", place=where, service_s=420)
            for number, where in enumerate(places)
        ),
        partners=(co.Partner(partner_id="acme", name="Acme", token_sha256="0" * 64),),
        stock=(co.StockPolicy(site_id="W1", item_id="A", on_hand=1_000_000, daily_demand=(5, 6, 4)),),
    )


def _van(number: int) -> co.Vehicle:
    return co.Vehicle(
        vehicle_id=f"V{number}",
        name=f"Van {number}",
        kind="van",
        depot_id="W1",
        weight_g=60_000,
        volume_cm3=10_000_000,
        shift_start_s=6 * HOUR_S,
        shift_end_s=19 * HOUR_S,
        fixed_cents=2_000,
        km_cents=60,
        hour_cents=2_500,
    )


def orders_of(seed: int, day: int) -> tuple[OrderDraft, ...]:
    """What is ordered for a day: two hours to be there, anywhere."""
    rng = Random(f"orders|{seed}|{day}")
    drafts = []
    for number, customer in enumerate(rng.sample(range(CUSTOMERS), ORDERS)):
        begin_s = BEGIN_S + day * DAY_S + rng.randint(FIRST_WINDOW_H, LAST_WINDOW_H) * HOUR_S
        drafts.append(
            OrderDraft(
                number=f"D{day}-{number}",
                customer_id=f"C{customer}",
                lines=(OrderLine(item_id="A", quantity=5),),
                window_start_s=begin_s,
                window_end_s=begin_s + WINDOW_H * HOUR_S,
            )
        )
    return tuple(drafts)
