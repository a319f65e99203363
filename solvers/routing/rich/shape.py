"""How a rich problem and a plan under change lie in memory for the rich search: few arrays, one row an item.

Promises: column numbers and shapes, nothing else. Called by `rich.tables`, which fills them, and the rich kernel.

Trips live in *slots*: vehicle v owns slots v*m .. v*m+m-1. What is planned or left out as a whole is a *unit*: a
stop, the two stops of a shipment, or the options of a group. Times in seconds, money in ticks, -1 = none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.routing.layout import I32, I64
from solvers.routing.rich.layout import RichData, Work

# Task.si, one row a stop. LOC: location. PARTNER: other stop of its shipment. OWN: bit of its goods class, FOES: bits
# of the classes that may not travel with it. AFTER, ROLE: see `rich.layout`. TB, TE: its rows in Task.ties. CB, CE: its
# rows in RichData.closed.
(
    WS, WE, LATEST, SVC, SETUP, LOC, REL, ROLE, PARTNER, UNIT, LOCKED, OWN, FOES, INC, CHANGE, AFTER, RESEQ, BOARD, TB,
    TE, CB, CE,
) = range(22)  # fmt: skip
STOP_COLUMNS: Final = 24

# Task.vi, one row a vehicle. START, DEPOT: locations. HOME: where the last trip ends, -1: at its last stop. EXACT: the
# kernel's own times are all there is to know: time costs nothing and no rest, limit of time or speed band matters.
# PACE: highest speed of its profile, in per cent. KIND: its column in RichData.allowed.
(
    PROF, START, DEPOT, HOME, BEGIN, SHIFT, LOAD, MAXT, FIXED, KM, BOARDS, KIND, MOST_M, MOST_STOPS, KLASS, NLOCK,
    EXACT, PACE,
) = range(18)  # fmt: skip
VEHICLE_COLUMNS: Final = 18

# Task.ui, one row a unit. A: its stop, its pickup, or where its options begin in Task.options; B: -1, its delivery, or
# where its options end. PRIZE: of leaving it out.
SORT, A, B, PRIZE = range(4)
SINGLE, PAIR, OPTIONS = range(3)

# Task.rules, one row a relation: kind, rows in Task.members from .. to.
R_KIND, R_FROM, R_TO = range(3)
SAME_VEHICLE, SEQUENCE, STRICT = range(3)

# State.sx, one row a planned stop. POS: place in its route. ST: earliest start, DONE: earliest end of service, BD:
# latest end of service that keeps all windows behind it, as if nobody rested. LEG, NLOC: metres to what follows, and
# where that is, -1: nowhere.
NXT, PRV, TRIP, POS, DONE, BD, LEG, NLOC = range(8)
PLACE_COLUMNS: Final = 8
# State.tx, one row a trip slot. OPEN: stops may join. AT, END: locations where it begins and ends, -1: at its last
# stop. POS0: stops of the route before it. DEP, BDEP: earliest, latest departure. TEND: latest end. FLEG: metres to the
# first stop. MASK: classes of goods in it. RELMAX: latest release. RUINED, SEEN: the step, the look that came by last.
VEH, HEAD, TAIL, CNT, OPEN, AT, END, POS0, DEP, BDEP, FLEG, MASK, RELMAX, USED, RUINED, SEEN, TEND, IDX = range(18)
TRIP_COLUMNS: Final = 18
# State.vx, one row a vehicle. BROKEN: what `simulate` says of its hard rules, above BASE, which cannot be helped.
# BOUND: its stops with relations.
NT, NSTOPS, COST, BROKEN, BASE, METRES, BOUND, TOUCHED, EFIRST, ENEXT, EPREV = range(11)
VEHICLE_STATE_COLUMNS: Final = 11
# State.sc, scalars. HALF: shipments picked up (locked) without delivery in the plan. LOOK: number of the present look
# for a place. BLINK: places left until one is overlooked.
CUR, BEST, NABS, HALF, NTOUCH, BKP, STAMP, NBACK, BESTABS, BLINK, LOOK, HALFBACK, TALLY = range(13)
SCALARS: Final = 16
# State.ins: the insertion found last. SLOT -1: a trip of its own before trip number BOUNDARY. AFTER2: what the
# delivery follows. STOP: which option.
I_DELTA, I_VEHICLE, I_SLOT, I_AFTER, I_BOUNDARY, I_STOP, I_STOP2, I_AFTER2 = range(8)


class Task(NamedTuple):
    """The problem. simulate: see `rich.pointer`. route: as it reads the problem, with matrices and closed spans.

    ties: [relation, rank] by stop. near, adj: stops by closeness, for insertion and ruin. kinds: first vehicle of each
    kind. multi: vehicles that can make more than one trip. board: load on board at first.
    """

    simulate: Callable[[RichData, Work, int, I64, int], tuple[int, int]]
    route: RichData
    si: I64
    dem: I64
    vi: I64
    cap: I64
    board: I64
    ui: I64
    options: I64
    rules: I64
    members: I64
    ties: I64
    near: I32
    adj: I32
    kinds: I64
    multi: I64


class State(NamedTuple):
    """A solution under change, the best one met, and what is needed to take a step back.

    vt: [vehicle, trip] -> slot. ld, pm, sm: load after each stop; the most up to there, from leaving on; the most from
    there on. tl, lim: load when a trip leaves, and its limit. ua: place of each unit in `absent`, the list of units
    left out. last: scratch of `bonds`, [relation, (stamp, rank, place, trip)]. bk: backup of touched vehicles. seq:
    a route for `simulate`.
    """

    sx: I64
    tx: I64
    vt: I64
    vx: I64
    ld: I64
    pm: I64
    sm: I64
    tl: I64
    lim: I64
    sc: I64
    ins: I64
    ua: I64
    absent: I64
    absent_old: I64
    last: I64
    bk: I64
    touched: I64
    best: I64
    work: I64
    keys: I64
    seq: I64
    rng: npt.NDArray[np.uint64]
    scratch: Work
