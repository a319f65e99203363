"""The buyer: once a day orders what waits for a person, and asks after what is long overdue.

Promises the same for every policy: proposals are approved as they are; a supplier that is asked admits that an order
will never come, and the buyer then writes it off. Called by `run`.
"""

from __future__ import annotations

from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.state import State
from orchestrator.twin.weeks.office import Office
from orchestrator.twin.weeks.suppliers import Suppliers

ASKS_AFTER_S = 7 * 86_400


class Buyer:
    """One person. `approved`, `gave_up`: how often each happened."""

    def __init__(self, office: Office, suppliers: Suppliers) -> None:
        self._office, self._suppliers = office, suppliers
        self.approved = 0
        self.gave_up = 0
        self.refused = 0

    async def day(self, state: State, now_s: int) -> None:
        """Approve what waits, ask after what should have come a week ago."""
        for proposal_id in sorted(state.plan.proposals):
            if await self._office.release(proposal_id) is None:
                self.approved += 1
            else:  # ordered or withdrawn meanwhile
                self.refused += 1
        for order in list(state.purchases.values()):
            overdue = order.status is SupplyStatus.OPEN and order.expected_s + ASKS_AFTER_S < now_s
            if overdue and self._suppliers.never_comes(order.purchase_order_id):
                said = await self._office.write_off(order.purchase_order_id, "the supplier says that it never comes")
                self.gave_up += said is None
