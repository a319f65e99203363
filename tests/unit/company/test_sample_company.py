"""The sample company is what its script makes, and what its README says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from orchestrator.company.errors import CompanyFileErrors
from orchestrator.company.folder import read_folder
from orchestrator.company.reader import CompanyFiles, read_company
from orchestrator.company.tables import TABLES
from orchestrator.domain.company import ItemKind, SiteKind
from solvers.routing.travel import travel_distance_m
from tests.unit.company.files import DAY_S

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "sample_company"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("sample_company_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))  # as when the script is run
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sample() -> CompanyFiles:
    """The committed files, read."""
    return read_company(read_folder(FOLDER), DAY_S)


def test_the_committed_files_are_what_the_script_makes(maker: ModuleType) -> None:
    assert maker.make_company(seed=1) == read_folder(FOLDER)


def test_another_seed_is_another_company_that_can_be_read(maker: ModuleType) -> None:
    assert maker.make_company(seed=2) != maker.make_company(seed=1)
    assert read_company(maker.make_company(seed=2), DAY_S).company.name


def test_it_has_the_parts_it_should(sample: CompanyFiles) -> None:
    company = sample.company
    kinds = [site.kind for site in company.sites]
    assert (kinds.count(SiteKind.WAREHOUSE), kinds.count(SiteKind.PLANT)) == (2, 1)
    assert (len(company.lines), len(company.machines), len(company.vehicles)) == (2, 6, 12)
    assert len({vehicle.kind for vehicle in company.vehicles}) == 3
    assert sum(item.kind is ItemKind.MADE for item in company.items) == 30
    assert sum(item.kind is ItemKind.BOUGHT for item in company.items) == 30
    assert (len(company.suppliers), len(company.customers)) == (8, 150)
    assert all(len(policy.daily_demand) <= 60 for policy in company.stock)


def test_three_orders_in_five_are_known_in_the_morning(sample: CompanyFiles) -> None:
    morning, late = len(sample.morning_orders), len(sample.late_orders)
    assert 210 <= morning + late <= 230
    assert morning == round(0.6 * (morning + late))
    for order in (*sample.morning_orders, *sample.late_orders):
        assert 3_600 <= order.draft.window_end_s - order.draft.window_start_s <= 4 * 3_600
        assert order.known_at_s <= order.draft.window_end_s - 7_200


def test_the_bill_of_materials_has_two_levels(sample: CompanyFiles) -> None:
    items = {item.item_id: item for item in sample.company.items}
    made_of_made = [
        item for item in items.values() if any(items[one.item_id].kind is ItemKind.MADE for one in item.components)
    ]
    assert len(made_of_made) == 20


def test_customers_are_within_thirty_five_kilometres(sample: CompanyFiles) -> None:
    middle = (481_372_000, 115_755_000)
    for customer in sample.company.customers:
        road_m = travel_distance_m(*middle, customer.place.lat_e7, customer.place.lon_e7)
        assert road_m / 1.3 <= 35_000, customer


def test_the_readme_names_every_file_and_column() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    documented: dict[str, list[str]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        documented[title.strip()] = re.findall(r"^\| `(\w+)` \|", body, flags=re.MULTILINE)
    for table in TABLES:
        assert documented[table.file] == [column.name for column in table.columns], table.file


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path / "missing", tmp_path):
        with pytest.raises(CompanyFileErrors, match=r"is not a folder|has no CSV file"):
            read_folder(folder)
