"""The core's promises: durable before answered, one order, bounded, and it stops rather than lies."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.core.loop import Core
from orchestrator.domain.errors import Defect, Reason, Rejection, Unavailable
from orchestrator.log.errors import LogLocked
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.runtime.clock import ManualClock
from tests.unit.core.harness import SlowStore, open_core, small, turns, until
from tests.unit.core.toy import Added, Put, Total, ToyState


@pytest.fixture
def store() -> SlowStore:
    """An empty log."""
    return SlowStore()


@pytest.fixture
async def core(store: SlowStore) -> AsyncIterator[Core[ToyState]]:
    """A core on it."""
    opened = await open_core(store)
    yield opened
    store.release()
    await opened.close()


async def put(core: Core[ToyState], name: str, amount: int = 1, **options: Any) -> Any:
    """Submit a `Put` for partner acme."""
    parts = options.pop("parts", 1)
    return await core.submit(Put(name=name, amount=amount, parts=parts), principal="partner:acme", **options)


async def test_a_command_becomes_events_state_and_an_answer(core: Core[ToyState]) -> None:
    outcome = await put(core, "a", 5, parts=2)
    assert (outcome.first_seq, outcome.last_seq, outcome.replayed) == (1, 2, False)
    assert outcome.events == (Added(name="a", amount=5),) * 2
    assert outcome.answer == Total(total=10)
    assert core.state.totals == {"a": 10}
    assert (core.applied_seq, core.durable_seq) == (2, 2)


async def test_records_say_who_when_and_why(store: SlowStore) -> None:
    clock = ManualClock(1_700_000_000)
    core = await open_core(store, clock)
    await put(core, "a", request_id="r1")
    clock.advance(7)
    await core.submit(Put(name="b"), principal="system:planner", cause=1)
    first, second = await core.read_events(0, 10)
    assert (first.seq, first.at_s, first.principal, first.request_id) == (1, 1_700_000_000, "partner:acme", "r1")
    assert (second.at_s, second.principal, second.cause) == (1_700_000_007, "system:planner", 1)
    assert second.event == Added(name="b", amount=1)
    await core.close()


async def test_nobody_is_answered_before_the_disk_has_it(store: SlowStore, core: Core[ToyState]) -> None:
    store.hold()
    caller = asyncio.create_task(put(core, "a"))
    barrier = asyncio.create_task(core.durable())
    await until(lambda: store.begun, "the append began")
    barrier_after = asyncio.create_task(core.durable())
    await turns()
    assert core.state.totals == {"a": 1}
    assert (core.applied_seq, core.durable_seq) == (1, 0)
    assert not caller.done()
    assert not barrier_after.done()
    store.release()
    assert (await caller).last_seq == 1
    await asyncio.gather(barrier, barrier_after)
    assert core.durable_seq == 1


async def test_what_comes_during_an_append_goes_into_the_next_one_together(
    store: SlowStore, core: Core[ToyState]
) -> None:
    store.hold()
    first = asyncio.create_task(put(core, "first"))
    await until(lambda: store.begun, "the append began")
    others = [asyncio.create_task(put(core, f"n{n}")) for n in range(50)]
    await until(lambda: core.applied_seq == 51, "all are decided")
    assert len(store.begun) == 1
    store.release()
    await asyncio.gather(first, *others)
    assert [len(batch.records) for batch in store.done] == [1, 50]


async def test_a_batch_has_a_limit(store: SlowStore) -> None:
    core = await open_core(store, limits=small(batch_max=8))
    store.hold()
    callers = [asyncio.create_task(put(core, f"n{n}")) for n in range(30)]
    await until(lambda: store.begun, "the append began")
    await turns()
    store.release()
    await asyncio.gather(*callers)
    assert max(len(batch.records) for batch in store.done) <= 8
    await core.close()


async def test_commands_are_done_in_the_order_they_came(core: Core[ToyState]) -> None:
    outcomes = await asyncio.gather(*(put(core, f"n{n}", parts=1 + n % 3) for n in range(100)))
    firsts = [outcome.first_seq for outcome in outcomes]
    assert firsts == sorted(firsts)
    seqs = [seq for outcome in outcomes for seq in range(outcome.first_seq, outcome.last_seq + 1)]
    assert seqs == list(range(1, core.durable_seq + 1))


async def test_a_rejection_changes_nothing(core: Core[ToyState]) -> None:
    with pytest.raises(Rejection, match="negative") as caught:
        await put(core, "a", -1, request_id="r1")
    assert caught.value.field == "amount"
    assert core.applied_seq == 0
    assert (await put(core, "a", 1, request_id="r1")).replayed is False


async def test_a_refusal_waits_for_what_it_rests_on(store: SlowStore, core: Core[ToyState]) -> None:
    store.hold()
    first = asyncio.create_task(put(core, "a"))
    await until(lambda: store.begun, "the append began")
    refused = asyncio.create_task(put(core, "a", -1))
    await turns()
    assert not refused.done()
    store.release()
    await first
    with pytest.raises(Rejection):
        await refused


@pytest.mark.parametrize(
    ("principal", "request_id", "field"),
    [("", None, "principal"), ("p\0", None, "principal"), ("p", "", "request_id"), ("p", "r" * 257, "request_id")],
)
async def test_bad_names_are_refused_by_field(
    core: Core[ToyState], principal: str, request_id: str | None, field: str
) -> None:
    with pytest.raises(Rejection) as caught:
        await core.submit(Put(name="a"), principal=principal, request_id=request_id)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, field)


async def test_a_command_with_too_many_events_is_refused_whole(store: SlowStore) -> None:
    core = await open_core(store, limits=small(events_max=10))
    with pytest.raises(Rejection) as caught:
        await put(core, "a", parts=11)
    assert caught.value.reason is Reason.LIMIT_EXCEEDED
    assert core.state.totals == {}
    await core.close()


async def test_a_full_queue_refuses_at_once_and_keeps_places_for_the_planner(store: SlowStore) -> None:
    core = await open_core(store, limits=small(queue_max=4, reserve=2, batch_max=1))
    store.hold()
    held = [asyncio.create_task(put(core, "held"))]
    await until(lambda: store.begun, "the append began")
    held += [asyncio.create_task(put(core, "gathered"))]
    await until(lambda: core.applied_seq == 2, "the next batch is full")
    waiting = [asyncio.create_task(put(core, "waiting")) for _ in range(4)]
    await until(lambda: core.queue_length == 4, "the queue is full")
    with pytest.raises(Unavailable) as caught:
        await put(core, "outsider")
    assert 20 <= caught.value.retry_after_ms <= 2_000
    inside = [asyncio.create_task(put(core, "planner", internal=True)) for _ in range(2)]
    await until(lambda: core.queue_length == 6, "the reserve is used")
    with pytest.raises(Unavailable):
        await put(core, "planner", internal=True)
    store.release()
    await asyncio.gather(*held, *waiting, *inside)
    assert (await put(core, "outsider")).first_seq == 9
    assert core.stats.refusals == 2
    await core.close()


async def test_draining_finishes_what_waits_and_refuses_what_comes(store: SlowStore, core: Core[ToyState]) -> None:
    store.hold()
    callers = [asyncio.create_task(put(core, f"n{n}")) for n in range(5)]
    await until(lambda: store.begun, "the append began")
    drained = asyncio.create_task(core.drain())
    await turns()
    with pytest.raises(Unavailable, match="closing"):
        await put(core, "late")
    assert not drained.done()
    store.release()
    await drained
    assert all(caller.done() for caller in callers)
    assert core.durable_seq == 5


async def test_a_caller_that_left_before_the_decision_has_no_effect(store: SlowStore) -> None:
    core = await open_core(store, limits=small(batch_max=1))
    store.hold()
    held = [asyncio.create_task(put(core, "held")), asyncio.create_task(put(core, "held"))]
    await until(lambda: core.applied_seq == 2, "one is in flight, one is gathered")
    gone = asyncio.create_task(put(core, "gone"))
    await until(lambda: core.queue_length == 1, "it waits")
    gone.cancel()
    await turns()
    store.release()
    await asyncio.gather(*held)
    await core.drain()
    assert core.state.totals == {"held": 2}
    await core.close()


async def test_a_caller_that_left_after_the_decision_changes_nothing_about_it(
    store: SlowStore, core: Core[ToyState]
) -> None:
    store.hold()
    gone = asyncio.create_task(put(core, "a", request_id="r1"))
    await until(lambda: store.begun, "the append began")
    gone.cancel()
    store.release()
    again = await put(core, "a", request_id="r1")
    assert (again.replayed, core.state.totals) == (True, {"a": 1})


async def test_listeners_hear_durable_events_in_order(store: SlowStore, core: Core[ToyState]) -> None:
    heard: list[tuple[int, str]] = []
    ends: list[int] = []

    def listen(seq: int, at_s: int, event: Added) -> None:
        assert seq <= core.durable_seq
        heard.append((seq, event.name))

    core.add_listener(listen)
    core.add_batch_listener(ends.append)
    await asyncio.gather(*(put(core, f"n{n}") for n in range(20)))
    await core.drain()
    assert heard == [(n + 1, f"n{n}") for n in range(20)]
    assert ends[-1] == 20
    assert ends == sorted(set(ends))


async def test_a_listener_that_fails_is_counted_and_the_others_hear(core: Core[ToyState]) -> None:
    heard: list[int] = []

    def broken(seq: int, at_s: int, event: Added) -> None:
        raise RuntimeError("listener broke")

    core.add_listener(broken)
    core.add_listener(lambda seq, at_s, event: heard.append(seq))
    await put(core, "a")
    assert heard == [1]
    assert core.stats.listener_failures == 1


async def test_a_decision_that_breaks_is_a_defect_for_its_caller_alone(core: Core[ToyState]) -> None:
    good = asyncio.create_task(put(core, "a"))
    with pytest.raises(Defect, match="ValueError"):
        await put(core, "boom", request_id="r")
    assert (await good).answer == Total(total=1)
    assert core.state.totals == {"a": 1}
    assert (await put(core, "a")).answer == Total(total=2)


@pytest.mark.parametrize("fault", ["append", "evolve"])
async def test_the_core_stops_when_memory_and_disk_part(store: SlowStore, fault: str) -> None:
    defects: list[BaseException] = []
    core = await open_core(store, on_defect=defects.append)
    await put(core, "before")
    store.fail_next = fault == "append"
    with pytest.raises(Defect):
        await put(core, "poison" if fault == "evolve" else "lost")
    assert len(defects) == 1
    with pytest.raises(Defect):
        await put(core, "after")
    with pytest.raises(Defect):
        await core.durable()
    await core.close()
    store.fail_next = False
    again = await open_core(store)
    assert again.state.totals == {"before": 1}
    await again.close()


async def test_company_time_in_the_log_never_runs_backwards() -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk), ManualClock(2_000_000_000))
    await put(core, "a")
    await core.close()
    again = await open_core(MemoryStore(disk), ManualClock(1_000_000_000))
    await put(again, "a")
    assert [event.at_s for event in await again.read_events(0, 10)] == [2_000_000_000, 2_000_000_000]
    await again.close()


async def test_a_log_that_is_in_use_stops_the_start_and_can_be_opened_later() -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk))
    with pytest.raises(LogLocked):
        await open_core(MemoryStore(disk))
    await core.close()
    await core.close()
    await (await open_core(MemoryStore(disk))).close()
