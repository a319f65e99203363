"""The shop as flat arrays for compiled code.

Promises: the same numbering as `shop`; nothing here changes after it is made. Operations that must not move (started,
or with a wish that is kept) carry their start, everybody else -1.
May not: search.
Called by: `kernel.search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.scheduling.plan import Schedule
from solvers.scheduling.shop import Shop

Ints = npt.NDArray[np.int64]
NO_DUE_S = 2**60


class Facts(NamedTuple):
    """What does not change during a search. Times in seconds after now; a CSR list is (`*_at`, `*`).

    mode_*: machine, work and price in points of each way to do an operation. behind: successors with their lags.
    blocked_*: merged intervals in which a machine stands still. setup: seconds by machine, family before and family
    after; family 0 is none; a machine's own state is `family_now`. prices: tardiness by job, makespan, setup second,
    moved, shifted second, reassigned.
    """

    release: Ints
    fixed_start: Ints
    fixed_end: Ints
    stretches: npt.NDArray[np.bool_]
    mode_at: Ints
    mode_machine: Ints
    mode_work: Ints
    mode_price: Ints
    behind_at: Ints
    behind: Ints
    behind_lag: Ints
    waits: Ints
    job: Ints
    due: Ints
    late_price: Ints
    machine_ready: Ints
    blocked_at: Ints
    blocked_start: Ints
    blocked_end: Ints
    setup: Ints
    family: Ints
    family_now: Ints
    published_machine: Ints
    published_start: Ints
    prices: Ints


def facts_of(shop: Shop, schedule: Schedule) -> Facts:
    """The arrays; what stands fixed in `schedule` (kept wishes) is fixed here."""
    now_s, operations, problem = shop.problem.now_s, shop.operations, shop.problem
    waived = {waiver.task_id for waiver in schedule.waivers}
    fixed = [op.started is not None or (op.wish is not None and op.task.task_id not in waived) for op in operations]
    places = schedule.assignments
    modes = [op.modes for op in operations]
    prices = problem.prices
    blocked = [list(zip(calendar.starts, calendar.ends, strict=True)) for calendar in shop.calendars]
    families, setup = _setups(shop)
    flat = [mode for options in modes for mode in options]
    behind = [after for op in operations for after in op.behind]
    spans = [interval for intervals in blocked for interval in intervals]
    return Facts(
        release=_ints(max(0, op.release_s - now_s) for op in operations),
        fixed_start=_ints(place.start_s - now_s if f else -NO_DUE_S for f, place in zip(fixed, places, strict=True)),
        fixed_end=_ints(place.end_s - now_s if f else -NO_DUE_S for f, place in zip(fixed, places, strict=True)),
        stretches=np.array([op.task.interruptible for op in operations], dtype=np.bool_),
        mode_at=_heads(modes),
        mode_machine=_ints(machine for machine, _, _ in flat),
        mode_work=_ints(work for _, work, _ in flat),
        mode_price=_ints(prices.cost_cent * cents for _, _, cents in flat),
        behind_at=_heads([op.behind for op in operations]),
        behind=_ints(later for later, _ in behind),
        behind_lag=_ints(lag_s for _, lag_s in behind),
        waits=_ints(len(op.before) for op in operations),
        job=_ints(op.job for op in operations),
        due=_ints(job.due_s - now_s if job.due_s is not None else NO_DUE_S for job in problem.jobs),
        late_price=_ints(prices.tardiness_s * job.weight for job in problem.jobs),
        machine_ready=_ints(max(0, machine.ready_s - now_s) for machine in problem.machines),
        blocked_at=_heads(blocked),
        blocked_start=_ints(start_s - now_s for start_s, _ in spans),
        blocked_end=_ints(end_s - now_s for _, end_s in spans),
        setup=setup,
        family=_ints(families[op.task.family] for op in operations),
        family_now=_ints(families.get(machine.family, 0) for machine in problem.machines),
        published_machine=_ints(op.published[0] if op.published and not op.started else -1 for op in operations),
        published_start=_ints(op.published[1] - now_s if op.published else 0 for op in operations),
        prices=_ints((prices.makespan_s, prices.setup_s, prices.moved_task, prices.shifted_s, prices.reassigned_task)),
    )


def _setups(shop: Shop) -> tuple[dict[str, int], Ints]:
    """Families by number, and the seconds between them on each machine; without setups a single cell a machine."""
    named = {family for table in shop.setups for pair in table for family in pair}
    families = {family: number for number, family in enumerate(sorted(named | {""}))}
    size = len(families) if named else 1
    seconds = np.zeros((len(shop.machines), size, size), dtype=np.int64)
    for machine, table in enumerate(shop.setups):
        for (earlier, later), duration_s in table.items():
            seconds[machine, families[earlier], families[later]] = duration_s
    for op in shop.operations:
        families.setdefault(op.task.family, families[""])
    for machine_facts in shop.machines:
        families.setdefault(machine_facts.family, families[""])
    if not named:
        families = dict.fromkeys(families, 0)
    return families, seconds


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _heads(lists: Iterable[Sized]) -> Ints:
    sizes = [len(one) for one in lists]
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64) if sizes else np.zeros(1, dtype=np.int64)
