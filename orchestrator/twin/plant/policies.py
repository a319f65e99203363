"""Ways to maintain a machine: when it has failed, at an age, or when its condition says so.

A policy is asked between two pieces of work, sees what the plant sees, and says whether to stop the machine now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from orchestrator.twin.plant.records import Records
from solvers.scheduling.maintenance import Costs, replacement_age
from solvers.upkeep.risk import Condition, law_of, worth_a_stop

MANUAL_H = 250.0
"""What the maker's book says: every so many running hours."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known when a policy is asked: hours of the piece of work that would run next (0: none waits), and what
    an hour of this machine's standstill costs now in lateness, in cents.
    """

    condition: Condition
    next_h: float
    standstill_cents_per_h: float


class Policy(Protocol):
    """Whether to stop now for planned maintenance."""

    name: str

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """Asked whenever the machine is free."""
        ...


class RunToFailure:
    """Never."""

    name = "failure"

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """No."""
        return False


class FixedInterval:
    """At an age: of least cost by the records when the play began, or as the maker's book says (`hours`)."""

    def __init__(self, hours: float | None = None) -> None:
        self.name = "interval" if hours is None else "manual"
        self._hours = hours

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """When the machine is that old."""
        if self._hours is None:
            self._hours = replacement_age(records.laws[0], costs)[0]
        return moment.condition.age_h >= self._hours


class Predictive:
    """When the risk of running on is dearer than stopping: drift first, age otherwise; rather while nothing waits."""

    name = "predictive"
    AHEAD_H = 6.0
    """While nothing waits, the next work is taken to be so long."""

    def stops(self, moment: Moment, records: Records, costs: Costs) -> bool:
        """Compares with the price of standing still as it is now."""
        life, delay = records.laws
        planned = costs.planned_cents + round(moment.standstill_cents_per_h * PLANNED_H)
        priced = replace(costs, planned_cents=planned)
        law = law_of(moment.condition, life, delay, 1.0)
        return worth_a_stop(law, priced, life, max(1.0, moment.next_h or self.AHEAD_H), costs)


PLANNED_H = 3.0
"""Planned maintenance takes so long."""
FAILURE_H = 12.0
"""A repair takes so long, the wait for the fitter included."""


def policy_named(name: str) -> Policy:
    """A fresh one: failure, interval, manual or predictive. KeyError for others."""
    makers = {"failure": RunToFailure, "interval": FixedInterval, "predictive": Predictive}
    return FixedInterval(MANUAL_H) if name == "manual" else makers[name]()
