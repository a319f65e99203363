"""Field types of the domain: identifiers, quantities, places, times. Integers only, the unit in the name.

Times are whole seconds since the epoch on the company clock; times of day are seconds since local midnight.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ORDER_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
OrderId = Annotated[str, StringConstraints(pattern=ORDER_ID_PATTERN)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=1000)]

LatE7 = Annotated[int, Field(ge=-900_000_000, le=900_000_000)]
LonE7 = Annotated[int, Field(ge=-1_800_000_000, le=1_800_000_000)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Cents = Annotated[int, Field(ge=0, le=10**12)]
EpochS = Annotated[int, Field(ge=0, le=253_402_300_799)]
DurationS = Annotated[int, Field(ge=0, le=366 * 86_400)]
DayS = Annotated[int, Field(ge=0, le=86_400)]
PerMille = Annotated[int, Field(ge=0, le=1000)]
Priority = Annotated[int, Field(ge=0, le=9)]


class Frozen(BaseModel):
    """Base of every domain object: immutable, strict about types, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
