"""How the run is spread: a file's tests stay together, and so do the folders that share something."""

import pytest

from tests.together import group_of


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/unit/a/test_a.py::test_x", "tests/unit/a/test_a.py::test_y[p::q]", True),
        ("tests/unit/a/test_a.py::test_x", "tests/unit/a/test_b.py::test_x", False),
        ("tests/e2e/ray/test_a.py::test_x", "tests/e2e/ray/test_b.py::test_x", True),
        ("tests/e2e/web/test_a.py::test_x", "tests/e2e/web/test_b.py::TestPage::test_x", True),
        ("tests/e2e/ray/test_a.py::test_x", "tests/e2e/web/test_a.py::test_x", False),
        ("tests/e2e/ray/test_a.py::test_x", "tests/e2e/cluster/test_a.py::test_x", False),
    ],
)
def test_what_shares_something_stays_together(one: str, other: str, together: bool) -> None:
    assert (group_of(one) == group_of(other)) is together
