"""The core's process from outside: it says when it is ready, ends when asked, and refuses what it cannot do."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import grpc

from orchestrator.runtime.core_process import EXIT_CANNOT_START, EXIT_INTERRUPTED, EXIT_USAGE
from tests.serving import OPERATOR_METHODS, multicallable, server_process
from tests.waiting import wait_until


def run(*flags: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "orchestrator.runtime.core_process", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_serves_until_it_is_asked_to_end(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as serving:
        assert serving.endpoints["pid"] == serving.process.pid
        with grpc.insecure_channel(serving.endpoints["operator"]) as channel:
            status = multicallable(channel, OPERATOR_METHODS["AdminService.GetStatus"])(b"", timeout=10)
        assert status.operator_address == serving.endpoints["operator"]
        assert json.loads((tmp_path / "data" / "clock.json").read_text())["anchor_wall_ms"] is None
    assert not (tmp_path / "data" / "endpoints.json").exists()
    assert "ready" in serving.stderr.read_text()


def test_a_second_interrupt_does_not_wait(tmp_path: Path) -> None:
    with server_process(tmp_path / "data", ends_with=(0, EXIT_INTERRUPTED)) as serving:
        serving.process.send_signal(signal.SIGINT)
        wait_until(lambda: "stopping" in serving.stderr.read_text(), "it has heard the first")
        serving.process.send_signal(signal.SIGINT)
        serving.process.wait(10)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with server_process(tmp_path / "data"):
        done = run("--data-dir", str(tmp_path / "data"), "--runtime", "none", "--no-web")
    assert done.returncode == EXIT_CANNOT_START
    assert "in use by the server with pid" in done.stderr


def test_a_setting_out_of_range_is_refused(tmp_path: Path) -> None:
    done = run("--data-dir", str(tmp_path / "data"), "--operator-port", "70000")
    assert done.returncode == EXIT_USAGE
    assert "operator_port" in done.stderr
