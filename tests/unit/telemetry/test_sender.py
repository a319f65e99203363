"""The sender against real ports: it finds hosts, finds them again when they move or die, and counts what is lost."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from orchestrator.telemetry.lane import RECEIPT_OUTCOMES
from orchestrator.telemetry.sender import TelemetrySender
from tests.unit.telemetry.ports import AT_S, FakeDirectory, Host, host, position
from tests.waiting import wait_for

FLUSH_S = 0.01


def sender_to(directory: FakeDirectory, held_max: int = 1_000) -> TelemetrySender:
    return TelemetrySender(directory, flush_s=FLUSH_S, held_max=held_max)


def assert_all_counted(totals: Counter[str]) -> None:
    """After the end nothing is on its way any more."""
    assert totals["put"] == sum(totals[end] for end in ("dropped", "away", "unknown", "sent"))
    assert totals["sent"] == sum(totals[end] for end in (*RECEIPT_OUTCOMES, "unconfirmed"))


async def test_readings_go_to_the_hosts_of_their_agents() -> None:
    with host(1, 2) as first, host(3) as second:
        async with sender_to(FakeDirectory(first, second)) as sender:
            sender.put([position(1), position(2), position(3)])
        assert set(first.inbox.drain(AT_S)) == {position(1), position(2)}
        assert second.inbox.drain(AT_S) == (position(3),)
        assert sender.totals["accepted"] == 3
        assert_all_counted(sender.totals)


async def test_nobody_is_asked_twice_about_agents_that_stay() -> None:
    with host(1) as one:
        directory = FakeDirectory(one)
        async with sender_to(directory) as sender:
            for at_s in range(AT_S, AT_S + 5):
                sender.put([position(1, at_s)])
                await sender.flushed()
        assert directory.asked == 1
        assert sender.totals["accepted"] == 5


async def test_agents_that_moved_are_found_again() -> None:
    with host(1, 2) as old, host() as new:
        directory = FakeDirectory(old, new)
        async with sender_to(directory) as sender:
            sender.put([position(1), position(2)])
            await wait_for(lambda: old.inbox.held == 2, "both are there")
            moved = old.agents.pop()
            old.inbox.hold(old.agents)
            new.agents.append(moved)
            new.inbox.hold(new.agents)
            for at_s in range(AT_S + 1, AT_S + 2_000):
                sender.put([position(2, at_s)])
                if new.inbox.held:
                    break
                await asyncio.sleep(FLUSH_S)
            assert new.inbox.held == 1
        assert sender.totals["stray"] > 0
        assert_all_counted(sender.totals)


async def test_a_host_that_dies_in_the_middle_of_a_stream_is_found_at_its_new_place() -> None:
    with host(1) as other:
        dying = Host(2)
        directory = FakeDirectory(other, dying)
        async with sender_to(directory) as sender:
            sender.put([position(2)])
            await wait_for(lambda: dying.inbox.held, "the first reading is there")
            await asyncio.to_thread(dying.close)
            with host(2) as back:
                directory.hosts = [other, back]
                for at_s in range(AT_S + 1, AT_S + 2_000):
                    sender.put([position(2, at_s), position(1, at_s)])
                    if back.inbox.held:
                        break
                    await asyncio.sleep(FLUSH_S)
                assert back.inbox.held == 1
        assert other.inbox.held == 1
        assert_all_counted(sender.totals)


async def test_a_host_that_is_gone_costs_only_its_own_readings() -> None:
    with host(1) as there:
        gone = Host(2)
        gone.close()
        directory = FakeDirectory(there, gone)
        async with sender_to(directory) as sender:
            sender.put([position(1), position(2)])
            await wait_for(lambda: sender.totals["unconfirmed"] + sender.totals["dropped"], "the loss is counted")
        assert there.inbox.held == 1
        assert_all_counted(sender.totals)


async def test_agents_that_nobody_knows_are_counted_as_unknown() -> None:
    with host(1) as one:
        async with sender_to(FakeDirectory(one)) as sender:
            sender.put([position(99), position(1)])
        assert (sender.totals["unknown"], sender.totals["accepted"]) == (1, 1)
        assert_all_counted(sender.totals)


async def test_a_directory_that_is_away_loses_readings_and_says_so() -> None:
    directory = FakeDirectory()
    directory.away = True
    async with sender_to(directory) as sender:
        sender.put([position(1)])
    assert sender.totals["away"] == 1
    assert "UNAVAILABLE" in sender.last_error
    assert_all_counted(sender.totals)


async def test_the_oldest_are_dropped_when_too_many_wait() -> None:
    with host(1) as one:
        async with sender_to(FakeDirectory(one), held_max=3) as sender:
            sender.put([position(1, AT_S + n) for n in range(10)])
            assert sender.waiting == 3
        assert (sender.totals["dropped"], sender.totals["accepted"]) == (7, 3)
        assert one.inbox.drain(AT_S) == (position(1, AT_S + 9),)
        assert_all_counted(sender.totals)


@pytest.mark.parametrize("token", ["wrong"])
async def test_a_token_that_is_not_taken_is_asked_for_again(token: str) -> None:
    with host(1) as one:
        directory = FakeDirectory(one)
        good, directory.token = directory.token, token
        async with sender_to(directory) as sender:
            sender.put([position(1)])
            await wait_for(lambda: sender.totals["unconfirmed"], "the stream was refused")
            directory.token = good
            for at_s in range(AT_S + 1, AT_S + 2_000):
                sender.put([position(1, at_s)])
                if one.inbox.held:
                    break
                await asyncio.sleep(FLUSH_S)
        assert one.inbox.held == 1
        assert_all_counted(sender.totals)
