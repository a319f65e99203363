"""What a process really loads, asked of a fresh interpreter: import contracts cannot see imports made by a library."""

import json
import subprocess
import sys

import pytest

from tests.tidy.sources import ROOT

#: gRPC itself imports the package `grpc_tools` where it finds it; what must not meet OR-Tools is the compiler in it.
COMPILER = "grpc_tools._protoc_compiler"
HEAVY = ("ray", "ortools", "pandas", "pyvrp", COMPILER)
#: A name ending in ".*" stands for the package with everything below it, engines left out: those run elsewhere.
PROBE = """
import importlib, json, pkgutil, re, sys
for name in json.loads(sys.argv[1]):
    package = importlib.import_module(name.removesuffix(".*"))
    if name.endswith(".*"):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not re.search(r"[.](engines|rolling|model|__main__)\\b", module.name):
                importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""
ROOMS = ("core", "domain", "ingest", "log", "planning", "publish")
# process -> (the modules it starts with, what they must not bring along)
PROCESSES = {
    "core": (["orchestrator.runtime.core_process", *(f"orchestrator.{room}.*" for room in ROOMS)], HEAVY),
    # NiceGUI itself loads pandas where it finds it.
    "web": (["orchestrator.web.*"], tuple(name for name in HEAVY if name != "pandas")),
    "twin": (["orchestrator.twin.*"], HEAVY),
    "cli": (["orchestrator.cli.main"], (*HEAVY, "numba", "numpy", "nicegui", "simpy")),
    "agent host": (["agents.*"], ("ortools", "pandas", COMPILER)),
    # What a lost host must load until it is back; numpy it loads with the first position or the first call for bids.
    "agent host that starts": (
        [
            "agents.host",
            "agents.vehicle",
            "agents.warehouse",
            "agents.production_line",
            "agents.supplier",
            "orchestrator.runtime.bridge_inside",
        ],
        (*HEAVY, "numpy", "grpc", "pydantic", "structlog"),
    ),
    "kernels": (["solvers.*"], (*HEAVY, "grpc")),
}


def loaded_by(modules: list[str]) -> set[str]:
    """Names of all modules in a new interpreter after importing `modules`."""
    command = [sys.executable, "-c", PROBE, json.dumps(modules)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_stays_light(process: str) -> None:
    modules, unwanted = PROCESSES[process]
    assert loaded_by(modules) & set(unwanted) == set()


def test_the_probe_sees_what_is_loaded() -> None:
    assert "sqlite3" in loaded_by(["sqlite3"])
