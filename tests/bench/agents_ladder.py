"""Solvers and the core's own search away for ten simulated minutes, while orders arrive and a vehicle breaks down.

Two arms from one log and the same events: *with solvers* everything works (search in the core, and whole solves as in
a solver process); *by auction* a person holds the service at level 2, and only the vehicles' agents price. What is
compared is the planned cost of the whole day at the end of the ten minutes, driving, time, vehicles and lateness, by
the checker, with the price of every order left out; the day has not begun to be driven, so nothing is executed yet.
The auction's time goes by bids, not by the clock: a loaded machine changes how long it takes, and not what comes of it;
each minute must take less than a real one. Every plan is checked by the invariants of the unit tests after every event.
The agents run in this process, through the code that their hosts run. `way back`: real seconds from the end of the hold
until level 0, by itself.
"""

from __future__ import annotations

import asyncio
import copy
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.company.folder import read_folder
from orchestrator.company.reader import read_company
from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.domain import commands as c
from orchestrator.domain.company import Company
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.evolve import evolve
from orchestrator.domain.levels_commands import HoldLevel
from orchestrator.domain.levels_events import LevelChanged
from orchestrator.domain.state import State
from orchestrator.log.chain import ChainKey
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.planning.ladder import Level
from orchestrator.planning.memory import Memory, following
from orchestrator.planning.planner import Planner
from orchestrator.planning.ports import SolveOutcome
from orchestrator.planning.settings import PlanningSettings
from orchestrator.runtime.clock import ManualClock
from orchestrator.twin.day import BEGIN_S, SAMPLE_COMPANY
from solvers.budget import Budget
from solvers.result import SolveStatus
from solvers.routing.solve import solve
from solvers.warm_up import warm_up
from tests.bench.row import Row, row
from tests.unit.planning.bidders import Bidders
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, small_company
from tests.waiting import wait_for

BENCH_S = 1_700
SEEDS = (1, 2, 3)
MINUTES = 10
BREAKS_AT = 3
ORDERS_A_MINUTE = 2
MINUTE_S = 60
HOLD_S = MINUTES * MINUTE_S
PACE_S = 3.0
"""Real time of a simulated minute for the solvers."""
BIDS_A_MINUTE = 1_000
"""So many calls are answered by the agents in a simulated minute, unless there is nothing left to gain."""
REST_S = 2.0
SETTLE_S = 240.0
LAST_S = 8.0
"""Real time that solvers get at the end of the ten minutes, before the cost is read."""
WAY_BACK_S = 60.0
SETTINGS = PlanningSettings(background_budget_s=4, background_every_s=5)
UNPLANNED_CENTS = 100_000
OPERATOR = "operator:bench"


@dataclass(frozen=True)
class Case:
    """A company, the orders it begins with, and when the ten minutes begin."""

    name: str
    company: Company
    begin_s: int
    morning: tuple[c.SubmitOrders, ...]


class BenchClock(ManualClock):
    """The company clock is put forward by the events; the stopwatch runs in real time."""

    def monotonic_ns(self) -> int:
        return time.perf_counter_ns()


class Solvers:
    """Solver processes that are a thread of this one; routing only."""

    available = True

    async def solve(self, kind: str, problem: Any, start: Any, budget: Budget) -> SolveOutcome:
        if kind != "routing":
            return SolveOutcome(SolveStatus.NO_SOLUTION_IN_TIME, None)
        found = await asyncio.to_thread(solve, problem, start, budget)
        return SolveOutcome(found.status, found.plan)


@dataclass
class Arm:
    """A running core with its planner."""

    core: Core[State]
    planner: Planner
    clock: ManualClock
    memory: Memory
    bidders: Bidders
    plans: int = 0

    async def do(self, command: c.Command) -> None:
        """Submit, wait for the plan that answers, and look at it."""
        await self.core.submit(command, principal=OPERATOR)
        await self.planner.quiet(SETTLE_S)
        self.look()

    def look(self) -> None:
        """The plan in force keeps every rule."""
        check_plan(self.core.state, self.memory, self.clock.now_s())
        self.plans += 1

    async def bidding(self) -> None:
        """Let the vehicles hand stops over for one simulated minute, which is at most a real one."""
        began_s, first, last = time.perf_counter(), self.bidders.asked, -1
        while self.bidders.asked != last and self.bidders.asked - first < BIDS_A_MINUTE:
            if time.perf_counter() - began_s > MINUTE_S:
                break
            last = self.bidders.asked
            await asyncio.sleep(REST_S)

    def cost_cents(self) -> int:
        """The plan's cost, orders left out at their price."""
        kpis = self.core.state.plan.kpis
        return kpis.cost_cents + UNPLANNED_CENTS * kpis.unplanned_orders


@asynccontextmanager
async def running(disk: MemoryDisk, now_s: int) -> AsyncIterator[Arm]:
    """A core on a memory log."""
    memory, clock = Memory(), BenchClock(now_s)
    domain = replace(muster_domain(), evolve=following(evolve, memory))
    core = await Core.open(domain, MemoryStore(disk), ChainKey(b"k" * 32), clock)
    bidders = Bidders()
    planner = Planner(core, clock, SETTINGS, memory=memory, solvers=Solvers(), vehicles=bidders)
    await planner.start()
    try:
        yield Arm(core, planner, clock, memory, bidders)
    finally:
        await planner.stop()
        await core.close()


async def _morning(case: Case) -> MemoryDisk:
    """The log of a day that is planned and has not begun; the solvers had time."""
    disk = MemoryDisk()
    async with running(disk, case.begin_s) as arm:
        await arm.do(c.ImportCompany(company=case.company))
        for command in case.morning:
            await arm.do(command)
        await asyncio.sleep(2 * LAST_S)
    return disk


def _events(case: Case, state: State, seed: int) -> Iterator[tuple[int, c.Command]]:
    """(minute, what happens): the same in both arms."""
    chance = random.Random(seed)
    busiest = sorted(state.plan.routes, key=lambda v: (-len(state.plan.routes[v].order_ids()), v))
    broken = chance.choice(busiest[: max(1, len(busiest) // 3)])
    for minute in range(MINUTES):
        for number in range(ORDERS_A_MINUTE):
            yield minute, _new_order(state, chance, f"L{minute}x{number}", case.begin_s)
        if minute == BREAKS_AT:
            now_s = case.begin_s + minute * MINUTE_S
            yield minute, c.ReportVehicleDown(vehicle_id=broken, at_s=now_s, until_s=now_s + 18 * HOUR_S)


def _new_order(state: State, chance: random.Random, number: str, now_s: int) -> c.Command:
    """An order like one of the morning's, for another customer of today."""
    like = state.orders[chance.choice(sorted(state.plan.vehicle_of))]
    customer = state.customers[chance.choice(sorted(state.customers))]
    day_s = state.day_start_s(now_s)
    start_s = max(day_s + customer.open_s, like.window_start_s)
    end_s = max(start_s + HOUR_S, min(day_s + customer.close_s, start_s + 4 * HOUR_S))
    draft = c.OrderDraft(
        number=number,
        customer_id=customer.customer_id,
        lines=(OrderLine(item_id=like.lines[0].item_id, quantity=max(1, like.lines[0].quantity // 2)),),
        window_start_s=start_s,
        window_end_s=end_s,
    )
    return c.SubmitOrders(partner_id=like.partner_id, orders=(draft,))


@dataclass(frozen=True)
class Played:
    """One arm's ten minutes."""

    cost_cents: int
    unplanned: int
    plans: int
    engines: tuple[str, ...]
    levels: tuple[int, ...]
    back_s: float
    seconds: float


async def _played(case: Case, disk: MemoryDisk, seed: int, *, auction: bool) -> Played:
    began = time.perf_counter()
    async with running(copy.deepcopy(disk), case.begin_s) as arm:
        levels: list[int] = []
        arm.core.add_listener(lambda _, __, event: levels.extend(_level(event)))
        await arm.planner.quiet(SETTLE_S)
        events = list(_events(case, arm.core.state, seed))
        if auction:
            hold = HoldLevel(level=int(Level.AUCTION), owner="bench", reason="must-show", duration_s=HOLD_S)
            await arm.core.submit(hold, principal=OPERATOR)
        await arm.planner.keeper.tend()
        first = arm.core.state.plan.revision
        for minute in range(MINUTES):
            paced = time.perf_counter()
            for _, command in (event for event in events if event[0] == minute):
                await arm.do(command)
            if auction:
                await arm.bidding()
            else:
                await asyncio.sleep(max(0.0, PACE_S - (time.perf_counter() - paced)))
            arm.clock.advance(MINUTE_S - (1 if minute == MINUTES - 1 else 0))
            await arm.planner.quiet(SETTLE_S)
            arm.look()
        if not auction:
            arm.planner.solve_now()
            await asyncio.sleep(LAST_S)
        cost, unplanned = arm.cost_cents(), arm.core.state.plan.kpis.unplanned_orders
        heads = [record.head for record in arm.core.state.revisions if record.head.revision > first]
        back_s = await _back(arm) if auction else 0.0
        engines = tuple(sorted({head.engine for head in heads}))
        return Played(cost, unplanned, arm.plans, engines, tuple(levels), back_s, time.perf_counter() - began)


def _level(event: Any) -> list[int]:
    return [event.level] if isinstance(event, LevelChanged) else []


async def _back(arm: Arm) -> float:
    """The hold's time is over: how long until all is well, with nobody doing anything."""
    began = time.perf_counter()
    arm.clock.advance(2)
    await wait_for(lambda: arm.core.state.level.level == Level.FULL, "the level is 0 again", WAY_BACK_S)
    await arm.planner.quiet(SETTLE_S)
    arm.look()
    return time.perf_counter() - began


async def _seed(case: Case, seed: int) -> list[Row]:
    disk = await _morning(case)
    with_solvers = await _played(case, disk, seed, auction=False)
    auction = await _played(case, disk, seed, auction=True)
    if "auction" not in auction.engines or "search" in auction.engines:
        raise AssertionError(f"the auction arm was planned by {auction.engines}")
    name = f"{case.name}, seed {seed}"
    return [
        row(
            f"cost by auction, {name}",
            auction.cost_cents / 100,
            "money",
            seconds=auction.seconds,
            peers={"with solvers": with_solvers.cost_cents / 100},
            at_most=1.05,
            judged="ratio",
        ),
        row(
            f"orders left out, {name}",
            auction.unplanned,
            "orders",
            seconds=auction.seconds,
            peers={"with solvers": with_solvers.unplanned},
            at_most=with_solvers.unplanned,
        ),
        row(f"plans looked at, all valid, {name}", auction.plans, "plans", seconds=auction.seconds),
        row(f"steps of the ladder {auction.levels}, {name}", len(auction.levels), "steps", seconds=0.0),
        row(f"way back, {name}", auction.back_s, "s", seconds=auction.back_s, at_most=30.0),
    ]


def sample_case() -> Case:
    """The sample company at the beginning of its day."""
    known = read_company(read_folder(SAMPLE_COMPANY), DAY_S + BEGIN_S)
    begin_s = known.company.day_start_s + BEGIN_S
    by_partner: dict[str, list[c.OrderDraft]] = {}
    for order in known.morning_orders:
        by_partner.setdefault(order.partner_id, []).append(order.draft)
    morning = tuple(c.SubmitOrders(partner_id=name, orders=tuple(drafts)) for name, drafts in by_partner.items())
    return Case("sample company", known.company, begin_s, morning)


def large_case(stops: int = 400, vehicles: int = 40) -> Case:
    """A made company: one kind of goods, windows of three hours, two depots."""
    chance = random.Random(7)
    company = small_company(vehicles, stops, 2, stock=1_000_000, reach_m=14_000)
    drafts = []
    for number in range(stops):
        start = chance.randint(8, 14)
        drafts.append(
            c.OrderDraft(
                number=f"N{number}",
                customer_id=company.customers[number % len(company.customers)].customer_id,
                lines=(OrderLine(item_id="A", quantity=chance.randint(1, 5)),),
                window_start_s=DAY_S + start * HOUR_S,
                window_end_s=DAY_S + (start + 3) * HOUR_S,
            )
        )
    morning = tuple(
        c.SubmitOrders(partner_id="acme", orders=tuple(drafts[first : first + 100])) for first in range(0, stops, 100)
    )
    return Case(f"{stops} stops, {vehicles} vehicles", company, DAY_S + 6 * HOUR_S, morning)


def main() -> list[Row]:
    """Both companies, each seed."""
    warm_up()
    rows: list[Row] = []
    for case in (sample_case(), large_case()):
        for seed in SEEDS:
            rows += asyncio.run(_seed(case, seed))
    return rows
