"""How problem and plan lie in memory for the compiled search: few arrays, one row a stop, trip or vehicle.

Promises: column numbers and shapes, nothing else. A row holds all that one step of the search reads together, hottest
columns first, so that a step touches one or two cache lines. Called by `arrays`, which fills them, and the kernel.

Nodes are numbered: stops 0..n-1, then the places where vehicles start and load. Trips live in *slots*: vehicle v owns
slots v*m .. v*m+m-1. All times in seconds, all money in ticks, -1 = none.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

NO: Final = 1 << 62
"""A price or time that stands for "impossible"."""

NONE: Final = np.int64(-1)
OFF: Final = np.int64(0)
ON: Final = np.int64(1)
"""Arguments of compiled functions. Bare literals would have a type each, and every function compiled for each."""

# Data.si, one row a stop. FORMER: the stop before it in the plan in force (FIRST: none, FREE: any will do); SEQ: price
# of another one.
WS, WE, LATEST, SVC, REL, LATE, PRIZE, CHANGE, BOARD, INC, FORMER, SEQ, LOCKED = range(13)
FIRST, FREE = -1, -2
# Data.vi, one row a vehicle. BOARDS: begins with an on-board trip. NLOCK: locked trips. TIMED: time has a price.
PROF, START, DEPOT, BEGIN, SHIFT, LOAD, MAXT, FIXED, KM, HOUR, OPEN, BOARDS, KLASS, NLOCK, TIMED = range(15)
# State.sx, one row a stop. DONE: end of service. LEG: metres to what follows. HARD, SOFT: latest arrival at what
# follows that keeps all hard rules; that makes nothing late as well; HARD -1: nothing may be put in between. ST: start
# of service. BH, BN: latest start of service in the same sense. WAIT, ROOM: waiting, and room to leave later, up to
# here; TAILROOM: from here on. LSUM: lateness price up to here. All these are the trip's, and kept in backups. APOS:
# place in the list of absent stops.
NXT, TRIP, DONE, LEG, HARD, SOFT, PRV, ST, BH, BN, WAIT, ROOM, TAILROOM, LSUM, APOS = range(15)
# State.hot, one row a stop, small enough to stay in the first cache: the node that follows (home after the last stop,
# -1: nothing), TRIP, LEG, and whether it is the first of its trip.
H_NODE, H_TRIP, H_LEG, H_FIRST = range(4)
# State.tx, one row a trip slot. JOIN: loaded stops may join. VEH: vehicle. HOME: node where it ends, -1: at its last
# stop. DEP, END: earliest times. FLEG, FHARD, FSOFT: as LEG, HARD, SOFT, for the front. BEND, BDEP: latest end and
# departure that keep the hard rules; NEND, NDEP: that make nothing late as well. TWAIT: waiting of the whole trip.
# RELMAX: latest release. RUINED: the step that took something out last.
(
    JOIN, VEH, HOME, DEP, HEAD, FLEG, FHARD, FSOFT,
    TAIL, CNT, END, TWAIT, RELMAX, BEND, NEND, BDEP, NDEP, TLATE, TTIME, IDX, USED, RUINED,
) = range(22)  # fmt: skip
# State.vx, one row a vehicle. Empty vehicles of a kind form a list: EFIRST is its head, in the row of the kind's
# first vehicle. BKAT: where its backup begins, if TOUCHED is the present step. OWN: 0 if another search works on it.
# STALE: the step that made a refresh necessary.
NT, NSTOPS, COST, TOUCHED, EFIRST, ENEXT, EPREV, BKAT, OWN, STALE = range(10)
# Data.k. SAME: all profiles have the same metres. KMLEAST: least price of a metre. FASTEST: a profile that no other
# beats on any leg, -1: there is none. CALM: some stop has a price of another predecessor.
SAME, KMLEAST, FASTEST, CALM = range(4)
# State.sc, scalars. BAD: a refresh met a broken hard rule. NTOUCH, BKP, NBACK: touched vehicles, end of the backup and
# absent stops when the step began. STAMP: number of the step. BLINK: places left until one is overlooked. UNSAVED: the
# present solution is the best one, and not in State.best yet. NMINE: length of State.mine.
CUR, BEST, NABS, BAD, NTOUCH, BKP, STAMP, NBACK, BESTABS, BLINK, UNSAVED, NMINE = range(12)
# State.ins, the insertion found last
I_DELTA, I_VEHICLE, I_SLOT, I_AFTER, I_BOUNDARY = range(5)

STOP_COLUMNS: Final = 16
TRIP_COLUMNS: Final = 24
VEHICLE_COLUMNS: Final = 16
VEHICLE_STATE_COLUMNS: Final = 12
SCALARS: Final = 16


class Data(NamedTuple):
    """The problem. go: [profile, from, to, (metres, seconds)]; back: the same, [profile, to, from, ...], so that all
    legs to and from one stop lie in two rows. near, adj: stops by closeness, for insertion and ruin. kinds: first
    vehicle of each kind. multi: vehicles that can make more than one trip. k: scalars.
    """

    go: I32
    back: I32
    si: I64
    dem: I64
    vi: I64
    cap: I64
    allowed: U8
    near: I32
    adj: I32
    kinds: I64
    multi: I64
    k: I64


class State(NamedTuple):
    """A solution under change, the best one met, and what is needed to take a step back.

    vt: [vehicle, trip] -> slot. tfree: capacity left. absent: stops not planned. mine: stops that this search works
    on. bk: backup of the touched vehicles. best: the best solution, as `kernel.state` writes it. work, keys: scratch.
    """

    sx: I64
    hot: I32
    tx: I64
    tfree: I64
    vt: I64
    vx: I64
    sc: I64
    ins: I64
    absent: I64
    absent_old: I64
    mine: I64
    bk: I64
    touched: I64
    best: I64
    work: I64
    keys: I64
    rng: npt.NDArray[np.uint64]
