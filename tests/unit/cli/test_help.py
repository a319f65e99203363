"""Every `--help`: each argument and option says what it is, in words that reach the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from orchestrator.cli.main import app


def commands(command: Any, path: str = "muster") -> Iterator[tuple[str, Any]]:
    """Every command by what one types."""
    yield path, command
    for name, kid in getattr(command, "commands", {}).items():
        yield from commands(kid, f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_says_what_it_does_and_what_each_part_of_it_is(path: str) -> None:
    command = COMMANDS[path]
    assert command.help, f"{path} says nothing"
    unsaid = [part.name for part in command.params if not part.help and part.name not in ("help", "install_completion")]
    assert unsaid == [], f"{path} does not say what these are"


@pytest.mark.parametrize("path", COMMANDS)
def test_no_word_is_taken_for_markup_and_left_out(path: str) -> None:
    """What stands in square brackets is a style to the printer of help if it begins with a letter: `[ray]` vanishes."""
    shown = [COMMANDS[path].help, *(part.help or "" for part in COMMANDS[path].params)]
    assert [text for text in shown if re.search(r"\[[a-z#/@]", text)] == []
