"""Lead times are learned: late, lost, open orders, pooling, a supplier that changes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment import lead_time
from solvers.replenishment.lead_time import LeadTime, arrivals, days_pmf, lateness, observe, start, write_off_day
from tests.bench.replenishment_learning import lost_after

FATES = st.one_of(st.integers(0, 30), st.none())


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(0, 10),
    st.lists(FATES, max_size=25),
    st.lists(st.integers(0, 80), max_size=10),
)
def test_always_probabilities_and_nothing_lost_on_the_way_to_the_log(
    agreed: int, sd: int, fates: list[int | None], ages: list[int]
) -> None:
    record = start(agreed, sd)
    for fate in fates:
        record = observe(record, received_days=[] if fate is None else [fate], lost=int(fate is None), open_ages=ages)
    assert sum(record.posterior_ppm) == 1_000_000
    assert min(record.posterior_ppm) >= 0
    assert LeadTime.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    assert len(json.dumps(record.to_dict())) < 2_000
    for age in (0, 1, agreed, record.longest_days + 1):
        coming = arrivals(record, age)
        assert coming.days_pmf.sum() + coming.lost == pytest.approx(1.0)
    assert days_pmf(record).sum() == pytest.approx(1.0)
    assert 0 <= write_off_day(record) <= record.longest_days + 1


def test_before_any_order_the_agreed_lead_time() -> None:
    record = start(5, 1)
    assert int(np.argmax(days_pmf(record))) == 5
    assert lateness(record).orders == 0
    assert record.lost_ppm == pytest.approx(50_000, abs=2)


def test_receipts_outweigh_the_agreement() -> None:
    record = start(5, 1)
    for _ in range(30):
        record = observe(record, received_days=[9])
    found = lateness(record)
    assert found.late_ppm > 900_000
    assert found.mean_milli_days == pytest.approx(9_000, rel=0.05)
    assert found.p90_days == 9


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_is_lost_and_nobody_says_so(seed: int) -> None:
    learned, share = lost_after(seed, 60)
    assert learned == pytest.approx(share, abs=0.03)


def test_an_open_order_is_evidence_of_late_or_lost() -> None:
    record = observe(start(3, 1), received_days=[3] * 10)
    waiting = observe(record, open_ages=[6, 6, 6])
    assert waiting.lost_ppm > record.lost_ppm
    assert sum(waiting.posterior_ppm[7:-1]) > sum(record.posterior_ppm[7:-1])
    assert observe(waiting, open_ages=[]).posterior_ppm == record.posterior_ppm
    fresh = observe(record, open_ages=[0, 0, 1])
    assert fresh.posterior_ppm == pytest.approx(record.posterior_ppm, abs=20_000)


def test_an_order_is_written_off_in_time() -> None:
    record = start(2, 1)
    for fate in [1, 2, 3, None] * 15:
        record = observe(record, received_days=[fate] if fate else [], lost=int(fate is None))
    assert write_off_day(record) == 4
    assert lead_time.write_off_day_by_cost(record, holding=1.0, shortage=19.0) < 4
    assert arrivals(record, 4).lost > 0.8
    assert arrivals(record, 2).lost < 0.5
    assert arrivals(record, 200).lost == 1.0


def test_a_sure_supplier_is_waited_for() -> None:
    record = start(10, 1)
    for _ in range(60):
        record = observe(record, received_days=[10])
    assert write_off_day(record) > 10
    assert arrivals(record, 9).lost < 0.05


def test_a_new_lane_knows_its_supplier() -> None:
    supplier = start(5, 1)
    for _ in range(40):
        supplier = observe(supplier, received_days=[9])
    lane = start(12, 1, parent=supplier)
    assert int(np.argmax(days_pmf(lane))) == 16
    alone = start(12, 1)
    for _ in range(3):
        lane, alone = observe(lane, parent=supplier, received_days=[16]), observe(alone, received_days=[16])
    assert lateness(lane).late_ppm > lateness(alone).late_ppm


def test_a_supplier_that_becomes_unreliable_is_noticed_within_ten_orders() -> None:
    record = start(5, 1)
    rng = np.random.default_rng(3)
    for _ in range(80):
        record = observe(record, received_days=[int(rng.choice([4, 5, 6], p=[0.2, 0.6, 0.2]))])
    assert lateness(record).trend == "steady"
    assert lateness(record).late_ppm < 350_000
    for _ in range(10):
        record = observe(record, received_days=[int(rng.choice([7, 9, 10]))])
    assert lateness(record).trend == "worse"
    assert lateness(record).late_ppm > 600_000
    for _ in range(40):
        record = observe(record, received_days=[int(rng.choice([4, 5]))])
    assert lateness(record).trend != "worse"
    assert lateness(record).late_ppm < 350_000


def test_old_evidence_fades() -> None:
    record = start(5, 1)
    for _ in range(500):
        record = observe(record, received_days=[5])
    assert sum(record.evidence_milli) < 200_500


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="agreed_days"):
        start(-1)
    with pytest.raises(ValueError, match="sd_days"):
        start(1, -1)
    with pytest.raises(ValueError, match="received_days"):
        observe(start(1), received_days=[-1])
    with pytest.raises(ValueError, match="age_days"):
        arrivals(start(1), -1)
    with pytest.raises(ValueError, match="holding"):
        lead_time.write_off_day_by_cost(start(1), holding=0.0, shortage=1.0)
    with pytest.raises(ValueError, match="version"):
        LeadTime.from_dict({"version": 0})
