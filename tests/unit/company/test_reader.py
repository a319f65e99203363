"""What a good folder becomes, and that every bad row is named and nothing is loaded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.company.errors import CompanyFileErrors, RowError
from orchestrator.company.reader import local_midnight_s, read_company
from orchestrator.domain.company import DrivingRule, ItemKind, TravelKind
from tests.unit.company.files import DAY_S, FILES, edited, files, with_row

NOON_S = DAY_S + 12 * 3_600


def refused(bad: dict[str, bytes]) -> list[RowError]:
    """The findings in a bad folder."""
    with pytest.raises(CompanyFileErrors) as caught:
        read_company(bad, NOON_S)
    return list(caught.value.rows)


def test_a_good_folder_becomes_a_company() -> None:
    company = read_company(files(), NOON_S).company
    assert (company.name, company.time_zone, company.day_start_s) == ("Tiny", "Europe/Berlin", DAY_S)
    warehouse, plant = company.sites
    assert (warehouse.place.lat_e7, warehouse.place.lon_e7) == (481_000_000, 115_000_000)
    assert (warehouse.open_s, warehouse.loading_s, warehouse.handling_s) == (5 * 3_600, 900, 600)
    assert (plant.open_s, plant.close_s, plant.loading_s) == (0, 86_400, 900)
    assert company.customers[0].place.lon_e7 == 115_500_000
    assert company.suppliers[0].lead_time_s == 48 * 3_600
    assert company.purchase_orders[0].expected_s == DAY_S + 86_400 + 8 * 3_600 + 1_800
    assert company.production_orders[0].due_s == DAY_S + 12 * 3_600


def test_operations_stand_in_sequence_and_history_oldest_first() -> None:
    company = read_company(files(), NOON_S).company
    pump = next(item for item in company.items if item.item_id == "PUMP")
    assert pump.kind is ItemKind.MADE
    assert [step.name for step in pump.operations] == ["build", "test"]
    assert pump.operations[0].machine_ids == ("M1", "M2")
    assert company.stock[0].daily_demand == (2, 0, 4)


def test_rows_of_one_number_are_one_order_and_late_ones_stand_apart() -> None:
    known = read_company(files(), NOON_S)
    (morning,), (late,) = known.morning_orders, known.late_orders
    assert [(line.item_id, line.quantity) for line in morning.draft.lines] == [("PUMP", 2), ("CASE", 1)]
    assert (morning.draft.window_start_s, morning.draft.priority) == (DAY_S + 8 * 3_600, 7)
    assert late.known_at_s == DAY_S + 9 * 3_600 + 900
    assert late.draft.window_end_s == DAY_S + 14 * 3_600 + 1_830
    assert late.draft.priority == 5


def test_the_service_day_is_the_local_day_of_now() -> None:
    for now_s in (DAY_S, DAY_S + 86_399):
        assert read_company(files(), now_s).company.day_start_s == DAY_S
    assert local_midnight_s("UTC", DAY_S) == DAY_S - 23 * 3_600
    # the day the clocks go forward in Berlin begins at its own midnight
    assert local_midnight_s("Europe/Berlin", 1_774_749_600 + 3_600 * 12) == 1_774_738_800


def test_travel_and_hard_windows_are_optional() -> None:
    text = "name,time_zone,travel,circuity_per_mille,hard_windows\nTiny,UTC,PLANE_DOWN,1000,yes\n"
    company = read_company(files(company=text), NOON_S).company
    assert (company.travel.kind, company.travel.circuity_per_mille) == (TravelKind.PLANE_DOWN, 1_000)
    assert company.hard_windows
    assert not read_company(files(), NOON_S).company.hard_windows


def test_sources_with_price_breaks_lanes_and_stock_rules() -> None:
    stock = "site_id,item_id,on_hand,service_kind,automatic,fixed_reorder_point,fixed_order_up_to\n"
    company = read_company(files(stock=stock + "WH,PUMP,7,FILL_RATE,no,5,20\n"), NOON_S).company
    (source,), (lane,), (policy,) = company.sources, company.transfer_lanes, company.stock
    assert [(tier.from_quantity, tier.unit_cost_cents) for tier in source.tiers] == [(100, 90), (500, 80)]
    assert (source.lead_time_s, source.min_order_quantity) == (72 * 3_600, 1)
    assert (lane.transit_s, lane.unit_cost_cents) == (86_400, 5)
    assert (policy.service_kind, policy.automatic) == ("FILL_RATE", False)
    assert (policy.fixed_reorder_point, policy.fixed_order_up_to) == (5, 20)


@pytest.mark.parametrize(
    ("file", "row", "rule"),
    [
        ("item_sources", "PUMP,S1,95,,", "must be a BOUGHT item"),
        ("item_sources", "STEEL,S9,95,,", "'S9' is not a suppliers.csv.supplier_id"),
        ("transfer_lanes", "PL,PL,24,", "must be another site"),
    ],
)
def test_sources_and_lanes_that_cannot_be(file: str, row: str, rule: str) -> None:
    with pytest.raises(CompanyFileErrors, match=rule):
        read_company(with_row(file, row), NOON_S)


@pytest.mark.parametrize("breaks", ["100", "100:x", "500:80;100:90"])
def test_price_breaks_that_cannot_be(breaks: str) -> None:
    with pytest.raises(CompanyFileErrors, match=r"QUANTITY:CENTS|must start above"):
        read_company(edited("item_sources", "100:90;500:80", breaks), NOON_S)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    bad = {name: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") for name, data in files().items()}
    assert read_company(bad, NOON_S) == read_company(files(), NOON_S)


CASES: list[tuple[dict[str, bytes], RowError]] = [
    (edited("sites", "48.1,", "48;1,"), RowError("sites.csv", 2, "lat_deg", "48;1", "must be decimal degrees")),
    (edited("sites", "48.1,", "98.1,"), RowError("sites.csv", 2, "lat_deg", "98.1", "less than or equal")),
    (edited("sites", "48.1,", "NaN,"), RowError("sites.csv", 2, "lat_deg", "NaN", "must be decimal degrees")),
    (edited("sites", "WAREHOUSE,", "DEPOT,"), RowError("sites.csv", 2, "kind", "DEPOT", "must be one of WAREHOUSE")),
    (edited("sites", "05:00,20:00", "05:00,5:0"), RowError("sites.csv", 2, "close", "5:0", "must be a time of day")),
    (edited("sites", "05:00,20:00", "05:00,24:01"), RowError("sites.csv", 2, "close", "24:01", "00:00 to 24:00")),
    (edited("sites", "05:00,20:00", "20:00,05:00"), RowError("sites.csv", 2, "close", "05:00", "must be after open")),
    (with_row("sites", "WH,Again,PLANT,48,11,,,,,"), RowError("sites.csv", 4, "site_id", "WH", "already in line 2")),
    (with_row("sites", "W2,Short"), RowError("sites.csv", 4, "", "W2,Short", "has 2 cells, the header names 10")),
    (edited("items", "STEEL,Steel", "ST EEL,Steel"), RowError("items.csv", 4, "item_id", "ST EEL", "letters, digits")),
    (edited("items", "9000,4000", "9000,4.5"), RowError("items.csv", 2, "unit_cost_cents", "4.5", "a whole number")),
    (edited("items", "9000,4000", "9000,-4"), RowError("items.csv", 2, "unit_cost_cents", "-4", "greater than or")),
    (edited("items", ",,5,5,L1", ",,5,5,"), RowError("items.csv", 2, "line_id", "", "a MADE item needs a line")),
    (edited("items", ",,5,5,L1", ",S1,5,5,L1"), RowError("items.csv", 2, "supplier_id", "S1", "has no supplier")),
    (edited("items", "100,S1,", "100,,"), RowError("items.csv", 4, "supplier_id", "", "needs a supplier")),
    (edited("items", "100,S1,", "100,S9,"), RowError("items.csv", 4, "supplier_id", "S9", "is not a suppliers.csv")),
    (edited("operations", "CASE,1,", "STEEL,1,"), RowError("items.csv", 3, "item_id", "CASE", "needs a row in oper")),
    (with_row("components", "STEEL,CASE,1"), RowError("items.csv", 4, "kind", "BOUGHT", "must not be in components")),
    (with_row("components", "CASE,PUMP,1"), RowError("components.csv", 4, "component_id", "PUMP", "in a circle")),
    (with_row("components", "CASE,CASE,1"), RowError("components.csv", 4, "component_id", "CASE", "in a circle")),
    (with_row("components", "CASE,GOLD,1"), RowError("components.csv", 4, "component_id", "GOLD", "is not a items")),
    (edited("operations", "M1;M2", "M1;M7"), RowError("operations.csv", 3, "machine_ids", "M1;M7", "'M7' is not a")),
    (edited("vehicles", ",WH,", ",PL,"), RowError("vehicles.csv", 2, "depot_id", "PL", "kind WAREHOUSE")),
    (edited("vehicles", "VAN,WH,", "VAN,XX,"), RowError("vehicles.csv", 2, "depot_id", "XX", "is not a sites.csv")),
    (edited("partners", "0" * 64, "0" * 63), RowError("partners.csv", 2, "token_sha256", "0" * 63, "pattern")),
    (with_row("demand_history", "PL,PUMP,1,1"), RowError("demand_history.csv", 4, "item_id", "PUMP", "no row in st")),
    (with_row("demand_history", "WH,PUMP,0,1"), RowError("demand_history.csv", 4, "days_ago", "0", "must be 1")),
    (with_row("demand_history", "WH,PUMP,2,-1"), RowError("demand_history.csv", 4, "quantity", "-1", "negative")),
    (edited("purchase_orders", "STEEL", "PUMP"), RowError("purchase_orders.csv", 2, "supplier_id", "S1", "not the i")),
    (edited("production_orders", "PUMP", "STEEL"), RowError("production_orders.csv", 2, "item_id", "STEEL", "a MADE")),
    (edited("orders", "acme,2,", "umbrella,2,"), RowError("orders.csv", 4, "partner_id", "umbrella", "is not a")),
    (edited("orders", "PUMP,1,13:00", "PUMP,0,13:00"), RowError("orders.csv", 4, "quantity", "0", "greater than or")),
    (edited("orders", "CASE,1,08:00", "CASE,1,08:30"), RowError("orders.csv", 3, "window_start", "08:30", "differs")),
    (edited("orders", ",09:15", ",15:15"), RowError("orders.csv", 4, "known_at", "15:15", "before window_end")),
    (edited("company", "Europe/Berlin", "Europe/Atlantis"),
     RowError("company.csv", 2, "time_zone", "Europe/Atlantis", "is not a time zone")),
    (edited("company", "Europe/Berlin", "../etc"), RowError("company.csv", 2, "time_zone", "../etc", "is not a time")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "named"), CASES, ids=lambda case: f"{case.file}-{case.rule}" if isinstance(case, RowError) else ""
)
def test_a_bad_row_is_named(bad: dict[str, bytes], named: RowError) -> None:
    found = refused(bad)
    assert any(
        (one.file, one.line, one.field, one.value) == (named.file, named.line, named.field, named.value)
        and named.rule in one.rule
        for one in found
    ), found


def test_a_good_folder_has_no_case_for_nothing() -> None:
    """One mistake is one finding and one for each row that points at it: the rest of the folder is not blamed."""
    assert max(len(refused(bad)) for bad, _ in CASES) <= 4


def test_unknown_files_and_columns_are_named() -> None:
    found = refused({**files(), "trucks.csv": b"a\n1\n"} | edited("machines", "name", "nickname"))
    rules = {(one.file, one.field): one.rule for one in found}
    assert rules["trucks.csv", ""].startswith("unknown file; known are changeovers.csv")
    assert rules["machines.csv", "nickname"].startswith("unknown column")
    assert rules["machines.csv", "name"] == "column missing"


def test_what_must_be_there_is_asked_for() -> None:
    found = refused({name: data for name, data in files().items() if name != "company.csv"})
    assert RowError("company.csv", 0, "", "", "must be there with at least one row") in found
    assert refused({}) == [
        RowError("company.csv", 0, "", "", "must be there with at least one row"),
        RowError("sites.csv", 0, "", "", "must be there with at least one row"),
    ]


def test_a_file_that_is_no_text_is_named_with_its_line() -> None:
    (found,) = [one for one in refused({**files(), "machines.csv": b"machine_id,name,line_id\nM1,M\xfcller,L1\n"})
                if one.file == "machines.csv"]  # fmt: skip
    assert (found.line, found.value, found.rule) == (2, "byte 0xfc", "must be UTF-8 text")


def test_an_unclosed_quote_is_named() -> None:
    found = refused(edited("machines", "Welder", '"Welder'))
    assert any(one.file == "machines.csv" and "CSV" in one.rule for one in found)


def test_all_bad_rows_are_counted_and_the_first_thousand_named() -> None:
    rows = "".join(f"C{n},Name,48,11,,,x\n" for n in range(1_500))
    with pytest.raises(CompanyFileErrors) as caught:
        read_company(files(customers="customer_id,name,lat_deg,lon_deg,open,close,service_s\n" + rows), NOON_S)
    assert caught.value.count >= 1_500
    assert len(caught.value.rows) == 1_000
    assert "nothing was loaded" in str(caught.value)


def test_two_mistakes_are_both_named() -> None:
    bad = edited("sites", "48.1,", "north,") | {"machines.csv": b"machine_id,name,line_id\nM1,Welder,L9\nM2,Bench,L1\n"}
    assert {one.file for one in refused(bad)} >= {"sites.csv", "machines.csv"}


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_no_content_is_answered_with_anything_but_findings(name: str, content: bytes) -> None:
    with contextlib.suppress(CompanyFileErrors):
        read_company({**files(), name: content}, NOON_S)


DRIVERS = FILES["vehicles.csv"].splitlines()[0] + (
    ",driving_rule,break_start,break_end,break_min,max_distance_m,max_duration_min,max_stops\n"
)
V1 = "V1,Van,VAN,WH,1000000,8000000,06:00,15:00"


def test_vehicles_have_driving_rules_breaks_and_limits_or_none() -> None:
    text = f"{DRIVERS}{V1},EU,11:00,13:00,30,250000,480,12\n{V1.replace('V1', 'V2')},,,,,,,\n"
    ruled, free = read_company(files(vehicles=text), NOON_S).company.vehicles
    assert ruled.driving_rule is DrivingRule.EU
    assert (ruled.break_start_s, ruled.break_end_s, ruled.break_s) == (11 * 3_600, 13 * 3_600, 1_800)
    assert (ruled.max_distance_m, ruled.max_duration_s, ruled.max_stops) == (250_000, 8 * 3_600, 12)
    (old,) = read_company(files(), NOON_S).company.vehicles
    assert free == old.model_copy(update={"vehicle_id": "V2"})
    assert not old.has_day_rules


@pytest.mark.parametrize(
    ("cells", "column", "value", "rule"),
    [
        ("FR,,,,,,", "driving_rule", "FR", "must be one of NONE, EU, US"),
        (",noon,13:00,30,,,", "break_start", "noon", "must be a time of day HH:MM or HH:MM:SS"),
        (",11:00,13:00,,,,", "break_min", "", "break_start, break_end, break_min: give all or none"),
        (",,,30,,,", "break_start", "", "break_start, break_end, break_min: give all or none"),
        (",13:00,11:00,30,,,", "break_end", "11:00", "must be after break_start (13:00)"),
        (",11:00,11:20,30,,,", "break_min", "30", "must not be longer than its window (11:00 to 11:20, 20 min)"),
        (",05:00,07:00,30,,,", "break_start", "05:00", "must not be before shift_start (06:00)"),
        (",14:00,16:00,30,,,", "break_end", "16:00", "must not be after shift_end (15:00)"),
        (",11:00,13:00,0,,,", "break_min", "0", "must be at least 1; leave it empty for none"),
        (",,,,0,,", "max_distance_m", "0", "must be at least 1; leave it empty for none"),
        (",,,,,-5,", "max_duration_min", "-5", "must be at least 1; leave it empty for none"),
        (",,,,,,some", "max_stops", "some", "must be a whole number"),
    ],
)
def test_rules_of_a_driver_that_cannot_be_kept_are_named(cells: str, column: str, value: str, rule: str) -> None:
    (error,) = refused(files(vehicles=f"{DRIVERS}{V1},{cells}\n"))
    assert (error.file, error.line, error.field, error.value, error.rule) == ("vehicles.csv", 2, column, value, rule)
