"""Ended lives become versions of laws in the log: fitted once, the same on every replay, the agents instructed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.messages import WearBook
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain.company import Item, ItemKind, Operation
from orchestrator.domain.evolve import evolve
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import LifeEnd, LifeRecord, Usage, WearLaws
from orchestrator.domain.upkeep_commands import ReviseWearLaw
from orchestrator.domain.upkeep_events import MachineLifeEnded
from orchestrator.planning.wear import machine_wear
from orchestrator.planning.wear_learner import kinds_of, learn_wear, wear_lesson, wear_pending
from orchestrator.publish.books import line_part
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company

LIVES = st.lists(
    st.tuples(st.sampled_from(("M1", "M2", "M3")), st.integers(1, 4_000 * HOUR_S), st.booleans(), st.booleans()),
    min_size=1,
    max_size=15,
)


def ended(number: int, machine_id: str, usage_s: int, *, failed: bool, whole: bool = True) -> MachineLifeEnded:
    at_s = DAY_S + number * HOUR_S
    life = LifeRecord(
        machine_id=machine_id,
        usage_s=usage_s,
        end=LifeEnd.FAILED if failed else LifeEnd.MAINTAINED,
        ended_s=at_s,
        whole=whole,
        drift_s=usage_s // 4 if failed else None,
    )
    return MachineLifeEnded(life=life, renewed_s=at_s)


def lived(events: list[MachineLifeEnded]) -> World:
    world = World(small_company(plant=True))
    for number, event in enumerate(events):
        evolve(world.state, event, world.state.seq + 1, DAY_S + number)
    return world


def learned(world: World) -> WearLaws:
    """Learn once, as the station does."""

    async def in_thread(call: Callable[[], WearLaws]) -> WearLaws:
        return await asyncio.to_thread(call)

    async def submit(command: ReviseWearLaw) -> bool:
        world.tell(command)
        return True

    asyncio.run(learn_wear(world.state, in_thread, submit))
    assert world.state.wear is not None
    return world.state.wear


def test_a_life_is_learned_from_once_also_after_a_restart() -> None:
    world = lived([ended(n, "M1", 300 * HOUR_S, failed=n % 3 != 0) for n in range(9)])
    assert wear_pending(world.state) == 9
    laws = learned(world)
    assert (laws.version, laws.through) == (1, 9)
    assert (laws.of("M1").lives, laws.of("M1").censored) == (9, 3)
    assert 250 * HOUR_S < laws.of("M1").life_s < 450 * HOUR_S
    again = load_dataclass(State, dump_dataclass(world.state))
    assert again.wear == laws
    assert wear_lesson(again) is None
    book = line_part(again, ["M1"], []).machines["M1"]
    assert book is not None
    assert book.wear is not None
    assert book.wear.life_s == laws.of("M1").life_s


@given(LIVES)
@settings(max_examples=25, deadline=None)
def test_a_replay_learns_the_same_law(rows: list[tuple[str, int, bool, bool]]) -> None:
    events = [
        ended(n, name, usage_s, failed=failed, whole=whole) for n, (name, usage_s, failed, whole) in enumerate(rows)
    ]
    first, second = wear_lesson(lived(events).state), wear_lesson(lived(events).state)
    assert first is not None
    assert second is not None
    assert first.learned() == second.learned()
    read = load_dataclass(State, dump_dataclass(lived(events).state))
    third = wear_lesson(read)
    assert third is not None
    assert third.learned() == first.learned()


def test_a_machine_that_is_gone_no_longer_counts() -> None:
    world = lived([ended(0, "M1", 300 * HOUR_S, failed=True), ended(1, "M9", HOUR_S, failed=True)])
    assert learned(world).company.lives == 1


def test_machines_that_stand_in_for_each_other_are_of_a_kind() -> None:
    def item(name: str, *steps: tuple[str, ...]) -> Item:
        operations = tuple(Operation(name=f"{n}", machine_ids=ids, setup_s=0, unit_s=60) for n, ids in enumerate(steps))
        return Item(
            item_id=name,
            name=name,
            kind=ItemKind.MADE,
            family="F",
            weight_g=1,
            volume_cm3=1,
            unit_cost_cents=1,
            line_id="L1",
            operations=operations,
        )

    items = [item("A", ("M3", "M2"), ("M5",)), item("B", ("M2", "M1", "gone"))]
    assert kinds_of(["M1", "M2", "M3", "M4", "M5"], items) == {
        "M1": "M1",
        "M2": "M1",
        "M3": "M1",
        "M4": "M4",
        "M5": "M5",
    }


def test_a_machine_without_lives_is_weighed_by_the_beliefs_of_the_agents() -> None:
    world = lived([])
    wear = machine_wear(world.state, world.state.machines["M1"])
    assert (wear.law, wear.version, wear.used_s, wear.renewed_s, wear.drift_s) == (None, 0, 0, None, None)
    assert wear.book == WearBook(wear.book.failure_cents, wear.book.planned_cents)
    assert wear.early_cents > wear.waiting_cents


@given(LIVES)
@settings(max_examples=25, deadline=None)
def test_risk_only_grows_and_an_older_machine_is_never_safer(rows: list[tuple[str, int, bool, bool]]) -> None:
    world = lived([ended(n, name, usage, failed=bad, whole=whole) for n, (name, usage, bad, whole) in enumerate(rows)])
    law = learned(world).of("M1")
    young, before = machine_wear(world.state, world.state.machines["M1"]), world.state.usage.get("M1", Usage())
    world.state.usage["M1"] = before.model_copy(update={"used_s": before.used_s + 100 * HOUR_S})
    old = machine_wear(world.state, world.state.machines["M1"])
    assert (young.law, young.version, young.book.life_s) == (law, 1, law.life_s)
    assert [at_s for at_s, _ in young.risk] == sorted({at_s for at_s, _ in young.risk})
    assert [permille for _, permille in young.risk] == sorted(permille for _, permille in young.risk)
    if law.life_shape_permille >= 1000:
        assert old.waiting_cents >= young.waiting_cents
