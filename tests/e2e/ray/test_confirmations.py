"""What is told to real host processes is confirmed once, also when they die meanwhile; what they learned is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.messages import Leg, VehicleBook
from tests.e2e.ray.bridging import FakeLog, kill
from tests.waiting import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FakeLog]:
    made = FakeLog(tmp_path_factory.mktemp("data"), "local")
    await made.client.start()
    await made.ready()
    yield made
    await made.client.stop()


async def test_what_is_told_is_confirmed(log: FakeLog) -> None:
    ledger = log.client.confirmations
    seconds: list[float] = []
    ledger.observe = seconds.append
    for number in range(12):
        log.tell(log.vehicle(number), VehicleBook(moving=True))
    assert ledger.outstanding() == 12
    await wait_for(lambda: ledger.outstanding() == 0, "all is confirmed", 10.0)
    assert (len(seconds), ledger.repeats, ledger.forgotten) == (12, 0, 0)
    assert all(0 < one < 10 for one in seconds)


async def test_what_was_told_to_a_host_that_died_is_confirmed_by_its_roster(log: FakeLog) -> None:
    health = await log.ready()
    ledger = log.client.confirmations
    before = ledger.confirmed
    kill(next(host.pid for host in health.host_list if host.kind == "vehicle"))
    log.tell(log.vehicle(3), VehicleBook(moving=True))
    assert ledger.outstanding() == 1
    await wait_for(lambda: ledger.outstanding() == 0, "it is confirmed", 30.0)
    assert ledger.confirmed == before + 1

    def restarts() -> int:
        return sum(host.restarts for host in log.client.health().host_list)

    await wait_for(lambda: restarts() == 1, "the heartbeat tells the restart")


async def test_what_a_vehicle_has_learned_is_on_disk_soon(log: FakeLog) -> None:
    await log.ready()
    now_s = log.clock.now_s()
    log.tell(log.vehicle(1), VehicleBook(True, Leg("acme/slow", 0, 0, now_s - 3600, 0, 900_000, now_s - 1800)))
    log.tell(log.vehicle(1), VehicleBook(since_s=now_s))  # it is there, in twice the time
    await wait_for(lambda: _kept(log.data_dir), "it is kept", 60.0)


def _kept(data_dir: Path) -> list[Path]:
    return list((data_dir / "agents").glob("vehicle-*.ckpt"))
