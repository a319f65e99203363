"""Frames between our own processes: four bytes of length, then one pickled message; and the unix socket they cross.

Promises that a frame is bounded (`FRAME_BYTES_MAX`, refused on both sides before memory is taken), and that reading one
can only make objects of our own vocabulary: the reader knows the classes of `agents` and `solvers`, the bridge's
messages, numpy arrays and a few builtins, and refuses every other name (`BadFrame`).

Why pickle: both ends are one release of this project, one is the child of the other, the socket is 0600 and the peer's
user is checked; the payload is frozen dataclasses with numpy arrays inside, which protocol 5 copies without a schema of
their own. Called by the bridge, its client and its workers; never used towards the outside.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import os
import pickle
import socket
import struct
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

FRAME_BYTES_MAX = 256 * 1024 * 1024
HEADER = struct.Struct("!I")
#: sun_path holds 107 bytes; a longer path is reached through its folder's descriptor.
SOCKET_PATH_MAX = 100

OWN_PACKAGES = ("agents.", "solvers.", "orchestrator.runtime.bridge_messages")
FOREIGN_NAMES = frozenset(
    {
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("builtins", "bytearray"),
        ("builtins", "range"),
        ("time", "perf_counter"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
    }
)


class BadFrame(ValueError):
    """A frame that is too long, cut off, or names something that does not belong in it."""


class _OwnUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in FOREIGN_NAMES:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith(OWN_PACKAGES) and "." not in name else None
        # Only classes that were made in our packages: a module's imports (os, subprocess …) are not its vocabulary.
        if isinstance(found, type) and found.__module__.startswith(OWN_PACKAGES):
            return found
        raise BadFrame(f"a frame names {module}.{name}, which no frame may carry")


Written = tuple[type, tuple[Any, ...]]


class _Reducers(dict[type, Callable[[Any], Written]]):
    """How frozen dataclasses with slots are written: as their class, called with their fields.

    By themselves they walk their fields in Python, there and back; of a roster that took the core's loop twice as long.
    Those that check or fill in something when they are made, or take parts by name only, are written as ever.
    """

    def __missing__(self, kind: type) -> Callable[[Any], Written]:
        getstate = vars(kind).get("__getstate__")
        if getattr(getstate, "__module__", "") != "dataclasses" or hasattr(kind, "__post_init__"):
            raise KeyError(kind)
        parts = dataclasses.fields(kind)
        in_order = all(part.init and not part.kw_only for part in parts)
        if not in_order or len(parts) != len(vars(kind)["__dataclass_fields__"]):
            raise KeyError(kind)
        self[kind] = reducer = _reducer(kind, [part.name for part in parts])
        return reducer


def _reducer(kind: type, names: Sequence[str]) -> Callable[[Any], Written]:
    if not names:
        return lambda made: (kind, ())
    get = attrgetter(*names)
    if len(names) == 1:
        return lambda made: (kind, (get(made),))
    return lambda made: (kind, get(made))


class _OwnPickler(pickle.Pickler):
    dispatch_table = _Reducers()


def dumps(message: object) -> bytes:
    """One message as bytes."""
    buffer = io.BytesIO()
    _OwnPickler(buffer, protocol=5).dump(message)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """The message in `data`; `BadFrame` when it is damaged or names foreign things."""
    try:
        return _OwnUnpickler(io.BytesIO(data)).load()
    except BadFrame:
        raise
    except Exception as error:
        raise BadFrame(f"a frame of {len(data)} bytes cannot be read: {error}") from error


def framed(data: bytes) -> bytes:
    """`data` with its length before it."""
    if len(data) > FRAME_BYTES_MAX:
        raise BadFrame(f"a frame of {len(data)} bytes: at most {FRAME_BYTES_MAX}")
    return HEADER.pack(len(data)) + data


def _length(header: bytes) -> int:
    length: int = HEADER.unpack(header)[0]
    if length > FRAME_BYTES_MAX:
        raise BadFrame(f"a frame announces {length} bytes: at most {FRAME_BYTES_MAX}")
    return length


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame's bytes, None at the end of the stream; `BadFrame` if it ends inside a frame."""
    try:
        header = await reader.readexactly(HEADER.size)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        if isinstance(error, asyncio.IncompleteReadError) and error.partial:
            raise BadFrame("the stream ends inside a frame's header") from error
        return None
    try:
        return await reader.readexactly(_length(header))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise BadFrame("the stream ends inside a frame") from error


def read_frame_blocking(stream: BinaryIO) -> bytes | None:
    """As `read_frame`, for a worker that does one thing at a time."""
    header = stream.read(HEADER.size)
    if not header:
        return None
    if len(header) < HEADER.size:
        raise BadFrame("the stream ends inside a frame's header")
    length = _length(header)
    data = stream.read(length)
    if len(data) < length:
        raise BadFrame("the stream ends inside a frame")
    return data


def listening_socket(path: Path) -> socket.socket:
    """A unix socket bound at `path`, for this user only; what is left of a killed run is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the socket is 0600 from its first moment
    try:
        _through_folder(path, made.bind)
    finally:
        os.umask(before)
    made.listen(4)
    made.setblocking(False)
    return made


def connected_socket(path: Path) -> socket.socket:
    """A socket connected to the one at `path`; `OSError` when nobody listens."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _through_folder(path, made.connect)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _through_folder(path: Path, use: Any) -> None:
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        use(str(path))
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        use(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def peer_of(sock: socket.socket) -> tuple[int, int]:
    """(process id, user id) at the other end of a unix socket, as the kernel knows them."""
    pid, uid, _gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return pid, uid
