"""`python -m solvers.solve_file KIND FILE BUDGET_S SEED`: solve a published problem, print the result as JSON.

A process of its own for the engines, so that callers (the CLI, the server's Solve) stay free of them and can
stop it at any time. Exit 2: the file is not a problem of that kind, the reason is the last line on stderr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

USAGE = 2


def main(arguments: list[str]) -> int:
    """Solve and print; gives the exit code."""
    if len(arguments) != 4 or arguments[0] not in ("routing", "scheduling", "replenishment"):
        sys.stderr.write("usage: python -m solvers.solve_file routing|scheduling|replenishment FILE BUDGET_S SEED\n")
        return USAGE
    kind, file, budget_s, seed = arguments[0], Path(arguments[1]), float(arguments[2]), int(arguments[3])
    try:
        result = solve(kind, file, budget_s, seed)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{file.name}: {error}\n")
        return USAGE
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def solve(kind: str, file: Path, budget_s: float, seed: int) -> dict[str, object]:
    """The result of one kind of problem; its reader and engines are imported when they are needed."""
    if kind == "routing":
        from solvers.routing.solve import solve_file as solve_routing

        return solve_routing(file, budget_s, seed=seed)
    if kind == "replenishment":
        from solvers.replenishment.published import solve_file as solve_replenishment

        return solve_replenishment(file, budget_s, seed=seed)
    from solvers.scheduling.io import solve_file as solve_scheduling

    return solve_scheduling(file, budget_s, seed=seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
