"""The commands a newcomer is told to type exist, and the gate runs the ones it must."""

import subprocess

import pytest

from tests.tidy.sources import ROOT

TARGETS = (
    "run",
    "test",
    "test-cluster",
    "check",
    "bench",
    "bench-anything",
    "screenshot",
    "protos",
    "dashboard",
    "lock",
    "clean",
    "help",
)


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_exists(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_help_names_every_target_that_is_typed_by_hand() -> None:
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30).stdout
    named = {line.split()[0] for line in shown.splitlines()}
    assert named == {target for target in TARGETS if target != "bench-anything"}


def test_the_gate_runs_the_checks_and_the_tests_and_brings_its_browser() -> None:
    gate = ROOT / ".ci" / "run"
    assert gate.stat().st_mode & 0o111
    text = gate.read_text()
    assert "set -euo pipefail" in text
    assert all(word in text for word in ("make check", "make test", "chromium"))
