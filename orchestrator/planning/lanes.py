"""What receipts, and orders that do not come, tell about suppliers: jobs from the state, records out of them.

Promises: a receipt is taken in once, also across restarts (the pooled record counts them); evidence is the delay
against what was agreed for the item, so that lanes, suppliers and the company can be learned together, parents first;
orders still under way, written-off ones included, count as "not yet". `jobs` reads the state, `learned` is pure and may
run in a thread. Called by `learning`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low

from orchestrator.domain.entities import PurchaseOrder, SupplyStatus
from orchestrator.domain.learned import ALL, LeadTimeRecord
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.memory import Memory
from orchestrator.planning.records import lane_record, lead_time_of, record_of_lead_time, whole_days
from orchestrator.planning.sources import agreed_of
from solvers.replenishment import lead_time
from solvers.replenishment.lead_time import LeadTime

Lane = tuple[str, str]
"""(supplier, site); `ALL` for the pooled ones."""
COMPANY: Lane = (ALL, ALL)
FORGET_DAYS = 365
"""An order that has not come for so long tells nothing any more."""
SD_DAYS_MAX = 60


@dataclass(frozen=True, slots=True)
class Sight:
    """An order's delay in days against what was agreed, negative = early; for one under way, so far."""

    lane: Lane
    late_days: int


@dataclass(frozen=True, slots=True)
class LaneJob:
    """All that `learned` needs. `agreed`: (days, spread) of each record that may have to be begun."""

    held: dict[Lane, LeadTimeRecord]
    agreed: dict[Lane, tuple[int, int]]
    received: tuple[Sight, ...]
    lost: tuple[Lane, ...]
    under_way: tuple[Sight, ...]
    lanes: tuple[Lane, ...]
    receipts: int


def days_between(state: State, from_s: int, to_s: int) -> int:
    """Midnights between two moments."""
    return max(0, (state.day_start_s(to_s) - state.day_start_s(from_s)) // DAY_S)


def late_days(state: State, memory: Memory, order: PurchaseOrder, until_s: int) -> int:
    """Days from placing an order until then, less what was agreed."""
    return days_between(state, order.placed_s, until_s) - whole_days(agreed_of(state, memory.offers, order)[0])


def jobs(state: State, memory: Memory, now_s: int, lost: Iterable[str] = ()) -> LaneJob | None:
    """What there is to learn: new receipts, orders given up late, orders overdue. None: nothing."""
    pooled = state.lead_times.get(COMPANY)
    new = memory.received[pooled.receipts if pooled is not None else 0 :]
    received = [_sight(state, memory, key, state.purchases[key].received_s or now_s) for key in new]
    given_up = [_lane(state.purchases[key]) for key in lost]
    under_way = [_sight(state, memory, key, now_s) for key in memory.under_way]
    under_way = [sight for sight in under_way if sight.late_days < FORGET_DAYS]
    lanes = dict.fromkeys([sight.lane for sight in received] + given_up)
    lanes.update(dict.fromkeys(sight.lane for sight in under_way if sight.late_days > 0))
    if not lanes:
        return None
    keys = _family(lanes)
    return LaneJob(
        held={key: state.lead_times[key] for key in keys if key in state.lead_times},
        agreed={key: _agreed(state, key) for key in keys},
        received=tuple(received),
        lost=tuple(given_up),
        under_way=tuple(under_way),
        lanes=tuple(lanes),
        receipts=len(memory.received),
    )


def learned(job: LaneJob) -> tuple[LeadTimeRecord, ...]:
    """The records after it, parents first; those that say the same as before are left out."""
    known: dict[Lane, LeadTime] = {}
    changed: list[LeadTimeRecord] = []
    for key in _family(job.lanes):
        known[key] = _observed(job, key, known)
        told = record_of_lead_time(*key, known[key], job.receipts)
        if told != job.held.get(key):
            changed.append(told)
    return tuple(changed)


def _observed(job: LaneJob, key: Lane, known: dict[Lane, LeadTime]) -> LeadTime:
    parent = None if key == COMPANY else known[COMPANY if key[1] == ALL else (key[0], ALL)]
    agreed_days, sd_days = job.agreed[key]
    held = job.held.get(key)
    record = lead_time_of(held) if held is not None else None
    if record is None or (key != COMPANY and record.agreed_days != agreed_days):
        record = lead_time.start(agreed_days, sd_days, parent=parent)
    base = record.agreed_days
    return lead_time.observe(
        record,
        parent=parent,
        received_days=[max(0, base + one.late_days) for one in job.received if _part_of(one.lane, key)],
        lost=sum(_part_of(lane, key) for lane in job.lost),
        open_ages=[max(0, base + one.late_days) for one in job.under_way if _part_of(one.lane, key)],
    )


def _part_of(lane: Lane, key: Lane) -> bool:
    return key == COMPANY or lane == key or (key[1] == ALL and key[0] == lane[0])


def _family(lanes: Iterable[Lane]) -> tuple[Lane, ...]:
    """The company, the suppliers, the lanes."""
    lanes = tuple(lanes)
    suppliers = dict.fromkeys((supplier_id, ALL) for supplier_id, _ in lanes)
    return (COMPANY, *suppliers, *lanes)


def _agreed(state: State, key: Lane) -> tuple[int, int]:
    if key == COMPANY:
        usual = [whole_days(supplier.lead_time_s) for supplier in state.suppliers.values()]
        return (median_low(usual) if usual else 1), 1
    supplier = state.suppliers.get(key[0])
    if supplier is None:
        return 1, 1
    return whole_days(supplier.lead_time_s), min(SD_DAYS_MAX, round(supplier.lead_time_sd_s / DAY_S))


def _lane(order: PurchaseOrder) -> Lane:
    return (order.supplier_id, order.site_id)


def _sight(state: State, memory: Memory, purchase_id: str, until_s: int) -> Sight:
    order = state.purchases[purchase_id]
    return Sight(_lane(order), late_days(state, memory, order, until_s))


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An open purchase order that comes with less than the least probability that is counted on."""

    purchase_order_id: str
    still_comes_ppm: int
    text: str


def doubtful(state: State, memory: Memory, now_s: int) -> list[Doubtful]:
    """Open purchase orders to write off: behind their last promise, and more probably lost than late."""
    found: list[Doubtful] = []
    for order in _open_purchases(state, memory):
        if order.status is not SupplyStatus.OPEN or order.from_site_id is not None or order.promised_s >= now_s:
            continue
        record = lane_record(state, order.supplier_id, order.site_id)
        known = lead_time_of(record) if record is not None else _as_agreed(state, order)
        if known is None:
            continue
        # A supplier's word about a delay is taken: the age counts from the arrival that it named last.
        overdue = days_between(state, order.promised_s, now_s)
        age = known.agreed_days + overdue
        if overdue and age >= lead_time.write_off_day(known):
            comes = max(0, 1_000_000 - round(1_000_000 * lead_time.arrivals(known, age).lost))
            text = f"{overdue} days behind the arrival that {order.supplier_id} named"
            found.append(Doubtful(order.purchase_order_id, comes, text))
    return found


def comes_within(state: State, order: PurchaseOrder, now_s: int, days: int) -> float:
    """Probability that an overdue purchase order is here within so many days; 1 on the day it is expected."""
    overdue = days_between(state, order.promised_s, now_s)
    record = lane_record(state, order.supplier_id, order.site_id)
    known = lead_time_of(record) if record is not None else None
    if not overdue or known is None:
        return 1.0
    left = lead_time.arrivals(known, known.agreed_days + overdue)
    return float(left.days_pmf[: days + 1].sum())


def _open_purchases(state: State, memory: Memory) -> Iterable[PurchaseOrder]:
    return [state.purchases[key] for keys in memory.inbound.values() for key in keys if key in state.purchases]


def _as_agreed(state: State, order: PurchaseOrder) -> LeadTime | None:
    if order.supplier_id not in state.suppliers:
        return None
    return lead_time.start(*_agreed(state, (order.supplier_id, ALL)))
