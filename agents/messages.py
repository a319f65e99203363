"""What agents are told and what they tell: the whole vocabulary between the core, the bridge and the hosts.

Promises plain frozen data that pickles small and means the same in every process. Knows no domain class, no clock
and no transport. Instructions come from `orchestrator.publish.agent_feed`, readings (`agents.readings`) from the
telemetry ports, ticks from the bridge; reports go to `orchestrator.publish.reports`, which makes them commands.

An instruction carries *absolute* values, never differences, and the log position they are as of. So applying one
twice changes nothing, and an agent that lost its memory is told everything once (`full=True`) and goes on.

Times: whole seconds since the epoch on the company clock. Places: 1e-7 degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.agent_ref import AgentKind as AgentKind
from agents.agent_ref import AgentRef as AgentRef
from agents.insertion_call import InsertionCall as InsertionCall
from agents.readings import MachineSignal as MachineSignal
from agents.readings import Position as Position
from agents.readings import SensorReading as SensorReading
from agents.readings import ShelfCount as ShelfCount
from agents.readings import Telemetry as Telemetry
from agents.reminder import Reminder as Reminder
from agents.supply_call import SupplyCall as SupplyCall

# --- books: what an agent of each kind is told -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leg:
    """The drive a vehicle is on: from where and when it left to the stop of `order_id`, due there at `arrive_s`.

    traffic: (from_s, thousandths of the usual travel time) in order of time, where the hours differ.
    """

    order_id: str
    from_lat_e7: int
    from_lon_e7: int
    depart_s: int
    to_lat_e7: int
    to_lon_e7: int
    arrive_s: int
    traffic: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class VehicleBook:
    """A vehicle's present job. `leg` is None unless it drives to a stop; `moving` is True also on the way home.

    since_s: when it began that, as reported; at a customer: when it arrived there.
    stalled_told: people were told that it stands still and not yet that it moves again; detour_told: that it goes
    away from its stop.
    back_s: when the planned route is back, 0: none. duty_end_s: the end of the duty that the plan keeps, if any.
    drive_s: driving planned behind the present leg or stop. drive_left_s: what the plan takes to be left, if limited.
    rests: (start, end) of those planned on the present drive, also on the way home.
    """

    moving: bool = False
    leg: Leg | None = None
    down_until_s: int | None = None
    stalled_told: bool = False
    since_s: int = 0
    back_s: int = 0
    duty_end_s: int | None = None
    detour_told: bool = False
    drive_s: int = 0
    drive_left_s: int | None = None
    rests: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """The goods of one order, to be there by `needed_s`, when its vehicle leaves; it is at a dock from `load_s` on."""

    needed_s: int
    lines: tuple[tuple[str, int], ...]
    load_s: int = 0
    vehicle_id: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """`quantity` of an item on its way to the warehouse."""

    item_id: str
    quantity: int
    expected_s: int


@dataclass(frozen=True, slots=True)
class WarehouseBook:
    """Stock by item, picks by order, inbound by supply order. None takes an entry out.

    risk_told (in a full book): items that people were told about as at risk, and not yet that they are safe.
    docks (in a full book): how many the site has; docks_told: (how many of them the plan takes to be open, until when),
    by the agent's own word.
    """

    on_hand: Mapping[str, int | None] = field(default_factory=dict)
    picks: Mapping[str, Pick | None] = field(default_factory=dict)
    inbound: Mapping[str, Inbound | None] = field(default_factory=dict)
    risk_told: tuple[str, ...] = ()
    docks: int = 0
    docks_told: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class WearBook:
    """How a machine wears: Weibull laws of running seconds from new to failure, and from a drift to the failure; what a
    failure and planned maintenance cost; `renewed_s`: when it was last maintained or repaired (0: not known).

    used_s: running seconds since then, as the log counts them from tasks; since_s: since when it does (0: not yet).
    drift_told: the log knows that a sensor drifts. asked: maintenance is asked for and not begun.
    """

    failure_cents: int
    planned_cents: int
    renewed_s: int = 0
    life_shape_permille: int = 2000
    life_s: int = 4_000 * 3600
    delay_shape_permille: int = 1500
    delay_s: int = 80 * 3600
    used_s: int = 0
    since_s: int = 0
    drift_told: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class MachineBook:
    """A machine: the task on it ("" = none), until when it is known to be down, and how it wears, where known."""

    task_id: str = ""
    down_until_s: int | None = None
    wear: WearBook | None = None


@dataclass(frozen=True, slots=True)
class TaskBook:
    """A task of the schedule that is not done: where and when it is planned to run, and what it waits for."""

    machine_id: str
    start_s: int
    end_s: int
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineBook:
    """Machines by id and tasks by id. None takes an entry out. late_told (in a full book): tasks told to be late."""

    machines: Mapping[str, MachineBook | None] = field(default_factory=dict)
    tasks: Mapping[str, TaskBook | None] = field(default_factory=dict)
    late_told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Purchase:
    """An open purchase order as promised. `received_s` says that it is closed, and when the goods came."""

    placed_s: int
    expected_s: int
    received_s: int | None = None


@dataclass(frozen=True, slots=True)
class SupplierBook:
    """Purchase orders by id; None takes one out (cancelled). `lead_time_sd_s`: spread of the lead time as agreed."""

    purchases: Mapping[str, Purchase | None] = field(default_factory=dict)
    lead_time_sd_s: int = 0


Book = VehicleBook | WarehouseBook | LineBook | SupplierBook


# --- what reaches an agent ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the log says an agent's book is, as of record `seq`, under plan revision `revision`.

    full: the book replaces what the agent had, whatever its number; otherwise its entries are merged in, and an
    instruction at or below the agent's own position is a repeat and is dropped.
    due: all that it is reminded of and has not taken yet, in the order of their numbers; the host drops repeats.
    """

    agent: AgentRef
    seq: int
    revision: int
    book: Book
    full: bool = False
    due: tuple[Reminder, ...] = ()

    def is_news(self, seq: int) -> bool:
        """Whether an agent that stands at `seq` must take it in."""
        return self.full or self.seq > seq


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on and nothing else: the moment to notice what did *not* happen."""


Message = Instruction | Telemetry | InsertionCall | SupplyCall | Reminder | Tick


# --- what an agent reports ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Base of all reports. `number` counts the agent's reports since it was told its book in full."""

    agent: AgentRef
    number: int
    at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalSlip(Report):
    """The vehicle will be at its current stop at `predicted_s`, not at `planned_s`."""

    order_id: str
    planned_s: int
    predicted_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Report):
    """The vehicle should drive and has not moved since `since_s`; `over`: it moves again."""

    since_s: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour(Report):
    """The vehicle moves away from the stop of `order_id` since `since_s`, by `away_m` so far; `over`: no longer."""

    order_id: str
    since_s: int
    away_m: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRisk(Report):
    """Stock of an item will be `short` units short at `needed_s`; `over`: no longer."""

    item_id: str
    short: int
    needed_s: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRefused(Report):
    """The warehouse cannot pick an order that revision `revision` asks for: `short` units of an item are not there."""

    revision: int
    order_id: str
    item_id: str
    short: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime(Report):
    """A machine stands still since `since_s`, by its own signals, expected until `until_s`; `over`: it runs again."""

    machine_id: str
    since_s: int
    until_s: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLate(Report):
    """A task runs `late_s` behind the schedule; `over`: no longer."""

    task_id: str
    machine_id: str
    late_s: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRisk(Report):
    """A machine asks for maintenance: `risk` is (time, failed by then in per mille), rising; `over`: no longer."""

    machine_id: str
    used_s: int
    drifting: tuple[str, ...] = ()
    risk: tuple[tuple[int, int], ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSeen(Report):
    """Sensors of a machine drift, the first of them since `drift_s` running seconds."""

    machine_id: str
    drift_s: int
    drifting: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLate(Report):
    """A purchase order expected at `was_s` has not come and is now expected at `expected_s`."""

    purchase_order_id: str
    was_s: int
    expected_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyBid(Report):
    """The answer to a `SupplyCall`: the whole `lot` for `price_cents`, there at `promise_s`; or why not: `declined`."""

    negotiation_id: str
    lot: str
    price_cents: int = 0
    promise_s: int = 0
    declined: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A place for `lot` in the vehicle's route: before `position` of its trip `trip` (one past the last: a new one)."""

    lot: str
    trip: int
    position: int
    extra_ticks: int


@dataclass(frozen=True, slots=True)
class CannotServe:
    """The vehicle has no place for `lot`: the rule that is least in the way, and by how much."""

    lot: str
    rule: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertionBid(Report):
    """The answer to `InsertionCall` `call_id`; `tidied`: its own route in a cheaper sequence, () when there is none.

    It goes to the auction that asked and makes no command.
    """

    call_id: int
    revision: int
    offers: tuple[Offer, ...] = ()
    refusals: tuple[CannotServe, ...] = ()
    tidied: tuple[tuple[str, ...], ...] = ()


AnyReport = (
    ArrivalSlip
    | Stall
    | Detour
    | StockRisk
    | PickRefused
    | Downtime
    | LineLate
    | ConditionRisk
    | DriftSeen
    | PurchaseLate
    | SupplyBid
)
