"""Options that many commands share, and how their values are read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.output import Format
from orchestrator.cli.session import Session

Output = Annotated[Format, typer.Option("--output", "-o", help="table for people, json for programs.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Show at most so many.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; stands in the log for ever.", show_default=False)]
Etag = Annotated[str, typer.Option("--etag", help="As you read it with -o json: refuse if it has changed since.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")]

_TIME = re.compile(r"([01]?\d|2[0-3]|24):([0-5]\d)(?:\+(\d{1,2}))?")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def session_of(ctx: typer.Context) -> Session:
    """The session that the root command made."""
    session = ctx.find_root().obj
    assert isinstance(session, Session)
    return session


def duration_s(text: str) -> int:
    """Seconds of "90m", "2h", "1h30m", "45s". Raises a usage error for anything else."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise CliError(f"'{text}' is not a duration: write it like 90m, 2h or 1h30m", Exit.USAGE)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def moment_s(session: Session, text: str) -> int:
    """Epoch second of HH:MM of the company's day, +N days on."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise CliError(f"'{text}' is not a time: write it like 18:00, or 06:00+1 for tomorrow", Exit.USAGE)
    hour, minute, days = (int(part or 0) for part in found.groups())
    today = datetime.fromtimestamp(session.now_s, session.zone)
    wanted = today.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted += timedelta(days=days, hours=hour, minutes=minute)
    return int(wanted.timestamp())
