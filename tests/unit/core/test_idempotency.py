"""One request, one effect, one answer: at the same time, one after the other, and across restarts."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core import seen
from orchestrator.core.work import Outcome
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from tests.unit.core.harness import SlowStore, open_core, small, turns, until
from tests.unit.core.toy import Put

ACME = "partner:acme"


def told(outcome: Outcome) -> tuple[int, int, object, object]:
    """What a caller learns, apart from whether it is a repetition."""
    return outcome.first_seq, outcome.last_seq, outcome.events, outcome.answer


async def test_the_same_request_in_flight_joins_the_first() -> None:
    store = SlowStore()
    core = await open_core(store)
    store.hold()
    callers = [
        asyncio.create_task(core.submit(Put(name="a", parts=2), principal=ACME, request_id="r")) for _ in range(3)
    ]
    await until(lambda: core.stats.replays == 2, "the others joined")
    store.release()
    outcomes = await asyncio.gather(*callers)
    assert len({told(outcome) for outcome in outcomes}) == 1
    assert [outcome.replayed for outcome in outcomes] == [False, True, True]
    assert core.durable_seq == 2
    await core.close()


@pytest.mark.parametrize("restart", [False, True])
async def test_the_same_request_later_gets_the_stored_answer(restart: bool) -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk))
    first = await core.submit(Put(name="a", amount=3, parts=2), principal=ACME, request_id="r")
    await core.submit(Put(name="a"), principal=ACME)
    if restart:
        await core.close()
        core = await open_core(MemoryStore(disk))
    again = await core.submit(Put(name="a", amount=3, parts=2), principal=ACME, request_id="r")
    assert told(again) == told(first)
    assert again.replayed
    assert core.state.totals == {"a": 7}
    await core.close()


@pytest.mark.parametrize("when", ["in flight", "durable"])
async def test_a_request_id_with_another_command_is_refused(when: str) -> None:
    store = SlowStore()
    core = await open_core(store)
    store.hold()
    first = asyncio.create_task(core.submit(Put(name="a"), principal=ACME, request_id="r"))
    await until(lambda: store.begun, "the append began")
    if when == "durable":
        store.release()
        await first
    other = asyncio.create_task(core.submit(Put(name="b"), principal=ACME, request_id="r"))
    await turns()
    store.release()
    with pytest.raises(Rejection) as caught:
        await other
    assert caught.value.reason is Reason.REQUEST_ID_REUSED
    await first
    assert core.state.totals == {"a": 1}
    await core.close()


async def test_two_partners_may_use_the_same_id() -> None:
    core = await open_core(MemoryStore())
    await core.submit(Put(name="a"), principal=ACME, request_id="r")
    outcome = await core.submit(Put(name="b"), principal="partner:other", request_id="r")
    assert not outcome.replayed
    await core.close()


async def test_a_command_without_events_is_remembered_too() -> None:
    disk = MemoryDisk()
    core = await open_core(MemoryStore(disk))
    first = await core.submit(Put(name="a", parts=0), principal=ACME, request_id="r")
    assert (first.first_seq, first.last_seq, first.events) == (0, 0, ())
    await core.close()
    core = await open_core(MemoryStore(disk))
    again = await core.submit(Put(name="a", parts=0), principal=ACME, request_id="r")
    assert again.replayed
    assert again.answer == first.answer
    await core.close()


SENDS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=40)


@settings(max_examples=60)
@given(sends=SENDS, batch_max=st.integers(1, 5), blunt=st.booleans(), restart_at=st.integers(0, 40))
def test_whatever_is_sent_how_often_has_one_effect(
    sends: list[tuple[int, int]], batch_max: int, blunt: bool, restart_at: int
) -> None:
    """Each send: which request, and how many turns of the loop later. `blunt`: the filter says "maybe" to all."""

    async def run() -> None:
        disk = MemoryDisk()
        core = await open_core(MemoryStore(disk), limits=small(batch_max=batch_max))
        calls: list[asyncio.Task[Outcome]] = []
        for index, (request, pause) in enumerate(sends):
            if index == restart_at:
                await asyncio.gather(*calls)
                await core.close()
                core = await open_core(MemoryStore(disk), limits=small(batch_max=batch_max))
            command = Put(name=f"n{request}", parts=request % 3)
            calls.append(asyncio.create_task(core.submit(command, principal=ACME, request_id=f"r{request}")))
            await turns(pause * 3)
        outcomes = await asyncio.gather(*calls)
        by_request = {request: told(outcome) for (request, _), outcome in zip(sends, outcomes, strict=True)}
        assert all(told(outcome) == by_request[request] for (request, _), outcome in zip(sends, outcomes, strict=True))
        firsts = Counter(request for (request, _), outcome in zip(sends, outcomes, strict=True) if not outcome.replayed)
        assert firsts == Counter(by_request.keys())
        assert core.durable_seq == sum(request % 3 for request in by_request)
        await core.close()

    least = seen.BITS_LEAST
    seen.BITS_LEAST = 8 if blunt else least
    try:
        asyncio.run(run())
    finally:
        seen.BITS_LEAST = least
