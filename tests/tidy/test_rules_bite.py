"""Each rule is shown a breach that it must name and a neighbour that it must leave alone."""

import pytest

from tests.tidy import rules
from tests.tidy.sources import Source

LONG = "def f() -> None:\n" + "    x = 1\n" * 70
DOC = '"""Doc."""\n'

# rule, path, text that breaches it
BREACHES = [
    (rules.short_functions, "solvers/a.py", LONG),
    (rules.short_modules, "solvers/a.py", "x = 1\n" * 451),
    (rules.module_docstrings, "agents/a.py", "x = 1\n"),
    (rules.module_docstrings, "tests/unit/test_a.py", ""),
    (rules.module_docstrings, "agents/__init__.py", ""),
    (rules.public_docstrings, "agents/a.py", "def price() -> int:\n    return 1\n"),
    (rules.public_docstrings, "agents/a.py", "class Price:\n    pass\n"),
    (rules.nothing_left_undone, "agents/a.py", "x = 1  # TO" + "DO later\n"),
    (rules.nothing_left_undone, "tests/a.py", "raise NotImplemented" + "Error\n"),
    (rules.telling_names, "agents/utils.py", DOC),
    (rules.telling_names, "orchestrator/common/price.py", DOC),
    (rules.imports_at_home, "orchestrator/core/loop.py", "import time\n"),
    (rules.imports_at_home, "orchestrator/core/loop.py", "def f():\n    from time import monotonic\n"),
    (rules.imports_at_home, "solvers/routing/search.py", "from ortools.sat.python import cp_model\n"),
    (rules.imports_at_home, "agents/vehicle.py", "import ray\n"),
    (rules.imports_at_home, "orchestrator/planning/repair.py", "import grpc.aio\n"),
    (rules.imports_at_home, "orchestrator/core/loop.py", "import apsw\n"),
    (rules.imports_at_home, "orchestrator/domain/decide.py", "from uuid import uuid4\n"),
    (rules.environment_at_the_edge, "solvers/budget.py", "import os\nx = os.environ['A']\n"),
    (rules.environment_at_the_edge, "solvers/budget.py", "from os import getenv\n"),
    (rules.whole_numbers, "orchestrator/domain/plan.py", "price: float = 1\n"),
    (rules.whole_numbers, "orchestrator/log/record.py", "x = 0.5\n"),
    (rules.waits_have_a_condition, "tests/unit/test_a.py", "import time\ntime.sleep(1)\n"),
    (rules.waits_have_a_condition, "tests/unit/test_a.py", "async def f():\n    await asyncio.sleep(0.1)\n"),
]

# rule, path, text that looks similar and is fine
PASSES = [
    (rules.short_functions, "solvers/a.py", LONG.replace("    x = 1\n", '    """\n' + "    a\n" * 9 + '    """\n', 1)),
    (rules.short_modules, "solvers/a.py", "x = 1\n" * 450),
    (rules.module_docstrings, "agents/a.py", DOC),
    (rules.module_docstrings, "tests/unit/a/__init__.py", ""),
    (rules.public_docstrings, "agents/a.py", "def _price() -> int:\n    return 1\n"),
    (rules.public_docstrings, "tests/unit/test_a.py", "def test_price() -> None:\n    pass\n"),
    (rules.nothing_left_undone, "agents/a.py", "x = 'mastodon'\n"),
    (rules.telling_names, "agents/commonality.py", DOC),
    (rules.imports_at_home, "orchestrator/runtime/clock.py", "import time\n"),
    (rules.imports_at_home, "orchestrator/core/loop.py", "from datetime import time\n"),
    (rules.imports_at_home, "solvers/routing/engines/cp_sat.py", "from ortools.sat.python import cp_model\n"),
    (rules.imports_at_home, "solvers/scheduling/model.py", "import ortools\n"),
    (rules.imports_at_home, "agents/host.py", "import ray\n"),
    (rules.imports_at_home, "agents/vehicle.py", "import rayon\n"),
    (rules.environment_at_the_edge, "orchestrator/runtime/config.py", "import os\nx = os.environ['A']\n"),
    (rules.environment_at_the_edge, "solvers/budget.py", "import os\nx = os.path\n"),
    (rules.whole_numbers, "orchestrator/domain/plan.py", "price_cents: int = 1\n"),
    (rules.whole_numbers, "solvers/routing/plan.py", "x = 0.5\n"),
    (rules.waits_have_a_condition, "tests/unit/test_a.py", "while not done():\n    time.sleep(0.01)\n"),
    (rules.waits_have_a_condition, "tests/unit/test_a.py", "async def f():\n    await asyncio.sleep(0)\n"),
    (rules.waits_have_a_condition, "tests/e2e/hanging_solver.py", "import time\ntime.sleep(9)\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_is_named_with_its_place(rule: rules.Rule, path: str, text: str) -> None:
    findings = list(rule(Source(path, text)))
    assert findings
    assert str(findings[0]).startswith(f"{path}:")


@pytest.mark.parametrize(("rule", "path", "text"), PASSES)
def test_a_neighbour_is_left_alone(rule: rules.Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_has_both_examples() -> None:
    """A rule without a breach that it bites is decoration."""
    assert {rule for rule, _, _ in BREACHES} == set(rules.RULES)
    assert {rule for rule, _, _ in PASSES} == set(rules.RULES)
