"""Muster's own domain, as the core loop is handed it. Called by bootstrap, the snapshot process and the audit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import orchestrator.domain
from orchestrator.core.ports import Domain
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain.answers import Answer
from orchestrator.domain.decide import decide
from orchestrator.domain.events import event_types
from orchestrator.domain.evolve import evolve
from orchestrator.domain.state import State
from orchestrator.log.codec import Codec, Upcaster


def upcast_v1_v2(fields: dict[str, Any]) -> dict[str, Any]:
    """`InstructionRefused`: why, about what and until when were not said."""
    return {"code": "OTHER", "subject": "", "until_s": None, **fields}


def upcast_v2_v3(fields: dict[str, Any]) -> dict[str, Any]:
    """`InstructionRefused`: nothing was refused of which some is left."""
    return {"left": 0, **fields}


def upcast_speeds_v1_v2(fields: dict[str, Any]) -> dict[str, Any]:
    """`SpeedsLearned`: it is of no concern any more which scores were made before anything was learned."""
    speeds = fields["speeds"]
    horizons = [{name: value for name, value in one.items() if name != "blind"} for one in speeds.get("horizons", ())]
    return {**fields, "speeds": {**speeds, "horizons": horizons}}


#: (event name, old version) -> the function that brings its fields to the next version, `upcast_v1_v2` by name.
UPCASTERS: dict[tuple[str, int], Upcaster] = {
    ("InstructionRefused", 1): upcast_v1_v2,
    ("InstructionRefused", 2): upcast_v2_v3,
    ("SpeedsLearned", 1): upcast_speeds_v1_v2,
}


def muster_domain() -> Domain[State]:
    """Commands, events, state and rules of `orchestrator.domain`."""
    return Domain(
        decide=decide,
        evolve=evolve,
        new_state=State,
        events=Codec(event_types().values(), UPCASTERS),
        answers=Codec([Answer]),
        dump_state=dump_dataclass,
        load_state=partial(load_dataclass, State),
        version=code_version(),
    )


@cache
def code_version() -> str:
    """A digest of the domain's source: any change to how events fold makes older snapshots void."""
    folder = Path(orchestrator.domain.__file__).parent
    return _digest(sorted(folder.rglob("*.py")))


def _digest(files: Iterable[Path]) -> str:
    total = sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()
