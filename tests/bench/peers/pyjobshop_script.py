"""One problem by PyJobShop: a question as JSON on stdin, an answer as JSON on stdout. Runs in PyJobShop's environment.

The model is what PyJobShop's own examples write: a job with its dates and weight, a task with a mode per machine,
end before start along the job, its setup time constraint for each pair of tasks that may follow one another on a
machine, and its objective with weights for makespan, total tardiness and total setup time. Tasks get a latest end,
without which it finds hardly any schedule with setups. It is solved as `pyjobshop.solve` does it, same parameters,
but with a callback that keeps the incumbents.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise, permutations
from typing import Any

from pyjobshop import Model  # type: ignore[import-not-found]
from pyjobshop.solvers.ortools import CPModel  # type: ignore[import-not-found]

from tests.bench.peers.horizon import horizon_of
from tests.bench.peers.incumbents import Placed, answer


def main() -> None:
    """Read, build, solve, tell."""
    question = json.load(sys.stdin)
    data = model_of(question).data()
    engine = CPModel(data)
    machine_of = [mode.resources[0] for mode in data.modes]

    def place(value: Any) -> Placed:
        found = []
        for number, task in enumerate(engine.variables.task_vars):
            mode = next(m for m in data.task2modes(number) if value(engine.variables.mode_vars[m]))
            found.append([machine_of[mode], int(value(task.start)), int(value(task.end))])
        return found

    json.dump(answer(engine.model, question, place), sys.stdout)


def model_of(question: dict[str, Any]) -> Any:
    """The problem in PyJobShop's terms."""
    model = Model()
    machines = [model.add_machine() for _ in question["machines"]]
    able: list[list[tuple[Any, str]]] = [[] for _ in machines]
    horizon_s = horizon_of(question)
    for job in question["jobs"]:
        made = model.add_job(weight=job["weight"], release_date=job["release_s"], due_date=job["due_s"])
        tasks = []
        for family, modes in job["tasks"]:
            task = model.add_task(job=made, earliest_start=job["release_s"], latest_end=horizon_s)
            tasks.append(task)
            for machine, duration_s in modes:
                model.add_mode(task, machines[machine], duration_s)
                able[machine].append((task, family))
        for earlier, later in pairwise(tasks):
            model.add_end_before_start(earlier, later)
    for machine, setups in enumerate(question["machines"]):
        duration_s = {(one, other): setup_s for one, other, setup_s in setups}
        for (task1, one), (task2, other) in permutations(able[machine], 2):
            if duration_s.get((one, other)):
                model.add_setup_time(machines[machine], task1, task2, duration_s[one, other])
    model.set_objective(**question["weights"])
    return model


if __name__ == "__main__":
    main()
