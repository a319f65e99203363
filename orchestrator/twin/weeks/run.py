"""One policy's weeks on one server: the same four steps every day, and a count at the end.

Promises: at each step the clock is put forward, what happened since is reported, and nothing goes on before the server
has thought about it. 07:00 goods come in, the buyer decides. 13:00 and 18:00 customers were served. After midnight
the day is closed. Called by `side_by_side`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable

from orchestrator.twin.chance import Chance
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.weeks.books import Books
from orchestrator.twin.weeks.buyer import Buyer
from orchestrator.twin.weeks.cast import DAY_S
from orchestrator.twin.weeks.demand import requests
from orchestrator.twin.weeks.histories import Key
from orchestrator.twin.weeks.learned import Learned
from orchestrator.twin.weeks.lines import Lines
from orchestrator.twin.weeks.office import Office
from orchestrator.twin.weeks.server import FIRST_PLAN_S, HeldServer
from orchestrator.twin.weeks.setup import Setup
from orchestrator.twin.weeks.suppliers import MORNING_S, Suppliers
from orchestrator.twin.world import Ack, Reply
from protos.muster.operator.v1 import event_service_pb2 as pb

NOON_S, EVENING_S, AFTER_MIDNIGHT_S = 13 * 3_600, 18 * 3_600, 60
SHORTAGE_PERCENT_DAY = 5
Told = Callable[["Weeks"], None]


class WeeksFailed(RuntimeError):
    """The weeks cannot go on; the message is for the person who started them."""


class Weeks:
    """The weeks of one policy. `day`: days that are over."""

    def __init__(self, policy: str, setup: Setup, chance: Chance, office: Office) -> None:
        company = setup.companies[policy]
        self.policy, self.setup, self.office = policy, setup, office
        self.begin_s = company.day_start_s
        self.mirror = Mirror(company)
        self.server = HeldServer(office, self.mirror)
        self.books = books_of(setup, self.begin_s + MORNING_S)
        self.suppliers = Suppliers(company, setup.cast, chance, self.books)
        self.lines = Lines(chance, self.books, self.report)
        self.buyer = Buyer(office, self.suppliers)
        cast_keys = [key for key in setup.laws if key[1] in setup.cast.item_ids]
        self.learned = Learned(office, setup.cast, cast_keys, self.begin_s)
        self.mirror.listeners.append(self.learned.hear)
        self.chance = chance
        self.day = 0
        self.wall_s = 0.0
        self.refused: Counter[str] = Counter()
        self.forecasts: dict[str, int] = {}
        self._now_s = self.begin_s + MORNING_S - 3_600
        self._run_id = f"weeks-{uuid.uuid4().hex[:8]}"
        self._reports = 0

    async def play(self, days: int, told: Told) -> None:
        """Load the company and play the days. Raises `WeeksFailed`, `TimeoutError`, `ServerGone`."""
        began_s = time.monotonic()
        try:
            await self._load()
            self.server.follow()
            await self.server.settled(FIRST_PLAN_S)
            for day in range(days):
                await self._one_day(day)
                self.day = day + 1
                told(self)
            self.forecasts = await self.learned.forecasts(list(self.setup.laws))
        finally:
            await self.server.close()
            self.wall_s = time.monotonic() - began_s

    async def report(self, request: pb.ReportEventRequest) -> Reply:
        """Send a report; a refusal is counted."""
        self._reports += 1
        request.request_id = f"{self._run_id}-{self._reports}"
        reply = await self.office.report(request)
        if not isinstance(reply, Ack):
            self.refused[f"{request.WhichOneof('report')}: {reply.reason} {reply.message}"] += 1
        return reply

    def differences(self) -> dict[str, tuple[int, int]]:
        """Stock by the twin's books and by the server's, where they differ."""
        theirs = self.mirror.state.on_hand
        keys = {*theirs, *self.books.on_hand}
        ours = self.books.on_hand
        return {"/".join(k): (ours[k], theirs.get(k, 0)) for k in sorted(keys) if ours[k] != theirs.get(k, 0)}

    async def _load(self) -> None:
        answer = await self.office.import_company(self.setup.files[self.policy], f"weeks-{uuid.uuid4().hex}")
        if not answer.loaded:
            rows = "\n".join(f"{one.file}:{one.line}: {one.field} = {one.value!r}: {one.rule}" for one in answer.errors)
            raise WeeksFailed(f"the server refused the company:\n{rows}")

    async def _one_day(self, day: int) -> None:
        midnight_s = self.begin_s + day * DAY_S
        await self._step(midnight_s + MORNING_S, day, None)
        await self._step(midnight_s + NOON_S, day, 0)
        await self._step(midnight_s + EVENING_S, day, 1)
        await self._step(midnight_s + DAY_S + AFTER_MIDNIGHT_S, day, None)
        self.books.end_day()
        refused = await self.office.close_day(midnight_s)
        await self.server.settled()
        if self.mirror.state.closed_day_s < midnight_s:
            raise WeeksFailed(f"day {day} cannot be closed: {refused.message if refused else 'the server forgot it'}")
        self.suppliers.take_orders(self.mirror.state)
        await self.learned.look(day)

    async def _step(self, to_s: int, day: int, part: int | None) -> None:
        """Put the clock forward and report what happened meanwhile."""
        state, planned = self.mirror.state, list(self.mirror.state.plan.tasks.values())
        await self.office.advance(to_s)
        self.books.until(to_s)
        await self.lines.work(state, planned, self._now_s, to_s)
        self._now_s = to_s
        morning = to_s % DAY_S == (self.begin_s + MORNING_S) % DAY_S
        if morning:
            await self._receive(to_s)
        if part is not None:
            await self._sell(day, part, to_s)
        await self._think()
        if morning:
            await self.buyer.day(state, to_s)
            await self._think()

    async def _think(self) -> None:
        await self.server.settled()
        self.suppliers.take_orders(self.mirror.state)

    async def _receive(self, now_s: int) -> None:
        due = list(self.suppliers.due(self.mirror.state, now_s))
        received = (
            pb.PurchaseReceived(
                purchase_order_id=one.purchase_order_id, quantity=self.suppliers.quantity(one), at_s=now_s
            )
            for one in due
        )
        replies = await self._all([pb.ReportEventRequest(purchase_received=one) for one in received])
        for order, reply in zip(due, replies, strict=True):
            if isinstance(reply, Ack):
                self.suppliers.deliver(order)

    async def _sell(self, day: int, part: int, now_s: int) -> None:
        reports = []
        for key, law in self.setup.laws.items():
            wants = requests(law, self.chance, key[1], key[0], day)[part]
            if wants:
                sold, short = self.books.sell(key, wants)
                issued = pb.StockIssued(site_id=key[0], item_id=key[1], quantity=sold, short=short, at_s=now_s)
                reports.append(pb.ReportEventRequest(stock_issued=issued))
        await self._all(reports)

    async def _all(self, reports: list[pb.ReportEventRequest]) -> list[Reply]:
        return list(await asyncio.gather(*(self.report(one) for one in reports)))


def books_of(setup: Setup, now_s: int) -> Books:
    """The books as the weeks begin. A unit short costs a day what the company says, or a share of its cost."""
    unit_cents = {item.item_id: item.unit_cost_cents for item in setup.company.items}
    short_cents: dict[Key, int] = {}
    for policy in setup.company.stock:
        share = unit_cents[policy.item_id] * SHORTAGE_PERCENT_DAY // 100
        short_cents[(policy.site_id, policy.item_id)] = policy.shortage_cents_unit_day or share
    return Books(
        on_hand=Counter(dict(setup.stock)),
        unit_cents=unit_cents,
        short_cents=short_cents,
        holding_per_mille_year=setup.company.holding_per_mille_year,
        now_s=now_s,
        cast_item_ids=frozenset(setup.cast.item_ids),
    )
