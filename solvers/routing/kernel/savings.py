"""Kernel: a first plan by savings, for a fleet of one kind that starts from nothing.

Clarke and Wright (1964), with time windows as in Solomon (1987): chains of stops are joined end to start, the best
saving first, while load and times allow. Promises: every chain can be driven by an empty vehicle of the kind. The
search starts from a far better place than after insertion one by one. Called by `arrays.first_plan`; compiled.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.routing.jit import SOURCE_STAMP, entry, inlined, inner
from solvers.routing.layout import BEGIN, DEPOT, I64, LATEST, LOAD, PROF, REL, SHIFT, SVC, WS, Data

# One row a chain (that of its first stop): last stop, time from start of the first service to end of the last one,
# earliest and latest start of the first service, latest release.
LAST, TAKES, EARLY, LATE_START, RELEASE = range(5)
CHAIN_COLUMNS = 5


@inlined
def _fits(d: Data, first: int, last: int, takes: int, early: int, latest: int, release: int) -> bool:
    """Whether an empty vehicle can drive the chain and be back in time."""
    p, depot = d.vi[0, PROF], d.vi[0, DEPOT]
    leave = max(d.vi[0, BEGIN] + d.vi[0, LOAD], release)
    arrive = leave + d.go[p, depot, first, 1]
    end = max(arrive, early) + takes + d.go[p, last, depot, 1]
    return arrive <= latest and end <= d.vi[0, SHIFT]


@inner
def _join(d: Data, chain: I64, load: I64, a: int, b: int) -> bool:
    """Put chain b behind chain a if that can be driven; row a then is the joint chain."""
    for k in range(load.shape[1]):
        if load[a, k] + load[b, k] > d.cap[0, k]:
            return False
    between = chain[a, TAKES] + d.go[d.vi[0, PROF], chain[a, LAST], b, 1]
    if chain[a, EARLY] + between > chain[b, LATE_START]:
        return False
    wait = max(0, chain[b, EARLY] - between - chain[a, LATE_START])
    early = max(chain[b, EARLY] - between, chain[a, EARLY]) - wait
    latest = min(chain[b, LATE_START] - between, chain[a, LATE_START])
    takes = between + chain[b, TAKES] + wait
    release = max(chain[a, RELEASE], chain[b, RELEASE])
    if not _fits(d, a, chain[b, LAST], takes, early, latest, release):
        return False
    chain[a, LAST], chain[a, TAKES], chain[a, RELEASE] = chain[b, LAST], takes, release
    chain[a, EARLY], chain[a, LATE_START] = early, latest
    for k in range(load.shape[1]):
        load[a, k] += load[b, k]
    return True


def _make_savings(stamp: int) -> Callable[[Data, I64, I64, I64, I64, I64, I64], None]:
    @entry
    def savings(d: Data, pairs: I64, order: I64, chain: I64, load: I64, follow: I64, head: I64) -> None:
        """Join chains along `pairs` [from, to] in `order`. follow: next stop, -1 at an end; head: first stop of the
        chain.

        A stop that even a vehicle of its own cannot serve gets head -1.
        """
        if stamp < 0:
            return
        n = len(d.si)
        for c in range(n):
            chain[c, LAST], chain[c, TAKES], chain[c, RELEASE] = c, d.si[c, SVC], d.si[c, REL]
            chain[c, EARLY], chain[c, LATE_START] = d.si[c, WS], d.si[c, LATEST]
            follow[c], head[c] = -1, c
            alone = True
            for k in range(load.shape[1]):
                load[c, k] = d.dem[c, k]
                alone = alone and load[c, k] <= d.cap[0, k]
            if not alone or not _fits(d, c, c, d.si[c, SVC], d.si[c, WS], d.si[c, LATEST], d.si[c, REL]):
                head[c] = -1
        for k in range(len(order)):
            i, j = pairs[order[k], 0], pairs[order[k], 1]
            a = head[i]
            # j must start a chain, i must end another.
            if a < 0 or head[j] != j or a == j or chain[a, LAST] != i:
                continue
            if _join(d, chain, load, a, j):
                follow[i] = j
                c = j
                while c >= 0:
                    head[c] = a
                    c = follow[c]

    return savings


savings = _make_savings(SOURCE_STAMP)
