"""What a demo plays: a company's files, when its day begins and ends, who orders late, and what kind of day it is.

Promises that everything is read and checked before a server is started. Called by `demo`; `instance` makes another
kind of day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.company.folder import read_folder
from orchestrator.company.reader import KnownOrder, read_company
from orchestrator.domain.company import Company
from orchestrator.twin.chance import Chance
from orchestrator.twin.simulation import Cast

SAMPLE_COMPANY = Path(__file__).resolve().parents[2] / "deploy" / "sample_company"
BEGIN_S = 5 * 3_600 + 45 * 60
AFTER_SHIFTS_S = 45 * 60
CANCELLATIONS = 3
NEWS_REAL_S = 0.2  # what a plan takes from the event to those who carry it out


@dataclass(frozen=True, slots=True)
class Day:
    """A day to play. Times: seconds since the epoch on the company clock. settings: MUSTER_* of the server."""

    title: str
    files: Mapping[str, bytes]
    company: Company
    morning: Sequence[KnownOrder]
    late: Sequence[KnownOrder]
    begin_s: int
    end_s: int
    cast: Cast
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def tokens(self) -> dict[str, str]:
        """What the demo's partners say to be known; the company's files have the digests."""
        return {partner.partner_id: demo_token(partner.partner_id) for partner in self.company.partners}


def demo_token(partner_id: str) -> str:
    """The token of a partner of the sample company. Everybody knows it: for demonstrations only."""
    return f"demo-token-{partner_id}"


def company_day(folder: Path, seed: int, speed: float, wall_s: int) -> Day:
    """Today, of the company in `folder`. Raises `CompanyFileErrors`."""
    files = read_folder(folder)
    known = read_company(files, wall_s)
    midnight_s = known.company.day_start_s
    last_shift_s = max((vehicle.shift_end_s for vehicle in known.company.vehicles), default=18 * 3_600)
    return Day(
        title=known.company.name,
        files=files,
        company=known.company,
        morning=known.morning_orders,
        late=known.late_orders,
        begin_s=midnight_s + BEGIN_S,
        end_s=midnight_s + last_shift_s + AFTER_SHIFTS_S,
        cast=Cast(Chance(seed), cancellations=CANCELLATIONS, grace_s=NEWS_REAL_S * speed),
    )
