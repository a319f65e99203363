"""Every Python file of the project against every rule."""

import pytest

from tests.tidy.rules import RULES, Rule
from tests.tidy.sources import python_files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds_everywhere(rule: Rule) -> None:
    findings = [str(finding) for source in python_files() for finding in rule(source)]
    assert not findings, f"{rule.__doc__}\n" + "\n".join(findings)
