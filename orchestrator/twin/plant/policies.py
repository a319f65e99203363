"""Ways to maintain a machine: when it has failed, at an age, or when its condition says so.

A policy is asked between two pieces of work, sees what the plant sees, and says whether to stop the machine now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from orchestrator.twin.plant.line import at_s
from orchestrator.twin.plant.records import Records
from solvers.scheduling.maintenance import Costs, RiskCurve, replacement_age
from solvers.upkeep.risk import Condition

MANUAL_H = 250.0
"""What the maker's book says: every so many running hours."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known when a policy is asked: hours of the piece of work that would run next (0: none waits), what an
    hour of this machine's standstill costs now in lateness, in cents, and the risk that the line's agent told of.
    """

    hour: int
    condition: Condition
    next_h: float
    standstill_cents_per_h: float
    asked: RiskCurve | None = None


class Policy(Protocol):
    """Whether to stop now for planned maintenance."""

    name: str
    needs_line: bool
    """Whether it is the line's agent that asks for maintenance."""

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """Asked whenever the machine is free."""
        ...


class RunToFailure:
    """Never."""

    name = "failure"
    needs_line = False

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """No."""
        return False


class FixedInterval:
    """At an age: of least cost by the records when the play began, or as the maker's book says (`hours`)."""

    needs_line = False

    def __init__(self, hours: float | None = None) -> None:
        self.name = "interval" if hours is None else "manual"
        self._hours = hours

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """When the machine is that old."""
        if self._hours is None:
            self._hours = replacement_age(records.laws.company.life, costs)[0]
        return moment.condition.age_h >= self._hours


class Predictive:
    """When the line's agent has asked for it, in the first gap in which waiting for the next is dearer."""

    name = "predictive"
    needs_line = True
    AHEAD_H = 6.0
    """While nothing waits, the next gap is taken to be so far off."""

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """Weighs the price of standing still now against the risk until the next gap."""
        if moment.asked is None:
            return False
        now_s = at_s(moment.hour)
        gap_s = at_s(moment.hour + max(1.0, moment.next_h or self.AHEAD_H))
        waiting_cents = moment.asked.failed_by(now_s, gap_s) * (costs.failure_cents - costs.planned_cents)
        return moment.standstill_cents_per_h * PLANNED_H <= waiting_cents


PLANNED_H = 3.0
"""Planned maintenance takes so long."""
FAILURE_H = 12.0
"""A repair takes so long, the wait for the fitter included."""


def policy_named(name: str) -> Policy:
    """A fresh one: failure, interval, manual or predictive. KeyError for others."""
    makers = {"failure": RunToFailure, "interval": FixedInterval, "predictive": Predictive}
    return FixedInterval(MANUAL_H) if name == "manual" else makers[name]()
