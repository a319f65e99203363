"""Ways from one solution of a plain shop towards another, compiled.

Each step swaps two neighbours on a machine that the guide has the other way round, or gives an operation the machine
it has in the guide (path relinking; Peng, Lu and Cheng 2015 for job shops). A step that would close a circle is left
out: the order of all operations tells, so that nothing on the way needs a repair.
Called by: `makespan`; `warm_up` by `search`.
"""

from __future__ import annotations

import numpy as np

from solvers.scheduling.kernel.makespan_graph import (
    Dice,
    Net,
    Plan,
    copy_plan,
    draw,
    empty_plan,
    hook,
    lean,
    mend,
    unhook,
)


@lean
def distance(plan: Plan, guide: Plan) -> int:
    """How many steps apart: pairs on one machine in the other order, and operations on another machine."""
    apart = 0
    for machine in range(len(plan.first)):
        number = plan.first[machine]
        while number >= 0:
            if guide.machine[number] != machine:
                apart += 1
            other = plan.after[number]
            while other >= 0:
                same = guide.machine[number] == machine and guide.machine[other] == machine
                if same and guide.place[number] > guide.place[other]:
                    apart += 1
                other = plan.after[other]
            number = plan.after[number]
    return apart


@lean
def _rehook(net: Net, plan: Plan, number: int, mode: int, behind: int) -> bool:
    """To another place; heads and tails are left as they are. False, and nothing done, for a circle."""
    old_mode, old_before = plan.mode[number], plan.before[number]
    unhook(plan, number)
    hook(net, plan, number, mode, behind)
    if mend(net, plan, number):
        return True
    unhook(plan, number)
    hook(net, plan, number, old_mode, old_before)
    return False


@lean
def _place_as_in(plan: Plan, guide: Plan, number: int, machine: int) -> int:
    """Behind whom the operation stands on its machine in the guide, of those that are there now; -1: first."""
    behind, other = -1, plan.first[machine]
    while other >= 0:
        if guide.machine[other] == machine and guide.place[other] < guide.place[number]:
            behind = other
        other = plan.after[other]
    return behind


@lean
def relink(net: Net, plan: Plan, guide: Plan, dice: Dice, steps: int, tries: int) -> int:
    """Up to `steps` steps from `plan` towards `guide`, looking at up to `tries` operations; gives the steps made.

    Afterwards the sequences are right and run in no circle; heads and tails are not renewed.
    """
    made, count = 0, len(plan.mode)
    for _ in range(tries):
        if made >= steps:
            break
        number = draw(dice, count)
        machine = guide.machine[number]
        if plan.machine[number] != machine:
            behind = _place_as_in(plan, guide, number, machine)
            made += _rehook(net, plan, number, guide.mode[number], behind)
            continue
        other = plan.after[number]
        if other >= 0 and guide.machine[other] == machine and guide.place[other] < guide.place[number]:
            made += _rehook(net, plan, number, plan.mode[number], other)
    return made


def warm_up() -> None:
    """Compile what a short search does not come to."""
    plan, other = empty_plan(1, 1), empty_plan(1, 1)
    net = Net(*(np.zeros(2, dtype=np.int64) for _ in Net._fields))
    copy_plan(plan, other)
    distance(plan, other)
    relink(net, plan, other, np.ones(1, dtype=np.uint64), 0, 0)
