"""Whatever a file says, it is read or refused by `InvalidProblem` with the file's name; nothing else is ever raised."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.routing.io import read_problem
from solvers.routing.json_format import problem_to_json
from tests.unit.solvers.routing.hostile import hostile_problem
from tests.unit.solvers.routing.test_io import FLEET, LILIM, PDPTW, SOLOMON, VRPLIB, WINDOWS
from tests.unit.solvers.routing.test_json_format import BY_HAND

SECTIONS = """PRIZE_SECTION
1 0
2 5
3 0
4 7
MUTUALLY_EXCLUSIVE_GROUP_SECTION
1 2 4
2 3
VEHICLES_ALLOWED_CLIENTS_SECTION
1 2 3
2 4
VEHICLES_RELOAD_DEPOT_SECTION
1 1
2 1
VEHICLES_MAX_DURATION_SECTION
1 7
2 8"""
TEXTS = (
    SOLOMON,
    LILIM,
    PDPTW,
    VRPLIB.format(kind="VRPTW", vehicles=FLEET, more=WINDOWS),
    VRPLIB.format(kind="PCVRPTW", vehicles=FLEET, more=SECTIONS),
)
WORDS = ("", "x", "-1", "0", "1.5", "99", "1e9", "1e30", "nan", "inf", ":", "EOF", "_SECTION")
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 10**12, 10**30, 1.5, 1e300, "", "x", "a" * 300, "v0"),
    *([], [1], [[1]], [None], ["s0"], [["s0"]], [[5, 3]], {}, {"a": 1}),
)


def read_or_refuse(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    refused = str(path)
    with suppress(InvalidProblem):
        try:
            read_problem(path)
        except InvalidProblem as error:
            refused = error.field
            raise
    assert str(path) in refused


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "damaged.txt"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), text=st.sampled_from(TEXTS))
def test_damaged_published_files(file: Path, seed: int, text: str) -> None:
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 3)):
        lines = text.split("\n")
        number = rng.randrange(len(lines))
        kind = rng.random()
        if kind < 0.2 and len(lines) > 1:
            lines.pop(number)
        elif kind < 0.3:
            lines.insert(number, rng.choice(lines))
        else:
            words = lines[number].split(" ")
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[number] = " ".join(words)
        text = "\n".join(lines)
    read_or_refuse(file, text)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), by_hand=st.booleans())
def test_damaged_json(file: Path, seed: int, by_hand: bool) -> None:
    rng = random.Random(seed)
    shape = copy.deepcopy(BY_HAND) if by_hand else json.loads(problem_to_json(hostile_problem(seed, 5)))
    for _ in range(rng.randint(1, 2)):
        *path, last = rng.choice([path for path in _paths(shape) if path])
        at: Any = shape
        for step in path:
            at = at[step]
        if rng.random() < 0.7:
            at[last] = rng.choice(VALUES)
        elif isinstance(at, dict):
            del at[last]
        else:
            at.append(rng.choice(VALUES))
    read_or_refuse(file, json.dumps(shape))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = value if isinstance(value, dict) else range(min(5, len(value))) if isinstance(value, list) else ()
    for step in steps:
        yield from _paths(value[step], (*path, step))
