"""What the core and the bridge say to each other, one frozen class a message.

Promises plain data; problems and plans travel as opaque bytes, so that the bridge never spends time on reading them.
Called by `bridge`, `bridge_client` and the workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agents.messages import AgentRef, Instruction, Report, Telemetry

#: Raised with every change of the messages; a bridge of another release is refused.
PROTOCOL = 4
#: Exit code of a bridge whose Ray is lost: start me again at once.
EXIT_AGAIN = 75


class OutcomeKind(StrEnum):
    """How a solve given to the bridge ended."""

    SOLVED = "SOLVED"
    """The solver answered; its own result says what it found."""
    ERROR = "ERROR"
    """The solver raised an exception; the process lives."""
    CRASHED = "CRASHED"
    """The solver's process died."""
    OVERRUN = "OVERRUN"
    """Killed: it did not come back by its budget and the grace."""
    BUSY = "BUSY"
    """Too many solves wait already."""
    UNAVAILABLE = "UNAVAILABLE"
    """There is no bridge to solve, or it went away meanwhile."""
    CANCELLED = "CANCELLED"
    """The caller gave it up."""


# --- core -> bridge ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tell:
    """Instructions and telemetry for agents; `beat`: time went on, every agent looks around. `now_s`: company time."""

    now_s: int
    instructions: tuple[Instruction, ...] = ()
    telemetry: tuple[Telemetry, ...] = ()
    beat: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """Full instructions: of all agents there are (`complete`), or of those that were asked for."""

    now_s: int
    instructions: tuple[Instruction, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Solve:
    """Solve the pickled (problem, start, budget) in `payload`; the watchdog bites after `limit_s`."""

    number: int
    kind: str
    payload: bytes
    limit_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nobody waits for this solve any more."""

    number: int


# --- bridge -> core ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of a bridge."""

    pid: int
    backend: str
    protocol: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class NeedRoster:
    """These agents (None: all) must be told everything as of the log."""

    agents: tuple[AgentRef, ...] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Reports of agents, in the order in which each made them.

    confirmed: agent and newest sequence number of instructions that it has executed. repeats: instructions that came
    again and were not executed.
    """

    reports: tuple[Report, ...] = ()
    confirmed: tuple[tuple[AgentRef, int], ...] = ()
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Which agents are meant for which host, by the host's name; told anew whenever that changes."""

    hosts: tuple[tuple[str, tuple[AgentRef, ...]], ...]


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host: its kind, agents held, whether it answers, how often it was brought back, its telemetry port.

    moving: it does not answer because it is on its way to another node, as planned. node: where it runs, and node_name:
    what people call that, "" for this machine. mailbox: messages that it has not answered. mailbox_age_s: for how long
    the oldest has waited.
    """

    name: str
    kind: str
    agents: int
    alive: bool
    restarts: int
    pid: int
    seq: int = 0
    address: str = ""
    node: str = ""
    mailbox: int = 0
    mailbox_age_s: float = 0.0
    moving: bool = False
    node_name: str = ""


@dataclass(frozen=True, slots=True)
class SolverStatus:
    """One solver process: what it solves now ("" = nothing), solves done, and how often it was replaced by need."""

    name: str
    alive: bool
    busy: str
    solves: int
    restarts: int
    pid: int


@dataclass(frozen=True, slots=True)
class Status:
    """The bridge's heartbeat. `ready`: the roster is known and every host answers, or moves as planned.

    readings: (word, outcome, count) of all telemetry that reached a port since the bridge started.
    """

    ready: bool
    hosts: tuple[HostStatus, ...] = ()
    solvers: tuple[SolverStatus, ...] = ()
    error: str = ""
    readings: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """The end of a solve; `payload` is a pickled `solvers.result.Result` when SOLVED."""

    number: int
    outcome: OutcomeKind
    payload: bytes = b""
    message: str = ""
    wall_s: float = 0.0


# --- bridge -> solver --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SolverCall:
    """What a solver process is asked: the kind and the pickled (problem, start, budget)."""

    kind: str
    payload: bytes


#: Solves nothing: whether the process is there.
THERE = SolverCall("", b"")

ToBridge = Tell | Roster | Solve | GiveUp
FromBridge = Hello | NeedRoster | Layout | Said | Status | Solved
