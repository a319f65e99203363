"""The rules that look at the project as a whole: text of any kind, modules nobody needs, tests without a subject.

As in `rules`, what is looked for is put together from halves, so that this file does not trip over itself.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tests.tidy.imports import imported_names
from tests.tidy.sources import Finding, Source

TreeRule = Callable[[Sequence[Source]], Iterator[Finding]]

#: Paths of one machine and hosts of one registry: the next person has neither.
PLACES = (
    (re.compile(r"(?<![\w.])/(wo" + r"rk|ho" + r"me/\w+|ro" + r"ot|Us" + r"ers)/"), "a path of one machine"),
    (re.compile(r"--(extra-)?index" + r"-url|/sim" + r"ple/|\bpypi\.[a-z]+/"), "a package index"),
    (re.compile(r'"resol' + r'ved": *"http'), "a package host"),
)
URL = re.compile(r"(https?:)?//(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)+)", re.IGNORECASE)
#: Names of XML vocabularies, which no browser fetches, and this machine.
HARMLESS_HOSTS = re.compile(r"(^127\.|^localhost$|^www\.w3\.org$)")
PEERS = ("pyjobshop", "pyvroom", "commiv")
HASH_LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    *(f"tests/bench/peers/{peer}.lock" for peer in PEERS),
)
ALL_FIGURES = "tests/bench/README.md"
#: Modules that are started by name (`python -m`, a console script, an import string) are found in these texts too.
NAMING_FILES = ("Makefile", "pyproject.toml", "deploy/")


def names_no_place(sources: Sequence[Source]) -> Iterator[Finding]:
    """No tracked text names a path of one machine or a package index."""
    for source in sources:
        if source.path in HASH_LOCKS:
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            for pattern, what in PLACES:
                if match := pattern.search(line):
                    yield source.find(number, f"{match.group()!r} names {what}")


def locks_have_hashes_and_no_index(sources: Sequence[Source]) -> Iterator[Finding]:
    """Every locked package is pinned with a hash, and the lock does not say where to get it."""
    for source in sources:
        if source.path not in HASH_LOCKS:
            continue
        lines = source.text.splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("-") or "://" in line:
                yield source.find(number, f"{line!r}: a lock names no index")
            if line[:1].isalnum() and not ("==" in line and line.endswith("\\")):
                yield source.find(number, f"{line!r}: pin it with == and a hash")


def pages_stay_at_home(sources: Sequence[Source]) -> Iterator[Finding]:
    """The dashboard works offline: no page of it names a host outside."""
    for source in sources:
        if not source.within("orchestrator/web/"):
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            for match in URL.finditer(line):
                if not HARMLESS_HOSTS.search(match["host"]):
                    yield source.find(number, f"{match.group()}: the dashboard loads nothing from outside")


def every_module_is_needed(sources: Sequence[Source]) -> Iterator[Finding]:
    """A shipped module is imported, or started by name, by something that is not a test."""
    shipped = [s for s in sources if s.path.endswith(".py") and s.house in ("orchestrator", "agents", "solvers")]
    needed = {name for source in shipped for name in _needs(source)}
    naming = "\n".join(s.text for s in sources if s in shipped or s.within(*NAMING_FILES))
    for source in shipped:
        if source.path.endswith(("/__init__.py", "/__main__.py")) or source.module in needed:
            continue
        if not re.search(rf"(?<![\w.]){re.escape(source.module)}(?![\w.])", naming):
            yield source.find(1, f"{source.module} is imported by nothing but tests")


def figures_agree(sources: Sequence[Source]) -> Iterator[Finding]:
    """A figure of the README stands word for word on the page of all figures."""
    text = {source.path: source.text for source in sources}
    rows = set(text.get(ALL_FIGURES, "").splitlines())
    source = next((source for source in sources if source.path == "README.md"), Source("README.md", ""))
    inside = False
    for number, line in enumerate(source.text.splitlines(), 1):
        inside = line == "## Figures" if line.startswith("## ") else inside
        if inside and line.startswith("|") and line not in rows:
            yield source.find(number, f"{line[:60]!r} is not in {ALL_FIGURES}")


def _needs(source: Source) -> Iterator[str]:
    """The modules a source imports; a name imported from a module counts for the module."""
    for _, name in imported_names(source):
        yield name
        yield name.rsplit(".", 1)[0]


def unit_tests_mirror(sources: Sequence[Source]) -> Iterator[Finding]:
    """`tests/unit/X` tests the folder or module X: of the orchestrator, or of the whole."""
    paths = [source.path for source in sources]
    for source in sources:
        if not source.within("tests/unit/"):
            continue
        folder = source.path.removeprefix("tests/unit/").rpartition("/")[0]
        subjects = (f"{folder}/", f"orchestrator/{folder}/")
        if folder and not any(path.startswith(subjects) for path in paths):
            yield source.find(1, f"nothing called {folder} to test")


def every_room_is_tested(sources: Sequence[Source]) -> Iterator[Finding]:
    """Each folder of the shipped code is imported by some test."""
    shipped = [s for s in sources if s.path.endswith(".py") and s.house in ("orchestrator", "agents", "solvers")]
    imported = {name for s in sources if s.is_test and s.path.endswith(".py") for _, name in imported_names(s)}
    rooms = {source.path.rpartition("/")[0].replace("/", ".") for source in shipped}
    for room in sorted(rooms):
        if not any(f"{name}.".startswith(f"{room}.") for name in imported):
            path = room.replace(".", "/")
            yield Finding(f"{path}/__init__.py", 1, f"no test imports {room}")
