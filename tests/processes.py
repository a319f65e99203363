"""What tests ask the kernel about processes that are nobody's children here."""

from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    stat = word_of(pid, "stat")
    return bool(stat) and stat.rpartition(")")[2].split()[0] != "Z"


def word_of(pid: int, file: str) -> str:
    """What the kernel says of a process (`stat`, `comm`, `cmdline`); empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
    except OSError:  # gone before it was opened, or between that and the reading (ESRCH)
        return ""


def children(pid: int) -> list[int]:
    """Living children of a process, by number; none where it is gone."""
    tasks = Path(f"/proc/{pid}/task").glob("*")
    told = (int(child) for task in tasks for child in word_of(pid, f"task/{task.name}/children").split())
    return sorted(child for child in told if alive(child))
