"""Configuration: flag over environment over default, and one clear line for a value that is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.messages import AgentKind
from orchestrator.runtime.config import ConfigError, ServerConfig, load_config


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ServerConfig.model_fields:
        monkeypatch.delenv(f"MUSTER_{name.upper()}", raising=False)


def test_everything_is_explained() -> None:
    assert [name for name, field in ServerConfig.model_fields.items() if not field.description] == []


def test_every_port_is_bound_to_this_machine_unless_somebody_says_otherwise() -> None:
    hosts = {
        name: value
        for name, value in load_config().model_dump().items()
        if name.endswith("_host") and name != "agents_per_host"
    }
    assert set(hosts.values()) == {"127.0.0.1"}
    assert len(hosts) == 5


def test_a_flag_wins_over_the_environment_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_config().queue_max == 4_096
    monkeypatch.setenv("MUSTER_QUEUE_MAX", "17")
    assert load_config().queue_max == 17
    assert load_config(queue_max=None).queue_max == 17
    assert load_config(queue_max=5).queue_max == 5


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        ({"queue_max": 0}, ["MUSTER_QUEUE_MAX", "0", "greater than or equal to 1"]),
        ({"operator_port": 70_000}, ["MUSTER_OPERATOR_PORT", "70000"]),
        ({"runtime": "threads"}, ["runtime", "'threads'", "'ray', 'local' or 'none'"]),
        ({"clock_speed": 0}, ["clock_speed", "greater than 0"]),
        ({"log_url": "mysql://host/db"}, ["log_url", "sqlite"]),
        ({"freeze_s": "soon"}, ["freeze_s", "'soon'", "integer"]),
        ({"no_such_thing": 1}, ["no_such_thing"]),
        ({"queue_max": 0, "batch_max": 0}, ["queue_max", "; batch_max"]),
    ],
)
def test_a_refused_value_is_one_line_with_name_value_and_rule(flags: dict[str, object], parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(**flags)
    line = str(caught.value)
    assert "\n" not in line
    assert all(part in line for part in parts), line


def test_a_password_in_the_log_url_is_never_shown() -> None:
    assert "hunter2" not in repr(load_config(log_url="postgres://muster:hunter2@db/muster"))
    with pytest.raises(ConfigError) as caught:
        load_config(log_url="mysql://muster:hunter2@db/muster")
    assert "hunter2" not in str(caught.value)


def test_paths_are_absolute_because_children_start_elsewhere() -> None:
    assert load_config(data_dir="here").data_dir == Path.cwd() / "here"


def test_the_hash_key_lies_outside_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert load_config(data_dir=data).log_key_path == tmp_path / "data.key"
    assert load_config(data_dir=data, key_path=tmp_path / "k").log_key_path == tmp_path / "k"
    with pytest.raises(ConfigError, match="must not lie inside"):
        load_config(data_dir=data, key_path=data / "k")


def test_it_cannot_be_changed_once_made() -> None:
    config = load_config()
    with pytest.raises(ValidationError):
        config.queue_max = 1


def test_hosts_of_a_kind_are_set_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_HOSTS", '{"vehicle": {"agents_per_host": 1, "memory_mb": 90}}')
    assert load_config().hosts[AgentKind.VEHICLE].agents_per_host == 1
    monkeypatch.setenv("MUSTER_HOSTS", '{"dragon": {}}')
    with pytest.raises(ConfigError, match="hosts"):
        load_config()
