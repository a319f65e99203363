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
    families, setup, _ = setup_tables(shop)
    flat = [mode for options in modes for mode in options]
    behind = [after for op in operations for after in op.behind]
    spans = [interval for intervals in blocked for interval in intervals]
    return Facts(
        release=int_array(max(0, op.release_s - now_s, op.task.release_s - now_s) for op in operations),
        fixed_start=int_array(
            place.start_s - now_s if f else -NO_DUE_S for f, place in zip(fixed, places, strict=True)
        ),
        fixed_end=int_array(place.end_s - now_s if f else -NO_DUE_S for f, place in zip(fixed, places, strict=True)),
        stretches=np.array([op.task.interruptible for op in operations], dtype=np.bool_),
        mode_at=csr_heads(modes),
        mode_machine=int_array(machine for machine, _, _ in flat),
        mode_work=int_array(work for _, work, _ in flat),
        mode_price=int_array(prices.cost_cent * cents for _, _, cents in flat),
        behind_at=csr_heads([op.behind for op in operations]),
        behind=int_array(later for later, _ in behind),
        behind_lag=int_array(lag_s for _, lag_s in behind),
        waits=int_array(len(op.before) for op in operations),
        job=int_array(op.job for op in operations),
        due=int_array(job.due_s - now_s if job.due_s is not None else NO_DUE_S for job in problem.jobs),
        late_price=int_array(prices.tardiness_s * job.weight for job in problem.jobs),
        machine_ready=int_array(max(0, machine.ready_s - now_s) for machine in problem.machines),
        blocked_at=csr_heads(blocked),
        blocked_start=int_array(start_s - now_s for start_s, _ in spans),
        blocked_end=int_array(end_s - now_s for _, end_s in spans),
        setup=setup,
        family=int_array(families[op.task.family] for op in operations),
        family_now=int_array(families.get(machine.family, 0) for machine in problem.machines),
        published_machine=int_array(op.published[0] if op.published and not op.started else -1 for op in operations),
        published_start=int_array(op.published[1] - now_s if op.published else 0 for op in operations),
        prices=int_array(
            (prices.makespan_s, prices.setup_s, prices.moved_task, prices.shifted_s, prices.reassigned_task)
        ),
    )


def setup_tables(shop: Shop) -> tuple[dict[str, int], Ints, Ints]:
    """Families by number; seconds and points between them by machine; without setups a single cell a machine."""
    prices, machines = shop.problem.prices, shop.machines
    named = {name for machine in machines for setup in machine.setups for name in (setup.from_family, setup.to_family)}
    families = {family: number for number, family in enumerate(sorted(named | {""}))}
    size = len(families) if named else 1
    seconds = np.zeros((len(machines), size, size), dtype=np.int64)
    points = np.zeros_like(seconds)
    for number, machine in enumerate(machines):
        for setup in machine.setups:
            cell = number, families[setup.from_family], families[setup.to_family]
            seconds[cell] = setup.duration_s
            points[cell] = prices.setup_s * setup.duration_s + prices.cost_cent * setup.cost_cents
    for family in (*(op.task.family for op in shop.operations), *(machine.family for machine in machines)):
        families.setdefault(family, families[""])
    if not named:
        families = dict.fromkeys(families, 0)
    return families, seconds, points


def int_array(values: Iterable[int]) -> Ints:
    """The values as whole numbers of 64 bits."""
    return np.fromiter(values, dtype=np.int64)


def csr_heads(lists: Iterable[Sized]) -> Ints:
    """Where each list begins once all are joined, and where the last ends."""
    sizes = [len(one) for one in lists]
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64) if sizes else np.zeros(1, dtype=np.int64)
