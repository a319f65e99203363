"""Travel between a company's places as an OSRM server measures it, as rows of `roads.csv`.

Promises: every pair of sites and customers is asked for, in blocks that the server takes; what the server cannot reach
is left out, so that the travel model stands in; a server that is away, or answers something else, is an error that says
what to do. Called by `muster travel fetch`: what was measured goes into the company's files, and from there into the
log, so that a plan never depends on a server that may answer otherwise tomorrow.

The table service: http://project-osrm.org/docs/v5.24.0/api/#table-service
"""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.domain.company import Company, Place

BLOCK = 50
"""Sources and destinations of one question: together no more than the 100 places that a server takes by default."""
TIMEOUT_S = 60.0
ANSWER_BYTES_MAX = 20_000_000
PLACES_MAX = 500
"""A file of roads has at most 250,000 rows."""
E7 = 10_000_000


class OsrmError(Exception):
    """The server did not answer as one does; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of `roads.csv`."""

    from_id: str
    to_id: str
    distance_m: int
    duration_s: int


def places_of(company: Company) -> dict[str, Place]:
    """Sites and customers by id."""
    places = {site.site_id: site.place for site in company.sites}
    return places | {customer.customer_id: customer.place for customer in company.customers}


def fetch(
    places: dict[str, Place], url: str, profile: str = "driving", tell: Callable[[int, int], None] | None = None
) -> Iterator[Measured]:
    """The road between every two places. `tell`: blocks done and blocks in all. Raises `OsrmError`."""
    if len(places) > PLACES_MAX:
        raise OsrmError(f"{len(places)} places: at most {PLACES_MAX} can be measured pair by pair")
    names = list(places)
    blocks = [names[first : first + BLOCK] for first in range(0, len(names), BLOCK)]
    for number, sources in enumerate(blocks):
        for other, destinations in enumerate(blocks):
            yield from _block(places, sources, destinations, url, profile)
            if tell is not None:
                tell(number * len(blocks) + other + 1, len(blocks) ** 2)


def _block(
    places: dict[str, Place], sources: Sequence[str], destinations: Sequence[str], url: str, profile: str
) -> Iterator[Measured]:
    names = list(dict.fromkeys((*sources, *destinations)))
    at = {name: str(number) for number, name in enumerate(names)}
    points = ";".join(f"{places[name].lon_e7 / E7:.7f},{places[name].lat_e7 / E7:.7f}" for name in names)
    query = urllib.parse.urlencode(
        {
            "annotations": "duration,distance",
            "sources": ";".join(at[name] for name in sources),
            "destinations": ";".join(at[name] for name in destinations),
        },
        safe=";,",
    )
    answer = _get(f"{url.rstrip('/')}/table/v1/{urllib.parse.quote(profile)}/{points}?{query}")
    shape = (len(sources), len(destinations))
    metres, seconds = _matrix(answer, "distances", shape), _matrix(answer, "durations", shape)
    for i, start in enumerate(sources):
        for j, end in enumerate(destinations):
            length, time = metres[i][j], seconds[i][j]
            if start != end and length is not None and time is not None:
                yield Measured(start, end, round(length), math.ceil(time))


def _get(url: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise OsrmError(f"'{url[:60]}' is no address: write it like http://127.0.0.1:5000")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
            body = response.read(ANSWER_BYTES_MAX + 1)
    except urllib.error.HTTPError as error:
        told = error.read(500).decode("utf-8", "replace")
        raise OsrmError(f"the OSRM server refused ({error.code}): {told}") from error
    except OSError as error:
        raise OsrmError(f"no OSRM server answers: {error}. Start one with 'osrm-routed', or correct --osrm") from error
    if len(body) > ANSWER_BYTES_MAX:
        raise OsrmError(f"the OSRM server answered more than {ANSWER_BYTES_MAX} bytes")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise OsrmError("what answers is no OSRM server: its answer is not JSON") from error
    if not isinstance(answer, dict) or answer.get("code") != "Ok":
        why = answer.get("message", answer.get("code")) if isinstance(answer, dict) else type(answer).__name__
        raise OsrmError(f"the OSRM server could not measure: {why}")
    return answer


def _matrix(answer: dict[str, Any], name: str, shape: tuple[int, int]) -> list[list[float | None]]:
    rows = answer.get(name)
    good = (
        isinstance(rows, list)
        and len(rows) == shape[0]
        and all(isinstance(row, list) and len(row) == shape[1] for row in rows)
        and all(value is None or (isinstance(value, int | float) and value >= 0) for row in rows for value in row)
    )
    if not good:
        raise OsrmError(f"the OSRM server gave no {name} of {shape[0]} × {shape[1]}: does it know annotations?")
    assert isinstance(rows, list)
    return rows
