"""The project as a whole against the rules of `tree`, and each of those rules against a breach."""

import pytest

from tests.tidy import tree
from tests.tidy.sources import Source, text_files

RULES = (
    tree.names_no_place,
    tree.locks_have_hashes_and_no_index,
    tree.pages_stay_at_home,
    tree.every_module_is_needed,
    tree.unit_tests_mirror,
    tree.every_room_is_tested,
    tree.figures_agree,
)


def one(path: str, text: str) -> list[Source]:
    return [Source(path, text)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: tree.TreeRule) -> None:
    findings = [str(finding) for finding in rule(text_files()) if not finding.path.startswith("protos/muster/")]
    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)


@pytest.mark.parametrize(
    "text",
    ["cd /wo" + "rk/main", "see /ho" + "me/ann/x", "pip --extra-index" + "-url x", "a/sim" + "ple/b"],
)
def test_a_place_is_named(text: str) -> None:
    assert list(tree.names_no_place(one("deploy/README.md", text)))


@pytest.mark.parametrize("text", ["../shared/instances", "/var/lib/muster", "framework/x", "simple/thing"])
def test_a_path_that_anyone_may_have_is_fine(text: str) -> None:
    assert not list(tree.names_no_place(one("deploy/README.md", text)))


@pytest.mark.parametrize("line", ["--index" + "-url x", "ray==1", "ray>=1 \\", "ray @ https://x/y"])
def test_a_loose_lock_is_named(line: str) -> None:
    assert list(tree.locks_have_hashes_and_no_index(one("requirements.lock", line)))


def test_a_hashed_lock_is_fine() -> None:
    lock = "ray==1 ; python_version < '4' \\\n    --hash=sha256:00\n"
    assert not list(tree.locks_have_hashes_and_no_index(one("requirements.lock", lock)))


@pytest.mark.parametrize("text", ['src="https://cdn.example.com/a.js"', 'src="//unpkg.com/x"'])
def test_a_page_that_calls_outside_is_named(text: str) -> None:
    assert list(tree.pages_stay_at_home(one("orchestrator/web/page.html", text)))


@pytest.mark.parametrize("text", ['xmlns="http://www.w3.org/2000/svg"', "http://127.0.0.1:7480", "a // b.c"])
def test_a_page_that_stays_at_home_is_fine(text: str) -> None:
    assert not list(tree.pages_stay_at_home(one("orchestrator/web/page.html", text)))


def test_a_module_only_tests_import_is_named() -> None:
    files = [
        Source("agents/alone.py", ""),
        Source("agents/used.py", ""),
        Source("agents/started.py", ""),
        Source("orchestrator/loop.py", "from agents import used\n"),
        Source("tests/test_a.py", "import agents.alone\n"),
        Source("Makefile", "python -m agents.started\npython -m orchestrator.loop\n"),
    ]
    assert [finding.path for finding in tree.every_module_is_needed(files)] == ["agents/alone.py"]


def test_a_test_folder_without_a_subject_is_named() -> None:
    files = [
        Source("orchestrator/log/store.py", ""),
        Source("solvers/routing/kernel.py", ""),
        Source("tests/unit/log/test_store.py", ""),
        Source("tests/unit/solvers/routing/test_kernel.py", ""),
        Source("tests/unit/bygone/test_x.py", ""),
    ]
    assert [finding.path for finding in tree.unit_tests_mirror(files)] == ["tests/unit/bygone/test_x.py"]


def test_a_room_no_test_imports_is_named() -> None:
    files = [
        Source("orchestrator/log/store.py", ""),
        Source("orchestrator/core/loop.py", ""),
        Source("tests/unit/log/test_store.py", "from orchestrator.log import store\n"),
    ]
    assert [finding.message for finding in tree.every_room_is_tested(files)] == ["no test imports orchestrator.core"]


def test_a_figure_that_two_pages_tell_differently_is_named() -> None:
    files = [
        Source("README.md", "| a | table |\n## Figures\n| x | 1 |\n| y | 2 |\n## Next\n| z | 3 |\n"),
        Source(tree.ALL_FIGURES, "| x | 1 |\n| y | 3 |\n"),
    ]
    assert [finding.line for finding in tree.figures_agree(files)] == [4]
