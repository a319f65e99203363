"""Frames: bounded, whole, and only our own words."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
import stat
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.messages import AgentKind, AgentRef, ArrivalSlip, Instruction, Leg, Position, Tick, VehicleBook
from orchestrator.runtime import frames
from orchestrator.runtime.bridge_messages import HostStatus, NeedRoster, Roster, Said, Status, Tell
from orchestrator.runtime.frames import (
    FRAME_BYTES_MAX,
    HEADER,
    BadFrame,
    connected_socket,
    dumps,
    framed,
    listening_socket,
    loads,
    peer_of,
    read_frame,
    read_frame_blocking,
)
from solvers.budget import Budget
from solvers.result import Result, SolveStatus

VAN = AgentRef(AgentKind.VEHICLE, "V1")
LEG = Leg("O1", 0, 0, 7, 0, 100, 90)


@pytest.mark.parametrize(
    "message",
    [
        Tell(7, beat=True),
        AgentRef(AgentKind.SUPPLIER, "S1"),
        (Budget(2.0, seed=3), frozenset({1}), {"a": [None, 1.5]}),
        Result(SolveStatus.FEASIBLE, ("plan",), cost=3),
        Tick(),
        NeedRoster((VAN, AgentRef(AgentKind.WAREHOUSE, "W1"))),
        Roster(7, (Instruction(VAN, 3, 1, VehicleBook(True, LEG), full=True),), complete=True),
        Tell(7, (Instruction(VAN, 4, 2, VehicleBook(down_until_s=9)),), (Position("V1", 8, 1, -1),)),
        Said(
            (ArrivalSlip(agent=VAN, number=1, at_s=8, order_id="O1", planned_s=90, predicted_s=200),),
            ((VAN, 4),),
            repeats=2,
        ),
        Status(True, (HostStatus("vehicle-0", "vehicle", 1, True, 0, 42),), (), readings=(("position", "late", 3),)),
    ],
)
def test_our_own_messages_come_back_as_they_were(message: object) -> None:
    assert loads(dumps(message)) == message


MADE: list[int] = []


@dataclass(frozen=True, slots=True)
class Counted:
    """Says that it was made."""

    number: int

    def __post_init__(self) -> None:
        MADE.append(self.number)


@dataclass(frozen=True, slots=True)
class Named:
    """Takes a part by its name only, and makes another by itself."""

    first: int
    second: int = field(kw_only=True)
    third: tuple[int, ...] = field(init=False, default=(3,))


def test_who_has_a_say_in_its_own_making_comes_back_without_being_made_again() -> None:
    told = Counted(1), Named(1, second=2)
    MADE.clear()
    assert pickle.loads(dumps(told)) == told
    assert not MADE


@pytest.mark.parametrize("array", [np.arange(12, dtype=np.int32).reshape(3, 4), np.zeros(0), np.array(["a", "bc"])])
def test_arrays_come_back_as_they_were(array: np.ndarray) -> None:  # type: ignore[type-arg]
    assert np.array_equal(loads(dumps(array)), array)


class Attack:
    """Pickles as a call of whatever the test names."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize(
    "function", [os.system, eval, getattr, pickle.loads, Path, io.open, frames.os.unlink, frames.dumps]
)
def test_a_frame_that_names_foreign_things_is_refused(function: object) -> None:
    with pytest.raises(BadFrame, match="no frame may carry"):
        loads(dumps(Attack(function, "true")))


def test_a_name_inside_one_of_our_modules_is_no_way_out() -> None:
    sneaky = b"\x80\x04\x8c\x0bagents.host\x8c\x09os.system\x93\x8c\x04true\x85R."
    with pytest.raises(BadFrame):
        loads(sneaky)


@given(st.binary(max_size=200))
def test_damaged_frames_are_bad_frames_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(BadFrame):
        loads(data)


async def stream(*chunks: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for chunk in chunks:
        reader.feed_data(chunk)
    reader.feed_eof()
    return reader


async def test_frames_are_read_one_by_one_however_they_arrive() -> None:
    data = framed(b"one") + framed(b"") + framed(b"three")
    reader = await stream(*(data[n : n + 1] for n in range(len(data))))
    assert [await read_frame(reader) for _ in range(4)] == [b"one", b"", b"three", None]
    assert read_frame_blocking(io.BytesIO(data)) == b"one"
    assert read_frame_blocking(io.BytesIO(b"")) is None


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\x00\x00\x05abc", HEADER.pack(FRAME_BYTES_MAX + 1)])
async def test_a_stream_that_ends_inside_a_frame_or_announces_too_much_is_refused(cut: bytes) -> None:
    with pytest.raises(BadFrame):
        await read_frame(await stream(cut))
    with pytest.raises(BadFrame):
        read_frame_blocking(io.BytesIO(cut))


def test_a_frame_that_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "FRAME_BYTES_MAX", 10)
    with pytest.raises(BadFrame, match="at most 10"):
        framed(b"x" * 11)


@pytest.mark.parametrize("folder", ["short", "long" * 40])
def test_the_socket_is_for_this_user_only_and_its_peer_is_known(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "bridge.sock"
    path.parent.mkdir()
    path.write_text("left by a killed run")
    with listening_socket(path) as server:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with connected_socket(path):
            accepted, _ = server.accept()
            with accepted:
                assert peer_of(accepted) == (os.getpid(), os.getuid())


def test_connecting_where_nobody_listens_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        connected_socket(tmp_path / "none.sock")
