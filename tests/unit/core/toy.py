"""A domain of one rule, small enough to say by heart what the core must make of it.

`Put(name, amount)` adds to a total and answers with the new total. Negative amounts are rejected; a name with the
word "boom" breaks `decide`, one with "poison" breaks `evolve`.
"""

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from orchestrator.core.ports import Domain
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.log.codec import Codec


class Frozen(BaseModel):
    """Base of the toys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Put(Frozen):
    """Add `amount` to the total of `name`, as `parts` events."""

    name: str
    amount: int = 1
    parts: int = 1


class Added(Frozen):
    """It was added."""

    name: str
    amount: int


class Total(Frozen):
    """What the caller is told."""

    total: int


@dataclass(frozen=True)
class ToyDecision:
    """Events and answer."""

    events: tuple[Added, ...]
    answer: Total | None


@dataclass
class ToyState:
    """Totals by name, and every event's place in the log."""

    totals: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[str, int], int] = field(default_factory=dict)


def decide(state: ToyState, command: Put, now_s: int, principal: str) -> ToyDecision:
    """One event a part."""
    if "boom" in command.name:
        raise ValueError("decide broke")
    if command.amount < 0:
        raise Rejection(Reason.INVALID_FIELD, "amount is negative", field="amount")
    total = state.totals.get(command.name, 0) + command.amount * command.parts
    return ToyDecision((Added(name=command.name, amount=command.amount),) * command.parts, Total(total=total))


def evolve(state: ToyState, event: Added, seq: int, at_s: int) -> None:
    """Add it."""
    if "poison" in event.name:
        raise ValueError("evolve broke")
    state.totals[event.name] = state.totals.get(event.name, 0) + event.amount
    state.places[event.name, seq] = at_s


def _load(content: bytes) -> ToyState:
    return load_dataclass(ToyState, content)


def toy_domain() -> Domain[ToyState]:
    """The toy as the core is handed it."""
    return Domain(decide, evolve, ToyState, Codec([Added]), Codec([Total]), dump_dataclass, _load, "toy 1")
