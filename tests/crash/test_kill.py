"""25 times SIGKILL under 200 orders a second: nothing acknowledged is lost, nothing is there twice.

SIGKILL shows what a dying process does; it does not show a power cut, which only `synchronous=FULL` is for.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest

from orchestrator.core.model import muster_domain
from orchestrator.core.recovery import compare_with_replay
from orchestrator.domain.events import OrderReceived
from orchestrator.log.chain import load_key
from orchestrator.log.open_store import open_store
from orchestrator.log.verify import verify
from tests.crash.load import Ledger, Load
from tests.crash.real_server import RealServer
from tests.crash.targets import CrashTarget, SmallCore

PER_S = 250
PER_S_LEAST = 200
SERVING_S_MAX = 5.0
UPTIME_S = (0.1, 0.6)
#: The kill comes so soon after so many orders at once that most of them are on their way.
BURST = 20
BURST_S = (0.001, 0.012)


@dataclass
class Injector:
    """Counts what it did, because a fault that was never injected proves nothing."""

    kills: int = 0
    with_calls_in_flight: int = 0
    serving_again_s: list[float] = field(default_factory=list)
    #: How many processes wanted each core, at the worst: the 5 s are a promise for a machine that has one to give.
    crowding: float = 1.0

    def serving_again(self, took_s: float) -> None:
        """A start after a kill took so long until the first answer."""
        self.serving_again_s.append(took_s)
        self.crowding = max(self.crowding, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.fixture
async def small_core(tmp_path: Path) -> AsyncIterator[SmallCore]:
    """The core alone."""
    target = SmallCore(tmp_path)
    yield target
    target.close()


@pytest.fixture
async def real_server(tmp_path: Path) -> AsyncIterator[RealServer]:
    """The whole core process, over gRPC."""
    target = RealServer(tmp_path)
    await target.load_company()
    yield target
    target.close()
    await target.hang_up()


async def kill_under_load(target: CrashTarget, kills: int) -> tuple[Injector, Ledger]:
    """Start, load, kill, and again; at the end everything that was sent is sent until it is acknowledged."""
    injector, load, chance = Injector(), Load(target, PER_S), random.Random(20261124)
    for kill in range(kills):
        began = time.monotonic()
        await target.start()
        await load.first_answer()
        if kill:  # the very first start may compile the search kernels
            injector.serving_again(time.monotonic() - began)
        load.run()
        await asyncio.sleep(chance.uniform(*UPTIME_S))
        load.burst(BURST)
        await asyncio.sleep(chance.uniform(*BURST_S))
        if not load.in_flight:  # a quick machine has answered them all
            load.burst(BURST)
            await asyncio.sleep(BURST_S[0])
        injector.with_calls_in_flight += load.in_flight > 0
        await target.kill()
        injector.kills += 1
        await load.stop()
    await target.start()
    await load.settle()
    await target.kill()
    return injector, load.ledger


def received(target: CrashTarget) -> Counter[str]:
    """How often each order was received, says the log, which is sound and folds to one state."""
    url, data_dir, key_path, witness = target.log_place()
    store, key, domain = open_store(url, data_dir), load_key(key_path), muster_domain()
    store.open()
    try:
        report = verify(store, key, witness)
        assert report.problems == []
        assert report.witnessed
        assert compare_with_replay(store, domain, key)
        assert store.snapshots(), "the load was meant to be long enough for a snapshot"
        counts: Counter[str] = Counter()
        after = 0
        while page := store.read(after, 1_000):
            events = (domain.events.decode(row.type, row.schema_version, row.payload) for row in page)
            counts.update(event.order.number for event in events if isinstance(event, OrderReceived))
            after = page[-1].seq
        return counts
    finally:
        store.close()


def check(injector: Injector, ledger: Ledger, counts: Counter[str]) -> None:
    """What the promise says, after the load was really there and the kills really happened."""
    assert ledger.sent / ledger.serving_s >= PER_S_LEAST
    assert injector.with_calls_in_flight * 3 >= injector.kills, "too few kills met a call in flight"
    assert ledger.repeated > 0
    lost = ledger.acknowledged - counts.keys()
    assert not lost, f"acknowledged and lost: {sorted(lost)}"
    doubled = [number for number, count in counts.items() if count > 1]
    assert not doubled, f"stored more than once: {doubled}"
    assert ledger.unknown == {}
    assert counts.keys() == {str(number) for number in range(1, ledger.sent + 1)}
    limit_s = SERVING_S_MAX * injector.crowding
    assert median(injector.serving_again_s) <= limit_s, (limit_s, injector.serving_again_s)
    assert max(injector.serving_again_s) <= 2 * limit_s, (limit_s, injector.serving_again_s)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_the_core_alone_loses_and_doubles_nothing(small_core: SmallCore) -> None:
    injector, ledger = await kill_under_load(small_core, 10)
    assert injector.kills == 10
    check(injector, ledger, received(small_core))


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_server_loses_and_doubles_no_acknowledged_order(real_server: RealServer) -> None:
    injector, ledger = await kill_under_load(real_server, 25)
    assert injector.kills == 25
    check(injector, ledger, received(real_server))
