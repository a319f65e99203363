"""`muster twin run`: weeks of a simulated company on servers of its own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError

app = typer.Typer(no_args_is_help=True, help="Play a simulated company against a real server.")


class Policy(StrEnum):
    """Which policies to play."""

    LEARNED = "learned"
    FIXED = "fixed"
    LEVELS = "levels"
    BOTH = "both"
    ALL = "all"


class Runtime(StrEnum):
    """Where agents and solvers live."""

    LOCAL = "local"
    RAY = "ray"
    NONE = "none"


@app.callback()
def twin() -> None:
    """Play a simulated company against a real server."""


@app.command("run")
def run(
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days to play.")] = 60,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same customers and suppliers.")] = 1,
    policy: Annotated[Policy, typer.Option(
        help="learned; fixed: reorder points and suppliers stay; levels: only points stay; both: learned and fixed.")]
    = Policy.BOTH,
    company: Annotated[Path | None, typer.Option(help="A folder of CSV files; default: the sample company.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what happened to this file, as JSON.")] = None,
    runtime: Annotated[Runtime, typer.Option(help="none: no search in the background, so a seed plays alike.")]
    = Runtime.NONE,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the learned server and its dashboard up, until Ctrl-C.")]
    = False,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the logs; default: a fresh one, then gone.")] = None,
) -> None:  # fmt: skip
    """Play weeks in which a supplier becomes unreliable, with fixed reorder points and with everything learned.

    Customers and suppliers have the same luck with both policies; the twin counts by its own books.
    """
    from orchestrator.twin.weeks.run import WeeksFailed
    from orchestrator.twin.weeks.side_by_side import WeeksOptions, run_weeks

    options = WeeksOptions(
        days=days,
        seed=seed,
        policy=policy.value,
        company=company,
        report=report,
        runtime=runtime.value,
        stay=stay,
        data_dir=data_dir,
    )
    try:
        run_weeks(options)
    except WeeksFailed as error:
        raise CliError(str(error)) from error


class UpkeepPolicy(StrEnum):
    """Ways to maintain machines."""

    PREDICTIVE = "predictive"
    INTERVAL = "interval"
    MANUAL = "manual"
    FAILURE = "failure"
    ALL = "all"


@app.command("upkeep")
def upkeep(
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days to play.")] = 60,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same work and same wear.")] = 1,
    policy: Annotated[UpkeepPolicy, typer.Option(
        help="predictive: by drift and age; interval: the cheapest fixed age; manual: the maker's; failure: never.")]
    = UpkeepPolicy.ALL,
) -> None:  # fmt: skip
    """Play a plant whose machines wear, maintained in one way or each, and show what it cost.

    Counted: repairs, planned maintenance, and each hour that work is late. No server is needed.
    """
    from orchestrator.twin.plant.side_by_side import play_all, table

    def told(name: str, day: int) -> None:
        if day % 10 == 0 or day == days:
            typer.echo(f"{name}: day {day} of {days}", err=True)

    every = [one.value for one in UpkeepPolicy if one is not UpkeepPolicy.ALL]
    typer.echo(table(play_all(every if policy is UpkeepPolicy.ALL else [policy.value], seed, days, told)))
