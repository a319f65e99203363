"""The ladder: down at once, up with patience, never flapping, always with a cause."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.levels import LevelHold
from orchestrator.domain.state import State
from orchestrator.planning.ladder import STEADY_S, STEADY_S_MAX, Ladder, Level, Part, level_of
from orchestrator.planning.ladder_words import cause_of, sentence_of
from tests.unit.domain.small_company import NOW_S


def gone(*parts: Part) -> Ladder:
    ladder = Ladder()
    for part in parts:
        ladder.report(part, False, NOW_S)
    ladder.look(0.0)
    return ladder


def test_each_loss_leads_to_its_level() -> None:
    assert gone().level is Level.FULL
    assert gone(Part.SOLVERS).level is Level.CORE
    assert gone(Part.AGENTS).level is Level.CORE
    assert gone(Part.SOLVERS, Part.SEARCH).level is Level.AUCTION
    assert gone(Part.SEARCH, Part.AGENTS).level is Level.HOLD
    assert gone(Part.PLANNING).level is Level.LOG


def test_it_goes_down_at_once_and_up_after_a_while() -> None:
    ladder = gone(Part.SEARCH)
    ladder.report(Part.SEARCH, True, NOW_S)
    assert not ladder.look(1.0)
    assert not ladder.look(STEADY_S)
    assert ladder.look(1.0 + STEADY_S)
    assert ladder.level == Level.FULL


def test_a_relapse_makes_it_wait_longer() -> None:
    ladder = gone(Part.SEARCH)
    ladder.report(Part.SEARCH, True, NOW_S)
    ladder.look(1.0)
    ladder.look(1.0 + STEADY_S)
    ladder.report(Part.SEARCH, False, NOW_S)
    assert ladder.look(7.0)
    ladder.report(Part.SEARCH, True, NOW_S)
    ladder.look(8.0)
    assert not ladder.look(8.0 + STEADY_S)
    assert ladder.look(8.0 + 2 * STEADY_S)


def test_a_held_level_begins_and_ends_at_once() -> None:
    ladder = Ladder()
    hold = LevelHold(level=2, owner="ada", reason="drill", from_s=NOW_S, until_s=NOW_S + 600)
    ladder.held(hold, NOW_S)
    assert ladder.look(0.0)
    assert ladder.level == Level.AUCTION
    ladder.held(hold, NOW_S + 600)
    assert ladder.look(0.1)
    assert ladder.level == Level.FULL


def test_a_hold_never_makes_it_better_than_it_is() -> None:
    ladder = gone(Part.PLANNING)
    ladder.held(LevelHold(level=1, owner="ada", reason="x", from_s=NOW_S, until_s=NOW_S + 60), NOW_S)
    ladder.look(1.0)
    assert ladder.level == Level.LOG


def test_the_cause_names_part_time_and_person() -> None:
    state = State()
    ladder = Ladder()
    assert cause_of(ladder, state) == sentence_of(ladder, state) == ""
    ladder.report(Part.SOLVERS, False, NOW_S, "the bridge is away")
    ladder.look(0.0)
    assert "the solver processes are away since" in cause_of(ladder, state)
    assert "(the bridge is away)" in cause_of(ladder, state)
    ladder.held(LevelHold(level=2, owner="ada", reason="drill", from_s=NOW_S, until_s=NOW_S + 60), NOW_S)
    ladder.look(1.0)
    assert cause_of(ladder, state).startswith("held by ada until")
    assert "by auction among the vehicles" in sentence_of(ladder, state)


def test_it_counts_steps_and_seconds() -> None:
    ladder = gone(Part.SOLVERS)
    ladder.look(2.5)
    ladder.report(Part.SOLVERS, True, NOW_S)
    ladder.look(3.0)
    ladder.look(3.0 + STEADY_S)
    assert ladder.steps[Level.CORE] == ladder.steps[Level.FULL] == 1
    assert ladder.spent_s[Level.CORE] == 3.0 + STEADY_S


@given(st.lists(st.tuples(st.sampled_from(sorted(Part)), st.booleans(), st.floats(0.1, 30.0)), max_size=80))
def test_it_never_flaps(words: list[tuple[Part, bool, float]]) -> None:
    """A rise waits, and each relapse doubles the wait: the falls after a rise in any span are few."""
    ladder, mono_s, rises = Ladder(), 0.0, 0
    for part, ok, wait_s in words:
        mono_s += wait_s
        ladder.report(part, ok, NOW_S)
        before = ladder.level
        ladder.look(mono_s)
        rises += ladder.level < before
        possible = level_of(frozenset(one for one in Part if ladder.away(one)))
        assert ladder.level >= possible, "never better than it is"
        assert bool(ladder.missing()) == (ladder.level is not Level.FULL)
    waits, least_s, step_s = 0, 0.0, STEADY_S
    while least_s + step_s <= mono_s:
        least_s += step_s
        step_s = min(STEADY_S_MAX, 2 * step_s)
        waits += 1
    assert rises <= 4 * (waits + 1)


@given(st.lists(st.tuples(st.sampled_from(sorted(Part)), st.booleans(), st.floats(0.1, 30.0)), max_size=40))
def test_it_always_comes_back(words: list[tuple[Part, bool, float]]) -> None:
    ladder, mono_s = Ladder(), 0.0
    for part, ok, wait_s in words:
        mono_s += wait_s
        ladder.report(part, ok, NOW_S)
        ladder.look(mono_s)
    for part in Part:
        ladder.report(part, True, NOW_S)
    ladder.look(mono_s)
    ladder.look(mono_s + STEADY_S_MAX)
    assert ladder.level == Level.FULL
