"""A call for a quote, as it reaches a supplier's agent, and the agent's answer: everything between them and the core.

Promises plain frozen data with absolute values: the call brings the supplier's own terms, so that an agent which lost
its memory quotes as well as one that did not; the same call gives the same answer, so that one that is asked again, or
on another host, changes nothing. Calls are made by `orchestrator.negotiation.supply`; `orchestrator.publish.reports`
makes the answers commands.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.agent_ref import AgentKind, AgentRef
from agents.supplier_bid import Terms


@dataclass(frozen=True, slots=True)
class SupplyCall:
    """What would `quantity` cost by your `terms`, and when would it be there? Counted from `asked_s`.

    negotiation_id, lot: what the answer is for. terms: None when the supplier does not sell it.
    """

    negotiation_id: str
    supplier_id: str
    lot: str
    quantity: int
    terms: Terms | None
    asked_s: int

    @property
    def agent(self) -> AgentRef:
        """Whom it is for."""
        return AgentRef(AgentKind.SUPPLIER, self.supplier_id)

    @property
    def part(self) -> str:
        """What of its agent it is about, as readings say it: only the same call replaces one that is on its way."""
        return self.negotiation_id
