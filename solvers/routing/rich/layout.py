"""How a problem with every rule lies in memory for the simulation of routes: few arrays, one row a stop or vehicle.

Promises: column numbers and shapes, nothing else. Called by `rich.arrays`, which fills them, the simulation and the
rich search. Times in seconds, money in ticks, locations are numbered anew: only those that the problem uses.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from solvers.routing.layout import I32, U8
from solvers.routing.layout import I64 as I64

FIRST: Final = -1
NEVER: Final = -2
GONE: Final = -3
"""Values of AFTER besides stops: comes first, pays no price of another predecessor, always pays it."""
DELIVER, COLLECT, FETCH, BRING, ABOARD = range(5)
"""Values of ROLE: from the depot; to the trip's end; the two ends of a shipment; on board already."""

# RichData.si, one row a stop. PARTNER: other end of its shipment. OWN, FOES: bits of its goods class, and of those that
# may not travel with it. CB, CE: its rows in RichData.closed. BOARD: the vehicle that has it on board. INC: incumbent,
# -1: none. AFTER: its predecessor in the plan in force.
(
    LOC, WS, WE, LATEST, SVC, SETUP, REL, LATE, ROLE, PARTNER, INC, CHANGE, AFTER, RESEQ, OWN, FOES, CB, CE, BOARD,
    PRIZE, LOCKED,
) = range(21)  # fmt: skip
STOP_COLUMNS: Final = 22

# RichData.vi, one row a vehicle. START, DEPOT, HOME: locations; HOME -1: ends at its last stop. OVER_FROM, OVER:
# overtime from when, price of a second. BOARDS: begins with an on-board trip. KIND: column of RichData.allowed. MOST_x:
# limits of the route. RESTS: has breaks or a driving rule. BREAK_B .. BREAK_E, LOCK_.., BAND_..: its rows in
# RichData.breaks, locks, bands. MAX_DRIVE, REST, PART1, PART2, PAUSES, DRIVEN: the driving rule; parts 0: may not be
# split.
(
    PROF, START, DEPOT, HOME, BEGIN, SHIFT, LOAD, MAXT, FIXED, KM, HOUR, OVER_FROM, OVER, BOARDS, KIND, MOST_M, MOST_S,
    MOST_STOPS, MOST_DRIVE, RESTS, BREAK_B, BREAK_E, LOCK_B, LOCK_E, BAND_B, BAND_E, MAX_DRIVE, REST, PART1, PART2,
    PAUSES, DRIVEN,
) = range(32)  # fmt: skip
VEHICLE_COLUMNS: Final = 32

# RichData.breaks: earliest and latest start, duration. RichData.bands: from when, per cent, work done by then since 0.
EARLIEST, LATEST_START, DURATION = range(3)
BAND_FROM, BAND_PCT, BAND_DONE = range(3)

NO_LIMIT: Final = 1 << 60
FULL_SPEED: Final = 100
COUNT_WEIGHT: Final = 1_000
"""What a rule broken once weighs in the measure of violation, where a second late weighs 1."""

# Work.out. V_x: broken rules by size: seconds (V_BREAK: of breaks missed), per mille of capacity, metres, counts.
# O_VIOLATION: their weighted sum. O_DRIVE: seconds of driving. O_LATE, O_CHANGE: ticks.
(
    V_WINDOW, V_SHIFT, V_DURATION, V_DRIVE, V_BREAK, V_LOAD, V_DISTANCE, V_STOPS, V_TRIPS, V_LOCK, V_ALLOWED, V_ROLE,
    V_CLASS, V_SHIPMENT,
) = range(14)  # fmt: skip
RULES: Final = 14
O_COST, O_VIOLATION, O_METRES, O_STOPS, O_DRIVE, O_LATE, O_CHANGE, O_TRIPS, O_RESTS, O_FIT = range(14, 24)
OUT: Final = 24

# Work.trip, one row a trip of the route: its stops are seq[T_FROM:T_TO]. T_LEAVE: earliest departure. T_LATEST: last
# moment it could leave, where it was asked for.
T_FROM, T_TO, T_BOARD, T_ORIGIN, T_HOME, T_LEAVE, T_LOAD, T_DEPART, T_END, T_METRES, T_LATEST, T_NODE = range(12)
TRIP_COLUMNS: Final = 12
# Work.visit, by position in the sequence.
ARRIVE, BEGINS, DEPART, TAKES = range(4)
# Work.node, labels of routes with rests, see `simulate_label`. N_DRIVEN: since the last rest. N_HALF: the first part of
# a split rest has been taken. N_TAKEN: bits of breaks that are settled. N_STILL: when it drove last. N_BROKEN: what is
# broken so far, in seconds. N_LENGTH, N_BREAK: of a rest (or work), and the break that it is, -1: none. N_LEFT: work
# left on the leg. N_PLACE: position in the sequence, or number of the trip.
(
    N_TIME, N_DRIVEN, N_HALF, N_TAKEN, N_STILL, N_BROKEN, N_LATE, N_PARENT, N_WHAT, N_LENGTH, N_BREAK, N_LEFT, N_PLACE,
) = range(13)  # fmt: skip
NODE_COLUMNS: Final = 13
# Values of N_WHAT: a first label; driving; a rest; waiting until a break may begin; loading or service; a trip's end.
W_ROOT, W_DRIVE, W_REST, W_IDLE, W_WORK, W_END = range(6)
# Work.count: how many nodes, and how long each list is.
C_NODES, C_LAYER, C_ROAD, C_POINT, C_HERE, C_STAMP, C_PATH = range(7)


class RichData(NamedTuple):
    """The problem. go: [profile, from, to, (metres, seconds)]. board: load that a vehicle's on-board trip begins with.

    closed: [span, (from, to)]. locks: sequences that routes must begin with, as `simulate` reads routes. dem, cap,
    board: [stop or vehicle, dimension].
    """

    go: I32
    si: I64
    dem: I64
    vi: I64
    cap: I64
    board: I64
    allowed: U8
    closed: I64
    bands: I64
    breaks: I64
    locks: I64


class Work(NamedTuple):
    """Scratch and answer of the simulation; one for each thread. Only what the last call wrote is of use.

    load: [dimension, (now, most, at first)]. seen: stamps of stops. rest: [rest, (start, end)]. node: labels.
    layer, road, point, here: lists of labels; path: the labels of the best route.
    """

    out: I64
    load: I64
    seen: I64
    trip: I64
    visit: I64
    rest: I64
    node: I64
    layer: I64
    road: I64
    point: I64
    here: I64
    path: I64
    counts: I64
