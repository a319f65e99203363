"""Exit codes, and how a failed call becomes one. The table is in `muster --help` and is kept stable.

0 done · 1 failed · 2 wrong usage · 3 not found · 4 not allowed · 5 changed meanwhile (etag) ·
6 not possible in the present state · 7 server away or too busy · 9 partly done · 130 interrupted
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc


class Exit(IntEnum):
    """The documented exit codes."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    NOT_POSSIBLE = 6
    UNAVAILABLE = 7
    PARTIAL = 9
    INTERRUPTED = 130


_OF_CODE = {
    "INVALID_ARGUMENT": Exit.USAGE,
    "OUT_OF_RANGE": Exit.USAGE,
    "NOT_FOUND": Exit.NOT_FOUND,
    "UNAUTHENTICATED": Exit.NOT_ALLOWED,
    "PERMISSION_DENIED": Exit.NOT_ALLOWED,
    "ABORTED": Exit.CONFLICT,
    "ALREADY_EXISTS": Exit.CONFLICT,
    "FAILED_PRECONDITION": Exit.NOT_POSSIBLE,
    "UNAVAILABLE": Exit.UNAVAILABLE,
    "DEADLINE_EXCEEDED": Exit.UNAVAILABLE,
    "RESOURCE_EXHAUSTED": Exit.UNAVAILABLE,
    "CANCELLED": Exit.INTERRUPTED,
}


class CliError(Exception):
    """Something the user should read, and the code to exit with."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def of_rpc(error: grpc.RpcError, address: str) -> CliError:
    """What a failed call means to the user: the server's words, its reason, and what to do."""
    code = error.code().name
    message = str(error.details() or code)
    reason = _reason(error)
    if code == "UNAVAILABLE" and not reason:
        message = f"no server answers at {address}: start one with 'muster serve', or name it with --address"
    if code == "DEADLINE_EXCEEDED":
        message = f"the server at {address} did not answer in time: try again, or give a longer --timeout-s"
    text = f"{message} [{reason}]" if reason else message
    return CliError(text, _OF_CODE.get(code, Exit.FAILED))


def _reason(error: grpc.RpcError) -> str:
    from google.rpc import error_details_pb2
    from grpc_status import rpc_status

    status = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""
