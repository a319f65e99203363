"""`muster twin run`: servers of its own, the same weeks for each policy, a report.

Promises: `run_weeks` starts one server for each policy, plays them side by side, gives the report; whatever ends it, no
process stays behind. Called by the CLI and by tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.company.errors import CompanyFileErrors
from orchestrator.domain.entities import SupplyStatus
from orchestrator.twin.chance import Chance
from orchestrator.twin.child import PORTS, ServerChild, ServerFailed, free_or_any
from orchestrator.twin.day import SAMPLE_COMPANY
from orchestrator.twin.weeks.office import Office
from orchestrator.twin.weeks.report import Report, in_words, make_report
from orchestrator.twin.weeks.run import Weeks, WeeksFailed
from orchestrator.twin.weeks.setup import POLICIES, Setup, make_setup
from orchestrator.twin.weeks.suppliers import MORNING_S
from orchestrator.twin.weeks.telling import Teller
from orchestrator.twin.wire import ServerGone

LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class WeeksOptions:
    """What `muster twin run` was asked for. policy: one of `POLICIES`, both or all. ports: of the server that stays."""

    days: int = 60
    seed: int = 1
    policy: str = "both"
    company: Path | None = None
    report: Path | None = None
    runtime: str = "none"
    stay: bool = False
    data_dir: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def policies(self) -> tuple[str, ...]:
        """Policies to play."""
        return {"both": ("fixed", LEARNED), "all": POLICIES}.get(self.policy, (self.policy,))


def run_weeks(options: WeeksOptions) -> Report:
    """Play the weeks; gives the report, printed and written as asked. Ctrl-C while staying is a normal end.

    Raises `WeeksFailed` with a message for people.
    """
    report: Report = {}
    try:
        chance = Chance(options.seed)
        setup = make_setup(options.company or SAMPLE_COMPANY, chance, int(time.time()))
        asyncio.run(_in_folder(options, setup, chance, report))
    except KeyboardInterrupt:
        if not report:
            raise
    except (CompanyFileErrors, ServerFailed, ServerGone, TimeoutError, OSError) as error:
        raise WeeksFailed(str(error)) from error
    return report


async def _in_folder(options: WeeksOptions, setup: Setup, chance: Chance, report: Report) -> None:
    """Play in the given empty folder, or in a fresh one that goes afterwards."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    if options.data_dir is not None:
        if options.data_dir.exists() and any(options.data_dir.iterdir()):
            raise WeeksFailed(f"{options.data_dir} is not empty: weeks begin logs of their own, name an empty folder")
        await _side_by_side(options, setup, chance, options.data_dir.absolute(), report)
        return
    with tempfile.TemporaryDirectory(prefix="muster-weeks-", ignore_cleanup_errors=True) as folder:
        await _side_by_side(options, setup, chance, Path(folder), report)


async def _side_by_side(options: WeeksOptions, setup: Setup, chance: Chance, folder: Path, report: Report) -> None:
    """Each policy on its own server; the first that fails ends all."""
    began_s = time.monotonic()
    children = {policy: ServerChild(folder / policy, _settings(options, setup, policy)) for policy in options.policies}
    offices = {policy: Office(child.endpoints_path, {}) for policy, child in children.items()}
    played = [Weeks(policy, setup, chance, office) for policy, office in offices.items()]
    with Teller(options.days, options.policies) as teller:
        teller.say(f"{setup.company.name}, {options.days} days: starting {len(played)} servers …")
        try:
            async with asyncio.TaskGroup() as group:
                for child in children.values():
                    group.create_task(child.start())
            async with asyncio.TaskGroup() as group:
                for weeks in played:
                    group.create_task(
                        weeks.play(options.days, lambda one: teller.day_over(one.policy, one.day, _line(one)))
                    )
            _whole(played, options.days)
            wall_s = time.monotonic() - began_s
            report |= make_report(setup, played, days=options.days, seed=options.seed, wall_s=wall_s)
            _hand_over(options, report, teller)
            if options.stay and options.policies[-1] == LEARNED:
                await _stay(children, offices, teller)
        except* Exception as failures:
            raise failures.exceptions[0] from None
        finally:
            for office in offices.values():
                await office.close()
            await asyncio.shield(asyncio.gather(*(child.stop() for child in children.values())))


def _whole(played: list[Weeks], days: int) -> None:
    """A call that is cut off when its channel closes ends its weeks without an error: no report of half of them."""
    for weeks in played:
        if weeks.day < days:
            raise WeeksFailed(f"{weeks.policy}: cut off on day {weeks.day}; does something else use its data folder?")


async def _stay(children: Mapping[str, ServerChild], offices: Mapping[str, Office], teller: Teller) -> None:
    """Keep the learned server and its dashboard up."""
    await asyncio.gather(*(child.stop() for policy, child in children.items() if policy != LEARNED))
    await offices[LEARNED].start_clock(1.0)
    endpoints = children[LEARNED].endpoints()
    page = f"http://{endpoints['web']}" if endpoints.get("web") else f"operator port {endpoints['operator']}"
    teller.say(f"The learned server stays up at {page} until Ctrl-C.")
    await asyncio.Event().wait()


def _settings(options: WeeksOptions, setup: Setup, policy: str) -> dict[str, str]:
    """Any free ports, but the usual ones for the server that stays. Nothing drives: no search for better routes."""
    stays = options.stay and policy == LEARNED
    ports = {name: options.ports.get(name, free_or_any(usual) if stays else 0) for name, usual in PORTS.items()}
    return {
        "MUSTER_RUNTIME": options.runtime,
        "MUSTER_CLOCK_ORIGIN_S": str(setup.company.day_start_s + MORNING_S - 3_600),
        "MUSTER_WEB_ENABLED": str(stays).lower(),
        "MUSTER_IMPROVE_BUDGET_MS": "0",
        **{f"MUSTER_{name.upper()}_PORT": str(port) for name, port in ports.items()},
    }


def _line(weeks: Weeks) -> str:
    """The progress of one policy."""
    purchases = weeks.mirror.state.purchases.values()
    coming = sum(order.status is SupplyStatus.OPEN for order in purchases)
    return (
        f"{weeks.books.misses:5d} stock-outs, {weeks.books.cost_cents / 100:10,.2f} € cost, {coming:3d} open orders, "
        f"{weeks.learned.revisions:4d} lessons learned"
    )


def _hand_over(options: WeeksOptions, report: Report, teller: Teller) -> None:
    """Print the report to people, write it for programs."""
    for line in in_words(report):
        teller.say(line)
    if options.report is not None:
        with contextlib.suppress(FileExistsError):
            options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        teller.say(f"Report: {options.report}")
