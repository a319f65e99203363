"""What was due when the server ended fires once after it, on every kind of log."""

from __future__ import annotations

from orchestrator.core.loop import Core
from orchestrator.core.model import muster_domain
from orchestrator.core.work import CoreLimits
from orchestrator.domain.commands import ImportCompany
from orchestrator.domain.reminders_commands import FireReminders, SetReminder, TakeReminders
from orchestrator.domain.reminders_events import ReminderDue
from orchestrator.domain.state import State
from orchestrator.log.chain import ChainKey
from orchestrator.runtime.clock import ManualClock
from tests.conformance.places import Place
from tests.unit.planning.world import DAY_S, small_company

AGENT = {"kind": "vehicle", "resource_id": "V1"}


async def opened(place: Place, key: ChainKey, clock: ManualClock, snapshot: bool) -> Core[State]:
    limits = CoreLimits(snapshot_on_close=1 if snapshot else 10**6)
    return await Core.open(muster_domain(), place.store(), key, clock, limits=limits)


async def fire(core: Core[State]) -> list[str]:
    done = await core.submit(FireReminders(), principal="system:deadlines", internal=True)
    return [event.name for event in done.events if isinstance(event, ReminderDue)]


async def test_reminders_outlive_the_server(place: Place, key: ChainKey) -> None:
    clock = ManualClock(DAY_S)
    for snapshot in (True, False):  # once from a snapshot, then from the records behind it
        core = await opened(place, key, clock, snapshot)
        if core.state.company is None:
            await core.submit(ImportCompany(company=small_company()), principal="operator:ada")
        for name, ahead_s in (("late", 900), ("soon", 300), ("far", 10**6)):
            set_it = SetReminder(name=name, due_s=clock.now_s() + ahead_s, **AGENT)  # type: ignore[arg-type]
            await core.submit(set_it, principal="agent:vehicle/V1")
        await core.close()
        clock.advance(1_000)
        core = await opened(place, key, clock, snapshot)
        assert await fire(core) == ["soon", "late"]
        await core.close()
        core = await opened(place, key, clock, snapshot)
        assert await fire(core) == []
        waiting = core.state.agenda.waiting("vehicle/V1")
        assert [one.name for one in waiting] == ["soon", "late"]
        take = TakeReminders(up_to_seq=waiting[-1].seq, **AGENT)
        await core.submit(take, principal="agent:vehicle/V1")
        assert not core.state.agenda.fired
        await core.close()
