"""What can go wrong with a log, one tree.

LogError
├── LogConfigError     the address, the key or the database is not one that can be used
├── LogLocked          another process has this log open for writing
├── LogCorrupt         a record, a request or the head witness does not fit the chain
├── AppendRefused      the batch does not continue the log; nothing of it was stored
└── CodecError
    ├── UnknownType    a payload of a type that this code does not know
    └── FutureVersion  a payload written by newer code
"""

from __future__ import annotations


class LogError(Exception):
    """Root of the errors of `orchestrator.log`."""


class LogConfigError(LogError):
    """The log cannot be used as configured; the message names the setting and the rule."""


class LogLocked(LogError):
    """Another process writes to this log."""


class LogCorrupt(LogError):
    """The stored chain is broken. `seq` is the first record that does not fit, 0 when none can be named."""

    def __init__(self, message: str, *, seq: int = 0) -> None:
        super().__init__(message)
        self.seq = seq


class AppendRefused(LogError):
    """A batch does not continue the log (gap, other head, repeated request id). Nothing was stored."""


class CodecError(LogError):
    """A payload cannot be read or written."""


class UnknownType(CodecError):
    """The type name is not registered."""


class FutureVersion(CodecError):
    """The payload's schema version is newer than this code."""
