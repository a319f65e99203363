"""100 random kills of host, solver, bridge, raylet and Ray head during demo days on Ray (must-show 2 of the agents).

The kinds are shuffled from a seed, each as often as the others; a kill comes a moment after everything was up, and the
time until everything is up again is taken by looking 20 times a second, so a back-time includes the core's own look at
its bridge. Days are played until all kills are done; what was acknowledged is counted by the twin, what was done twice
in the log, and what agents executed twice in the core's ledger of confirmations, by agent and sequence number.
MUSTER_BENCH_KILLS and MUSTER_BENCH_SPEED: other numbers of kills, and of company seconds a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.kills.doubles import counted
from tests.bench.kills.victims import KINDS, Watch, Whole, kill
from tests.bench.row import Row, row
from tests.processes import alive
from tests.waiting import StillWaiting

BENCH_S = 7_200
KILLS = int(os.environ.get("MUSTER_BENCH_KILLS", "100"))
SEED = 20261128
SPEED = float(os.environ.get("MUSTER_BENCH_SPEED", "60"))
PAUSE_S = (0.2, 2.0)
UP_S, BACK_S = 300.0, 90.0
LOOK_S = 0.05
DAY_END_S = 3_600.0
DAYS_MAX = 10


@dataclass
class Tally:
    """What was done and what came of it."""

    back_s: dict[str, list[float]] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    wrong_plans: int = 0
    revisions: int = 0
    acts: int = 0
    doubled: list[str] = field(default_factory=list)
    days: int = 0
    instructions: dict[int, dict[str, int]] = field(default_factory=dict)  # day -> newest count by outcome

    def told(self, outcome: str) -> int:
        """Instructions of all days with that outcome."""
        return sum(counts.get(outcome, 0) for counts in self.instructions.values())

    def kills(self) -> int:
        """All that hit."""
        return sum(len(times) for times in self.back_s.values())


def plan_of_kills(count: int, seed: int) -> list[str]:
    """Which kinds, in which order: as many of each as possible."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(kinds)
    return kinds


def play(kinds: Sequence[str], seed: int, speed: float, folder: Path) -> Tally:
    """Days with kills, until all are done."""
    tally, chance, left = Tally(), random.Random(seed), list(kinds)
    while left and tally.days < DAYS_MAX:
        tally.days += 1
        one_day(left, chance, seed + tally.days, speed, folder / str(tally.days), tally)
    return tally


def one_day(left: list[str], chance: random.Random, seed: int, speed: float, folder: Path, tally: Tally) -> None:
    """A demo day; kills as long as it lasts and some are left."""
    folder.mkdir()
    data_dir, report = folder / "data", folder / "report.json"
    command = [sys.executable, "-m", "orchestrator.cli.main", "demo", "--runtime", "ray", "--no-web"]
    command += ["--speed", str(speed), "--seed", str(seed), "--data-dir", str(data_dir), "--report", str(report)]
    with (folder / "demo.out").open("wb") as out:
        demo = subprocess.Popen(command, stdout=out, stderr=out)
    watch = Watch(data_dir)
    try:
        while left and demo.poll() is None and kill_one(left[0], watch, chance, demo, tally):
            left.pop(0)
            _count_instructions(watch, tally)
        _watch_the_rest(watch, demo, tally)
    finally:
        watch.close()
        if demo.poll() is None:
            demo.terminate()
            demo.wait(60)
    if demo.returncode != 0 or not report.exists():
        raise RuntimeError(f"the demo ended with {demo.returncode}: {(folder / 'demo.out').read_text()[-2_000:]}")
    take_in(json.loads(report.read_text()), data_dir, tally)


def _count_instructions(watch: Watch, tally: Tally) -> None:
    if (counts := watch.instructions()) is not None:
        tally.instructions[tally.days] = counts


def _watch_the_rest(watch: Watch, demo: subprocess.Popen[bytes], tally: Tally) -> None:
    """Until the day ends; what became of instructions can only be asked while the server runs."""
    end_s = time.monotonic() + DAY_END_S
    while demo.poll() is None and time.monotonic() < end_s:
        _count_instructions(watch, tally)
        with contextlib.suppress(subprocess.TimeoutExpired):
            demo.wait(1.0)


def take_in(report: dict[str, Any], data_dir: Path, tally: Tally) -> None:
    """What the twin and the log say of a day that is over."""
    tally.lost += report["lost_events"]
    tally.wrong_plans += report["checker_rejections_published"]
    tally.revisions += report["revisions"]["total"]
    acts, doubled = counted(data_dir, data_dir.with_name(data_dir.name + ".key"))
    tally.acts += acts
    tally.doubled += doubled


def kill_one(kind: str, watch: Watch, chance: random.Random, demo: subprocess.Popen[bytes], tally: Tally) -> bool:
    """Wait until all is up, kill one of a kind, wait until all is up again; False when the day ended before."""
    before = _up(watch, demo, UP_S)
    if before is None:
        return False
    time.sleep(chance.uniform(*PAUSE_S))
    victim = chance.choice(before.victims(kind) or [0])
    if not victim or not kill(victim):
        tally.missed[kind] += 1
        return demo.poll() is None and kill_one(kind, watch, chance, demo, tally)
    began_s = time.monotonic()
    if _up(watch, demo, BACK_S, without=victim) is None:
        return False
    took_s = time.monotonic() - began_s
    tally.back_s.setdefault(kind, []).append(took_s)
    print(f"{tally.kills():4d} {kind:7s} back after {took_s:5.2f} s", file=sys.stderr, flush=True)
    return True


def _up(watch: Watch, demo: subprocess.Popen[bytes], limit_s: float, without: int = 0) -> Whole | None:
    """Everything up, and nothing of it the process `without` or one that only a dead one had seen; None: day over."""
    end_s = time.monotonic() + limit_s
    while demo.poll() is None:
        whole = watch.whole()
        if whole is not None and not (without and alive(without)) and _all_there(whole, without):
            return whole
        if time.monotonic() > end_s:
            raise StillWaiting(f"not everything is up after {limit_s} s: {watch.last_error}")
        time.sleep(LOOK_S)
    return None


def _all_there(whole: Whole, without: int) -> bool:
    if without in (whole.bridge, *whole.hosts.values(), *whole.solvers.values()):
        return False
    return bool(whole.victims("raylet")) and bool(whole.victims("head")) and whole.agents > 0


def quantile(times: Sequence[float], share: float) -> float:
    """The nearest rank."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> list[Row]:
    """The rows of `make bench-agents_kills`."""
    began_s = time.monotonic()
    with TemporaryDirectory(prefix="mk-", ignore_cleanup_errors=True) as folder:
        tally = play(plan_of_kills(KILLS, SEED), SEED, SPEED, Path(folder))
    for text in tally.doubled[:20]:
        print(f"twice: {text}", file=sys.stderr)
    return rows_of(tally, time.monotonic() - began_s)


def rows_of(tally: Tally, seconds: float) -> list[Row]:
    """Counts, and how long it took until all was back."""
    rows = [
        row(f"kills that hit, {tally.days} demo days", tally.kills(), "kills", seconds=seconds, at_least=KILLS),
        row(f"acknowledged events lost, {tally.revisions} revisions", tally.lost, "events", seconds=seconds, at_most=0),
        row(f"acts done twice, of {tally.acts}", len(tally.doubled), "acts", seconds=seconds, at_most=0),
        row(
            f"instructions executed twice, of {tally.told('executed')}; {tally.told('repeated')} came again",
            tally.told("twice") if tally.told("executed") else 1,  # nothing seen is no proof
            "instructions",
            seconds=seconds,
            at_most=0,
        ),
        row("published plans found wrong", tally.wrong_plans, "plans", seconds=seconds, at_most=0),
    ]
    for kind in KINDS:
        times, goal_s = tally.back_s.get(kind, []), 30.0 if kind == "head" else 5.0
        rows.append(row(f"{kind}: kills", len(times), "kills", seconds=seconds, at_least=1))
        if times:
            rows.append(row(f"{kind}: all back, p50", quantile(times, 0.5), "s", seconds=seconds))
            rows.append(row(f"{kind}: all back, p99", quantile(times, 0.99), "s", seconds=seconds, at_most=goal_s))
    return rows
