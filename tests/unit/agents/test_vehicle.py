"""The vehicle's agent: predictions from positions, slips and stalls, each said once."""

from itertools import pairwise

import pytest

from agents.messages import AgentKind, ArrivalSlip, Detour, Instruction, Leg, Stall, VehicleBook
from agents.vehicle import fresh, recall, remember
from agents.vehicle_predict import SLIP_S, predict
from agents.vehicle_stall import STALL_S
from tests.unit.agents.telling import DAY_S, Agent

LEG_S = 1800
END_E7 = 900_000
LEG = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, DAY_S + LEG_S)


def driving(leg: Leg = LEG) -> Agent:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(moving=True, leg=leg), full=True)
    agent.at(DAY_S, 0)
    return agent


def drive(agent: Agent, pace: float, until_s: int, step_s: int = 60) -> None:
    """Positions along the leg at `pace` times the planned speed."""
    for passed_s in range(step_s, until_s + 1, step_s):
        agent.at(DAY_S + passed_s, min(END_E7, int(END_E7 * pace * passed_s / LEG_S)))


def test_a_vehicle_on_plan_says_nothing() -> None:
    agent = driving()
    drive(agent, 1.0, LEG_S)
    assert agent.said == []
    assert abs((predict(agent.state) or 0) - LEG.arrive_s) <= 60


def test_a_slow_vehicle_reports_its_slip_and_the_figure_is_right() -> None:
    agent = driving()
    drive(agent, 0.5, 1800)
    slips = [report for report in agent.said if isinstance(report, ArrivalSlip)]
    assert slips
    assert all(slip.order_id == "acme/1" and slip.planned_s == LEG.arrive_s for slip in slips)
    assert abs(slips[-1].predicted_s - (DAY_S + 2 * LEG_S)) < 2 * SLIP_S


def test_a_slip_is_said_again_only_when_it_has_changed() -> None:
    agent = driving()
    drive(agent, 0.5, 1800)
    predicted = [report.predicted_s for report in agent.said if isinstance(report, ArrivalSlip)]
    assert len(predicted) <= 4
    assert all(abs(later - earlier) > SLIP_S for earlier, later in pairwise(predicted))


def test_a_slip_that_the_plan_has_taken_in_is_not_said_again() -> None:
    agent = driving()
    drive(agent, 0.5, 1200)
    slip = agent.said[-1]
    assert isinstance(slip, ArrivalSlip)
    before = len(agent.said)
    accepted = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, slip.predicted_s)
    agent.told(VehicleBook(moving=True, leg=accepted), DAY_S + 1200)
    for passed_s in range(1260, 3300, 60):
        agent.at(DAY_S + passed_s, int(END_E7 * 0.5 * passed_s / LEG_S))
    assert len(agent.said) - before <= 1


def test_predictions_that_the_plan_takes_in_do_not_feed_themselves() -> None:
    agent = driving()
    arrive_s = LEG.arrive_s
    for passed_s in range(60, 2 * LEG_S, 60):
        for slip in agent.at(DAY_S + passed_s, int(END_E7 * 0.5 * passed_s / LEG_S)):
            assert isinstance(slip, ArrivalSlip)
            arrive_s = slip.predicted_s
            agent.told(VehicleBook(True, Leg("acme/1", 0, 0, DAY_S, 0, END_E7, arrive_s)), DAY_S + passed_s)
    assert len(agent.said) <= 4
    assert abs(arrive_s - (DAY_S + 2 * LEG_S)) <= 2 * SLIP_S


def test_a_quick_vehicle_reports_that_it_is_early() -> None:
    agent = driving()
    drive(agent, 1.6, 600)
    assert isinstance(agent.said[0], ArrivalSlip)
    assert agent.said[0].predicted_s < LEG.arrive_s


def test_without_positions_it_is_late_when_it_is_overdue() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    agent.told(VehicleBook(moving=True, leg=LEG), full=True)
    assert agent.tick(LEG.arrive_s) == ()
    late_s = LEG.arrive_s + SLIP_S + 1
    (slip,) = agent.tick(late_s)
    assert isinstance(slip, ArrivalSlip)
    assert slip.predicted_s == late_s


def test_a_vehicle_that_stands_still_is_reported_once_and_again_when_it_moves() -> None:
    agent = driving()
    drive(agent, 1.0, 600)
    here = agent.state.lon_e7
    for passed_s in range(660, 660 + STALL_S + 300, 60):
        agent.at(DAY_S + passed_s, here)
        agent.tick(DAY_S + passed_s)
    stalls = [report for report in agent.said if isinstance(report, Stall)]
    assert [stall.over for stall in stalls] == [False]
    assert stalls[0].since_s == DAY_S + 600
    agent.at(DAY_S + 3000, here + 100_000)
    assert [report.over for report in agent.said if isinstance(report, Stall)] == [False, True]


REST = (DAY_S + 600, DAY_S + 600 + 2700)


def rest_on_the_way(agent: Agent, rest_from_s: int) -> None:
    """A leg with a rest in it: as fast as planned, but for 45 minutes from `rest_from_s` on."""
    for passed_s in range(60, LEG_S + 2700 + 1, 60):
        drove_s = min(passed_s, rest_from_s) + max(0, passed_s - rest_from_s - 2700)
        agent.at(DAY_S + passed_s, END_E7 * drove_s // LEG_S)


@pytest.mark.parametrize("shift_s", [0, -540, -240, 240, 900])
def test_a_rest_on_the_way_is_neither_a_stall_nor_a_delay(shift_s: int) -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    leg = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, DAY_S + LEG_S + 2700)
    agent.told(VehicleBook(moving=True, leg=leg, rests=(REST,)), full=True)
    agent.at(DAY_S, 0)
    rest_on_the_way(agent, 600 + shift_s)
    assert agent.said == []
    agent.told(VehicleBook(since_s=DAY_S + LEG_S + 2700), DAY_S + LEG_S + 2700)
    assert agent.state.pace_permille == 1000


def test_who_stands_longer_than_a_rest_stalls() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    leg = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, DAY_S + LEG_S + 2700)
    agent.told(VehicleBook(moving=True, leg=leg, rests=(REST,)), full=True)
    agent.at(DAY_S, 0)
    for passed_s in range(60, 600 + 2700 + STALL_S + 61, 60):
        agent.at(DAY_S + passed_s, END_E7 * min(passed_s, 600) // LEG_S)
    assert [report.over for report in agent.said if isinstance(report, Stall)] == [False]


def test_a_slow_vehicle_that_still_rests_is_late_by_its_driving_only() -> None:
    agent = Agent(AgentKind.VEHICLE, "V1")
    late_rest = (DAY_S + 1500, DAY_S + 1500 + 2700)
    leg = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, DAY_S + LEG_S + 2700)
    agent.told(VehicleBook(moving=True, leg=leg, rests=(late_rest,)), full=True)
    agent.at(DAY_S, 0)
    drive(agent, 0.5, 1440)
    slips = [report.predicted_s for report in agent.said if isinstance(report, ArrivalSlip)]
    assert abs(slips[-1] - (DAY_S + 2 * LEG_S + 2700)) < 2 * SLIP_S


def test_a_vehicle_known_to_be_down_is_neither_late_nor_stalled() -> None:
    agent = driving()
    agent.told(VehicleBook(moving=True, leg=LEG, down_until_s=DAY_S + 7200), DAY_S + 60)
    for passed_s in range(120, 7000, 600):
        agent.at(DAY_S + passed_s, 10_000)
        agent.tick(DAY_S + passed_s)
    assert agent.said == []


def test_going_down_ends_a_stall_that_was_told() -> None:
    agent = driving()
    agent.told(VehicleBook(moving=True, leg=LEG, stalled_told=True), full=True)
    (over,) = agent.told(VehicleBook(moving=True, leg=LEG, down_until_s=DAY_S + 7200), DAY_S + 60)
    assert isinstance(over, Stall)
    assert over.over


def test_old_positions_and_repeated_instructions_change_nothing() -> None:
    agent = driving()
    drive(agent, 1.0, 600)
    before = agent.state
    agent.at(DAY_S + 300, 0)
    agent.hear(Instruction(agent.ref, agent.seq, 1, VehicleBook()), DAY_S + 600)
    assert agent.state == before


def test_the_pace_of_earlier_legs_is_expected_of_the_next() -> None:
    agent = driving()
    drive(agent, 0.5, 3600)
    agent.told(VehicleBook(since_s=DAY_S + 3600), DAY_S + 3700)
    assert agent.state.pace_permille > 1000
    start_s = DAY_S + 4000
    agent.told(VehicleBook(moving=True, leg=Leg("acme/2", 0, 0, start_s, 0, END_E7, start_s + LEG_S)), start_s)
    agent.at(start_s + 60, END_E7 // 30)
    assert (predict(agent.state) or 0) > start_s + LEG_S


def test_a_vehicle_that_drives_away_from_its_stop_is_reported_once_and_again_when_it_turns_back() -> None:
    agent = driving()
    drive(agent, 1.0, 600)
    here = agent.state.lon_e7
    for passed_s in range(660, 1_200, 60):
        agent.at(DAY_S + passed_s, here, (passed_s - 600) * 2_000)
    detours = [report for report in agent.said if isinstance(report, Detour)]
    assert [detour.over for detour in detours] == [False]
    assert detours[0].away_m > 0
    assert detours[0].since_s <= DAY_S + 720
    agent.at(DAY_S + 1_260, here + 200_000, 0)
    assert [report.over for report in agent.said if isinstance(report, Detour)] == [False, True]


def test_a_road_around_a_lake_is_no_detour() -> None:
    agent = driving()
    drive(agent, 1.0, 600)
    here = agent.state.lon_e7
    for passed_s in range(660, 1_800, 60):
        agent.at(DAY_S + passed_s, here, 50_000 * (passed_s % 120 == 0))
    assert not [report for report in agent.said if isinstance(report, Detour)]


def test_arriving_ends_a_detour_that_was_told() -> None:
    agent = driving()
    agent.told(VehicleBook(moving=True, leg=LEG, detour_told=True), full=True)
    (over,) = agent.told(VehicleBook(since_s=DAY_S + 600), DAY_S + 600)
    assert isinstance(over, Detour)
    assert over.over


def test_the_rest_of_a_leg_that_falls_into_the_rush_takes_longer() -> None:
    rush = Leg("acme/1", 0, 0, DAY_S, 0, END_E7, DAY_S + LEG_S, ((DAY_S, 1_000), (DAY_S + 900, 2_000)))
    agent = driving(rush)
    agent.at(DAY_S + 60, END_E7 // 30)
    early = predict(agent.state) or 0
    plain = driving()
    plain.at(DAY_S + 60, END_E7 // 30)
    assert early < (predict(plain.state) or 0) + LEG_S
    agent.at(DAY_S + 120, END_E7 * 2 // 30)
    late = driving(rush)
    late.at(DAY_S + 1_000, END_E7 // 2)
    assert (predict(late.state) or 0) > DAY_S + 1_000 + LEG_S // 2


def test_its_pace_is_remembered_and_recalled() -> None:
    agent = driving()
    assert remember(agent.state) == b""
    agent.told(VehicleBook(since_s=DAY_S + 2 * LEG_S), DAY_S + 2 * LEG_S)
    data = remember(agent.state)
    again = recall(fresh(agent.ref), data)
    assert again.pace_permille == agent.state.pace_permille == 1_250
    for bad in (b"{}", b"[]", b'{"pace_permille": 9000}', b"no"):
        with pytest.raises(ValueError):
            recall(fresh(agent.ref), bad)
