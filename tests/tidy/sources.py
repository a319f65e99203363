"""The project's files as the tidy rules see them: read once, parsed once, generated code left out."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("orchestrator", "agents", "solvers", "protos")
GENERATED = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")
BINARY = (".png", ".jpg", ".ico", ".gz", ".zip", ".woff2", ".binpb")


@dataclass(frozen=True)
class Finding:
    """One breach of one rule, in the form an editor can jump to."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the repository with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, self.path)

    @property
    def house(self) -> str:
        """The first folder: orchestrator, agents, solvers, protos, tests, deploy; or the file's name at the root."""
        return self.path.split("/", 1)[0]

    @property
    def is_test(self) -> bool:
        """True for everything below tests/."""
        return self.house == "tests"

    @property
    def module(self) -> str:
        """The dotted name; a package's `__init__` has the package's."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def find(self, node: ast.AST | int, message: str) -> Finding:
        """A finding at a node or a line."""
        return Finding(self.path, node if isinstance(node, int) else getattr(node, "lineno", 1), message)

    def within(self, *places: str) -> bool:
        """True when the path starts with one of the places."""
        return self.path.startswith(places)


@lru_cache(maxsize=1)
def text_files() -> tuple[Source, ...]:
    """Every text file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout
    sources = []
    for name in sorted(set(listing.splitlines())):
        path = ROOT / name
        if path.is_file() and not name.endswith(BINARY):
            sources.append(Source(name, path.read_text(encoding="utf-8")))
    return tuple(sources)


@lru_cache(maxsize=1)
def python_files() -> tuple[Source, ...]:
    """Our own Python, generated stubs left out (their folders' `__init__` too)."""
    return tuple(
        source
        for source in text_files()
        if source.path.endswith(".py")
        and not source.path.endswith(GENERATED)
        and not source.path.startswith("protos/muster/")
    )


def house_modules() -> tuple[Source, ...]:
    """The shipped Python: the four houses without tests and deploy."""
    return tuple(source for source in python_files() if source.house in HOUSES)
