"""How long a supplier takes on a lane, learned from receipts: a probability for each number of days, and for never.

A Dirichlet posterior over {0 .. longest days, lost}. Its weak prior is the parent's posterior (company -> supplier ->
lane), moved by the difference of the agreed lead times, so that what is pooled is being late; at the top it is a
discretised normal around the agreed lead time with a wide floor. Open orders are right-censored: expectation
maximisation shares each among the days it can still take and lost (Dempster, Laird and Rubin 1977). Old evidence
fades with each order, and at once where a CUSUM of the normal scores of the receipts says that the supplier changed.
Promises: deterministic; records of whole numbers, below 2 kB; an order is written off in time.
May not: know of orders or a clock.
Called by: the learning step of the planning loop (`observe`), the planner (`days_pmf`, `arrivals`, `write_off_day`),
scorecards (`lateness`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

VERSION = 1
MILLION = 1_000_000
LONGEST_MAX = 180
AGREED_MAX = 150
PRIOR_ORDERS = 2.0
"""Orders that the prior is worth."""
PRIOR_LOST = 0.05
PRIOR_FLOOR = 0.25
"""Share of the top prior that is spread over all days, so that no lead time surprises beyond repair."""
KEEP = 0.995
"""Evidence that a new order leaves of the old: 200 orders at most."""
KEEP_AFTER_ALARM = 2.5
"""Orders that the old evidence is worth after a drift alarm."""
SLACK, ALARM = 0.4, 4.5
TREND_ORDERS = 30
ROUNDS = 60
_STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Learned lead time of a lane, a supplier or the company."""

    version: int
    agreed_days: int
    sd_days: int
    posterior_ppm: tuple[int, ...]
    """Probability of 0, 1, … longest days and, last, of being lost, for a new order; sums to 1,000,000."""
    evidence_milli: tuple[int, ...]
    """Faded orders behind it, at the same places, open ones not included; trailing places are kept."""
    orders: int
    """Orders that came or were lost, ever."""
    drift_late_milli: int
    """CUSUM towards later, and towards earlier, in thousandths of a standard deviation."""
    drift_early_milli: int
    alarms_late: int
    alarms_early: int
    last_alarm: int
    """Which alarm was last: 1 later, -1 earlier, 0 none."""
    last_alarm_order: int
    """`orders` at that alarm."""

    @property
    def longest_days(self) -> int:
        """Longest lead time that is told apart."""
        return len(self.posterior_ppm) - 2

    @property
    def lost_ppm(self) -> int:
        """Probability that a new order never comes."""
        return self.posterior_ppm[-1]

    def to_dict(self) -> dict[str, Any]:
        """Fields by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> LeadTime:
        """The inverse; lists become tuples. An unknown version is a ValueError."""
        if fields.get("version") != VERSION:
            raise ValueError(f"version: this program reads {VERSION}, not {fields.get('version')}")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
        }
        return cls(**given)


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """When an open order still comes: probability of each number of remaining days, and of never. Sums to 1."""

    days_pmf: Floats
    lost: float


@dataclass(frozen=True, slots=True)
class Lateness:
    """A scorecard's figures of a supplier or lane, for a new order."""

    late_ppm: int
    """Later than agreed, lost included."""
    lost_ppm: int
    mean_milli_days: int
    """Given that it comes."""
    p90_days: int
    """Given that it comes."""
    reliability_ppm: int
    """Comes, and not later than agreed."""
    trend: Literal["worse", "steady", "better"]
    """Changed within the last 30 orders."""
    orders: int


def start(agreed_days: int, sd_days: int = 1, *, parent: LeadTime | None = None) -> LeadTime:
    """Nothing observed yet. ValueError where the agreed lead time is not within 0 to 150 days."""
    if not 0 <= agreed_days <= AGREED_MAX:
        raise ValueError(f"agreed_days: needs 0 to {AGREED_MAX}, got {agreed_days}")
    if not 0 <= sd_days <= AGREED_MAX:
        raise ValueError(f"sd_days: needs 0 to {AGREED_MAX}, got {sd_days}")
    longest = min(LONGEST_MAX, agreed_days + max(5, math.ceil(0.5 * agreed_days), 4 * sd_days))
    empty = LeadTime(
        version=VERSION,
        agreed_days=agreed_days,
        sd_days=sd_days,
        posterior_ppm=(0,) * (longest + 2),
        evidence_milli=(0,) * (longest + 2),
        orders=0,
        drift_late_milli=0,
        drift_early_milli=0,
        alarms_late=0,
        alarms_early=0,
        last_alarm=0,
        last_alarm_order=0,
    )
    return replace(empty, posterior_ppm=_millionths(_prior(empty, parent)))


def observe(
    record: LeadTime,
    *,
    parent: LeadTime | None = None,
    received_days: Sequence[int] = (),
    lost: int = 0,
    open_ages: Sequence[int] = (),
) -> LeadTime:
    """The record after new receipts and losses, with the orders that are open now.

    `received_days`: lead time of each new receipt. `lost`: new orders that were cancelled by the supplier or given
    up. `open_ages`: days that each open order has been under way; not remembered, so give all of them each time.
    """
    if lost < 0 or any(days < 0 for days in received_days) or any(age < 0 for age in open_ages):
        raise ValueError("received_days, lost, open_ages: none may be negative")
    evidence = np.array(record.evidence_milli, dtype=np.float64) / 1000.0
    never = record.longest_days + 1
    for place in [min(days, record.longest_days) for days in received_days] + [never] * lost:
        record, evidence = _received(record, evidence, place)
    prior = _prior(record, parent)
    posterior = _censored(prior, evidence, open_ages, record.longest_days)
    return replace(
        record,
        posterior_ppm=_millionths(posterior),
        evidence_milli=tuple(np.rint(evidence * 1000.0).astype(np.int64).tolist()),
    )


def days_pmf(record: LeadTime) -> Floats:
    """Lead time of a new order, given that it comes."""
    days = _floats(record)[:-1]
    return days / days.sum()


def arrivals(record: LeadTime, age_days: int) -> Arrivals:
    """What an order that has been under way for `age_days` and has not come yet will do.

    Remaining 0 means: still today, on the day it is `age_days` old. Beyond the longest lead time it is lost.
    """
    if age_days < 0:
        raise ValueError(f"age_days: needs at least 0, got {age_days}")
    known = _floats(record)
    coming, lost = known[:-1][age_days:], float(known[-1])
    total = float(coming.sum()) + lost
    if not len(coming) or total <= 0.0:
        return Arrivals(np.zeros(1), 1.0)
    return Arrivals(coming / total, lost / total)


def write_off_day(record: LeadTime, *, least_ppm: int = 200_000) -> int:
    """First age from which on an open order is not to be counted on: it comes with less than this probability."""
    known = _floats(record)
    coming = np.cumsum(known[:-1][::-1])[::-1]
    counts = np.flatnonzero(coming * MILLION >= least_ppm * (coming + known[-1]))
    return int(counts[-1]) + 1 if len(counts) else 0


def write_off_day_by_cost(record: LeadTime, *, holding: float, shortage: float) -> int:
    """The same where counting on an order that never comes costs `shortage` and doubling one that comes `holding`.

    Counting on it costs shortage * P(lost), ordering anew costs holding * P(comes): counted on while the first is less.
    """
    if holding <= 0.0 or shortage <= 0.0:
        raise ValueError("holding, shortage: both need to be above 0")
    return write_off_day(record, least_ppm=round(MILLION * shortage / (holding + shortage)))


def lateness(record: LeadTime) -> Lateness:
    """Figures for a scorecard."""
    known = _floats(record)
    days = days_pmf(record)
    in_time = float(known[: record.agreed_days + 1].sum())
    recent = record.last_alarm != 0 and record.orders - record.last_alarm_order < TREND_ORDERS
    return Lateness(
        late_ppm=MILLION - round(in_time * MILLION),
        lost_ppm=record.lost_ppm,
        mean_milli_days=round(1000.0 * float(np.arange(len(days)) @ days)),
        p90_days=int(np.searchsorted(np.cumsum(days), 0.9 - 1e-9)),
        reliability_ppm=round(in_time * MILLION),
        trend="steady" if not recent else "worse" if record.last_alarm > 0 else "better",
        orders=record.orders,
    )


def _received(record: LeadTime, evidence: Floats, place: int) -> tuple[LeadTime, Floats]:
    """One order more: fade, judge whether the supplier changed, count it."""
    known = _floats(record)
    below = float(known[:place].sum())
    middle = min(1.0 - 1e-4, max(1e-4, below + 0.5 * float(known[place])))
    score = min(2.5, max(-2.5, _STANDARD.inv_cdf(middle)))
    later = max(0.0, record.drift_late_milli / 1000.0 + score - SLACK)
    earlier = max(0.0, record.drift_early_milli / 1000.0 - score - SLACK)
    evidence = evidence * KEEP
    alarm = 1 if later >= ALARM else -1 if earlier >= ALARM else 0
    if alarm:
        later = earlier = 0.0
        total = float(evidence.sum())
        evidence = evidence * min(1.0, KEEP_AFTER_ALARM / max(total, 1e-9))
    evidence[place] += 1.0
    return (
        replace(
            record,
            orders=record.orders + 1,
            drift_late_milli=round(later * 1000.0),
            drift_early_milli=round(earlier * 1000.0),
            alarms_late=record.alarms_late + (alarm > 0),
            alarms_early=record.alarms_early + (alarm < 0),
            last_alarm=alarm or record.last_alarm,
            last_alarm_order=record.orders + 1 if alarm else record.last_alarm_order,
        ),
        evidence,
    )


def _prior(record: LeadTime, parent: LeadTime | None) -> Floats:
    """The agreed lead time and how wide it is, or what the parent knows about being late."""
    longest = record.longest_days
    sd = max(0.5, float(record.sd_days))
    edges = np.array([_STANDARD.cdf((day - 0.5 - record.agreed_days) / sd) for day in range(1, longest + 1)])
    bell = np.diff(edges, prepend=0.0, append=1.0)
    usual = np.append(
        (1.0 - PRIOR_LOST) * ((1.0 - PRIOR_FLOOR) * bell + PRIOR_FLOOR / (longest + 1)),
        PRIOR_LOST,
    )
    if parent is None:
        return np.asarray(usual / usual.sum())
    known = _floats(parent)
    moved = np.zeros(longest + 2)
    places = np.clip(np.arange(len(known) - 1) + record.agreed_days - parent.agreed_days, 0, longest)
    np.add.at(moved, places, known[:-1])
    moved[-1] = known[-1]
    return np.asarray(0.9 * moved + 0.1 * usual)


def _censored(prior: Floats, evidence: Floats, open_ages: Sequence[int], longest: int) -> Floats:
    """Posterior mean, each open order shared among the days it can still take and lost."""
    base = PRIOR_ORDERS * prior + evidence
    posterior = base / base.sum()
    ages, counts = np.unique(np.minimum(np.asarray(open_ages, dtype=np.int64), longest + 1), return_counts=True)
    ages, counts = ages[ages > 0], counts[ages > 0]
    if not len(ages):
        return np.asarray(posterior)
    for _ in range(ROUNDS):
        shared = base.copy()
        for age, count in zip(ages.tolist(), counts.tolist(), strict=True):
            left = float(posterior[age:].sum())
            shared[age:] += count * posterior[age:] / left
        after = shared / shared.sum()
        if float(np.abs(after - posterior).max()) < 1e-7:
            return np.asarray(after)
        posterior = after
    return np.asarray(posterior)


def _floats(record: LeadTime) -> Floats:
    return np.array(record.posterior_ppm, dtype=np.float64) / MILLION


def _millionths(shares: Floats) -> tuple[int, ...]:
    """Whole millionths that sum to one million; what rounding leaves goes to the likeliest."""
    parts = np.floor(shares / shares.sum() * MILLION).astype(np.int64)
    parts[int(np.argmax(parts))] += MILLION - int(parts.sum())
    return tuple(parts.tolist())
