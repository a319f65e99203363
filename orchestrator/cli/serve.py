"""`muster serve` and `muster demo`: starting a server, and a day of the sample company on it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.exits import CliError, Exit

Speed = Annotated[
    float,
    typer.Option(
        min=0.1, max=100_000, help="Company seconds per real second: 60 plays a day of 12 hours in 12 minutes."
    ),
]


def serve(
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the log; made if missing; default: muster-data.")
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(help="Where agents and solvers live: ray, local (plain processes) or none; default: ray."),
    ] = None,
    log: Annotated[str | None, typer.Option(help="sqlite, or postgres://USER@HOST/DB; default: sqlite.")] = None,
    ray_address: Annotated[str | None, typer.Option(help="Join this Ray cluster instead of starting one.")] = None,
    ray_token_path: Annotated[Path | None, typer.Option(help="File with that cluster's token.")] = None,
    operator_port: Annotated[
        int | None, typer.Option(help="For this command line; 0: any free one; default: 7400.")
    ] = None,
    partner_port: Annotated[int | None, typer.Option(help="For partners' programs; 0: any; default: 7401.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="For Prometheus; 0: any free one; default: 7402.")] = None,
    web_port: Annotated[int | None, typer.Option(help="For the dashboard; 0: any free one; default: 7480.")] = None,
    web: Annotated[bool | None, typer.Option("--web/--no-web", help="Serve the dashboard; default: yes.")] = None,
    partner_host: Annotated[
        str | None, typer.Option(help="Bind address of the partner port; default: 127.0.0.1.")
    ] = None,
    clock: Annotated[
        str, typer.Option(help="Hold the company clock at HH:MM of today, to try things out; default: the real time.")
    ] = "",
) -> None:
    """Start a server; Ctrl-C ends it cleanly. Every setting is also MUSTER_NAME in the environment.

    For example, to try things out: muster serve --data-dir try-it --clock 06:00
    """
    from orchestrator.runtime.config import ConfigError, load_config
    from orchestrator.runtime.core_process import run

    try:
        config = load_config(
            data_dir=data_dir,
            runtime=runtime,
            log_url=log,
            ray_address=ray_address,
            ray_token_path=ray_token_path,
            operator_port=operator_port,
            partner_port=partner_port,
            metrics_port=metrics_port,
            web_port=web_port,
            web_enabled=web,
            partner_host=partner_host,
            clock_origin_s=_today_s(clock) if clock else None,
        )
    except ConfigError as error:
        raise CliError(str(error), Exit.USAGE) from error
    code = run(config)
    if code != 0:
        raise typer.Exit(code)


def _today_s(clock: str) -> int:
    """Epoch second of a time of today, HH:MM in this machine's time zone."""
    try:
        at = datetime.strptime(clock, "%H:%M").time()
    except ValueError as error:
        raise CliError(f"'{clock}' is not a time of day like 06:00", Exit.USAGE) from error
    return int(datetime.combine(datetime.now().astimezone().date(), at).astimezone().timestamp())


def demo(
    speed: Speed = 60.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, same orders and disruptions.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write what happened to this file, as JSON.")] = None,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the server up afterwards, until Ctrl-C.")] = False,
    runtime: Annotated[
        str, typer.Option(help="Where agents and solvers live: ray, local (plain processes) or none.")
    ] = "ray",
    company: Annotated[Path | None, typer.Option(help="A folder of CSV files; default: the sample company.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the log; default: a fresh one, gone afterwards.")
    ] = None,
    instance: Annotated[
        Path | None, typer.Option(help="Play a published VRPTW (VRPLIB or Solomon file) instead.")
    ] = None,
    hindsight_s: Annotated[
        float, typer.Option(min=1, max=3600, help="With --instance: seconds to solve it with everything known, beside.")
    ] = 60.0,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the dashboard.")] = True,
) -> None:
    """Play a day with disruptions against a real server, and say what happened.

    For example, in 72 seconds: muster demo --speed 600 --stay
    """
    from orchestrator.twin.demo import DemoFailed, DemoOptions, run_demo

    options = DemoOptions(
        speed=speed,
        seed=seed,
        report=report,
        stay=stay,
        runtime=runtime,
        company=company,
        data_dir=data_dir,
        instance=instance,
        hindsight_s=hindsight_s,
        web=web,
    )
    try:
        run_demo(options)
    except DemoFailed as error:
        raise CliError(str(error)) from error
