"""Ray's token: who has it may run any code in our Ray, so a Ray of ours makes one that only this user can read.

Promises: token authentication is on unless an operator turned it off for a cluster of theirs (RAY_AUTH_MODE=disabled);
the token of a Ray of our own is new with each start, in a file of mode 0600; processes are told the file's path, not
the token. Knows Ray's environment variables, not Ray: they must stand before Ray is imported. Called by `bridge`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TOKEN_BYTES = 32
MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
OTHERS_MAY = 0o077


class TokenRefused(ValueError):
    """A token file that cannot be used; the message names it and the rule."""


def new_token(path: Path) -> Path:
    """Make a token in `path`, mode 0600, in place of whatever was there."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(TOKEN_BYTES))
    draft.replace(path)
    return path


def checked_token(path: Path) -> Path:
    """An operator's token file; refused when it is empty, missing, or not for its owner alone."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenRefused(f"Ray's token {path}: {error}") from error
    if mode & OTHERS_MAY:
        raise TokenRefused(f"Ray's token {path}: mode {mode & 0o777:o} lets others read it; chmod 600")
    if not text:
        raise TokenRefused(f"Ray's token {path}: the file is empty")
    return path


def own_environment(token: Path) -> dict[str, str]:
    """For a Ray of our own: an empty RAY_AUTH_TOKEN counts as none, so that the file is what is read."""
    return {MODE: "token", TOKEN: "", TOKEN_PATH: str(token)}


def joined_environment(token: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """For a cluster that we join: the operator's file, else what the environment or Ray's default file says."""
    mode = given.get(MODE, "token")
    if token is None:
        return {MODE: mode}
    return {MODE: mode, TOKEN: "", TOKEN_PATH: str(checked_token(token))}
