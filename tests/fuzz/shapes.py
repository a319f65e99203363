"""Messages of any kind from their descriptors: boundary values, known names, wrong names, too long, too many."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from tests.unit.domain.small_company import NOW_S

#: Names that mean something to the small company, so that calls get past the first check.
KNOWN = ("acme", "beta", "acme/1", "acme/2", "1", "2", "V1", "WH", "PL", "L1", "M1", "M2", "MO-1", "MO-1:0", "PO-1")
KNOWN += (
    "K1",
    "D-1",
    "MO-1:1",
    "MAINT-M1-1",
    "PUMP",
    "CASE",
    "STEEL",
    "C1",
    "S1",
    "r-1",
    "O-1",
    "INFO",
    "WARNING",
    "running",
    "OrderReceived",
    "N-000001",
    "acme-1",
)
STRANGE = ("", " ", "/", "acme/", "../../x", "a" * 65, "x" * 1_001, "\x00", "é✓", "'; --", "%s%n", "9" * 40, "beta/1")
INT32 = (0, 1, -1, 2, 5, 100, 1_000, 2**31 - 1, -(2**31))
INT64 = (0, 1, -1, 2, 60, NOW_S, NOW_S + 3_600, NOW_S + 5 * 3_600, 10**9, 253_402_300_800, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.0, -1.0, 0.5, 600.0, 1e300, float("inf"), float("-inf"), float("nan"))
MANY = 1_100
F = FieldDescriptor

SCALARS: dict[int, st.SearchStrategy[Any]] = {
    F.TYPE_STRING: st.sampled_from(KNOWN) | st.sampled_from(STRANGE) | st.text(max_size=20),
    F.TYPE_BYTES: st.sampled_from((b"", b"\xff\xfe", b"a,b\n1,2\n", b"x" * 2_000)),
    F.TYPE_INT32: st.sampled_from(INT32),
    F.TYPE_INT64: st.sampled_from(INT64),
    F.TYPE_BOOL: st.booleans(),
    F.TYPE_DOUBLE: st.sampled_from(DOUBLES),
    F.TYPE_ENUM: st.sampled_from((0, 1, 2, 3, 4, 8, 99, -1, 2**31 - 1)),
}


def messages(descriptor: Descriptor, depth: int = 4) -> st.SearchStrategy[Message]:
    """Messages of one type, most fields set, in every combination of the values above."""
    kind = GetMessageClass(descriptor)
    fields = {field.name: st.none() | _values(field, depth) for field in descriptor.fields}
    return st.fixed_dictionaries(fields).map(lambda values: _made(kind, values))


def _made(kind: type[Message], values: dict[str, Any]) -> Message:
    return kind(**{name: value for name, value in values.items() if value is not None})


def _values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.type == F.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
        return st.just({})
    one = messages(field.message_type, depth - 1) if field.type == F.TYPE_MESSAGE and depth else None
    if field.type == F.TYPE_MESSAGE and one is None:
        return st.none()
    value = one if one is not None else SCALARS[field.type]
    if not field.is_repeated:
        return value
    few = st.lists(value, max_size=3)
    return few if field.type == F.TYPE_MESSAGE else few | value.map(lambda item: [item] * MANY)
