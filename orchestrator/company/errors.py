"""What is wrong with a company's files, row by row.

Promises that every finding names file, line, field, value and rule. May not print or log. Raised by the reader,
shown by the CLI and the operator port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.domain.errors import MusterError

ERRORS_NAMED_MAX = 1_000
VALUE_SHOWN_MAX = 80
MESSAGE_ROWS_MAX = 20


@dataclass(frozen=True, slots=True, order=True)
class RowError:
    """One broken rule. `line` counts from 1, the header's line; 0 = the file as a whole."""

    file: str
    line: int
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        what = f" {self.field} = {self.value!r}" if self.field else ""
        return f"{place}:{what}: {self.rule}" if what else f"{place}: {self.rule}"


class CompanyFileErrors(MusterError):
    """The files were refused and nothing was loaded. `rows` names the first 1,000 findings, `count` has all."""

    def __init__(self, rows: Sequence[RowError], count: int) -> None:
        self.rows = tuple(rows)
        self.count = count
        shown = "\n".join(str(row) for row in self.rows[:MESSAGE_ROWS_MAX])
        more = f"\n… and {count - MESSAGE_ROWS_MAX} more" if count > MESSAGE_ROWS_MAX else ""
        super().__init__(f"{count} bad rows, nothing was loaded:\n{shown}{more}")


class Findings:
    """Collects row errors while reading; keeps the first 1,000 and counts the rest."""

    def __init__(self) -> None:
        self._rows: list[RowError] = []
        self.count = 0

    def add(self, file: str, line: int, field: str, value: str, rule: str) -> None:
        """Note one broken rule."""
        self.count += 1
        if len(self._rows) < ERRORS_NAMED_MAX:
            shown = value if len(value) <= VALUE_SHOWN_MAX else value[:VALUE_SHOWN_MAX] + "…"
            self._rows.append(RowError(file, line, field, shown, rule))

    def raise_any(self) -> None:
        """Raise `CompanyFileErrors` if anything was found, sorted by file and line."""
        if self.count:
            raise CompanyFileErrors(sorted(self._rows), self.count)
