"""Reads the files of a folder, for the CLI and the demo; the only I/O of this room.

Promises the bytes of every `*.csv` in the folder itself, by name, within the reader's size limit.
"""

from __future__ import annotations

from pathlib import Path

from orchestrator.company.errors import CompanyFileErrors, RowError
from orchestrator.company.rows import FILE_BYTES_MAX


def read_folder(folder: Path) -> dict[str, bytes]:
    """The CSV files of `folder` by name.

    Raises `CompanyFileErrors` if it is no folder, has no CSV file, or a file cannot be read or is too large.
    """
    if not folder.is_dir():
        raise CompanyFileErrors([RowError(str(folder), 0, "", "", "is not a folder")], 1)
    files: dict[str, bytes] = {}
    bad: list[RowError] = []
    for path in sorted(folder.glob("*.csv")):
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                bad.append(RowError(path.name, 0, "", "", f"at most {FILE_BYTES_MAX} bytes"))
                continue
            files[path.name] = path.read_bytes()
        except OSError as error:
            bad.append(RowError(path.name, 0, "", "", f"cannot be read: {error.strerror}"))
    if not files and not bad:
        bad.append(RowError(str(folder), 0, "", "", "has no CSV file"))
    if bad:
        raise CompanyFileErrors(bad, len(bad))
    return files
