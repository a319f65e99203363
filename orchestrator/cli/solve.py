"""`muster solve …` and `muster bench`: published problems, in a process of their own; no server needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Output
from orchestrator.cli.output import Format, note, print_fields, print_json

app = typer.Typer(no_args_is_help=True, help="Solve a published problem: routing, scheduling, replenishment.")

FileArg = Annotated[Path, typer.Argument(help="The problem's file.", exists=True, dir_okay=False, readable=True)]
Budget = Annotated[float, typer.Option("--budget-s", min=0.01, max=3600.0, help="Seconds to search.")]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same search.")]
GRACE_S = 60.0


@app.command("routing")
def routing(file: FileArg, budget_s: Budget = 10.0, seed: Seed = 1, output: Output = Format.TABLE) -> None:
    """Solve a vehicle routing problem in Solomon, VRPLIB (VRPTW, CVRP, PCVRPTW, MDVRPTW …), Li-Lim or JSON format.

    JSON of your own, with all that Muster knows of routing: an object with "format": "muster-routing/1", "locations"
    (id, lat, lon), "profiles" ([{"speed_kmh": 36}], or matrices duration_s and distance_m), "stops" (stop_id, location,
    and what you need of demand, window_start_s, window_end_s, latest_s, late_cents_per_min, service_s, setup_s,
    closed_s, release_s, prize_cents, kind, needs, allowed, barred, goods_class, option_of), "vehicles" (vehicle_id,
    depot, and capacity, shift_end_s, cents_per_km, cents_per_hour, fixed_cents, max_trips, end, open_end, skills,
    breaks, driving ("EU", "US"), overtime_from_s, max_distance_m, max_duration_s, max_stops, max_drive_s), "shipments"
    (pickup_id, delivery_id), "relations" (kind SAME_VEHICLE, SEQUENCE or STRICT, stop_ids), "incompatible" (pairs of
    goods classes). What is missing or misspelt is named.
    """
    _solve("routing", file, budget_s, seed, output)


@app.command("scheduling")
def scheduling(file: FileArg, budget_s: Budget = 10.0, seed: Seed = 1, output: Output = Format.TABLE) -> None:
    """Solve a job shop (JSPLIB, Taillard) or a flexible job shop (FJSP)."""
    _solve("scheduling", file, budget_s, seed, output)


@app.command("replenishment")
def replenishment(file: FileArg, budget_s: Budget = 10.0, seed: Seed = 1, output: Output = Format.TABLE) -> None:
    """Solve a lot-sizing problem with changeovers (.psp, CSPLib 058), or a problem of your own as JSON.

    JSON for one line: an object with "capacity_s" (seconds in each period) and "items", each with "item_id", "demand"
    (units in each period), "unit_s"; optional for an item "setup_s", "setup_cents", "holding_cents", "backlog_cents"
    (null: never late), "opening_stock", "min_lot", "lot_multiple"; optional for the line "overtime_s",
    "overtime_cents_per_h", "carry_over", "set_up_for", "changeover_s" and "changeover_cents" (a row for the
    item before, a column for the item after).

    JSON for items that share budgets, suppliers and storage: an object with "item_sites".

    JSON for a supply network: an object with "kind": "supply_network".

    JSON for a model of the textbook: an object with "model" and its figures, e.g. {"model": "eoq", "order_cost": 8,
    "holding_cost": 0.225, "demand": 1300}. Models: eoq, quantity_discount, eoq_with_disruptions, eoq_with_yield,
    newsvendor, base_stock, base_stock_with_disruptions, reorder, normal_reorder, lost_sales, lots_in_time,
    finite_horizon, joint_replenishment, serial_system, guaranteed_service, and look_ahead (what to order now of an
    item with lost sales, learned from its "history"); what is missing is named.
    """
    _solve("replenishment", file, budget_s, seed, output)


def _solve(kind: str, file: Path, budget_s: float, seed: int, output: Format) -> None:
    """The solver runs in a child process, so that this one needs no solver and Ctrl-C always works."""
    import orjson

    if output is Format.TABLE:
        note(f"solving {file.name} for {budget_s:g} s …")
    command = [sys.executable, "-m", "solvers.solve_file", kind, str(file), f"{budget_s}", f"{seed}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=budget_s * 2 + GRACE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise CliError(f"the solver did not end within {error.timeout:g} s and was stopped") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["the solver stopped without a word"]
        raise CliError(lines[-1], Exit.USAGE if done.returncode == Exit.USAGE else Exit.FAILED)
    result = orjson.loads(done.stdout)
    if output is Format.JSON:
        print_json(result)
    else:
        print_fields((name, _short(value)) for name, value in result.items())
    if not result["feasible"]:
        raise CliError("no feasible plan was found", Exit.NOT_POSSIBLE)


def _short(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    if not value or not isinstance(value[0], list):
        return f"{len(value)}: {value[:20]}{' …' if len(value) > 20 else ''}"
    return "".join(f"\n  {' '.join(map(str, row))}" for row in value)


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which benchmarks, e.g. event_to_plan; default: all.")
    ] = None,
) -> None:
    """Measure, beside a baseline, and write build/bench/NAME.json. Runs in a checkout of the project."""
    if not Path("tests/bench").is_dir():
        raise CliError("benchmarks are in the project's checkout: run this in its top folder", Exit.USAGE)
    done = subprocess.run([sys.executable, "-m", "tests.bench", *(names or [])], check=False)
    if done.returncode != 0:
        raise CliError(f"the benchmarks ended with {done.returncode}")
