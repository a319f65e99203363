"""The rules that look at one Python file. Each takes a source and yields its breaches; `RULES` is the contents.

The words and paths a rule looks for are put together from halves here, so that this file does not trip over itself.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.tidy.imports import imported_names, imports_package
from tests.tidy.sources import Finding, Source

Rule = Callable[[Source], Iterator[Finding]]

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 450
LEFTOVERS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error")) + r")\b")
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})

#: Where time, chance, ids and the environment may enter; everywhere else they are handed in.
EDGES = (
    "orchestrator/runtime/",
    "orchestrator/telemetry/",
    "orchestrator/cli/",
    "orchestrator/web/",
    "orchestrator/twin/",
    "tests/",
    "deploy/",
)
#: Makes the key of the hash chain, where chance is the point and replay does not look.
KEY_MAKER = "orchestrator/log/chain.py"
#: package -> the only places that may import it.
HOMES: dict[str, tuple[str, ...]] = {
    "time": (*EDGES, "solvers/budget.py"),
    "random": EDGES,
    "secrets": (*EDGES, KEY_MAKER),
    "uuid": EDGES,
    "ortools": (
        "solvers/routing/engines/",
        "solvers/scheduling/engines/",
        "solvers/replenishment/engines/",
        "solvers/replenishment/rolling/",
        "solvers/replenishment/lot_sizing/",
        "tests/",
    ),
    "pyvrp": ("solvers/routing/engines/", "tests/"),
    "ray": ("agents/host.py", "orchestrator/runtime/bridge", "tests/"),
    "grpc": (*EDGES, "orchestrator/ingest/"),
    "grpc_tools": (),
    "apsw": ("orchestrator/log/", "tests/"),
    "psycopg": ("orchestrator/log/", "tests/"),
    "nicegui": ("orchestrator/web/", "tests/"),
    "typer": ("orchestrator/cli/", "tests/"),
    "simpy": ("orchestrator/twin/", "tests/"),
    "prometheus_client": ("orchestrator/runtime/metrics.py", "tests/", "deploy/"),
    "pydantic_settings": ("orchestrator/runtime/config.py", "orchestrator/cli/", "tests/"),
    "pandas": (),
}
MODEL_FILES = re.compile(r"solvers/\w+/model\.py$")
ENVIRONMENT = ("environ", "getenv", "putenv", "urandom")


def short_functions(source: Source) -> Iterator[Finding]:
    """A function is at most 70 lines, its docstring not counted."""
    for node in _functions(source.tree):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
        if lines > FUNCTION_LINES_MAX:
            yield source.find(node, f"{node.name} has {lines} lines, the limit is {FUNCTION_LINES_MAX}: split it")


def short_modules(source: Source) -> Iterator[Finding]:
    """A module is at most 450 lines."""
    lines = source.text.count("\n")
    if lines > MODULE_LINES_MAX:
        yield source.find(1, f"{lines} lines, the limit is {MODULE_LINES_MAX}: is this still one topic?")


def module_docstrings(source: Source) -> Iterator[Finding]:
    """A module says what it promises, what it may not do, and who calls it (tests' empty `__init__` need not)."""
    marks_a_folder = source.is_test and source.path.endswith("/__init__.py") and not source.text.strip()
    if not marks_a_folder and not ast.get_docstring(source.tree):
        yield source.find(1, "no module docstring")


def public_docstrings(source: Source) -> Iterator[Finding]:
    """A public function or class of a shipped module has a docstring."""
    if source.is_test:
        return
    definitions = (n for n in source.tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
    for node in definitions:
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield source.find(node, f"{node.name} is public and has no docstring")


def nothing_left_undone(source: Source) -> Iterator[Finding]:
    """No marker of unfinished work."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if match := LEFTOVERS.search(line):
            yield source.find(number, f"{match.group()}: finish it or take it out")


def telling_names(source: Source) -> Iterator[Finding]:
    """No module or folder called after nothing in particular."""
    for part in source.path.removesuffix(".py").split("/"):
        if part in VAGUE_NAMES:
            yield source.find(1, f"{part} says nothing about what is inside: name the topic")


def imports_at_home(source: Source) -> Iterator[Finding]:
    """A package with one home is imported only there."""
    for node, name in imported_names(source):
        for package, homes in HOMES.items():
            if imports_package(name, package) and not source.within(*homes):
                if package == "ortools" and MODEL_FILES.search(source.path):
                    continue
                yield source.find(node, f"{package} is imported outside {', '.join(homes) or 'any home'}")


def environment_at_the_edge(source: Source) -> Iterator[Finding]:
    """The environment is read only at the edges."""
    if source.within(*EDGES, KEY_MAKER):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and _is_name(node.value, "os"):
            yield source.find(node, f"os.{node.attr} outside {', '.join(EDGES)}: have it handed in")
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            for alias in node.names:
                if alias.name in ENVIRONMENT:
                    yield source.find(node, f"os.{alias.name} outside {', '.join(EDGES)}: have it handed in")


def whole_numbers(source: Source) -> Iterator[Finding]:
    """The domain and the log know no floats: two machines must fold the same bytes to the same state."""
    if not source.within("orchestrator/domain/", "orchestrator/log/"):
        return
    for node in ast.walk(source.tree):
        if _is_name(node, "float"):
            yield source.find(node, "float in the domain or the log: use an integer with its unit in the name")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.find(node, f"{node.value} in the domain or the log: use an integer with its unit in the name")


def waits_have_a_condition(source: Source) -> Iterator[Finding]:
    """A test sleeps only inside a loop that looks for something; see `tests/waiting.py`.

    Stand-ins for slow or hanging processes, which are no `test_` modules, may sleep.
    """
    if not (source.is_test and source.path.rpartition("/")[2].startswith("test_")):
        return
    looped = {id(inner) for loop in ast.walk(source.tree) if _is_loop(loop) for inner in ast.walk(loop)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and id(node) not in looped and _calls_sleep(node):
            yield source.find(node, "a sleep outside a loop: wait for a condition with a deadline")


RULES: tuple[Rule, ...] = (
    short_functions,
    short_modules,
    module_docstrings,
    public_docstrings,
    nothing_left_undone,
    telling_names,
    imports_at_home,
    environment_at_the_edge,
    whole_numbers,
    waits_have_a_condition,
)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_loop(node: ast.AST) -> bool:
    return isinstance(node, ast.While | ast.For | ast.AsyncFor)


def _calls_sleep(node: ast.Call) -> bool:
    """`time.sleep(…)` or `asyncio.sleep(…)`; handing over with `asyncio.sleep(0)` is no wait."""
    if not (isinstance(node.func, ast.Attribute) and node.func.attr == "sleep"):
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
