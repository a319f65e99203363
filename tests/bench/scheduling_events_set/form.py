"""The format: an instance or an answer as JSON, version 1. README.md says what each field means.

Promises: what is written reads back equal; fields at their default are left out; an unknown field is refused by name.
Called by: `__main__`.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from solvers.errors import InvalidProblem, require
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Locked, Pinned, SchedulingProblem, Started
from tests.bench.scheduling_events_set.events import Case, Event
from tests.bench.scheduling_events_set.live import Live

VERSION = 1
INSTANCE, ANSWER = "scheduling-event", "scheduling-event-answer"
STATES = {"started": Started, "pinned": Pinned, "locked": Locked}
MAX_BYTES = 50_000_000


def write_case(path: Path, made: Case) -> None:
    """One instance into a file."""
    content = {
        "format": INSTANCE,
        "version": VERSION,
        "name": made.name,
        "event": plain(made.event),
        "problem": plain(made.problem),
        "before": plain(made.live.before),
    }
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def read_case(path: Path) -> Case:
    """The instance of a file; `live` has the problem after the event too, as nothing else is in the file."""
    content = _load(path, INSTANCE)
    problem, before = made_of(SchedulingProblem, content["problem"]), made_of(Schedule, content["before"])
    name = str(content["name"])
    return Case(name, Live(name, problem, before), made_of(Event, content["event"]), problem)


def write_answer(path: Path, name: str, schedule: Schedule, seconds: float) -> None:
    """A schedule for the instance of that name, found in so many seconds."""
    head = {"format": ANSWER, "version": VERSION, "instance": name, "seconds": seconds}
    path.write_text(json.dumps({**head, **plain(schedule)}, separators=(",", ":")) + "\n", encoding="utf-8")


def read_answer(path: Path) -> tuple[str, Schedule, float]:
    """(instance, schedule, seconds) of a file."""
    content = _load(path, ANSWER)
    places = {key: content[key] for key in ("assignments", "waivers") if key in content}
    return str(content["instance"]), made_of(Schedule, places), float(content["seconds"])


def _load(path: Path, form: str) -> dict[str, Any]:
    require(path.is_file(), "path", str(path), "a file")
    require(path.stat().st_size <= MAX_BYTES, "path", str(path), f"at most {MAX_BYTES} bytes")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    require(content.get("format") == form, "format", content.get("format"), form)
    require(content.get("version") == VERSION, "version", content.get("version"), str(VERSION))
    return content


def plain(value: Any) -> Any:
    """Dataclasses as objects without the fields at their default; a task's state says its kind."""
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if not is_dataclass(value):
        return value
    kind = {cls: name for name, cls in STATES.items()}.get(type(value))
    found = {"kind": kind} if kind else {}
    for field in fields(value):
        one = getattr(value, field.name)
        if field.default is MISSING or one != field.default:
            found[field.name] = plain(one)
    return found


def made_of(kind: Any, value: Any) -> Any:
    """What `plain` made, back as that type; InvalidProblem names a field that the type does not have."""
    if get_origin(kind) in (Union, UnionType):
        return _one_of(get_args(kind), value)
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        kinds = [inner[0]] * len(value) if inner[-1] is ... else inner
        return tuple(made_of(one, part) for one, part in zip(kinds, value, strict=True))
    if not is_dataclass(kind):
        return value
    hints = get_type_hints(kind)
    for key in value:
        require(key in hints, f"{getattr(kind, '__name__', kind)}.{key}", value[key], "a field of the format")
    return kind(**{key: made_of(hints[key], part) for key, part in value.items()})  # type: ignore[operator]


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """A field that may be empty, or hold one of several kinds."""
    if value is None:
        return None
    if isinstance(value, dict):
        state = STATES.get(value.get("kind", ""))
        if state is None:
            raise InvalidProblem("state.kind", value.get("kind"), f"one of {', '.join(STATES)}")
        return made_of(state, {key: part for key, part in value.items() if key != "kind"})
    return made_of(next(one for one in kinds if one is not type(None)), value)
