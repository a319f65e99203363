"""What the log keeps of what was learned has the core's fields, and comes back as it went."""

from __future__ import annotations

from orchestrator.domain.learned import ForecastRecord, LeadTimeRecord
from orchestrator.planning.records import (
    FORECAST_FIELDS,
    LEAD_TIME_FIELDS,
    forecast_of,
    lead_time_of,
    record_of_forecast,
    record_of_lead_time,
)
from solvers.replenishment.forecast import DemandSeries, learn
from solvers.replenishment.lead_time import observe, start


def test_the_records_mirror_the_core_field_by_field() -> None:
    assert set(ForecastRecord.model_fields) == {"site_id", "item_id", *FORECAST_FIELDS}
    assert set(LeadTimeRecord.model_fields) == {"supplier_id", "site_id", "receipts", *LEAD_TIME_FIELDS}


def test_a_forecast_goes_into_the_log_and_comes_back() -> None:
    forecast = learn(DemandSeries.of([3, 0, 5, 4, 0, 6, 2, 3, 3, 4], first_day=20_000), None, 20_010)
    record = record_of_forecast("W1", "A", forecast)
    assert forecast_of(ForecastRecord.model_validate_json(record.model_dump_json())) == forecast


def test_a_lead_time_goes_into_the_log_and_comes_back() -> None:
    learned = observe(start(3, 1), received_days=[3, 5, 4], open_ages=[9])
    record = record_of_lead_time("S1", "W1", learned, 3)
    assert lead_time_of(LeadTimeRecord.model_validate_json(record.model_dump_json())) == learned


def test_a_record_of_another_program_is_learned_anew() -> None:
    learned = record_of_lead_time("S1", "W1", start(3, 1), 0)
    assert lead_time_of(learned.model_copy(update={"version": 99})) is None
