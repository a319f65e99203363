"""From the bytes of a file to rows of parsed cells.

Promises: UTF-8 (a byte order mark is ignored), commas, a header naming each column once; unknown files and columns,
missing ones, ragged rows, bad cells and repeated keys are findings with their line. Empty lines are skipped.
Called by `reader`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.company.cells import CellError, Value
from orchestrator.company.errors import Findings
from orchestrator.company.tables import TABLES, Table

FILE_BYTES_MAX = 64 * 1024 * 1024
CELL_CHARS_MAX = 1_000


@dataclass(slots=True)
class Row:
    """One row: `raw` by column as written, `values` by the domain's field names, empty cells left out."""

    table: Table
    line: int
    raw: dict[str, str]
    values: dict[str, Value] = field(default_factory=dict)
    sound: bool = True

    def key(self) -> tuple[str, ...]:
        """The raw cells of the table's key."""
        return tuple(self.raw.get(name, "") for name in self.table.key)

    def text(self, name: str, default: str = "") -> str:
        """A text value by its domain name."""
        value = self.values.get(name, default)
        assert isinstance(value, str)
        return value

    def number(self, name: str, default: int = 0) -> int:
        """An integer value by its domain name."""
        value = self.values.get(name, default)
        assert isinstance(value, int)
        return value

    def blame(self, findings: Findings, column: str, rule: str) -> None:
        """Note that a cell of this row breaks a rule."""
        self.sound = False
        findings.add(self.table.file, self.line, column, self.raw.get(column, ""), rule)


Rows = dict[str, list[Row]]


def read_rows(files: Mapping[str, bytes], findings: Findings) -> Rows:
    """All tables by file name. A table that is missing, or unreadable, has no rows."""
    known = {table.file for table in TABLES}
    for name in sorted(set(files) - known):
        findings.add(name, 0, "", "", f"unknown file; known are {', '.join(sorted(known))}")
    rows: Rows = {}
    for table in TABLES:
        data = files.get(table.file)
        rows[table.file] = [] if data is None else _read_table(table, data, findings)
        if table.required and (data is None or not rows[table.file]):
            findings.add(table.file, 0, "", "", "must be there with at least one row")
    return rows


def _read_table(table: Table, data: bytes, findings: Findings) -> list[Row]:
    text = _decode(table, data, findings)
    if text is None:
        return []
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[Row] = []
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if not _header_fits(table, header, findings):
                    return []
                continue
            if len(rows) >= table.rows_max:
                findings.add(table.file, lines.line_num, "", "", f"at most {table.rows_max} rows")
                break
            rows.append(_row(table, lines.line_num, header, cells, findings))
    except csv.Error as error:
        findings.add(table.file, lines.line_num, "", "", f"not readable as CSV: {error}")
    if header is None:
        findings.add(table.file, 0, "", "", "has no header line")
    _find_repeated(rows, findings)
    return rows


def _decode(table: Table, data: bytes, findings: Findings) -> str | None:
    if len(data) > FILE_BYTES_MAX:
        findings.add(table.file, 0, "", f"{len(data)} bytes", f"at most {FILE_BYTES_MAX} bytes")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(table.file, line, "", f"byte 0x{data[error.start]:02x}", "must be UTF-8 text")
        return None


def _header_fits(table: Table, header: list[str], findings: Findings) -> bool:
    """Whether the rows can be read at all; every wrong column is named."""
    names = [column.name for column in table.columns]
    before = findings.count
    for name in header:
        if name not in names:
            findings.add(table.file, 1, name, name, f"unknown column; known are {', '.join(names)}")
    for name in sorted({name for name in header if header.count(name) > 1}):
        findings.add(table.file, 1, name, name, "column named twice")
    for column in table.columns:
        if column.required and column.name not in header:
            findings.add(table.file, 1, column.name, "", "column missing")
    return findings.count == before


def _row(table: Table, line: int, header: list[str], cells: list[str], findings: Findings) -> Row:
    row = Row(table, line, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
    if len(cells) != len(header):
        rule = f"has {len(cells)} cells, the header names {len(header)}"
        findings.add(table.file, line, "", ",".join(cells), rule)
        row.sound = False
        return row
    for column in table.columns:
        cell = row.raw.get(column.name, "")
        if not cell:
            if column.required:
                row.blame(findings, column.name, "must not be empty")
        elif len(cell) > CELL_CHARS_MAX:
            row.blame(findings, column.name, f"at most {CELL_CHARS_MAX} characters")
        else:
            try:
                row.values[column.target] = column.parse(cell)
            except CellError as error:
                row.blame(findings, column.name, str(error))
    return row


def _find_repeated(rows: list[Row], findings: Findings) -> None:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = row.key()
        if not all(key) or not key:
            continue
        seen = first.setdefault(key, row.line)
        if seen != row.line:
            what = " + ".join(row.table.key)
            row.sound = False
            findings.add(row.table.file, row.line, what, ", ".join(key), f"is already in line {seen}")


def sound(rows: Rows, table: Table) -> Iterator[Row]:
    """The rows of a table without a finding so far."""
    return (row for row in rows[table.file] if row.sound)
