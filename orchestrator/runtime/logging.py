"""Log lines for people and machines: one structlog set-up for every process of Muster.

Promises that a line never carries an order's content or a secret: fields whose name says payload, token, key
or the like are replaced by a mark before they are rendered, at any depth. Writes to standard error only,
because standard output is data. Called once by each process at start; the rooms only ask
`structlog.get_logger()`.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
DEPTH_MAX = 6
#: A field is withheld when its name is one of these or ends in "_" and one of these.
PRIVATE_WORDS = frozenset(
    {
        "payload",
        "payloads",
        "token",
        "authorization",
        "password",
        "secret",
        "key",
        "credential",
        "credentials",
    }
)
#: Names that end in a private word and are harmless, because they name a file or a thing and are no secret.
PUBLIC_NAMES = frozenset({"idempotency_key", "sort_key"})


def _is_private(name: str) -> bool:
    lowered = name.lower().replace("-", "_")
    return lowered not in PUBLIC_NAMES and lowered.rsplit("_", 1)[-1] in PRIVATE_WORDS


def _scrub(value: object, depth: int = 0) -> object:
    """A copy without private fields; nesting deeper than `DEPTH_MAX` and raw bytes are withheld too."""
    if isinstance(value, bytes | bytearray | memoryview) or depth > DEPTH_MAX:
        return REDACTED
    if isinstance(value, Mapping):
        return {k: REDACTED if _is_private(str(k)) else _scrub(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_scrub(item, depth + 1) for item in value]
    if isinstance(value, tuple):
        return tuple(_scrub(item, depth + 1) for item in value)
    return value


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that withholds private fields."""
    scrubbed: EventDict = {}
    for name, value in event.items():
        scrubbed[name] = REDACTED if _is_private(name) else _scrub(value)
    return scrubbed


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]


def _renderer(as_json: bool, stream: TextIO) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(default=str, sort_keys=True)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


def _name_process(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    return add


def setup_logging(process: str, *, level: str = "INFO", as_json: bool = False, stream: TextIO | None = None) -> None:
    """Route structlog and the standard library's logging of this process to one handler on `stream` (stderr).

    `process` names the process in every line: core, bridge, web, solver, twin. A second call replaces the
    first. An unknown level is a `ValueError`.
    """
    target = sys.stderr if stream is None else stream
    shared = [_name_process(process), *_shared_processors()]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _renderer(as_json, target),
        ],
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
