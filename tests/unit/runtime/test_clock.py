"""Company time: held, started, re-timed, restored after a restart, and never running backwards."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.runtime.clock import (
    CLOCK_FILE,
    ClockError,
    ClockRecord,
    ManualClock,
    ScaledClock,
    SystemClock,
    load_clock,
    save_clock,
)

DAY_S = 1_790_000_000
MS = 1_000_000


class Machine:
    """The two clocks of a machine, moved by hand; the wall can be set back, the monotonic one cannot."""

    def __init__(self) -> None:
        self.wall_ms = 5_000_000
        self.mono_ns = 77

    def pass_ms(self, ms: int) -> None:
        self.wall_ms += ms
        self.mono_ns += ms * MS

    def clock(self, record: ClockRecord) -> ScaledClock:
        return ScaledClock(record, wall_ms=lambda: self.wall_ms, monotonic_ns=lambda: self.mono_ns)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def held(machine: Machine) -> ScaledClock:
    return machine.clock(ClockRecord(DAY_S * 1000, 1.0, None))


def test_a_held_clock_stands_still(machine: Machine, held: ScaledClock) -> None:
    machine.pass_ms(60_000)
    assert held.held
    assert held.now_s() == DAY_S


def test_started_it_runs_at_its_speed(machine: Machine, held: ScaledClock) -> None:
    held.start(60)
    machine.pass_ms(2_000)
    assert held.now_s() == DAY_S + 120
    assert held.speed == 60.0
    assert not held.held


def test_a_new_speed_makes_no_jump(machine: Machine, held: ScaledClock) -> None:
    held.start(60)
    machine.pass_ms(1_000)
    held.start(10)
    assert held.now_s() == DAY_S + 60
    machine.pass_ms(1_000)
    assert held.now_s() == DAY_S + 70


def test_a_restarted_core_goes_on_at_the_time_it_would_have_had(
    machine: Machine, held: ScaledClock, data_dir: Path
) -> None:
    save_clock(data_dir, held.start(600))
    machine.pass_ms(3_000)
    machine.mono_ns = 5  # a new process: the monotonic clock starts anywhere
    restored = load_clock(data_dir)
    assert restored is not None
    again = machine.clock(restored)
    assert again.now_s() == DAY_S + 1_800
    machine.pass_ms(1_000)
    assert again.now_s() == DAY_S + 2_400


def test_setting_the_wall_back_does_not_turn_time_back(machine: Machine, held: ScaledClock) -> None:
    held.start(2)
    machine.pass_ms(1_000)
    machine.wall_ms -= 3_600_000
    before = held.now_ms()
    machine.mono_ns += 500 * MS
    assert held.now_ms() == before + 1_000


@given(steps=st.lists(st.tuples(st.integers(0, 100_000), st.floats(0.001, 1_000)), max_size=20))
def test_it_never_runs_backwards(steps: list[tuple[int, float]]) -> None:
    machine = Machine()
    clock = machine.clock(ClockRecord(DAY_S * 1000, 1.0, None))
    last = clock.now_ms()
    for pause_ms, speed in steps:
        machine.pass_ms(pause_ms)
        clock.start(speed)
        assert clock.now_ms() >= last
        last = clock.now_ms()


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ((-1, 1.0, None), "origin_ms"),  # before the epoch
        ((0, 0.0, None), "speed"),  # would stand still without being held
        ((0, -1.0, None), "speed"),  # backwards
        ((0, float("nan"), None), "speed"),
        ((0, 1e9, None), "speed"),
        ((0, 1.0, -5), "anchor_wall_ms"),
    ],
)
def test_a_senseless_record_is_refused_by_field(record: tuple[int, float, int | None], field: str) -> None:
    with pytest.raises(ClockError, match=field):
        ClockRecord(*record)


def test_no_file_is_no_record(data_dir: Path) -> None:
    assert load_clock(data_dir) is None


@pytest.mark.parametrize("text", ["", "[]", '{"origin_ms": 1}', '{"origin_ms":1,"speed":0,"anchor_wall_ms":null}'])
def test_a_damaged_file_is_named(data_dir: Path, text: str) -> None:
    (data_dir / CLOCK_FILE).write_text(text)
    with pytest.raises(ClockError, match=CLOCK_FILE):
        load_clock(data_dir)


def test_saving_replaces_the_file_and_leaves_nothing_beside_it(data_dir: Path) -> None:
    save_clock(data_dir, ClockRecord(1, 1.0, None))
    save_clock(data_dir, ClockRecord(2, 60.0, 3))
    assert [path.name for path in data_dir.iterdir()] == [CLOCK_FILE]
    assert json.loads((data_dir / CLOCK_FILE).read_text()) == {"origin_ms": 2, "speed": 60.0, "anchor_wall_ms": 3}


def test_the_manual_clock_moves_when_told_and_only_forward(clock: ManualClock) -> None:
    start_s, start_ns = clock.now_s(), clock.monotonic_ns()
    clock.advance(5, ms=1)
    assert clock.now_s() == start_s + 5
    assert clock.monotonic_ns() == start_ns + 5_001 * MS
    with pytest.raises(ClockError):
        clock.advance(-1)


def test_the_system_clock_agrees_with_itself() -> None:
    clock = SystemClock()
    assert clock.now_s() <= clock.now_ms() // 1000
    assert clock.monotonic_ns() <= clock.monotonic_ns()
