"""`muster demo`: a server, a simulated company, a day, a report.

Promises: `run_demo` starts a server of its own with a held clock, loads the company, plays the day at the asked speed
and gives the report; whatever ends it, no process stays behind. Called by the CLI and by tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.company.errors import CompanyFileErrors
from orchestrator.twin.auditor import Auditor, lost
from orchestrator.twin.child import PORTS, ServerChild, ServerFailed, free_or_any
from orchestrator.twin.day import SAMPLE_COMPANY, Day, company_day
from orchestrator.twin.instance import Played, instance_day
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.progress import Teller
from orchestrator.twin.report import Report, in_words, make_report
from orchestrator.twin.session import Session
from orchestrator.twin.simulation import Simulation
from orchestrator.twin.wire import ServerGone, Wire
from protos.muster.operator.v1 import admin_service_pb2
from solvers.errors import InvalidProblem

FIRST_PLAN_S = 300.0
LAST_WORDS_S = 30.0
SETTLE_S, SETTLE_S_MAX = 2.5, 20.0


class DemoFailed(RuntimeError):
    """The demo cannot go on; the message is for the person who started it."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `muster demo` was asked for. ports: by name of the port; none given: the usual ones if they are free."""

    speed: float = 60.0
    seed: int = 1
    report: Path | None = None
    stay: bool = False
    runtime: str = "ray"
    company: Path | None = None
    data_dir: Path | None = None
    instance: Path | None = None
    hindsight_s: float = 60.0
    web: bool = True
    ports: Mapping[str, int] = field(default_factory=dict)


def run_demo(options: DemoOptions) -> Report:
    """Play the day; gives the report, printed and written as asked. Ctrl-C while staying is a normal end.

    Raises `DemoFailed` with a message for people.
    """
    report: Report = {}
    try:
        day, played = _read(options)
        asyncio.run(_in_folder(options, day, played, report))
    except KeyboardInterrupt:
        if not report:
            raise
    except (CompanyFileErrors, InvalidProblem, ServerFailed, ServerGone, TimeoutError, OSError) as error:
        raise DemoFailed(str(error)) from error
    return report


def _read(options: DemoOptions) -> tuple[Day, Played | None]:
    """The day to play, checked before anything is started."""
    wall_s = int(time.time())
    if options.instance is None:
        return company_day(options.company or SAMPLE_COMPANY, options.seed, options.speed, wall_s), None
    played = instance_day(options.instance, options.seed, options.speed, wall_s)
    return played.day, played


async def _in_folder(options: DemoOptions, day: Day, played: Played | None, report: Report) -> None:
    """Play in the given empty folder, or in a fresh one that goes afterwards."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    if options.data_dir is not None:
        if options.data_dir.exists() and any(options.data_dir.iterdir()):
            raise DemoFailed(f"{options.data_dir} is not empty: a demo begins a log of its own, name an empty folder")
        await _serve_and_play(options, day, played, options.data_dir.absolute(), report)
        return
    with tempfile.TemporaryDirectory(prefix="muster-demo-", ignore_cleanup_errors=True) as folder:
        await _serve_and_play(options, day, played, Path(folder) / "data", report)


async def _serve_and_play(
    options: DemoOptions, day: Day, played: Played | None, data_dir: Path, report: Report
) -> None:
    child = ServerChild(data_dir, _settings(options, day))
    wire = Wire(child.endpoints_path, day.tokens)
    with Teller(day.begin_s, day.end_s, day.company.time_zone) as teller:
        teller.say(f"{day.title}: starting the server …")
        try:
            await child.start()
            happened, simulation = await _play(options, day, child, wire, teller)
            report |= happened
            if played is not None:
                report["executed"] = played.executed(simulation.world.journal.routes)
                teller.say(f"Solving with everything known for {options.hindsight_s:g} s …")
                report["hindsight"] = await played.hindsight(options.hindsight_s, options.seed)
            _hand_over(options, report, teller)
            if options.stay:
                await wire.start_clock(1.0)
                teller.say(f"The server stays up at {_page(child)} until Ctrl-C.")
                await asyncio.Event().wait()
        finally:
            await wire.close()
            await asyncio.shield(child.stop())


def _settings(options: DemoOptions, day: Day) -> dict[str, str]:
    ports = {name: options.ports.get(name, free_or_any(usual)) for name, usual in PORTS.items()}
    return {
        "MUSTER_RUNTIME": options.runtime,
        "MUSTER_CLOCK_ORIGIN_S": str(day.begin_s),
        "MUSTER_CLOCK_SPEED": str(options.speed),
        "MUSTER_WEB_ENABLED": str(options.web).lower(),
        **{f"MUSTER_{name.upper()}_PORT": str(port) for name, port in ports.items()},
        **day.settings,
    }


def _page(child: ServerChild) -> str:
    endpoints = child.endpoints()
    return f"http://{endpoints['web']}" if endpoints.get("web") else f"operator port {endpoints['operator']}"


async def _play(
    options: DemoOptions, day: Day, child: ServerChild, wire: Wire, teller: Teller
) -> tuple[Report, Simulation]:
    """Load the company, play the day, make the report."""
    began_s = time.monotonic()
    mirror = Mirror(day.company)
    auditor = Auditor(mirror.state)
    mirror.listeners.append(auditor.hear)
    session = Session(wire, mirror, day.begin_s, f"twin-{uuid.uuid4().hex[:8]}")
    try:
        await _load(day, wire)
        session.follow()
        teller.say("Planning the morning … (kernels are compiled at the very first start: a minute or two)")
        await session.until(lambda: _planned(mirror, day), "the morning's orders are planned", FIRST_PLAN_S)
        await _settle(session)
        simulation = Simulation(session.env, mirror, session.server, day.late, day.cast)
        simulation.start()
        teller.say(f"Dashboard: {_page(child)}   Data: {child.data_dir}")
        await session.run(options.speed, lambda: _over(day, simulation, teller))
        await session.until(lambda: not session.server.waiting, "all reports are answered", LAST_WORDS_S)
        lost_events = await _lost(session, wire, day)
        server = await wire.day_report()
    finally:
        await session.close()
    for text in auditor.found:
        teller.say(f"wrong plan: {text}")
    wall_s = time.monotonic() - began_s
    report = make_report(simulation, mirror, auditor, server, lost_events=lost_events, wall_s=wall_s)
    return report, simulation


async def _load(day: Day, wire: Wire) -> None:
    answer: admin_service_pb2.ImportCompanyResponse = await wire.import_company(day.files, f"demo-{uuid.uuid4().hex}")
    if not answer.loaded:
        rows = "\n".join(f"{row.file}:{row.line}: {row.field} = {row.value!r}: {row.rule}" for row in answer.errors)
        raise DemoFailed(f"the server refused the company:\n{rows}")


def _planned(mirror: Mirror, day: Day) -> bool:
    """Whether the mirror has all orders of the morning and the plan has a word on each."""
    plan = mirror.state.plan
    settled = all(one in plan.vehicle_of or one in plan.unplanned for one in mirror.state.open_orders)
    return len(mirror.state.orders) >= len(day.morning) and settled and mirror.state.company is not None


async def _settle(session: Session) -> None:
    """Let the first plan get better while the clock is held, until it stops to."""
    give_up_s, revision = time.monotonic() + SETTLE_S_MAX, -1
    while time.monotonic() < give_up_s and session.mirror.state.plan.revision != revision:
        revision = session.mirror.state.plan.revision
        await asyncio.sleep(SETTLE_S)


def _over(day: Day, simulation: Simulation, teller: Teller) -> bool:
    now_s = simulation.world.now_s
    teller.day_goes_on(now_s, simulation.world.state, simulation.troubles.record)
    return now_s >= day.end_s or (simulation.idle() and simulation.troubles.done())


async def _lost(session: Session, wire: Wire, day: Day) -> int:
    """Acknowledged reports and orders that the log does not have."""
    acknowledged = [(ack.first_seq, ack.last_seq, ack.types) for ack in session.server.safe.reports]
    orders = await wire.orders()
    sent = [*session.server.safe.orders, *(f"{one.partner_id}/{one.draft.number}" for one in day.morning)]
    return lost(acknowledged, await wire.event_types()) + sum(order_id not in orders for order_id in sent)


def _hand_over(options: DemoOptions, report: Report, teller: Teller) -> None:
    """Print the report to people, write it for programs."""
    for one in report["disruptions"]:
        answer = f"answered by revision {one['revision']}" if one["revision"] else "not answered"
        teller.say(f"{teller.clock(one['at'])}       {one['kind'].replace('_', ' ')}: {answer}")
    for line in in_words(report):
        teller.say(line)
    if options.report is not None:
        with contextlib.suppress(FileExistsError):
            options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        teller.say(f"Report: {options.report}")
