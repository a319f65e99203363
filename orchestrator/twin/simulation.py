"""Puts a simulated company together: everybody who works there, as processes of one simpy environment.

Promises: `start` begins everybody's day; `idle` tells when nothing is left to do. Knows neither gRPC nor wall time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import simpy

from orchestrator.company.reader import KnownOrder
from orchestrator.domain.entities import OrderStatus, VehicleStatus
from orchestrator.twin.chance import Chance
from orchestrator.twin.disruptions import SCRIPT, Planned, Troubles
from orchestrator.twin.driver import Driver
from orchestrator.twin.hidden_speeds import HiddenSpeeds
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.partners import Partners
from orchestrator.twin.roads import Roads
from orchestrator.twin.shop import Operator
from orchestrator.twin.suppliers import Suppliers
from orchestrator.twin.world import Server, World


@dataclass(frozen=True, slots=True)
class Cast:
    """What kind of day it is; see `Partners` for reserve, `World` for the last two.

    hidden_seed: the roads have speeds by hour and area that nobody was told, drawn from this seed.
    """

    chance: Chance = field(default_factory=Chance)
    script: Sequence[Planned] = SCRIPT
    cancellations: int = 3
    reserve: int = 0
    step_s: int = 60
    grace_s: float = 0
    hidden_seed: int | None = None


class Simulation:
    """A company at work. The mirror must have the imported company already."""

    def __init__(
        self, env: simpy.Environment, mirror: Mirror, server: Server, late: Sequence[KnownOrder], cast: Cast
    ) -> None:
        company = mirror.state.company
        assert company is not None, "the company is imported before its day begins"
        hidden = HiddenSpeeds(company, cast.hidden_seed) if cast.hidden_seed is not None else None
        roads = Roads(company, hidden)
        self.world = World(env, mirror, server, cast.chance, roads, step_s=cast.step_s, grace_s=cast.grace_s)
        self.drivers = {one.vehicle_id: Driver(self.world, one) for one in company.vehicles}
        self.operators = {one.machine_id: Operator(self.world, one) for one in company.machines}
        self.suppliers = Suppliers(self.world)
        self.partners = Partners(self.world, late, cast.cancellations, cast.reserve)
        day_start_s = mirror.state.day_start_s(self.world.now_s)
        self.troubles = Troubles(self.world, self.drivers, self.operators, self.partners, day_start_s, cast.script)
        self.last_known_s = max((order.known_at_s for order in late), default=0)
        mirror.listeners.append(lambda seq, at_s, event: self.world.tell())

    def start(self) -> None:
        """Begin everybody's day."""
        processes = [driver.run() for driver in self.drivers.values()]
        processes += [operator.run() for operator in self.operators.values()]
        processes += [
            self.suppliers.run(),
            self.partners.send_late_orders(),
            self.partners.cancel_some(),
            *self.troubles.run(),
        ]
        for process in processes:
            self.world.env.process(process)

    def idle(self) -> bool:
        """Whether every known order is settled, every vehicle home and nobody has an order up the sleeve."""
        state = self.world.state
        open_orders = any(
            state.orders[order_id].status in (OrderStatus.OPEN, OrderStatus.LOADED) for order_id in state.open_orders
        )
        away = any(live.status is not VehicleStatus.IDLE for live in state.fleet.values())
        busy = any(one.on_board for one in self.drivers.values())
        return not open_orders and not away and not busy and self.world.now_s > self.last_known_s
