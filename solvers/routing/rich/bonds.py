"""Rich kernel, part 2: relations between stops, and the price of another vehicle or predecessor.

Promises: `bonds_hold` is exact for one vehicle's route; that no member is elsewhere, `home_of` says. Called by the
other parts of the rich kernel only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import NEVER

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    AFTER, CHANGE, INC, LOOK, RESEQ, R_FROM, R_KIND, R_TO, SAME_VEHICLE, STRICT, TB, TE, TRIP, VEH, State, Task,
)
# fmt: on
# isort: on

ANYWHERE = -1
NOWHERE = -2
L_STAMP, L_RANK, L_PLACE = range(3)


@inner
def home_of(d: Task, s: State, c: int) -> int:
    """The vehicle that the relations of stop c, itself not planned, tie it to; ANYWHERE, or NOWHERE if two do."""
    home = ANYWHERE
    for k in range(d.si[c, TB], d.si[c, TE]):
        rule = d.ties[k, 0]
        for j in range(d.rules[rule, R_FROM], d.rules[rule, R_TO]):
            t = s.sx[d.members[j], TRIP]
            if t >= 0:
                v = s.tx[t, VEH]
                if home != ANYWHERE and home != v:
                    return NOWHERE
                home = v
    return home


@inner
def bonds_hold(d: Task, s: State, count: int) -> bool:
    """Whether the route in `State.seq` keeps the order that its relations ask for."""
    s.sc[LOOK] += 1
    look = s.sc[LOOK]
    for place in range(count):
        c = s.seq[place]
        if c < 0:
            continue
        for k in range(d.si[c, TB], d.si[c, TE]):
            rule, rank = d.ties[k, 0], d.ties[k, 1]
            if d.rules[rule, R_KIND] == SAME_VEHICLE:
                continue
            if s.last[rule, L_STAMP] == look:
                if rank < s.last[rule, L_RANK]:
                    return False
                if d.rules[rule, R_KIND] == STRICT and s.last[rule, L_PLACE] != place - 1:
                    return False
            s.last[rule, L_STAMP], s.last[rule, L_RANK], s.last[rule, L_PLACE] = look, rank, place
    return True


@folded
def change_price(d: Task, c: int, v: int) -> int:
    """Price of change if stop c goes to vehicle v."""
    return d.si[c, CHANGE] if d.si[c, INC] >= 0 and d.si[c, INC] != v else 0


@folded
def order_price(d: Task, c: int, before: int) -> int:
    """Price of another predecessor if stop c comes after `before` (-1: first of its trip)."""
    return d.si[c, RESEQ] if d.si[c, AFTER] != NEVER and d.si[c, AFTER] != before else 0
