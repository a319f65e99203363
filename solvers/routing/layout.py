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

# Data.si, one row a stop
WS, WE, LATEST, SVC, REL, LATE, PRIZE, CHANGE, BOARD, INC, LOCKED = range(11)
# Data.vi, one row a vehicle. BOARDS: begins with an on-board trip. NLOCK: locked trips. TIMED: time has a price.
PROF, START, DEPOT, BEGIN, SHIFT, LOAD, MAXT, FIXED, KM, HOUR, OPEN, BOARDS, KLASS, NLOCK, TIMED = range(15)
# State.sx, one row a stop. ST: start of service. BH, BN: latest start that keeps all later hard rules; that makes
# nothing later late as well. WAIT, ROOM: waiting and room to leave later, up to here; TAILROOM: from here on.
# LSUM: lateness price up to here. APOS: place in the list of absent stops.
NXT, PRV, TRIP, ST, BH, BN, WAIT, ROOM, TAILROOM, LSUM, APOS = range(11)
# State.tx, one row a trip slot. DEP, END: earliest times. TWAIT: waiting of the whole trip. RELMAX: latest release.
# BEND, BDEP: latest end and departure that keep the hard rules; NEND, NDEP: that make nothing late as well. RUINED: the
# step that took something out last.
HEAD, TAIL, CNT, DEP, END, TWAIT, RELMAX, BEND, NEND, BDEP, NDEP, TLATE, TTIME, IDX, USED, RUINED = range(16)
# State.vx, one row a vehicle
NT, NSTOPS, COST, TOUCHED, SEEN = range(5)
# State.sc, scalars. BAD: a refresh met a broken hard rule. NTOUCH, BKP, NBACK: touched vehicles, end of the backup and
# absent stops when the step began. STAMP: number of the step.
CUR, BEST, NABS, BAD, NTOUCH, BKP, STAMP, NBACK, BESTABS = range(9)
# State.ins, the insertion found last
I_DELTA, I_VEHICLE, I_SLOT, I_AFTER, I_BOUNDARY = range(5)

STOP_COLUMNS: Final = 16
VEHICLE_COLUMNS: Final = 16
SCALARS: Final = 16


class Data(NamedTuple):
    """The problem. go: [profile, from, to, (metres, seconds)]; near, adj: stops by closeness, for insertion and ruin."""

    go: I32
    si: I64
    dem: I64
    vi: I64
    cap: I64
    allowed: U8
    near: I64
    adj: I64


class State(NamedTuple):
    """A solution under change, the best one met, and what is needed to take a step back.

    vt: [vehicle, trip] -> slot. absent: stops not planned. bk: backup of the touched vehicles. best: the best solution, see `kernel_state.save_best`. work, keys: scratch.
    """

    sx: I64
    tx: I64
    tload: I64
    vt: I64
    vx: I64
    sc: I64
    ins: I64
    absent: I64
    absent_old: I64
    bk: I64
    touched: I64
    best: I64
    work: I64
    keys: I64
    rng: npt.NDArray[np.uint64]
