"""Past demand as a planner should read it: of components by what is made of them, of a hub with what it passes on.

Promises histories of one length, oldest day first. Pure. Called by `setup`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.domain.company import Company
from orchestrator.domain.sourcing import TransferLane

Key = tuple[str, str]
"""(site, item)."""
History = tuple[int, ...]


def components_of(company: Company) -> set[str]:
    """Items that go into others: production wants them, no customer."""
    return {component.item_id for item in company.items for component in item.components}


def histories_of(company: Company) -> dict[Key, History]:
    """Daily demand by (site, item); of components, what the items made of them took."""
    days = max((len(policy.daily_demand) for policy in company.stock), default=0)
    parts = components_of(company)
    known: dict[Key, History] = {}
    for policy in company.stock:
        whole = (0,) * (days - len(policy.daily_demand)) + policy.daily_demand
        known[(policy.site_id, policy.item_id)] = whole if policy.item_id not in parts else (0,) * days
    for key, history in _used(company, known, days):
        if key in known:
            known[key] = _sum(known[key], history, 1)
    return known


def _used(company: Company, known: Mapping[Key, History], days: int) -> Iterator[tuple[Key, History]]:
    """What lines take of each component a day, level by level of the bill of materials."""
    items = {item.item_id: item for item in company.items}
    site_of = {line.line_id: line.site_id for line in company.lines}
    level: dict[str, History] = {}
    for (_, item_id), history in known.items():
        level[item_id] = _sum(level.get(item_id, (0,) * days), history, 1)
    while level:
        below: dict[str, History] = {}
        for item_id, history in level.items():
            item = items[item_id]
            for part in item.components:
                taken = _sum((0,) * days, history, part.quantity)
                below[part.item_id] = _sum(below.get(part.item_id, (0,) * days), taken, 1)
                yield (site_of.get(item.line_id or "", ""), part.item_id), taken
        level = below


def with_passed_on(company: Company, histories: Mapping[Key, History]) -> dict[Key, History]:
    """The same, and where goods of a made item arrive, also what other sites get from there."""
    fed = {(lane.from_site_id, lane.to_site_id) for lane in feeding_lanes(company)}
    whole = dict(histories)
    for (site_id, item_id), history in histories.items():
        hub = (arrives_at(company, item_id), item_id)
        if hub in whole and (hub[0], site_id) in fed:
            whole[hub] = _sum(whole[hub], history, 1)
    return whole


def served_where_it_comes(company: Company, histories: Mapping[Key, History]) -> dict[Key, History]:
    """Customers of a made item at a site it never gets to go where the line's goods arrive."""
    fed = {(lane.from_site_id, lane.to_site_id) for lane in feeding_lanes(company)}
    moved = dict(histories)
    for key, history in histories.items():
        hub = (arrives_at(company, key[1]), key[1])
        if hub in moved and hub != key and (hub[0], key[0]) not in fed:
            moved[hub] = _sum(moved[hub], history, 1)
            moved[key] = (0,) * len(history)
    return moved


def arrives_at(company: Company, item_id: str) -> str:
    """The site where a line's goods arrive; "" for a bought item."""
    line_id = next(item.line_id for item in company.items if item.item_id == item_id)
    return next((line.output_site_id for line in company.lines if line.line_id == line_id), "")


def feeding_lanes(company: Company) -> list[TransferLane]:
    """Lanes that sites order by: those without a way back. Between sites with one, goods are only levelled out."""
    ways = {(lane.from_site_id, lane.to_site_id) for lane in company.transfer_lanes}
    return [lane for lane in company.transfer_lanes if (lane.to_site_id, lane.from_site_id) not in ways]


def _sum(a: Sequence[int], b: Sequence[int], times: int) -> History:
    return tuple(x + y * times for x, y in zip(a, b, strict=True))
