"""Child processes: started again when they end, gone when they are stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.runtime.parent import PARENT_ENV
from orchestrator.runtime.processes import LOG_BYTES_MAX, Backoff, ChildSpec, Supervisor
from tests.processes import alive
from tests.waiting import wait_for, wait_until

QUICK = Backoff(first_s=0.02, most_s=0.1, lived_s=30.0)


def spec(tmp_path: Path, *arguments: str, again_at_once: frozenset[int] = frozenset()) -> ChildSpec:
    log_path = tmp_path / "logs" / "child.log"
    return ChildSpec("child", "tests.unit.runtime.child", arguments, log_path, again_at_once=again_at_once)


@pytest.mark.parametrize(("failures", "delay_s"), [(0, 0.0), (1, 0.02), (2, 0.04), (3, 0.08), (4, 0.1), (10_000, 0.1)])
def test_the_delay_grows_with_failures_up_to_its_bound(failures: int, delay_s: float) -> None:
    assert QUICK.delay_s(failures) == pytest.approx(delay_s)


async def test_a_child_that_ends_is_started_again_and_its_words_are_in_the_log(tmp_path: Path) -> None:
    codes: list[int] = []
    supervisor = Supervisor(spec(tmp_path, "end", "3"), QUICK, codes.append)
    await supervisor.start()
    await wait_for(lambda: supervisor.restarts >= 2, "it was started three times")
    await supervisor.stop()
    assert codes[:2] == [3, 3]
    assert (tmp_path / "logs" / "child.log").read_text().count("hello") >= 2


async def test_a_killed_child_comes_back(tmp_path: Path) -> None:
    supervisor = Supervisor(spec(tmp_path, "stay"), QUICK)
    await supervisor.start()
    first = supervisor.pid
    supervisor.kill()
    await wait_for(lambda: supervisor.pid not in (None, first), "another child runs")
    assert supervisor.last_exit == -signal.SIGKILL
    await supervisor.stop()
    assert supervisor.pid is None


async def test_a_child_seen_at_work_has_a_spare_that_takes_its_place_and_ends_when_it_is_not_needed(
    tmp_path: Path,
) -> None:
    supervisor = Supervisor(replace(spec(tmp_path, "stay"), spare=True), QUICK)
    await supervisor.start()
    assert supervisor.spare_pid is None
    for _ in range(2):
        supervisor.forgive()
        spare = await wait_for(lambda: supervisor.spare_pid, "a spare is there")
        supervisor.kill()
        await wait_for(lambda: supervisor.spare_pid is None and supervisor.pid, "the spare has taken over")
        assert supervisor.pid == spare
    supervisor.forgive()
    last = await wait_for(lambda: supervisor.spare_pid, "a spare is there")
    await supervisor.stop()
    assert last is not None
    assert not alive(last)
    assert f"hello {last}" not in (tmp_path / "logs" / "child.log").read_text()


async def test_a_child_that_asks_for_it_is_started_again_without_delay(tmp_path: Path) -> None:
    slow = Backoff(first_s=0.001, most_s=0.001, lived_s=30.0)
    supervisor = Supervisor(spec(tmp_path, "end", "75", again_at_once=frozenset({75})), slow)
    await supervisor.start()
    await wait_for(lambda: supervisor.restarts >= 2, "it was started again")
    await supervisor.stop()


async def test_a_child_deaf_to_asking_is_killed_after_the_grace(tmp_path: Path) -> None:
    supervisor = Supervisor(spec(tmp_path, "deaf"), QUICK)
    await supervisor.start()
    await wait_for(lambda: "hello" in (tmp_path / "logs" / "child.log").read_text(), "it has set itself up")
    pid = supervisor.pid
    assert pid is not None
    await supervisor.stop(grace_s=0.05)
    assert not alive(pid)


async def test_what_a_dead_child_leaves_behind_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "grandchild"
    supervisor = Supervisor(spec(tmp_path, "grandchild", str(file)), QUICK)
    await supervisor.start()
    await wait_for(lambda: file.exists() and file.read_text(), "the grandchild runs")
    grandchild = int(file.read_text())
    pid = supervisor.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await wait_for(lambda: not alive(grandchild), "the grandchild is gone")
    await supervisor.stop()


def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    file = tmp_path / "child"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time, os;"
            f"os.environ[{PARENT_ENV!r}] = str(os.getpid());"
            "child = [sys.executable, '-m', 'tests.unit.runtime.child', 'stay'];"
            "p = subprocess.Popen(child, stdout=open(sys.argv[1], 'w'));"
            "time.sleep(60)",
            str(file),
        ]
    )
    pid = int(wait_until(lambda: file.exists() and file.read_text().removeprefix("hello"), "the child runs"))
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(pid), "the child is gone", 5.0)


def test_a_child_whose_parent_is_gone_already_ends_at_once(tmp_path: Path) -> None:
    env = {**os.environ, PARENT_ENV: "1"}
    code = subprocess.call([sys.executable, "-m", "tests.unit.runtime.child", "stay"], env=env)
    assert code == 1


async def test_a_large_log_is_set_aside(tmp_path: Path) -> None:
    log_path = tmp_path / "logs" / "child.log"
    log_path.parent.mkdir()
    log_path.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    supervisor = Supervisor(spec(tmp_path, "stay"), QUICK)
    await supervisor.start()
    await supervisor.stop(0.1)
    assert log_path.stat().st_size < 1000
    assert (tmp_path / "logs" / "child.log.1").stat().st_size > LOG_BYTES_MAX


async def test_a_child_that_cannot_be_started_at_all_is_an_error_of_the_first_start(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="exists"):
        await Supervisor(spec(tmp_path, "stay"), QUICK).start()
