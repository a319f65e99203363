"""Ray's token: made for this user alone, new each time, and an operator's own is looked at before it is used."""

from pathlib import Path

import pytest

from orchestrator.runtime.bridge import RAY_TOKEN_FILE
from orchestrator.runtime.bridge_auth import TokenRefused, checked_token, joined_environment, new_token, own_environment
from orchestrator.runtime.bridge_settings import BridgeSettings


def test_a_token_is_for_its_owner_alone_and_new_each_time(tmp_path: Path) -> None:
    path = new_token(tmp_path / RAY_TOKEN_FILE)
    first = path.read_text()
    path.chmod(0o644)
    assert new_token(path) == path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() != first
    assert len(bytes.fromhex(path.read_text())) == 32
    assert [entry.name for entry in tmp_path.iterdir()] == [RAY_TOKEN_FILE]


def test_a_ray_of_our_own_reads_the_file_whatever_the_environment_said(tmp_path: Path) -> None:
    given = own_environment(tmp_path / "token")
    assert given == {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "", "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")}


def test_a_cluster_is_joined_with_a_token_unless_its_operator_says_otherwise(tmp_path: Path) -> None:
    path = new_token(tmp_path / "token")
    assert joined_environment(None, {}) == {"RAY_AUTH_MODE": "token"}
    assert joined_environment(None, {"RAY_AUTH_MODE": "disabled"}) == {"RAY_AUTH_MODE": "disabled"}
    assert joined_environment(path, {"RAY_AUTH_TOKEN": "other"})["RAY_AUTH_TOKEN"] == ""
    assert joined_environment(path, {})["RAY_AUTH_TOKEN_PATH"] == str(path)


@pytest.mark.parametrize(
    ("text", "mode", "rule"), [("a" * 64, 0o640, "mode 640"), (" \n", 0o600, "empty"), (None, 0o600, "No such file")]
)
def test_a_token_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, mode: int, rule: str) -> None:
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    with pytest.raises(TokenRefused, match=rule):
        checked_token(path)


def test_the_bridge_is_told_where_the_token_is_and_never_the_token(tmp_path: Path) -> None:
    path = new_token(tmp_path / "token")
    child = BridgeSettings(tmp_path, ray_address="10.0.0.1:6379", ray_token_path=path).child()
    assert child.arguments[-4:] == ("--ray-address", "10.0.0.1:6379", "--ray-token-path", str(path))
    assert path.read_text() not in (*child.arguments, *child.env.values())
