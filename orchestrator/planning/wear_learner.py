"""Learns how machines wear: after a life has ended, a new version of the laws of all machines.

Promises: what is new is seen from the state alone, so that a restart goes on where the log ends and fits nothing that
the log has; the loop only copies what a thread then computes with; the version enters through the core's queue.
Called by `learning`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from orchestrator.domain.company import Item
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import ALL, LIVES_COUNTER, LifeEnd, LifeRecord, Usage, WearLaw, WearLaws
from orchestrator.domain.upkeep_commands import ReviseWearLaw
from solvers.scheduling.maintenance import Weibull
from solvers.upkeep.life import Life
from solvers.upkeep.pooled import Laws, MachineLives, Pooled, learn

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class WearLesson:
    """All that a version is made of. kinds: machine -> its kind. usage: the lives that go on, as of the last record."""

    version: int
    through: int
    kinds: Mapping[str, str]
    lives: tuple[LifeRecord, ...]
    usage: Mapping[str, Usage]

    def learned(self) -> WearLaws:
        """The next version. Pure; may run in a thread."""
        return _record(self.version, self.through, self.kinds, learn(self._machines()))

    def _machines(self) -> dict[str, MachineLives]:
        lived: dict[str, list[LifeRecord]] = {machine_id: [] for machine_id in self.kinds}
        for life in self.lives:
            if life.machine_id in lived:
                lived[life.machine_id].append(life)
        return {machine_id: self._machine(machine_id, lives) for machine_id, lives in lived.items()}

    def _machine(self, machine_id: str, lives: list[LifeRecord]) -> MachineLives:
        usage = self.usage.get(machine_id, Usage())
        return MachineLives(
            self.kinds[machine_id],
            tuple(Life(life.usage_s / HOUR_S, life.end is LifeEnd.FAILED, life.whole) for life in lives),
            tuple(Life(life.drift_s / HOUR_S, life.end is LifeEnd.FAILED) for life in lives if life.drift_s),
            Life(usage.used_s / HOUR_S, False, usage.renewed_s is not None) if usage.used_s else None,
        )


def wear_pending(state: State) -> int:
    """Lives that the version in force has not taken in."""
    return state.counters.get(LIVES_COUNTER, 0) - (state.wear.through if state.wear is not None else 0)


def wear_lesson(state: State) -> WearLesson | None:
    """What there is to learn now; None when no life has ended since."""
    if wear_pending(state) <= 0:
        return None
    return WearLesson(
        (state.wear.version if state.wear is not None else 0) + 1,
        state.counters.get(LIVES_COUNTER, 0),
        kinds_of(state.machines, state.items.values()),
        tuple(state.lives),
        dict(state.usage),
    )


async def learn_wear(
    state: State,
    in_thread: Callable[[Callable[[], WearLaws]], Awaitable[WearLaws]],
    submit: Callable[[ReviseWearLaw], Awaitable[bool]],
) -> None:
    """Learn what there is to learn and put it in force; refused when somebody else was quicker."""
    lesson = wear_lesson(state)
    if lesson is None:
        return
    laws = await in_thread(lesson.learned)
    reason = f"{laws.company.lives} lives of machines, {laws.company.censored} of them ended by maintenance"
    await submit(ReviseWearLaw(parent=laws.version - 1, laws=laws, reason=reason))


def kinds_of(machines: Iterable[str], items: Iterable[Item]) -> dict[str, str]:
    """Machine -> its kind, named by the first of it: machines that stand in for each other at an operation."""
    kind = {machine_id: machine_id for machine_id in machines}

    def root(machine_id: str) -> str:
        while kind[machine_id] != machine_id:
            machine_id = kind[machine_id]
        return machine_id

    for operation in (step for item in items for step in item.operations):
        roots = sorted({root(machine_id) for machine_id in operation.machine_ids if machine_id in kind})
        for other in roots[1:]:
            kind[other] = roots[0]
    return {machine_id: root(machine_id) for machine_id in kind}


def _record(version: int, through: int, kinds: Mapping[str, str], found: Pooled) -> WearLaws:
    members: dict[str, list[str]] = {}
    for machine_id, kind in sorted(kinds.items()):
        members.setdefault(kind, []).append(machine_id)
    return WearLaws(
        version=version,
        through=through,
        company=_law(ALL, found.company),
        kinds=tuple(_law(kind, laws, tuple(members[kind])) for kind, laws in found.kinds.items()),
        machines=tuple(_law(machine_id, laws) for machine_id, laws in found.machines.items()),
    )


def _law(name: str, laws: Laws, machine_ids: tuple[str, ...] = ()) -> WearLaw:
    return WearLaw(
        name=name,
        machine_ids=machine_ids,
        life_shape_permille=round(laws.life.shape * 1000),
        life_s=_seconds(laws.life),
        delay_shape_permille=round(laws.delay.shape * 1000),
        delay_s=_seconds(laws.delay),
        error_permille=round(laws.error * 1000),
        lives=laws.lives,
        censored=laws.censored,
    )


def _seconds(law: Weibull) -> int:
    return max(HOUR_S, round(law.scale_h * HOUR_S))
