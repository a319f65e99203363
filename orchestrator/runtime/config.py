"""Configuration of one server: every knob of `muster serve`, its default, its range and what it is for.

Promises that a value out of range is refused before anything starts, in one line that names the setting, the
value and the rule. Precedence: flag (keyword of `load_config`) over environment (`MUSTER_` + the field's name
in capitals) over the default. The environment is read here and nowhere else in the server; rooms get the
fields they need from `bootstrap`, never this object.
"""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agents.agent_ref import AgentKind
from orchestrator.runtime.host_sizes import HostSizes

ENV_PREFIX = "MUSTER_"
LOG_SCHEMES = ("sqlite", "postgres", "postgresql", "memory")

Port = Annotated[int, Field(ge=0, le=65535)]  # 0: any free port, written to endpoints.json
Positive = Annotated[int, Field(ge=1)]


class ConfigError(ValueError):
    """A setting was refused; the message is one line for the person who set it."""


class ServerConfig(BaseSettings):
    """The effective settings of one server, checked and frozen."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=False)

    # --- where things are ---
    data_dir: Path = Field(
        default=Path("muster-data"),
        description="Folder of everything this server keeps: database, snapshots, clock, endpoints, sockets.",
    )
    log_url: str = Field(
        default="sqlite",
        repr=False,  # may carry a password
        description="Where the log is: 'sqlite' (in data_dir), 'memory' (tests only) or 'postgres://…'.",
    )
    key_path: Path | None = Field(
        default=None,
        description="HMAC key of the log's hash chain, never in data_dir. Default: data_dir's path + '.key'.",
    )

    # --- processes ---
    runtime: Literal["ray", "local", "none"] = Field(
        default="ray",
        description="Where agents and solvers live: a Ray cluster, plain child processes, or nowhere (repair only).",
    )
    ray_address: str | None = Field(
        default=None,
        description="Head HOST:PORT of a running Ray cluster, or 'auto' where a raylet of it runs on this machine; "
        "none: the bridge starts one of its own.",
    )
    ray_token_path: Path | None = Field(
        default=None,
        description="File (mode 0600) with the token of the cluster at ray_address; none: Ray's own RAY_AUTH_TOKEN, "
        "RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token.",
    )
    solver_count: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Solver processes for background search; 0: none. One leaves one of two cores free.",
    )
    agents_per_host: int = Field(
        default=250,
        ge=1,
        le=10_000,
        description="Agents one host process holds; a host costs about 60 MB and 0.4 s to start on Ray.",
    )
    hosts: dict[AgentKind, HostSizes] = Field(
        default_factory=dict,
        description="Hosts of some kinds that differ, as JSON: "
        '{"vehicle": {"agents_per_host": 500, "hosts": 8, "cpus": 0.1, "memory_mb": 200}}; each part may be left out.',
    )
    web_enabled: bool = Field(default=True, description="Start the dashboard as a child process.")

    # --- ports: loopback unless somebody decides otherwise ---
    operator_host: str = Field(default="127.0.0.1", min_length=1, description="Bind address of the operator port.")
    operator_port: Port = Field(default=7400, description="gRPC for operators, CLI, dashboard and twin.")
    partner_host: str = Field(default="127.0.0.1", min_length=1, description="Bind address of the partner port.")
    partner_port: Port = Field(default=7401, description="gRPC for partners; every call needs a token.")
    metrics_host: str = Field(default="127.0.0.1", min_length=1, description="Bind address of /metrics.")
    metrics_port: Port = Field(default=7402, description="Prometheus text format over http.")
    telemetry_host: str = Field(
        default="127.0.0.1",
        description="Bind address of the hosts' telemetry ports (any free port, see 'muster telemetry locate'); "
        "'node': each machine's own address in its Ray cluster; empty: no telemetry ports.",
    )
    web_host: str = Field(default="127.0.0.1", min_length=1, description="Bind address of the dashboard.")
    web_port: Port = Field(default=7480, description="The dashboard's http port.")

    # --- clock ---
    clock_origin_s: int | None = Field(
        default=None,
        ge=0,
        description="Hold the company clock at this epoch second until StartClock; none: the wall clock.",
    )
    clock_speed: float = Field(
        default=1.0,
        gt=0,
        le=100_000,
        description="Company seconds per real second that StartClock uses when it names no speed.",
    )

    # --- limits: each queue, size and wait has one ---
    queue_max: int = Field(
        default=4_096,
        ge=1,
        le=1_000_000,
        description="Commands waiting for the core; a full queue refuses at once with a retry delay.",
    )
    batch_max: int = Field(
        default=256, ge=1, le=10_000, description="Commands decided and made durable with one fsync."
    )
    partner_message_bytes_max: int = Field(
        default=262_144, ge=1_024, le=4_194_304, description="Largest request on the partner port."
    )
    operator_message_bytes_max: int = Field(
        default=4_194_304, ge=1_024, le=67_108_864, description="Largest request on the operator port."
    )
    orders_per_batch_max: int = Field(default=500, ge=1, le=10_000, description="Orders in one SubmitOrders call.")
    deadline_s_max: int = Field(
        default=60, ge=1, le=600, description="Longest deadline a unary call may ask for; more is refused."
    )
    watchers_max: int = Field(default=256, ge=1, le=10_000, description="Open Watch streams, all callers together.")
    rpc_concurrency_max: int = Field(
        default=512, ge=1, le=10_000, description="Calls in work on one port; above it RESOURCE_EXHAUSTED."
    )
    partner_calls_per_s_max: int = Field(
        default=500, ge=1, le=1_000_000, description="Calls of one partner a second, with a burst of twice as many."
    )
    partner_concurrency_max: int = Field(
        default=64, ge=1, le=10_000, description="Calls of one partner in work at once."
    )
    partner_watchers_max: int = Field(default=8, ge=1, le=10_000, description="Open Watch streams of one partner.")
    drain_s_max: int = Field(
        default=10, ge=1, le=300, description="Longest wait for calls in work when the server shuts down."
    )
    snapshot_every: int = Field(
        default=20_000,
        ge=100,
        le=10_000_000,
        description="Records between snapshots; bounds the replay at start.",
    )

    # --- planning ---
    freeze_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="A planned departure or task start nearer than this is not moved by an improvement.",
    )
    repair_budget_ms: int = Field(
        default=5, ge=1, le=1_000, description="Search time of a repair, beside the event's neighbourhood."
    )
    improve_budget_ms: int = Field(
        default=800,
        ge=0,
        le=60_000,
        description="Search time of the wider improvement after a repair; 0: none.",
    )
    background_budget_s: int = Field(
        default=20,
        ge=1,
        le=3_600,
        description="Time of one whole-fleet or whole-plant solve in a solver process.",
    )
    background_every_s: int = Field(
        default=60, ge=1, le=86_400, description="Real seconds between two background solves of one kind."
    )
    auto_approve_cents: int = Field(
        default=500_000,
        ge=0,
        description="A proposed purchase up to this amount is released by itself; above it a person decides.",
    )

    # --- negotiation ---
    supplier_calls: Literal["off", "waiting", "all"] = Field(
        default="waiting",
        description="Which purchase proposals suppliers are asked about: none; those that a person decides on; all, "
        "which then wait for the quotes.",
    )
    quote_above_cents: int = Field(
        default=100_000,
        ge=0,
        description="A proposal from this amount on is worth asking the one supplier of an item; with several, any is.",
    )
    quote_answer_s: int = Field(
        default=900, ge=1, le=1_209_600, description="Company seconds that suppliers' systems have to answer, at rest."
    )
    tender_unplanned: bool = Field(
        default=False, description="Call carriers about orders that no vehicle of our own can deliver."
    )
    tender_limit_cents: int = Field(
        default=20_000, ge=0, description="Most that a carrier may ask for an order that was tendered by itself."
    )
    tender_answer_s: int = Field(
        default=1_800, ge=1, le=1_209_600, description="Company seconds that carriers have to answer, at rest."
    )
    award_confirm_s: int = Field(
        default=600, ge=1, le=86_400, description="Company seconds that a winner has to confirm before it forfeits."
    )

    # --- log lines ---
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe line that is written."
    )
    log_json: bool = Field(default=False, description="One JSON object a line, for machines, instead of text.")

    @field_validator("data_dir", "key_path", "ray_token_path")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Child processes start in other folders, so a path must not depend on the present one."""
        return None if value is None else value.expanduser().absolute()

    @field_validator("log_url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        scheme = urlsplit(value).scheme or value
        if scheme not in LOG_SCHEMES:
            raise ValueError(f"must be one of {', '.join(LOG_SCHEMES)}, as a word or as the scheme of a URL")
        return value

    @model_validator(mode="after")
    def _key_outside_data(self) -> "ServerConfig":
        """Whoever can write the database must not find the key that vouches for it in the same folder."""
        if self.key_path is not None and self.key_path.is_relative_to(self.data_dir):
            raise ValueError(f"key_path {self.key_path} must not lie inside data_dir {self.data_dir}")
        return self

    @property
    def log_key_path(self) -> Path:
        """The key file in force: `key_path`, or the data folder's path with '.key' behind it."""
        return self.key_path or self.data_dir.with_name(self.data_dir.name + ".key")


def load_config(**flags: Any) -> ServerConfig:
    """The settings from flags, environment and defaults; a flag that is None counts as not given.

    Raises `ConfigError` with one line naming each refused setting, its value and the rule.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return ServerConfig(**given)
    except ValidationError as error:
        raise ConfigError("; ".join(_one_line(problem) for problem in error.errors())) from None


def _one_line(problem: Any) -> str:
    """`MUSTER_QUEUE_MAX / queue_max = 0: Input should be greater than or equal to 1`."""
    rule = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return rule
    name = str(problem["loc"][0])
    shown = "(hidden)" if name == "log_url" else repr(problem["input"])
    return f"{name} ({ENV_PREFIX}{name.upper()}) = {shown}: {rule}"
