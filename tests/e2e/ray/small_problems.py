"""Problems that every real solver can do in a moment."""

from __future__ import annotations

from solvers.scheduling.problem import Job, Machine, Mode, SchedulingProblem, Task


def scheduling_problem() -> SchedulingProblem:
    """Two jobs of two tasks on two machines."""
    machines = (Machine("M1"), Machine("M2"))
    jobs = tuple(
        Job(
            f"J{n}",
            (Task(f"J{n}:0", (Mode("M1", 600),)), Task(f"J{n}:1", (Mode("M2", 900), Mode("M1", 1200)))),
            due_s=1_700_010_000,
        )
        for n in range(2)
    )
    return SchedulingProblem(1_700_006_400, machines, jobs)
