"""From an event to the published plan that answers it, through a real core with an fsynced SQLite log.

1,000 open stops with 100 vehicles is the promise (p50 ≤ 10 ms, p99 ≤ 50 ms); 10,000 with 1,000 shows whether work per
event stays flat. Measured from the caller's submit to the moment the revision is durable, one event at a time, while
the improvement of the plan goes on beside it. `loop lag` is how late a 1 ms timer of the core's loop fires meanwhile.
With learned speeds the same promise holds: then roads have factors by area and by hour, which only the search for
rich problems knows.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine, OrderStatus
from orchestrator.domain.events import PlanRevised
from orchestrator.domain.evolve import evolve
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.state import State
from orchestrator.log.chain import load_or_create_key
from orchestrator.log.open_store import open_store
from orchestrator.planning.memory import Memory, following
from orchestrator.planning.planner import Planner
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.speeds import cell_of, cell_size_e7, record_of
from orchestrator.runtime.clock import ScaledClock
from solvers.speeds import HOURS, Factors, no_horizons
from solvers.warm_up import warm_up
from tests.bench.row import Row, row
from tests.unit.planning.world import DAY_S, HOUR_S, small_company

EVENTS = 300
BARE_EVENTS = 100
BATCH = 250
SETTLE_S = 240.0
STARTED_S = 1.0
RUSH_MICRO = {7: 180_000, 8: 300_000, 9: 120_000, 15: 100_000, 16: 250_000, 17: 250_000}
"""Logarithms of what the rush hours do to travel times, in millionths."""
AREA_MICRO = 150_000
"""Of what areas do, at most."""
SWITCH_S = 0.001
"""As `orchestrator.runtime.core_process` has it, whose import would add to what the garbage collector walks through."""


@dataclass
class Bench:
    """A core with a planner, and what has been measured."""

    core: Core[State]
    planner: Planner
    clock: ScaledClock
    chance: random.Random
    numbers: int = 0
    waits_ms: dict[str, list[float]] = field(default_factory=dict)
    lags_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)

    def draft(self) -> c.OrderDraft:
        """A new order of today for a random customer, in a window of three hours."""
        self.numbers += 1
        start = self.chance.randint(8, 14)
        return c.OrderDraft(
            number=f"N{self.numbers}",
            customer_id=self.chance.choice(list(self.core.state.customers)),
            lines=(OrderLine(item_id="A", quantity=self.chance.randint(1, 5)),),
            window_start_s=DAY_S + start * HOUR_S,
            window_end_s=DAY_S + (start + 3) * HOUR_S,
        )

    async def send(self, command: c.Command) -> tuple[int, ...]:
        """Submit; returns the seqs of its events."""
        outcome = await self.core.submit(command, principal="operator:bench")
        return tuple(range(outcome.first_seq, outcome.last_seq + 1))


@asynccontextmanager
async def _server(vehicles: int, depots: int, customers: int, folder: Path) -> Any:
    sys.setswitchinterval(SWITCH_S)
    memory = Memory()
    domain = replace(muster_domain(), evolve=following(evolve, memory))
    clock = ScaledClock.held_at(DAY_S + 6 * HOUR_S)
    store = open_store("sqlite", folder)
    core = await Core.open(domain, store, load_or_create_key(folder.with_suffix(".key")), clock)
    planner = Planner(core, clock, PlanningSettings(), memory=memory)
    await planner.start()
    company = small_company(vehicles, customers, depots, stock=1_000_000, reach_m=int(9_000 * depots**0.5))
    await core.submit(c.ImportCompany(company=company), principal="operator:bench")
    try:
        yield Bench(core, planner, clock, random.Random(1))
    finally:
        await planner.stop()
        await core.close()


async def _fill(bench: Bench, stops: int) -> None:
    for first in range(0, stops, BATCH):
        orders = tuple(bench.draft() for _ in range(min(BATCH, stops - first)))
        await bench.send(c.SubmitOrders(partner_id="acme", orders=orders))
        await bench.planner.quiet(SETTLE_S)


async def _teach(bench: Bench) -> None:
    """A version of speeds as a few weeks would give it: two rushes, and areas that differ."""
    state = bench.core.state
    cell_e7 = cell_size_e7(state)
    cells = {cell_of(one.place.lat_e7, one.place.lon_e7, cell_e7) for one in state.customers.values()}
    factors = Factors(
        50_000,
        tuple(RUSH_MICRO.get(hour, 0) for hour in range(HOURS)),
        {cell: bench.chance.randint(-AREA_MICRO, AREA_MICRO) for cell in sorted(cells)},
        4_000,
    )
    record = record_of(None, 4_000, cell_e7, factors, no_horizons())
    await bench.core.submit(ReviseSpeeds(parent=0, speeds=record), principal="operator:bench", internal=True)


def _events(bench: Bench) -> Iterator[tuple[str, c.Command]]:
    """Mostly new orders; cancellations and breakdowns between them."""
    for number in range(EVENTS):
        state = bench.core.state
        if number % 10 == 3:
            planned = [o for o in state.plan.vehicle_of if state.orders[o].status is OrderStatus.OPEN]
            yield "cancel", c.CancelOrder(order_id=bench.chance.choice(planned))
        elif number % 10 == 7:
            yield "breakdown", _breakdown(bench, state)
        else:
            yield "order", c.SubmitOrders(partner_id="acme", orders=(bench.draft(),))


def _breakdown(bench: Bench, state: State) -> c.Command:
    now_s = bench.clock.now_s()
    down = [key for key, live in state.fleet.items() if live.down_until_s is not None]
    if down:
        return c.ReportVehicleUp(vehicle_id=down[0], at_s=now_s)
    vehicle_id = bench.chance.choice(list(state.plan.routes))
    return c.ReportVehicleDown(vehicle_id=vehicle_id, at_s=now_s, until_s=now_s + 4 * HOUR_S)


async def _measure(bench: Bench) -> None:
    answered: dict[int, asyncio.Future[float]] = {}

    def heard(seq: int, at_s: int, event: Any) -> None:
        if isinstance(event, PlanRevised):
            for cause in event.head.causes:
                future = answered.get(cause.seq)
                if future is not None and not future.done():
                    future.set_result(time.perf_counter())

    bench.core.add_listener(heard)
    loop = asyncio.get_running_loop()
    for kind, command in _events(bench):
        future: asyncio.Future[float] = loop.create_future()
        nexts = range(bench.core.applied_seq + 1, bench.core.applied_seq + 12)
        answered.update(dict.fromkeys(nexts, future))
        began = time.perf_counter()
        await bench.send(command)
        try:
            done = await asyncio.wait_for(future, STARTED_S * 2)
        except TimeoutError:
            done = began  # nothing changed: the event needed no revision
        if done > began:
            bench.waits_ms.setdefault(kind, []).append((done - began) * 1e3)
        answered.clear()
        await asyncio.sleep(0.02)


async def _bare(bench: Bench) -> None:
    """The baseline: an event that needs no plan, made durable by the same core."""
    for number in range(BARE_EVENTS):
        began = time.perf_counter()
        await bench.send(c.RaiseAlert(kind="BENCH", subject=f"s{number}", severity="INFO", text="baseline"))
        bench.bare_ms.append((time.perf_counter() - began) * 1e3)
        await asyncio.sleep(0.01)


async def _watch_lag(bench: Bench) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        bench.lags_ms.append((time.perf_counter() - began - 0.001) * 1e3)


async def _case(stops: int, vehicles: int, depots: int, *, learned: bool = False) -> list[Row]:
    with TemporaryDirectory() as name:
        async with _server(vehicles, depots, stops, Path(name) / "data") as bench:
            if learned:
                await _teach(bench)
            began = time.perf_counter()
            await _fill(bench, stops)
            filled_s = time.perf_counter() - began
            await asyncio.sleep(2.0)
            watcher = asyncio.create_task(_watch_lag(bench))
            began = time.perf_counter()
            await _measure(bench)
            await _bare(bench)
            watcher.cancel()
            case = f"{stops} stops, {vehicles} vehicles" + (", learned speeds" if learned else "")
            return _rows(bench, case, filled_s, time.perf_counter() - began)


def _rows(bench: Bench, case: str, filled_s: float, seconds: float) -> list[Row]:
    waits = sorted(wait for kind in bench.waits_ms.values() for wait in kind)
    bare = sorted(bench.bare_ms)
    rows = [
        row(
            f"event to plan {name}, {case}",
            _at(waits, share),
            "ms",
            seconds=seconds,
            peers={"event made durable": _at(bare, share)},
            at_most=goal,
        )
        for name, share, goal in (("p50", 0.50, 10), ("p99", 0.99, 50))
    ]
    for kind, kinds in sorted(bench.waits_ms.items()):
        rows.append(row(f"{kind} to plan p50, {case}", statistics.median(kinds), "ms", seconds=seconds))
    rows.append(row(f"loop lag p99, {case}", _at(sorted(bench.lags_ms), 0.99), "ms", seconds=seconds, at_most=20))
    rows.append(row(f"first plan of all, {case}", filled_s, "s", seconds=filled_s))
    return rows


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def main() -> list[Row]:
    """The sizes, one after the other; the smaller ones with learned speeds too."""
    warm_up()
    rows = asyncio.run(_case(1_000, 100, 4))
    rows += asyncio.run(_case(200, 20, 1, learned=True))
    rows += asyncio.run(_case(1_000, 100, 4, learned=True))
    return rows + asyncio.run(_case(10_000, 1_000, 40))
