"""Checkpoints: what agents have learned outlives the processes, and a damaged file costs no more than itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.machine import MEMORY_BYTES_MAX
from agents.messages import AgentKind, AgentRef
from orchestrator.runtime import checkpoints
from orchestrator.runtime.checkpoints import Checkpoints

AGENTS = [AgentRef(AgentKind.VEHICLE, f"V{n}") for n in range(40)] + [AgentRef(AgentKind.SUPPLIER, "S/1 ü")]


def saved(folder: Path) -> Checkpoints:
    kept = Checkpoints(folder)
    kept.keep((agent, f"of {agent.id}".encode()) for agent in AGENTS)
    kept.write(kept.take_changed())
    return kept


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    saved(tmp_path / "agents")
    again = Checkpoints(tmp_path / "agents")
    assert again.load() == len(AGENTS)
    assert dict(again.of(AGENTS)) == {agent: f"of {agent.id}".encode() for agent in AGENTS}


def test_only_what_has_changed_is_written(tmp_path: Path) -> None:
    kept = saved(tmp_path)
    assert kept.take_changed() == {}
    kept.keep([(AGENTS[0], b"new")])
    assert len(kept.take_changed()) == 1


def test_agents_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    kept = saved(tmp_path)
    kept.retain(AGENTS[:3])
    kept.keep([(AGENTS[0], b"")])
    kept.write(kept.take_changed())
    again = Checkpoints(tmp_path)
    assert again.load() == 2
    assert again.of(AGENTS[:1]) == ()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other kind"])
def test_a_damaged_file_is_ignored_and_the_others_are_not(tmp_path: Path, damage: str) -> None:
    saved(tmp_path)
    path = sorted(tmp_path.glob("vehicle-*"))[0]
    whole = path.read_bytes()
    if damage == "other kind":
        path.rename(path.with_name("dragon-00.ckpt"))
    else:
        middle = len(whole) - 5
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        path.write_bytes({"cut": whole[:-3], "flip": flipped, "empty": b""}[damage])
    count = Checkpoints(tmp_path).load()
    assert 0 < count < len(AGENTS)


def test_a_draft_that_was_never_finished_is_not_read(tmp_path: Path) -> None:
    saved(tmp_path)
    path = sorted(tmp_path.glob("vehicle-*"))[0]
    path.with_name(path.name + ".tmp").write_bytes(b"half")
    assert Checkpoints(tmp_path).load() == len(AGENTS)


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "AGENTS_MAX", 2)
    kept = Checkpoints(tmp_path)
    kept.keep([(AGENTS[0], b"x" * (MEMORY_BYTES_MAX + 1)), *((agent, b"x") for agent in AGENTS[:3])])
    assert (len(kept.of(AGENTS)), kept.refused) == (2, 2)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "agents"
    blocked.write_text("a file")
    saved(blocked)
    assert blocked.read_text() == "a file"
