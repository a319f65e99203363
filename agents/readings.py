"""Telemetry: what vehicles, machines, sensors, pickers and docks say by themselves, too fast for the log.

Promises plain frozen data that pickles small. Each reading says whom it is for (`agent`) and what of that agent it
speaks of (`part`): of readings of the same kind, agent and part only the newest counts, and any may be lost. Made by
the ports (`orchestrator.telemetry`, `orchestrator.ingest`), conflated by `agents.inbox`, read by the agents.

Times: whole seconds since the epoch on the company clock. Places: 1e-7 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.agent_ref import AgentKind, AgentRef


@dataclass(frozen=True, slots=True)
class Position:
    """A vehicle's telemetry: where it was at `at_s`. An older one than the last is dropped."""

    vehicle_id: str
    at_s: int
    lat_e7: int
    lon_e7: int

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.VEHICLE, self.vehicle_id)

    @property
    def part(self) -> str:
        """What of the agent it speaks of: nothing in particular."""
        return ""


@dataclass(frozen=True, slots=True)
class ShelfCount:
    """What a picker found on the shelf; the books may say something else."""

    site_id: str
    item_id: str
    found: int
    at_s: int

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.WAREHOUSE, self.site_id)

    @property
    def part(self) -> str:
        """What of the warehouse it speaks of: the item."""
        return self.item_id


@dataclass(frozen=True, slots=True)
class MachineSignal:
    """A machine's own signal: whether it runs, how much of its task is done (0..1000, -1 = not said), and whether it is
    locked out, by somebody who works in it.
    """

    line_id: str
    machine_id: str
    at_s: int
    running: bool
    done_permille: int = -1
    locked_out: bool = False

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.PRODUCTION_LINE, self.line_id)

    @property
    def part(self) -> str:
        """What of the line it speaks of: the machine."""
        return self.machine_id


@dataclass(frozen=True, slots=True)
class SensorSpan:
    """Readings of one sensor since `since_s`, summed up: the mean is `sum_milli / count`."""

    since_s: int
    count: int
    sum_milli: int
    min_milli: int
    max_milli: int


@dataclass(frozen=True, slots=True)
class SensorReading:
    """What a machine's sensor says, in thousandths of its unit; `earlier` sums up those that this one superseded."""

    line_id: str
    machine_id: str
    sensor: str
    at_s: int
    value_milli: int
    earlier: SensorSpan | None = None

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.PRODUCTION_LINE, self.line_id)

    @property
    def part(self) -> str:
        """What of the line it speaks of: a sensor of a machine."""
        return f"{self.machine_id}/{self.sensor}"

    @property
    def span(self) -> SensorSpan:
        """All readings that it stands for, itself among them."""
        value, past = self.value_milli, self.earlier
        if past is None:
            return SensorSpan(self.at_s, 1, value, value, value)
        low, high = min(past.min_milli, value), max(past.max_milli, value)
        return SensorSpan(past.since_s, past.count + 1, past.sum_milli + value, low, high)

    def after(self, earlier: SensorReading) -> SensorReading:
        """This reading, standing for the earlier ones too."""
        return replace(self, earlier=earlier.span)


@dataclass(frozen=True, slots=True)
class DriverHours:
    """What a vehicle's tachograph says: driving time left to the driver's next rest, and when the duty must end."""

    vehicle_id: str
    at_s: int
    driving_left_s: int
    duty_ends_s: int

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.VEHICLE, self.vehicle_id)

    @property
    def part(self) -> str:
        """What of the agent it speaks of: nothing in particular."""
        return ""


@dataclass(frozen=True, slots=True)
class DockState:
    """How many docks of a warehouse are open."""

    site_id: str
    at_s: int
    open_docks: int

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.WAREHOUSE, self.site_id)

    @property
    def part(self) -> str:
        """What of the agent it speaks of: nothing in particular."""
        return ""


Telemetry = Position | ShelfCount | MachineSignal | SensorReading | DriverHours | DockState
