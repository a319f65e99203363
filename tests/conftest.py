"""What every test may use, and how the run is ordered.

Promises: fast tests first; what shares something stays on one worker (`together`); no chromium is an error in CI and
a plain word on a developer's machine; hypothesis draws the same examples every time.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from orchestrator.runtime.clock import ManualClock
from tests.together import HOME_OF_MARK, StayTogether

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Slow folders come late; what is not named here comes first, in the order pytest found it.
LATE_FOLDERS = ("tests/conformance", "tests/fuzz", "tests/security", "tests/e2e", "tests/crash")

hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=100, print_blob=True, database=None
)
# For a long look at one machine: HYPOTHESIS_PROFILE=search pytest tests/fuzz
hypothesis.settings.register_profile("search", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def chromium_path() -> str | None:
    """The browser that Debian packages, or None."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves when the test says so."""
    return ManualClock()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder of a server."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; only tests marked `browser` may ask for it."""
    path = chromium_path()
    assert path is not None, "chromium is missing: apt-get install chromium"
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order, and leave the browser tests out where no browser is and nobody insists."""
    for item in items:
        for mark, home in HOME_OF_MARK.items():
            if item.get_closest_marker(mark) and not _place(item, config.rootpath).startswith(home):
                raise pytest.UsageError(f"{item.nodeid} is marked {mark}: put it into {home}, so that there is one")
    slow_files = {item.path for item in items if item.get_closest_marker("slow")}
    # Files move as a whole: tests of one file keep the order their author gave them.
    items.sort(key=lambda item: (_lateness(item, config.rootpath), item.path in slow_files))
    if chromium_path() is None and not os.environ.get("CI"):
        browser = [item for item in items if item.get_closest_marker("browser")]
        if browser:
            config.hook.pytest_deselected(items=browser)
            items[:] = [item for item in items if not item.get_closest_marker("browser")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> StayTogether | None:
    """With `--dist loadfile`: groups instead of files."""
    return StayTogether(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_report_header() -> Sequence[str]:
    """Say once when browser tests are left out."""
    if chromium_path() is None and not os.environ.get("CI"):
        return ["chromium is not installed: tests marked browser are left out (apt-get install chromium)"]
    return []


def _place(item: pytest.Item, root: Path) -> str:
    return item.path.relative_to(root).as_posix()


def _lateness(item: pytest.Item, root: Path) -> int:
    return next((n for n, late in enumerate(LATE_FOLDERS, 1) if _place(item, root).startswith(late)), 0)
