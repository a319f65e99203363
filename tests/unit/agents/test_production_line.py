"""The line's agent: lateness against the schedule and downtime by the machines' own signals."""

from agents.messages import AgentKind, Downtime, LineBook, LineLate, MachineBook, MachineSignal, Report, TaskBook
from agents.production_line import DOWN_FOR_S, DOWN_S, LATE_S
from tests.unit.agents.telling import DAY_S, Agent

END_S = DAY_S + 3600


def line(running: str = "RM-1:0", down_until_s: int | None = None) -> Agent:
    agent = Agent(AgentKind.PRODUCTION_LINE, "L1")
    tasks = {"RM-1:0": TaskBook("M1", DAY_S, END_S), "RM-2:0": TaskBook("M1", END_S, END_S + 600)}
    agent.told(LineBook({"M1": MachineBook(running, down_until_s)}, tasks), full=True)
    return agent


def signal(agent: Agent, now_s: int, running: bool, done_permille: int = -1) -> tuple[Report, ...]:
    return agent.hear(MachineSignal("L1", "M1", now_s, running, done_permille), now_s)


def test_a_running_task_past_its_end_is_late_once_and_over_when_done() -> None:
    agent = line()
    assert agent.tick(END_S + LATE_S) == ()
    (late,) = agent.tick(END_S + LATE_S + 1)
    assert isinstance(late, LineLate)
    assert (late.task_id, late.machine_id, late.late_s) == ("RM-1:0", "M1", LATE_S + 1)
    assert agent.tick(END_S + LATE_S + 60) == ()
    late_end = LineBook({"M1": MachineBook()}, {"RM-1:0": None, "RM-2:0": TaskBook("M1", END_S + 3600, END_S + 4200)})
    (over,) = agent.told(late_end, END_S + LATE_S + 61)
    assert isinstance(over, LineLate)
    assert over.over
    assert over.task_id == "RM-1:0"


def test_a_task_that_does_not_start_on_an_idle_machine_is_late() -> None:
    agent = line(running="")
    (late,) = agent.tick(DAY_S + LATE_S + 1)
    assert isinstance(late, LineLate)
    assert late.task_id == "RM-1:0"


def test_a_task_behind_another_or_on_a_machine_known_to_be_down_is_not_its_own_fault() -> None:
    busy = line()
    busy.told(LineBook(tasks={"RM-1:0": TaskBook("M1", DAY_S, END_S + 90_000)}))
    assert busy.tick(END_S + LATE_S + 1) == ()
    down = line(running="", down_until_s=DAY_S + 90_000)
    assert down.tick(END_S + LATE_S + 1) == ()


def test_a_task_whose_predecessor_is_not_done_waits_with_good_reason() -> None:
    agent = line()
    agent.told(LineBook({"M2": MachineBook()}, {"RM-1:1": TaskBook("M2", DAY_S, END_S, waits_for=("RM-1:0",))}))
    assert agent.tick(DAY_S + LATE_S + 1) == ()
    agent.told(LineBook({"M1": MachineBook("RM-3:0")}, {"RM-1:0": None}))
    (late,) = agent.tick(DAY_S + LATE_S + 1)
    assert isinstance(late, LineLate)
    assert late.task_id == "RM-1:1"


def test_progress_tells_of_lateness_before_the_end() -> None:
    agent = line()
    (late,) = signal(agent, DAY_S + 1800, running=True, done_permille=250)
    assert isinstance(late, LineLate)
    assert late.late_s == 4 * 1800 - 3600


def test_a_machine_that_stands_still_under_a_task_is_reported_and_so_is_its_return() -> None:
    agent = line()
    assert signal(agent, DAY_S + 100, running=False) == ()
    (down,) = agent.tick(DAY_S + 100 + DOWN_S)
    assert isinstance(down, Downtime)
    assert (down.machine_id, down.since_s, down.until_s) == ("M1", DAY_S + 100, DAY_S + 100 + DOWN_S + DOWN_FOR_S)
    assert agent.tick(DAY_S + 600) == ()
    (again,) = agent.tick(down.until_s)
    assert isinstance(again, Downtime)
    assert again.since_s == DAY_S + 100
    (up,) = signal(agent, down.until_s + 60, running=True)
    assert isinstance(up, Downtime)
    assert up.over


def test_a_stop_that_everybody_knows_of_or_without_work_is_no_news() -> None:
    known = line(down_until_s=DAY_S + 3000)
    signal(known, DAY_S + 100, running=False)
    assert known.tick(DAY_S + 2000) == ()
    idle = line(running="")
    idle.told(LineBook(tasks={"RM-1:0": None}))
    signal(idle, DAY_S + 100, running=False)
    assert idle.tick(DAY_S + 2000) == ()


def test_signals_of_unknown_machines_and_old_ones_are_dropped() -> None:
    agent = line()
    signal(agent, DAY_S + 100, running=True)
    before = agent.state
    agent.hear(MachineSignal("L1", "M9", DAY_S + 200, False), DAY_S + 200)
    signal(agent, DAY_S + 50, running=False)
    assert agent.state == before
