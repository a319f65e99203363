"""`muster travel …`: measured roads for a company's files."""

from __future__ import annotations

import csv
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.output import note

app = typer.Typer(no_args_is_help=True, help="Measured travel: fetch it from an OSRM server into roads.csv.")
HEADER = ("from_id", "to_id", "distance_m", "duration_s", "vehicle_kind")


@app.command("fetch")
def fetch(
    folder: Annotated[Path, typer.Argument(help="The company's folder of CSV files.", show_default=False)],
    osrm: Annotated[str, typer.Option("--osrm", help="Address of the server, e.g. http://127.0.0.1:5000.")],
    profile: Annotated[str, typer.Option(help="The server's profile: driving, truck, bike.")] = "driving",
    kind: Annotated[str, typer.Option("--kind", help="Only for vehicles of this kind; default: for all.")] = "",
) -> None:
    """Ask for the road between every two sites and customers, and write roads.csv; import the folder afterwards.

    Rows of other kinds of vehicles stay. Pairs that the server cannot reach follow the company's travel model.
    """
    from orchestrator.company.errors import CompanyFileErrors
    from orchestrator.company.folder import read_folder
    from orchestrator.company.osrm import OsrmError, places_of
    from orchestrator.company.osrm import fetch as measured
    from orchestrator.company.reader import read_company

    try:
        company = read_company(read_folder(folder), int(time.time())).company
        places = places_of(company)
        rows = [
            (road.from_id, road.to_id, road.distance_m, road.duration_s, road.vehicle_kind)
            for road in company.roads
            if road.vehicle_kind != kind
        ]
        with typer.progressbar(length=100, label=f"{len(places)} places", file=sys.stderr) as bar:
            shown = [0]

            def tell(done: int, of: int) -> None:
                bar.update(100 * done // of - shown[0])
                shown[0] = 100 * done // of

            for one in measured(places, osrm, profile, tell):
                rows.append((one.from_id, one.to_id, one.distance_m, one.duration_s, kind))
    except CompanyFileErrors as error:
        raise CliError(str(error), Exit.USAGE) from error
    except OsrmError as error:
        raise CliError(str(error), Exit.UNAVAILABLE) from error
    _write(folder / "roads.csv", rows)
    note(f"{len(rows)} roads in {folder / 'roads.csv'} · load them with: muster import {folder}")


def _write(path: Path, rows: list[tuple[str, str, int, int, str]]) -> None:
    """All or nothing: a file that is half written must not be there."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    os.replace(fresh, path)
