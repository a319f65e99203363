"""What a module imports, read from its syntax tree without running it."""

import ast
from collections.abc import Iterator

from tests.tidy.sources import Source


def imported_names(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Every import at any depth as (statement, dotted name); `from a import b` gives `a.b`, relative ones resolved."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            for alias in node.names:
                yield node, f"{base}.{alias.name}"


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = source.path.rsplit("/", 1)[0].split("/")
    kept = package[: len(package) - (node.level - 1)]
    return ".".join([*kept, *(node.module or "").split(".")]).rstrip(".")


def imports_package(name: str, package: str) -> bool:
    """True when the dotted `name` is `package` or lies below it."""
    return name == package or name.startswith(package + ".")
