"""The bridge with real processes: the same promises on Ray and on the local backend, whatever is killed.

One Ray serves all tests here; a test leaves the bridge ready, or on its way to be.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.messages import ArrivalSlip, Leg, Position, VehicleBook
from orchestrator.runtime.bridge_auth import new_token
from orchestrator.runtime.bridge_messages import OutcomeKind
from orchestrator.runtime.bridge_settings import BridgeHealth
from solvers.budget import Budget
from solvers.result import SolveStatus
from tests.e2e.ray.bridging import SAMPLE, FakeLog, child_called, kill
from tests.e2e.ray.stranger import gcs_address, knock
from tests.processes import alive
from tests.waiting import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]
BACKENDS = [pytest.param("local", id="local"), pytest.param("ray", id="ray", marks=pytest.mark.ray)]
RAY_ONLY = [pytest.param("ray", id="ray", marks=pytest.mark.ray)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACKENDS)
async def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FakeLog]:
    """A running bridge; when it has stopped, nothing of it is left."""
    left_behind = Path(tempfile.gettempdir()) / f"muster-ray-{os.getuid()}-{2**22 + 1}"
    left_behind.mkdir(exist_ok=True)  # as a killed run leaves it: no process can have that number
    made = FakeLog(tmp_path_factory.mktemp("data"), request.param)
    await made.client.start()
    health = await made.ready()
    yield made
    health = made.health()
    await made.client.stop()
    pids = [worker.pid for worker in (*health.host_list, *health.solver_list)]
    await wait_for(lambda: not any(alive(pid) for pid in pids), "all hosts and solvers are gone", 10.0)
    assert request.param == "local" or not left_behind.exists()
    left_behind.rmdir() if left_behind.exists() else None


async def test_every_kind_of_agent_is_there(log: FakeLog) -> None:
    health = await log.ready()
    assert health.agents == {kind.value: count for kind, count in SAMPLE.items()}
    assert (health.hosts, health.hosts_away, health.connected) == (4, 0, True)


async def test_an_instruction_leads_to_a_report(log: FakeLog) -> None:
    await log.ready()
    log.tell(log.vehicle(0), log.overdue("acme/round-trip"))
    await wait_for(lambda: _slips(log, "acme/round-trip"), "the vehicle has reported its slip", 5.0)
    (slip,) = _slips(log, "acme/round-trip")
    assert slip.agent == log.vehicle(0)


async def test_positions_lead_to_a_report(log: FakeLog) -> None:
    await log.ready()
    now_s = log.clock.now_s()
    leg = Leg("acme/slow", 0, 0, now_s - 1200, 0, 900_000, now_s + 600)
    log.tell(log.vehicle(1), VehicleBook(True, leg))
    log.client.send_telemetry([Position(log.vehicle(1).id, now_s - 60, 0, 50_000)])
    await wait_for(lambda: _slips(log, "acme/slow"), "the vehicle has reported its slip", 5.0)


def _restarts(log: FakeLog, kind: str) -> int:
    return next((host.restarts for host in log.health().host_list if host.kind == kind), -1)


async def test_a_killed_host_comes_back_with_what_the_log_says(log: FakeLog) -> None:
    health = await log.ready()
    log.tell(log.vehicle(2), log.overdue("acme/before"))
    await wait_for(lambda: _slips(log, "acme/before"), "the vehicle has reported its slip", 5.0)
    victim = next(host for host in health.host_list if host.kind == "vehicle")
    kill(victim.pid)
    # A host may be back before anybody has been told that it was away: its restart is what shows that it was.
    await wait_for(lambda: _restarts(log, "vehicle") == victim.restarts + 1, "the host was started again", 30.0)
    await log.ready()
    host = next(host for host in log.health().host_list if host.kind == "vehicle")
    assert host.pid != victim.pid
    assert (host.agents, host.seq, host.restarts) == (victim.agents, log.seq, victim.restarts + 1)
    log.tell(log.vehicle(3), log.overdue("acme/after"))
    await wait_for(lambda: _slips(log, "acme/after"), "it works as before", 5.0)


async def test_solves_end_each_in_its_own_way(log: FakeLog) -> None:
    await log.ready()
    ends = {
        ("echo", 7): (OutcomeKind.SOLVED, ""),
        ("raise",): (OutcomeKind.ERROR, "no such problem"),
        ("exit", 3): (OutcomeKind.CRASHED, ""),
        ("sleep",): (OutcomeKind.OVERRUN, "killed"),
    }
    for problem, (kind, words) in ends.items():
        await log.ready()
        solved, result = await log.client.solve_watched("fake", problem, None, Budget(0.1))
        assert (solved.outcome, words in solved.message) == (kind, True), solved
        assert (result is not None) == (kind is OutcomeKind.SOLVED)
    await log.ready()
    outcome = await log.client.solve("fake", ("echo", "again"), None, Budget(5.0))  # type: ignore[arg-type]
    assert (outcome.status, outcome.plan) == (SolveStatus.FEASIBLE, "again"), outcome


async def test_a_solver_killed_in_the_middle_is_a_crash_and_the_next_solve_works(log: FakeLog) -> None:
    health = await log.ready()
    solving = asyncio.create_task(log.client.solve_watched("fake", ("sleep",), None, Budget(50.0)))
    await wait_for(lambda: log.health().solvers_busy == 1, "the solver is busy", 5.0)
    kill(health.solver_list[0].pid)
    solved, _ = await solving
    assert solved.outcome is OutcomeKind.CRASHED
    await log.ready()
    solved, _ = await log.client.solve_watched("fake", ("echo", 1), None, Budget(5.0))
    assert solved.outcome is OutcomeKind.SOLVED


async def test_a_solve_that_nobody_waits_for_is_killed(log: FakeLog) -> None:
    health = await log.ready()
    solving = asyncio.create_task(log.client.solve_watched("fake", ("sleep",), None, Budget(50.0)))
    await wait_for(lambda: log.health().solvers_busy == 1, "the solver is busy", 5.0)
    solving.cancel()
    await wait_for(lambda: not alive(health.solver_list[0].pid), "its process is gone", 5.0)
    await log.ready()


async def test_solvers_are_nicer_than_the_core_and_keep_to_their_memory(log: FakeLog) -> None:
    await log.ready()
    _, result = await log.client.solve_watched("fake", ("nice",), None, Budget(5.0))
    assert result is not None
    assert result.plan >= 10
    solved, _ = await log.client.solve_watched("fake", ("memory", 2000), None, Budget(5.0, memory_mb=500))
    assert solved.outcome is OutcomeKind.ERROR
    assert "MemoryError" in solved.message


async def test_the_real_solvers_solve_here(log: FakeLog) -> None:
    from tests.e2e.ray.small_problems import scheduling_problem

    await log.ready()
    outcome = await log.client.solve("scheduling", scheduling_problem(), None, Budget(20.0))
    assert outcome.status.has_plan, outcome.note


async def test_a_killed_bridge_comes_back_and_meanwhile_solves_fail_at_once(log: FakeLog) -> None:
    health = await log.ready()
    assert health.pid is not None
    solving = asyncio.create_task(log.client.solve_watched("fake", ("sleep",), None, Budget(50.0)))
    await wait_for(lambda: log.health().solvers_busy == 1, "the solver is busy", 5.0)
    kill(health.pid)
    solved, _ = await solving
    assert solved.outcome is OutcomeKind.UNAVAILABLE
    await _refuses(log)
    log.tell(log.vehicle(4), log.overdue("acme/told-while-away"))
    after = await log.ready()
    assert after.restarts > health.restarts
    await wait_for(lambda: _slips(log, "acme/told-while-away"), "what happened meanwhile is known", 5.0)
    old = [worker.pid for worker in (*health.host_list, *health.solver_list)]
    await wait_for(lambda: not any(alive(pid) for pid in old), "the old processes are gone", 10.0)


async def test_a_bridge_that_hangs_is_known_to_be_away(log: FakeLog) -> None:
    health = await log.ready()
    assert health.pid is not None
    told: list[BridgeHealth] = []
    log.client.on_health = told.append
    kill(health.pid, signal.SIGSTOP)
    try:
        await wait_for(lambda: not log.client.ready, "it is known to be away", 4.0)
        assert not log.health().connected
        await _refuses(log)
    finally:
        kill(health.pid, signal.SIGCONT)
    await log.ready()
    log.client.on_health = None
    # With its first word the silence is over: nobody is told of a bridge that is ready and not connected.
    assert [(one.phase, one.connected) for one in told] == [("away", False), ("ready", True)]


@pytest.mark.parametrize("log", RAY_ONLY, indirect=True)
async def test_a_driver_without_the_token_is_refused(log: FakeLog, tmp_path: Path) -> None:
    health = await log.ready()
    assert health.pid is not None
    token = log.data_dir / "run" / "ray.token"
    assert token.stat().st_mode & 0o777 == 0o600
    address = gcs_address(health.pid)
    wrong = new_token(tmp_path / "token")
    assert await asyncio.to_thread(knock, address, {"RAY_AUTH_TOKEN_PATH": str(token)}) == "let in"
    for stranger in ({"RAY_AUTH_TOKEN_PATH": str(wrong)}, {"RAY_AUTH_MODE": "disabled"}):
        heard = await asyncio.to_thread(knock, address, stranger)
        assert heard.startswith("AuthenticationError"), heard


@pytest.mark.parametrize("log", RAY_ONLY, indirect=True)
@pytest.mark.parametrize("process", ["raylet", "gcs_server"])
async def test_ray_is_started_anew_when_its_raylet_or_head_dies(log: FakeLog, process: str) -> None:
    health = await log.ready()
    assert health.pid is not None
    kill(child_called(health.pid, process))
    await log.away()
    assert f"Ray's {process} died" in log.health().last_error
    await _refuses(log)
    log.tell(log.vehicle(5), log.overdue(f"acme/{process}"))
    after = await log.ready()
    assert after.pid != health.pid
    assert after.agents == {kind.value: count for kind, count in SAMPLE.items()}
    await wait_for(lambda: _slips(log, f"acme/{process}"), "what happened meanwhile is known", 5.0)
    old = [worker.pid for worker in (*health.host_list, *health.solver_list)]
    await wait_for(lambda: not any(alive(pid) for pid in old), "the old processes are gone", 10.0)


def _slips(log: FakeLog, order_id: str) -> list[ArrivalSlip]:
    return [report for report in log.said if isinstance(report, ArrivalSlip) and report.order_id == order_id]


async def _refuses(log: FakeLog) -> None:
    """A solve fails at once and by name while there is no bridge."""
    assert not log.client.available
    solved, _ = await asyncio.wait_for(log.client.solve_watched("fake", ("echo", 1), None, Budget(5.0)), 0.5)
    assert solved.outcome is OutcomeKind.UNAVAILABLE
    outcome = await log.client.solve("routing", None, None, Budget(5.0))
    assert outcome.status is SolveStatus.NO_SOLUTION_IN_TIME
    assert outcome.note.startswith("UNAVAILABLE")
