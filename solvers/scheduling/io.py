"""Published job shops as problems: the standard text, Taillard's text, flexible job shops, and two JSON forms.

Promises: a file it does not understand is refused with its name and the rule; nothing is guessed silently.
May not: write files.
Called by: `muster solve scheduling`, benchmarks, tests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from solvers.budget import Budget
from solvers.errors import InvalidProblem, require
from solvers.scheduling.problem import MAKESPAN_ONLY, Job, Machine, Mode, SchedulingProblem, Task
from solvers.scheduling.solve import solve

MAX_BYTES = 50_000_000

Rows = list[list[list[tuple[int, int]]]]
"""Jobs of operations of (machine from 0, duration)."""


def solve_file(path: str | Path, budget_s: float, workers: int = 2, seed: int = 0) -> dict[str, Any]:
    """Read, solve for makespan and tell; the keys are those of `muster solve scheduling -o json`."""
    name, rows, machines = _rows(path)
    problem = problem_of(rows, machines)
    result = solve(problem, None, Budget(seconds=budget_s, workers=workers, seed=seed))
    assert result.plan is not None
    tasks = []
    for assignment in result.plan.assignments:
        job, task = assignment.task_id.split(".")
        times = {"start": assignment.start_s, "end": assignment.end_s}
        tasks.append({"job": int(job), "task": int(task), "machine": int(assignment.machine_id), **times})
    tasks += _at_once(rows, tasks)
    return {
        "instance": name,
        "feasible": True,
        "objective": result.cost,
        "bound": result.bound,
        "status": str(result.status),
        "tasks": tasks,
        "engine": result.engine,
        "first_feasible_s": result.first_feasible_s,
        "wall_s": result.wall_s,
    }


def read(path: str | Path) -> tuple[str, SchedulingProblem]:
    """Name and problem of a file. ``FILE#NAME`` picks one of a JSON file with several. Machines count from 0.

    Operations that take no time (orb07 has one) are no tasks; the others keep their places in the job.
    """
    name, rows, machines = _rows(path)
    return name, problem_of(rows, machines)


def _rows(path: str | Path) -> tuple[str, Rows, int]:
    """Name, rows and number of machines of a file."""
    location, _, wanted = str(path).partition("#")
    file = Path(location)
    require(file.is_file(), "path", location, "a file")
    require(file.stat().st_size <= MAX_BYTES, "path", location, f"at most {MAX_BYTES} bytes")
    text = file.read_text(encoding="utf-8", errors="strict")
    try:
        if text.lstrip().startswith("{"):
            name, rows, machines = _json(json.loads(text), wanted)
        else:
            name, (rows, machines) = file.stem, parse(text)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        if isinstance(error, InvalidProblem):
            raise
        raise InvalidProblem("path", location, f"a job shop file ({error})") from error
    return name, rows, machines


def _at_once(rows: Rows, tasks: list[dict[str, int]]) -> list[dict[str, int]]:
    """Operations that take no time, each at the end of what stands before it in its job."""
    end_of = {(task["job"], task["task"]): task["end"] for task in tasks}
    found = []
    for job, operations in enumerate(rows):
        end_s = 0
        for position, modes in enumerate(operations):
            end_s = end_of.get((job, position), end_s)
            if (job, position) not in end_of:
                machine = next(machine for machine, duration in modes if not duration)
                found.append({"job": job, "task": position, "machine": machine, "start": end_s, "end": end_s})
    return found


def problem_of(rows: Rows, machines: int) -> SchedulingProblem:
    """Makespan problem of the rows; task ids are ``job.task``, machine ids numbers from 0."""
    jobs = tuple(
        Job(
            str(job),
            tuple(
                Task(f"{job}.{position}", tuple(Mode(str(machine), duration) for machine, duration in _best(modes)))
                for position, modes in enumerate(operations)
                if min(duration for _, duration in modes) > 0
            ),
        )
        for job, operations in enumerate(rows)
    )
    return SchedulingProblem(0, tuple(Machine(str(number)) for number in range(machines)), jobs, prices=MAKESPAN_ONLY)


def _best(modes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each machine once, with its shortest duration."""
    shortest: dict[int, int] = {}
    for machine, duration in modes:
        shortest[machine] = min(duration, shortest.get(machine, duration))
    return list(shortest.items())


def _json(content: dict[str, Any], wanted: str) -> tuple[str, Rows, int]:
    if "data" in content:
        rows: Rows = [[] for _ in range(content["jobs"])]
        for entry in content["data"]:
            require(entry["operation"] == len(rows[entry["job"]]), "data", entry, "operations of a job in order")
            rows[entry["job"]].append([(entry["machine"], entry["duration"])])
        return str(content.get("instance", "")), rows, content["machines"]
    if "duration_matrix" not in content:
        require(bool(wanted) or len(content) == 1, "path", sorted(content)[:5], "FILE#NAME: the file holds several")
        wanted = wanted or next(iter(content))
        require(wanted in content, "path", wanted, "an instance of the file")
        content = content[wanted]
    pairs = zip(content["machines_matrix"], content["duration_matrix"], strict=True)
    rows = [[[step] for step in zip(*pair, strict=True)] for pair in pairs]
    return str(content.get("name", wanted)), rows, 1 + max(m for row in content["machines_matrix"] for m in row)


def parse(text: str) -> tuple[Rows, int]:
    """Rows and machine count of a text file in any of the three text forms."""
    if any("times" in line.lower() for line in text.splitlines()):
        return _taillard(text)
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    numeric = [line for line in lines if all(_is_number(token) for token in line)]
    require(len(numeric) > 1 and len(numeric[0]) in (2, 3), "file", len(numeric), "a line with jobs and machines first")
    jobs, machines = int(numeric[0][0]), int(numeric[0][1])
    body = [[int(token) for token in line] for line in numeric[1 : jobs + 1]]
    require(len(body) == jobs, "file", len(body), f"{jobs} job lines")
    if all(len(row) == 2 * machines and len(set(row[::2])) == machines for row in body):
        rows: Rows = [[[step] for step in zip(row[::2], row[1::2], strict=True)] for row in body]
    else:
        rows = [_flexible(row) for row in body]
    return _from_zero(rows, machines), machines


def _is_number(token: str) -> bool:
    try:
        float(token)
    except ValueError:
        return False
    return True


def _flexible(row: Sequence[int]) -> list[list[tuple[int, int]]]:
    """``operations (k (machine duration) * k) * operations``."""
    operations, position = [], 1
    for _ in range(row[0]):
        count = row[position]
        pairs = row[position + 1 : position + 1 + 2 * count]
        require(count > 0 and len(pairs) == 2 * count, "file", list(row[:8]), "a whole operation")
        operations.append(list(zip(pairs[::2], pairs[1::2], strict=True)))
        position += 1 + 2 * count
    require(position == len(row), "file", list(row[:8]), "nothing behind the last operation")
    return operations


def _taillard(text: str) -> tuple[Rows, int]:
    """A header, ``Times`` and its matrix, ``Machines`` and its matrix (machines from 1)."""
    parts: dict[str, list[list[int]]] = {"head": [], "times": [], "machines": []}
    part = "head"
    for line in text.splitlines():
        word = line.strip().lower()
        if word in ("times", "machines"):
            part = word
        elif word and all(_is_number(token) for token in word.split()):
            parts[part].append([int(token) for token in word.split()])
    require(len(parts["times"]) == len(parts["machines"]) > 0, "file", len(parts["times"]), "two equal matrices")
    pairs = zip(parts["machines"], parts["times"], strict=True)
    rows: Rows = [[[step] for step in zip(*pair, strict=True)] for pair in pairs]
    machines = max(len(row) for row in rows)
    return _from_zero(rows, machines), machines


def _from_zero(rows: Rows, machines: int) -> Rows:
    """Machines counted from 1 in the file are counted from 0 here."""
    used = {machine for machine, _ in chain.from_iterable(chain.from_iterable(rows))}
    if 0 not in used and machines in used:
        return [[[(m - 1, d) for m, d in modes] for modes in operations] for operations in rows]
    return rows
