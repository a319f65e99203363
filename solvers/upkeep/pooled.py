"""The laws of many machines from few lives: the company's first, then each kind's, then each machine's own share.

Each level is the prior of the next, so that a kind of which little is known follows the company and a machine its kind
(partial pooling). Promises: a law for the company whatever the records, one for each kind of which a life has ended,
and one for each such machine; the order of the machines does not matter. Pure, deterministic.
Called by: planning's wear learner and the twin's plant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from solvers.scheduling.maintenance import Weibull
from solvers.upkeep.life import Life, Prior, errors, fit, own

LIFE_PRIOR = Prior()
DELAY_PRIOR = Prior(shape=1.5, scale_h=80.0, shape_spread=0.3, scale_spread=1.0)
KIND_SHAPE_SPREAD, KIND_SCALE_SPREAD = 0.2, 0.7
"""How much kinds of machine differ from the company's law, in logarithms."""


@dataclass(frozen=True, slots=True)
class MachineLives:
    """What is known of one machine. lives: those that ended; running: the present one, None before its first hour.

    delays: from a drift to the end of the life. kind: machines of one kind are expected to wear alike.
    """

    kind: str
    lives: tuple[Life, ...] = ()
    delays: tuple[Life, ...] = ()
    running: Life | None = None

    @property
    def seen(self) -> tuple[Life, ...]:
        """The lives that ended, and the present one so far."""
        return (*self.lives, self.running) if self.running is not None else self.lives


@dataclass(frozen=True, slots=True)
class Laws:
    """Of whole lives, and of delays from a drift to the failure. error: standard error of the life's log scale.

    lives: lives that ended and that it was learned from; censored: those that maintenance ended.
    """

    life: Weibull
    delay: Weibull
    error: float
    lives: int
    censored: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """The laws of the company, of its kinds of machine, and of its machines, by name."""

    company: Laws
    kinds: Mapping[str, Laws]
    machines: Mapping[str, Laws]


def learn(machines: Mapping[str, MachineLives], life: Prior = LIFE_PRIOR, delay: Prior = DELAY_PRIOR) -> Pooled:
    """All laws. life, delay: what is believed of a company of which no life has ended."""
    names = sorted(machines)
    company = _fitted([machines[name] for name in names], life, delay)
    near = (_near(company.life), _near(company.delay))
    kinds: dict[str, Laws] = {}
    for kind in sorted({machines[name].kind for name in names if machines[name].lives}):
        kinds[kind] = _fitted([machines[name] for name in names if machines[name].kind == kind], *near)
    owns = {name: _own(machines[name], kinds[machines[name].kind]) for name in names if machines[name].lives}
    return Pooled(company, kinds, owns)


def _near(law: Weibull) -> Prior:
    return Prior(law.shape, law.scale_h, KIND_SHAPE_SPREAD, KIND_SCALE_SPREAD)


def _fitted(machines: Sequence[MachineLives], life: Prior, delay: Prior) -> Laws:
    seen = [one for machine in machines for one in machine.seen]
    law = fit(seen, life)
    delays = [one for machine in machines for one in machine.delays]
    ended = [one for machine in machines for one in machine.lives]
    return Laws(law, fit(delays, delay), errors(law, seen, life)[1], len(ended), _censored(ended))


def _own(machine: MachineLives, kind: Laws) -> Laws:
    """Delays stay the kind's: they are too few to tell machines apart."""
    law = own(kind.life, machine.seen)
    return Laws(law, kind.delay, kind.error, len(machine.lives), _censored(machine.lives))


def _censored(lives: Iterable[Life]) -> int:
    return sum(not life.failed for life in lives)
