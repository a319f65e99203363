"""Plays of a plant whose machines wear: the same luck for every policy, and books that add up."""

from __future__ import annotations

from random import Random

import pytest

from orchestrator.twin.plant.play import LATE_CENTS_PER_H, PLANNED_CENTS, REPAIR_CENTS, Plant
from orchestrator.twin.plant.policies import policy_named
from orchestrator.twin.plant.side_by_side import play_all, table
from orchestrator.twin.plant.wear import Wear, WearLaw

DAYS = 20


def test_the_same_seed_plays_the_same() -> None:
    first, again = (Plant(policy_named("predictive"), 7).play(DAYS) for _ in range(2))
    assert first == again


def test_lives_depend_on_the_seed_and_not_on_how_often_the_sensor_is_read() -> None:
    read, unread = Wear(WearLaw(), Random("w")), Wear(WearLaw(), Random("w"))
    noise = Random("n")
    lives = []
    for _ in range(3):
        read.sensed(noise)
        lives.append(read.fails_h)
        assert read.fails_h == unread.fails_h
        read.renew()
        unread.renew()
    assert len(set(lives)) == 3


def test_the_sensor_drifts_after_the_defect_and_not_before() -> None:
    wear, noise = Wear(WearLaw(sigma=1e-9), Random("w")), Random("n")
    wear.run(wear.defect_h - 1.0)
    assert wear.sensed(noise) == pytest.approx(WearLaw().level)
    wear = Wear(WearLaw(sigma=1.0, drift_sigmas=100.0), Random("w"))
    wear.run(wear.fails_h - 1e-9)
    assert wear.sensed(noise) > WearLaw().level + 90.0


def test_all_work_is_counted_once_and_the_cost_is_its_parts() -> None:
    played = play_all(["failure", "manual", "predictive"], 3, DAYS, lambda _name, _day: None)
    assert len({books.jobs for books in played}) == 1
    assert played[0].planned == 0 < played[0].failures
    for books in played:
        late = round(books.late_h * LATE_CENTS_PER_H)
        assert books.cost_cents == books.failures * REPAIR_CENTS + books.planned * PLANNED_CENTS + late


def test_every_day_is_told_and_every_policy_has_a_line() -> None:
    heard: list[tuple[str, int]] = []
    played = play_all(["failure", "manual"], 1, 3, lambda name, day: heard.append((name, day)))
    assert heard == [(name, day) for name in ("failure", "manual") for day in (1, 2, 3)]
    assert [line.split()[0] for line in table(played).splitlines()] == ["policy", "failure", "manual"]


def test_prediction_fails_less_often_than_running_to_failure() -> None:
    predictive, failure = play_all(["predictive", "failure"], 11, DAYS, lambda _name, _day: None)
    assert predictive.failures < failure.failures
