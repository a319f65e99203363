"""The telemetry port over a real socket: who is let in, what is taken, what ends a stream, what is left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.inbox import Inbox
from orchestrator.telemetry.port import READINGS_MAX, PortSettings, TelemetryPort
from orchestrator.telemetry.token import TOKEN_LIFETIME_S, new_token
from orchestrator.telemetry.wire import request_of
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb
from tests.unit.telemetry.ports import AT_S, KEY, host, position, pushing
from tests.waiting import wait_until


def refusal(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as raised:
        call.result()
    return raised.value.code()


class Held:
    """Messages of a stream that stays open until it is let go."""

    def __init__(self, *messages: Any) -> None:
        self._messages, self._over = messages, threading.Event()

    def __iter__(self) -> Iterator[Any]:
        yield from self._messages
        self._over.wait(20.0)

    def let_go(self) -> None:
        self._over.set()


def open_tasks() -> int:
    """Tasks of all loops of this process that are not done."""
    return sum(isinstance(found, asyncio.Task) and not found.done() for found in gc.get_objects())


def test_readings_reach_the_inbox_and_the_receipt_counts_them() -> None:
    with host(1, 2) as one, pushing(one.address) as push:
        first = request_of([position(1, AT_S), position(2, AT_S), position(1, AT_S - 1)])
        receipt = push([first, request_of([position(1, AT_S + 1)])]).result()
        assert (receipt.accepted, receipt.superseded, receipt.late) == (3, 1, 1)
        assert receipt.end_reason == pb.END_REASON_CLIENT
        assert set(one.inbox.drain(AT_S)) == {position(1, AT_S + 1), position(2, AT_S)}


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", new_token(b"x" * 32, int(time.time())), new_token(KEY, int(time.time()) - 2 * TOKEN_LIFETIME_S)],
    ids=["none", "nonsense", "other key", "over"],
)
def test_without_a_good_token_nothing_is_taken(token: str) -> None:
    with host(1) as one, pushing(one.address, token) as push:
        assert refusal(push([request_of([position(1)])])) is grpc.StatusCode.UNAUTHENTICATED
        assert one.inbox.held == 0


def test_bad_readings_are_refused_by_field_and_the_stream_goes_on() -> None:
    bad = pb.PushRequest(
        positions=[pb.Position(vehicle_id="V1", at_s=-1)],
        sensor_readings=[pb.SensorReading(line_id="L", machine_id="M", sensor="heat", at_s=1, value=float("nan"))],
    )
    with host(1) as one, pushing(one.address) as push:
        receipt = push([bad, request_of([position(1)])]).result()
        assert (receipt.accepted, receipt.refused) == (1, 2)
        rows = {(row.reading, row.field): row.count for row in receipt.refused_fields}
        assert rows == {("position", "at_s"): 1, ("sensor", "value"): 1}
        assert one.inbox.counts()["sensor", "refused"] == 1


def test_bytes_that_are_no_message_are_refused() -> None:
    with host(1) as one, pushing(one.address) as push:
        assert refusal(push([b"\xff\xff\xff"])) is grpc.StatusCode.INVALID_ARGUMENT


def test_whatever_bytes_come_the_answer_is_documented_and_the_port_lives() -> None:
    good = request_of([position(1)]).SerializeToString()
    with host(1) as one, pushing(one.address) as push:

        @given(st.lists(st.one_of(st.binary(max_size=60), st.just(good[:-2]), st.just(good)), max_size=5))
        @settings(max_examples=60, deadline=None)
        def try_it(messages: list[bytes]) -> None:
            try:
                assert push(messages).result().end_reason in (pb.END_REASON_CLIENT, pb.END_REASON_STRAY)
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017

        try_it()
        assert push([good]).result().accepted == 1


def test_too_many_readings_in_a_message_are_refused() -> None:
    many = request_of([position(1)] * (READINGS_MAX + 1))
    with host(1) as one, pushing(one.address) as push:
        assert refusal(push([many])) is grpc.StatusCode.INVALID_ARGUMENT
        assert one.inbox.held == 0


def test_a_message_that_is_too_large_is_refused() -> None:
    with host(1, message_bytes_max=1_000) as one, pushing(one.address) as push:
        assert refusal(push([request_of([position(1)] * 200)])) is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_strays_end_the_stream_with_the_advice_to_locate_again() -> None:
    messages = Held(request_of([position(1), position(7)]))
    with host(1) as one, pushing(one.address) as push:
        receipt = push(messages).result()
        messages.let_go()
        assert receipt.end_reason == pb.END_REASON_STRAY
        assert (receipt.accepted, receipt.stray, list(receipt.stray_agents)) == (1, 1, ["vehicle/V7"])


def test_a_silent_stream_is_answered() -> None:
    messages = Held(request_of([position(1)]))
    with host(1, idle_s=0.05) as one, pushing(one.address) as push:
        receipt = push(messages).result()
        messages.let_go()
        assert (receipt.end_reason, receipt.accepted) == (pb.END_REASON_IDLE, 1)


def test_an_old_stream_is_answered() -> None:
    messages = Held()
    with host(1, life_s=0.05) as one, pushing(one.address) as push:
        assert push(messages).result().end_reason == pb.END_REASON_OLD
        messages.let_go()


def test_a_host_that_goes_away_answers_first() -> None:
    messages = Held(request_of([position(1)]))
    with host(1) as one, pushing(one.address) as push:
        call = push(messages)
        wait_until(lambda: one.inbox.held, "the reading is there")
        one.close()
        assert call.result().end_reason == pb.END_REASON_LEAVING
        messages.let_go()


def test_there_are_only_so_many_streams_and_a_cancelled_one_makes_room() -> None:
    first, second = Held(request_of([position(1)])), Held()
    with host(1, streams_max=1) as one, pushing(one.address) as push:
        held = push(first)
        wait_until(lambda: one.port.streams == 1, "the first stream is open")
        assert refusal(push(second)) is grpc.StatusCode.RESOURCE_EXHAUSTED
        held.cancel()
        wait_until(lambda: one.port.streams == 0, "the cancelled stream is gone")
        first.let_go()
        second.let_go()
        assert push([request_of([position(1)])]).result().accepted == 1


def test_streams_that_end_in_any_way_leave_no_work_behind() -> None:
    with host(1, idle_s=0.02) as one, pushing(one.address) as push:
        push([]).result()
        before = open_tasks()
        held = [Held(request_of([position(1)])) for _ in range(20)]
        for number, call in enumerate([push(messages) for messages in held]):
            call.cancel() if number % 2 else call.result()
        for messages in held:
            messages.let_go()
        push([]).result()
        wait_until(lambda: one.port.streams == 0, "all streams are over")
        wait_until(lambda: open_tasks() <= before, "no task of theirs is left")


def test_an_address_that_cannot_be_bound_is_said() -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        TelemetryPort(PortSettings(key=KEY, host="192.0.2.1"), Inbox()).open()


def test_the_key_is_not_shown() -> None:
    assert "kkk" not in repr(PortSettings(key=KEY))
