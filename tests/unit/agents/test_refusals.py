"""Agents refuse what cannot be done: once for a cause, renewed while it lasts, and taken back when it is over."""

from __future__ import annotations

from agents.dock_refusals import SHORT_LEASE_S, most_at_once
from agents.messages import (
    AgentKind,
    Leg,
    LineBook,
    MachineBook,
    Pick,
    TaskBook,
    VehicleBook,
    WarehouseBook,
)
from agents.readings import DockState, DriverHours, MachineSignal
from agents.refusals import GRACE_S, LEASE_S, RENEW_S, Code, Refused
from tests.unit.agents.telling import DAY_S, Agent

HOUR_S = 3_600


def reads(agent: Agent, reading: DockState | DriverHours | MachineSignal, now_s: int | None = None) -> None:
    """A reading, as of its own time or `now_s`."""
    agent.hear(reading, reading.at_s if now_s is None else now_s)


def refusals(agent: Agent) -> list[Refused]:
    return [report for report in agent.said if isinstance(report, Refused)]


def test_a_route_beyond_the_drivers_duty_is_refused_once_and_not_after_the_plan_keeps_it() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(back_s=DAY_S + 10 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S, 9_000, DAY_S + 9 * HOUR_S))
    (refused,) = refusals(agent)
    assert (refused.code, refused.until_s, refused.over) == (Code.OUT_OF_HOURS, DAY_S + 9 * HOUR_S, False)
    assert "60 min after" in refused.reason
    agent.tick(DAY_S + 60)
    reads(agent, DriverHours("V1", DAY_S + 120, 9_000, DAY_S + 9 * HOUR_S))
    kept = VehicleBook(back_s=DAY_S + 9 * HOUR_S + GRACE_S, duty_end_s=DAY_S + 9 * HOUR_S)
    agent.told(kept, DAY_S + 180)
    assert len(refusals(agent)) == 1


def test_a_longer_duty_takes_the_refusal_back_even_after_a_restart() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(duty_end_s=DAY_S + 9 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S + 60, 9_000, DAY_S + 11 * HOUR_S))
    (back,) = refusals(agent)
    assert (back.code, back.over) == (Code.OUT_OF_HOURS, True)
    reads(agent, DriverHours("V1", DAY_S + 120, 9_000, DAY_S + 11 * HOUR_S))
    assert len(refusals(agent)) == 1


def test_a_vehicle_within_its_duty_says_nothing() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(back_s=DAY_S + 8 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S, 9_000, DAY_S + 9 * HOUR_S))
    agent.tick(DAY_S + HOUR_S)
    assert refusals(agent) == []


def test_a_driver_who_is_out_of_hours_already_is_refused_but_not_for_the_duty_of_yesterday() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(back_s=DAY_S + 12 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S + 9 * HOUR_S, 0, DAY_S + 8 * HOUR_S))
    (refused,) = refusals(agent)
    assert (refused.code, refused.until_s) == (Code.OUT_OF_HOURS, DAY_S + 8 * HOUR_S)
    other = Agent(AgentKind.VEHICLE, "V2")
    reads(other, DriverHours("V2", DAY_S - 8 * HOUR_S, 0, DAY_S - 8 * HOUR_S))
    other.told(VehicleBook(back_s=DAY_S + 12 * HOUR_S), DAY_S, full=True)
    assert refusals(other) == []


def warehouse(leaves_s: int) -> Agent:
    agent = Agent(AgentKind.WAREHOUSE, "W1")
    book = WarehouseBook(on_hand={"A": 9}, picks={"acme/1": Pick(leaves_s, (("A", 1),))})
    agent.told(book, full=True)
    return agent


def test_closed_docks_are_refused_when_something_leaves_soon_and_the_lease_is_renewed() -> None:
    agent = warehouse(DAY_S + 4 * HOUR_S)
    reads(agent, DockState("W1", DAY_S, 0))
    assert refusals(agent) == []
    leaves_soon_s = DAY_S + 3 * HOUR_S + 1
    agent.tick(leaves_soon_s)
    (first,) = refusals(agent)
    assert (first.code, first.until_s) == (Code.DOCKS_CLOSED, leaves_soon_s + LEASE_S)
    agent.tick(leaves_soon_s + LEASE_S // 2)
    assert len(refusals(agent)) == 1
    agent.tick(leaves_soon_s + LEASE_S - 60)
    assert [one.over for one in refusals(agent)] == [False, False]
    reads(agent, DockState("W1", leaves_soon_s + LEASE_S, 2), leaves_soon_s + LEASE_S)
    assert [one.over for one in refusals(agent)] == [False, False, True]


def test_a_locked_machine_is_refused_while_it_has_work_and_comes_back() -> None:
    agent = Agent(AgentKind.PRODUCTION_LINE, "L1")
    work = {"MO-1:0": TaskBook("M1", DAY_S + HOUR_S, DAY_S + 2 * HOUR_S)}
    agent.told(LineBook(machines={"M1": MachineBook(), "M2": MachineBook()}, tasks=work), full=True)
    reads(agent, MachineSignal("L1", "M2", DAY_S + 5, running=False, locked_out=True))
    assert refusals(agent) == []
    reads(agent, MachineSignal("L1", "M1", DAY_S + 10, running=False, locked_out=True), DAY_S + 10)
    (refused,) = refusals(agent)
    assert (refused.code, refused.subject, refused.reason) == (Code.LOCKED_OUT, "M1", "machine M1 is locked out")
    reads(agent, MachineSignal("L1", "M1", DAY_S + 60, running=False), DAY_S + 60)
    assert [one.over for one in refusals(agent)] == [False, True]


def busy(vehicles: int = 4, docks_told: tuple[int, int] | None = None) -> Agent:
    """A warehouse of four docks from which vehicles leave at the same time."""
    agent = Agent(AgentKind.WAREHOUSE, "W1")
    leaves_s = DAY_S + 4 * HOUR_S
    picks = {f"acme/{n}": Pick(leaves_s, (("A", 1),), leaves_s - 900, f"V{n % vehicles}") for n in range(2 * vehicles)}
    agent.told(WarehouseBook(on_hand={"A": 90}, picks=picks, docks=4, docks_told=docks_told), full=True)
    return agent


def test_a_dock_too_few_for_what_is_planned_is_refused_with_the_number_and_taken_back_when_it_opens() -> None:
    agent = busy()
    reads(agent, DockState("W1", DAY_S, 3))
    (refused,) = refusals(agent)
    assert (refused.code, refused.left, refused.until_s) == (Code.DOCKS_SHORT, 3, DAY_S + SHORT_LEASE_S)
    assert refused.reason == "3 of 4 docks are open, 4 vehicles are to load at once"
    agent.tick(DAY_S + 60)
    reads(agent, DockState("W1", DAY_S + 120, 3))
    assert len(refusals(agent)) == 1
    reads(agent, DockState("W1", DAY_S + 180, 1))
    assert [one.left for one in refusals(agent)] == [3, 1]
    agent.tick(DAY_S + SHORT_LEASE_S - RENEW_S + 180)
    assert [one.left for one in refusals(agent)] == [3, 1, 1]  # the lease is renewed
    agent.tick(DAY_S + 2 * SHORT_LEASE_S - 2 * RENEW_S + 180)
    assert len(refusals(agent)) == 3  # nothing is to be loaded by then
    reads(agent, DockState("W1", DAY_S + 2 * SHORT_LEASE_S - 600, 4))
    assert [one.over for one in refusals(agent)] == [False, False, False, True]
    reads(agent, DockState("W1", DAY_S + 2 * SHORT_LEASE_S - 500, 4))
    assert len(refusals(agent)) == 4


def test_open_docks_that_are_enough_for_what_is_planned_are_not_refused() -> None:
    agent = busy(vehicles=3)
    reads(agent, DockState("W1", DAY_S, 3))
    assert refusals(agent) == []


def test_after_a_restart_the_warehouse_takes_back_what_the_plan_still_keeps() -> None:
    agent = busy(docks_told=(2, DAY_S + 3 * HOUR_S))
    agent.tick(DAY_S + 60)
    assert refusals(agent) == []
    reads(agent, DockState("W1", DAY_S + 120, 4))
    (over,) = refusals(agent)
    assert (over.code, over.over) == (Code.DOCKS_SHORT, True)


def test_vehicles_that_load_one_after_the_other_are_not_at_the_docks_at_once() -> None:
    picks = [Pick(900 * (n + 1), (), 900 * n, f"V{n}") for n in range(3)]
    assert most_at_once(picks) == 1
    assert most_at_once([*picks, *picks, Pick(1_000, (), 100, "V9")]) == 2
    assert most_at_once([]) == 0


def test_a_route_that_drives_longer_than_the_driver_may_is_refused_once_and_again_when_it_has_grown() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    leg = Leg("acme/1", 0, 0, DAY_S - 600, 0, 0, DAY_S + 600)
    agent.told(VehicleBook(moving=True, leg=leg, drive_s=2 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S, 2 * HOUR_S, 0))
    (refused,) = refusals(agent)
    assert (refused.code, refused.left) == (Code.OUT_OF_DRIVING, 2 * HOUR_S)
    assert refused.reason == "its route drives 10 min longer than the driver may before a rest"
    agent.tick(DAY_S + 60)
    reads(agent, DriverHours("V1", DAY_S + 120, 2 * HOUR_S - 120, 0))
    assert len(refusals(agent)) == 1
    kept = VehicleBook(moving=True, leg=leg, drive_s=HOUR_S, drive_left_s=2 * HOUR_S)
    agent.told(kept, DAY_S + 180)
    reads(agent, DriverHours("V1", DAY_S + 300, HOUR_S, 0))  # the road is slow
    assert len(refusals(agent)) == 1
    reads(agent, DriverHours("V1", DAY_S + 400, HOUR_S - 400, 0))
    assert [one.left for one in refusals(agent)] == [2 * HOUR_S, HOUR_S - 400]


def test_a_rest_takes_the_refusal_back_once() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(drive_s=HOUR_S, drive_left_s=1_200), full=True)
    reads(agent, DriverHours("V1", DAY_S + 60, 4 * HOUR_S, 0))
    (over,) = refusals(agent)
    assert (over.code, over.over) == (Code.OUT_OF_DRIVING, True)
    agent.tick(DAY_S + 90)
    assert len(refusals(agent)) == 1


def test_a_driver_with_enough_driving_left_says_nothing() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(drive_s=2 * HOUR_S), full=True)
    reads(agent, DriverHours("V1", DAY_S, 2 * HOUR_S, 0))
    agent.tick(DAY_S + 60)
    assert refusals(agent) == []
