"""The audit of the log in a process of its own, beside the serving core. Called by the operator port's VerifyAudit."""

from __future__ import annotations

import asyncio
import json
import sys

import structlog

from orchestrator.ingest.desk import AuditResult
from orchestrator.ingest.refusals import IngestReason, Refusal
from orchestrator.runtime.config import ServerConfig

AUDIT_S_MAX = 600
log = structlog.get_logger("muster.audit")


class AuditProcess:
    """Runs `python -m orchestrator.log.verify` on this server's log."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config

    async def verify(self) -> AuditResult:
        """What the audit found. Raises AUDIT_UNAVAILABLE when it could not be made."""
        config = self._config
        url = config.log_url
        if url.startswith("memory"):
            raise Refusal(IngestReason.AUDIT_UNAVAILABLE, "a log in memory cannot be audited", retry_after_ms=60_000)
        if url == "sqlite":
            url = f"sqlite://{config.data_dir / 'log' / 'muster.db'}"
        arguments = ["--log", "-", "--key", str(config.log_key_path), "-o", "json"]
        witness = config.data_dir / "witness"
        if witness.exists():
            arguments += ["--witness", str(witness)]
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "orchestrator.log.verify", *arguments, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            out, err = await asyncio.wait_for(child.communicate(url.encode() + b"\n"), AUDIT_S_MAX)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        try:
            return _result(json.loads(out))
        except (ValueError, KeyError, TypeError):
            log.error("audit failed", code=child.returncode, stderr=err.decode(errors="replace")[-500:])
            raise Refusal(IngestReason.AUDIT_UNAVAILABLE, "the audit could not be made", retry_after_ms=5_000) from None


def _result(found: dict[str, object]) -> AuditResult:
    problems = found["problems"]
    assert isinstance(problems, list)
    return AuditResult(
        ok=bool(found["ok"]),
        records=int(str(found["records"])),
        requests=int(str(found["requests"])),
        head_seq=int(str(found["head_seq"])),
        problems=tuple((str(p["kind"]), int(p["seq"]), str(p["detail"])) for p in problems),
    )
