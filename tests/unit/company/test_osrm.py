"""Measured roads: asked for block by block, written whole, and refused in words that help."""

from __future__ import annotations

import json
import math
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from orchestrator.cli.main import app
from orchestrator.company.folder import read_folder
from orchestrator.company.osrm import BLOCK, OsrmError, fetch
from orchestrator.company.reader import read_company
from orchestrator.domain.company import Place

SAMPLE = Path("deploy/sample_company")


class TableServer(BaseHTTPRequestHandler):
    """Answers the table service in its documented shape; straight lines are its roads, place 0 cannot be left."""

    asked: list[int]
    broken = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        points = [tuple(map(float, point.split(","))) for point in parts.path.rsplit("/", 1)[1].split(";")]
        query = parse_qs(parts.query)
        rows, columns = ([int(k) for k in query[name][0].split(";")] for name in ("sources", "destinations"))
        type(self).asked.append(len(rows) + len(columns))
        metres = [[111_000 * math.dist(points[a], points[b]) for b in columns] for a in rows]
        answer: dict[str, object] = {"code": "Ok", "distances": metres}
        answer["durations"] = [[metre / 10 if metre < 30_000 else None for metre in row] for row in metres]
        if self.broken == "shape":
            answer["durations"] = []
        if self.broken == "refused":
            answer = {"code": "InvalidQuery", "message": "Query string malformed"}
        body = b"<html>" if self.broken == "html" else json.dumps(answer).encode()
        self.send_response(400 if self.broken == "refused" else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def osrm() -> Iterator[tuple[str, type[TableServer]]]:
    handler = type("Handler", (TableServer,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_pair_is_measured_in_blocks_that_a_server_takes(osrm: tuple[str, type[TableServer]]) -> None:
    places = {f"P{k}": Place(lat_e7=480_000_000 + 3_000 * k, lon_e7=115_000_000) for k in range(BLOCK + 7)}
    told: list[tuple[int, int]] = []
    found = list(fetch(places, osrm[0], tell=lambda done, of: told.append((done, of))))
    assert {(one.from_id, one.to_id) for one in found} == {(a, b) for a in places for b in places if a != b}
    assert max(osrm[1].asked) <= 100
    assert told[-1] == (4, 4)
    near = next(one for one in found if (one.from_id, one.to_id) == ("P0", "P1"))
    assert (near.distance_m, near.duration_s) == (33, 4)


def test_a_pair_that_cannot_be_reached_is_left_to_the_travel_model(osrm: tuple[str, type[TableServer]]) -> None:
    places = {"A": Place(lat_e7=480_000_000, lon_e7=0), "B": Place(lat_e7=490_000_000, lon_e7=0)}
    assert list(fetch(places, osrm[0])) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [("html", "not JSON"), ("shape", "annotations"), ("refused", "Query string malformed")],
)
def test_what_is_no_osrm_server_is_said(osrm: tuple[str, type[TableServer]], broken: str, words: str) -> None:
    osrm[1].broken = broken
    places = {"A": Place(lat_e7=480_000_000, lon_e7=0), "B": Place(lat_e7=480_000_100, lon_e7=0)}
    with pytest.raises(OsrmError, match=words):
        list(fetch(places, osrm[0]))
    with pytest.raises(OsrmError, match="no OSRM server answers"):
        list(fetch(places, "http://127.0.0.1:9"))
    with pytest.raises(OsrmError, match="no address"):
        list(fetch(places, "file:///etc/passwd"))


def test_the_command_writes_a_file_that_can_be_imported(osrm: tuple[str, type[TableServer]], tmp_path: Path) -> None:
    folder = tmp_path / "company"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.py", "*.md", "__pycache__"))
    done = CliRunner().invoke(app, ["travel", "fetch", str(folder), "--osrm", osrm[0], "--kind", "VAN"])
    assert done.exit_code == 0, done.output
    roads = read_company(read_folder(folder), 1_700_000_000).company.roads
    assert roads
    assert {road.vehicle_kind for road in roads} == {"VAN"}
    again = CliRunner().invoke(app, ["travel", "fetch", str(folder), "--osrm", osrm[0]])
    assert again.exit_code == 0, again.output
    kinds = [road.vehicle_kind for road in read_company(read_folder(folder), 1_700_000_000).company.roads]
    assert kinds.count("VAN") == kinds.count("") == len(roads)
