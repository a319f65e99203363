"""What the server seems to have learned, day by day: levels of the unreliable supplier's items, scorecards, alerts.

Promises only to listen and to ask; nothing here counts stock or money. Called by `run`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from orchestrator.domain.events import AlertRaised, Event, LearningRevised, PurchaseWrittenOff
from orchestrator.twin.weeks.cast import DAY_S, Cast
from orchestrator.twin.weeks.histories import Key
from orchestrator.twin.weeks.office import Office

LATE_PER_MILLE = 250
"""A supplier whose orders come late or never more often than this has been noticed."""
FORECASTS = ("bias_per_mille", "error_per_mille", "coverage_per_mille")


class Learned:
    """Listens to one server. Days count from 0; -1: not yet."""

    def __init__(self, office: Office, cast: Cast, keys: list[Key], day_start_s: int) -> None:
        self._office, self._cast, self._keys, self._day_start_s = office, cast, keys, day_start_s
        self.revisions = 0
        self.written_off = 0
        self.alerts: Counter[str] = Counter()
        self.first_alert_day = -1
        self.noticed_day = -1
        self.first_written_off_day = -1
        self.levels: list[dict[str, Any]] = []
        self.scorecards: list[dict[str, Any]] = []

    def hear(self, seq: int, at_s: int, event: Event) -> None:
        """An event of the server's log."""
        day = (at_s - self._day_start_s) // DAY_S
        if isinstance(event, LearningRevised):
            self.revisions += 1
        elif isinstance(event, PurchaseWrittenOff):
            self.written_off += 1
            if self.first_written_off_day < 0:
                self.first_written_off_day = day
        elif isinstance(event, AlertRaised):
            kind = event.alert.kind
            self.alerts[kind] += 1
            about = self._cast.supplier_id and self._cast.supplier_id in f"{event.alert.subject} {event.alert.text}"
            if about and "DRIFT" in kind and day >= self._cast.from_day and self.first_alert_day < 0:
                self.first_alert_day = day

    async def look(self, day: int) -> None:
        """Write down today's levels and today's scorecard of the supplier that gets worse."""
        if not self._cast.supplier_id:
            return
        for site_id, item_id in self._keys:
            outlook = await self._office.outlook(site_id, item_id)
            if outlook is not None and outlook.item_id:
                policy = outlook.policy
                self.levels.append(
                    {
                        "day": day,
                        "site_id": site_id,
                        "item_id": item_id,
                        "reorder_point": policy.reorder_point,
                        "order_up_to": policy.order_up_to,
                        "safety_stock": policy.safety_stock,
                        "source_id": policy.source_id,
                    }
                )
        await self._card(day)

    async def _card(self, day: int) -> None:
        answer = await self._office.scorecards(self._cast.supplier_id)
        for card in answer.scorecards if answer is not None else ():
            if card.site_id:
                continue
            known = ("late_per_mille", "lost_per_mille", "mean_milli_days", "trend")
            self.scorecards.append({"day": day} | {name: getattr(card, name) for name in known})
            bad = card.late_per_mille + card.lost_per_mille > LATE_PER_MILLE
            if bad and day >= self._cast.from_day and self.noticed_day < 0:
                self.noticed_day = day

    async def forecasts(self, keys: list[Key]) -> dict[str, int]:
        """Median bias, error and coverage over the items at sites that have demand; {}: the server does not tell."""
        figures: dict[str, list[int]] = {name: [] for name in FORECASTS}
        for site_id, item_id in keys:
            outlook = await self._office.outlook(site_id, item_id)
            if outlook is not None and outlook.item_id and outlook.forecast.observed_days:
                for name in FORECASTS:
                    figures[name].append(getattr(outlook.forecast, name))
        return {name: sorted(some)[len(some) // 2] for name, some in figures.items() if some}
