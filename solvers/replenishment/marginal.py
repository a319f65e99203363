"""Sharing out what is scarce: the next lot goes where a unit of the scarce thing is worth most.

The prioritised list of Lokad: every item-site offers its next steps (expected cents saved for a part of the limit);
steps are taken in the order of cents per part while they fit, each item-site's along its own lower hull, and what is
left over is filled with the largest quantity that still fits. Item-sites are only weighed against those they share a
*binding* limit with.
Promises: always feasible, deterministic, no order above what was wanted; an order that fits without conflict stays.
May not: raise an order (`minimum` does), or solve exactly (`rolling` does).
Called by: `planner`, `rolling` (as its start and fallback).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from solvers.replenishment.item import Key
from solvers.replenishment.limits import Amounts, Limits, total
from solvers.replenishment.memo import Memo
from solvers.replenishment.plan import Orders, Policy
from solvers.replenishment.pricing import allowed_below, smallest
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.worth import worth

PARTS = 8
"""Quantities tried between nothing and all that is wanted."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What an item-site finally orders, and the limit that made it other than wanted ("" = none)."""

    orders: Orders
    limit: str = ""


@dataclass(slots=True)
class Member:
    """One item-site of a group: its options from nothing upwards, what they take, and what they cost."""

    key: Key
    options: list[Orders]
    takes: list[Amounts]
    cents: list[float]
    chosen: int = 0
    steps: list[tuple[float, int]] = field(default_factory=list)
    """(cents saved for the part of the binding limits, option reached), along the lower hull."""


def binding(limits: Limits, takes: Mapping[Key, Amounts]) -> dict[str, int]:
    """Limits that all wanted orders together exceed, with what they want of them."""
    wanted = total(takes.values())
    return {name: amount for name, amount in wanted.items() if amount > limits.left[name]}


def groups(takes: Mapping[Key, Amounts], tight: Mapping[str, int]) -> list[list[Key]]:
    """Item-sites connected by binding limits; those that touch none are in no group."""
    users: dict[str, list[Key]] = {name: [] for name in sorted(tight)}
    for key in sorted(takes):
        for name in takes[key]:
            if name in tight:
                users[name].append(key)
    seen: set[Key] = set()
    found = []
    for start in sorted({key for keys in users.values() for key in keys}):
        if start in seen:
            continue
        group, open_keys = [], [start]
        seen.add(start)
        while open_keys:
            key = open_keys.pop()
            group.append(key)
            for name in takes[key]:
                for other in users.pop(name, ()):
                    if other not in seen:
                        seen.add(other)
                        open_keys.append(other)
        found.append(sorted(group))
    return found


def ration(
    problem: ReplenishmentProblem, policies: Mapping[Key, Policy], limits: Limits, memo: Memo
) -> dict[Key, Settled]:
    """What each item-site that wants to order gets; every limit is kept."""
    item_sites = problem.by_key()
    ordering = {key: policy for key, policy in policies.items() if policy.orders}
    takes = {key: limits.takes(item_sites[key], policy.orders) for key, policy in ordering.items()}
    tight = binding(limits, takes)
    settled = {key: Settled(policy.orders) for key, policy in ordering.items()}
    if not tight:
        return settled
    grouped = groups(takes, tight)
    inside = {key for group in grouped for key in group}
    used = total(amounts for key, amounts in takes.items() if key not in inside)
    for group in grouped:
        name, policies_here = ("ration", *group), [ordering[key] for key in group]
        touched = sorted({name for key in group for name in _touchable(limits, problem, key)})
        amounts = [(limit, limits.left[limit], used.get(limit, 0), tight.get(limit, 0)) for limit in touched]
        answer = memo.get(name, policies_here, amounts)
        if answer is None:
            answer = _shared_out(problem, limits, ordering, group, takes, tight, dict(used), memo)
            memo.put(name, policies_here, amounts, answer)
        settled.update(answer)
        for key in group:
            for limit, amount in limits.takes(item_sites[key], settled[key].orders).items():
                used[limit] = used.get(limit, 0) + amount
    return settled


def _touchable(limits: Limits, problem: ReplenishmentProblem, key: Key) -> Iterator[str]:
    """Limits that orders of an item-site can take of."""
    item_site = problem.by_key()[key]
    for source in item_site.sources:
        yield from limits.takes(item_site, ((source.source_id, 1),))


def _shared_out(
    problem: ReplenishmentProblem,
    limits: Limits,
    ordering: Mapping[Key, Policy],
    group: Sequence[Key],
    takes: Mapping[Key, Amounts],
    tight: Mapping[str, int],
    used: Amounts,
    memo: Memo,
) -> dict[Key, Settled]:
    """One group."""
    found = {}
    members = [_member(problem, limits, ordering[key], tight, memo) for key in group]
    share_out(members, limits, used)
    for member in members:
        _fill(problem, limits, ordering[member.key], member, used)
        orders = member.options[member.chosen]
        cut = orders != ordering[member.key].orders
        found[member.key] = Settled(orders, _tightest(takes[member.key], tight, limits) if cut else "")
    return found


def _tightest(takes: Amounts, tight: Mapping[str, int], limits: Limits) -> str:
    touched = [name for name in takes if name in tight]
    return max(sorted(touched), key=lambda name: tight[name] / max(1, limits.left[name]))


def _member(
    problem: ReplenishmentProblem, limits: Limits, policy: Policy, tight: Mapping[str, int], memo: Memo
) -> Member:
    name = ("member", *policy.key)
    known = memo.get(name, [policy], sorted(limits.left))
    if known is None:
        item_site = problem.by_key()[policy.key]
        options = list(dict.fromkeys([(), *_parts(problem, policy)]))
        cents = worth(item_site, policy, problem.now_s).of(options)
        known = (options, [limits.takes(item_site, option) for option in options], cents)
        memo.put(name, [policy], sorted(limits.left), known)
    options, taken, cents = known
    member = Member(policy.key, list(options), list(taken), list(cents))
    member.steps = list(_hull(member, tight, limits))
    return member


def _parts(problem: ReplenishmentProblem, policy: Policy) -> Iterator[Orders]:
    """Smaller orders than wanted, down to the least a source takes, ascending; the wanted one last."""
    item_site = problem.by_key()[policy.key]
    quantities: list[Orders] = []
    for part in range(1, PARTS + 1):
        quantities.append(scaled(problem, policy, part, PARTS))
    main, wanted = policy.orders[0]
    source = item_site.source(main)
    assert source is not None
    if smallest(source) < wanted:
        quantities.append(((main, smallest(source)),))
    yield from sorted((option for option in quantities if option), key=lambda option: sum(q for _, q in option))


def scaled(problem: ReplenishmentProblem, policy: Policy, part: int, parts: int) -> Orders:
    """This part of what is wanted from each source, as its rules allow, rounded down."""
    item_site = problem.by_key()[policy.key]
    if part == parts:
        return policy.orders
    found = []
    for source_id, quantity in policy.orders:
        source = item_site.source(source_id)
        assert source is not None
        less = allowed_below(source, quantity * part // parts)
        if less:
            found.append((source_id, less))
    return tuple(found)


def _hull(member: Member, tight: Mapping[str, int], limits: Limits) -> Iterator[tuple[float, int]]:
    """Steps of falling worth: from the best option reached so far, the one with the most cents saved a part."""
    sizes = [sum(amount / max(1, limits.left[n]) for n, amount in t.items() if n in tight) for t in member.takes]
    at = 0
    while True:
        best, reached = 0.0, 0
        for option in range(at + 1, len(sizes)):
            saved, size = member.cents[at] - member.cents[option], sizes[option] - sizes[at]
            rate = saved / max(size, 1e-12)
            if saved > 0 and rate > best * (1 + 1e-12):
                best, reached = rate, option
        if not reached:
            return
        yield best, reached
        at = reached


def share_out(members: Sequence[Member], limits: Limits, used: Amounts) -> None:
    """Take steps by worth while they fit; `used` is brought up to date."""
    steps = [(-rate, member.key, option, member) for member in members for rate, option in member.steps]
    for _, _, option, member in sorted(steps, key=lambda step: step[:3]):
        if option > member.chosen:
            _take(member, option, limits, used)


def _take(member: Member, option: int, limits: Limits, used: Amounts) -> bool:
    old, new = member.takes[member.chosen], member.takes[option]
    if not limits.fits(used, new, old):
        return False
    for name in {*old, *new}:
        used[name] = used.get(name, 0) + new.get(name, 0) - old.get(name, 0)
    member.chosen = option
    return True


def _fill(problem: ReplenishmentProblem, limits: Limits, policy: Policy, member: Member, used: Amounts) -> None:
    """The largest quantity between the one chosen and the next that still fits, if it costs less."""
    item_site = problem.by_key()[policy.key]
    low = sum(q for _, q in member.options[member.chosen])
    high = policy.wanted
    best: Orders | None = None
    while low < high - 1:
        middle = (low + high) // 2
        option = scaled(problem, policy, middle, policy.wanted)
        if option and limits.fits(used, limits.takes(item_site, option), member.takes[member.chosen]):
            low, best = middle, option
        else:
            high = middle
    if best is None or best in member.options:
        return
    (cents,) = worth(item_site, policy, problem.now_s).of([best])
    if cents < member.cents[member.chosen]:
        member.options.append(best)
        member.takes.append(limits.takes(item_site, best))
        member.cents.append(cents)
        _take(member, len(member.options) - 1, limits, used)
