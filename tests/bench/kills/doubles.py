"""What a log says was done twice: every act that may happen once an order, a task or a purchase, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from orchestrator.core.model import muster_domain
from orchestrator.domain import events as e
from orchestrator.domain.reminders_events import ReminderSet
from orchestrator.log.chain import load_key
from orchestrator.log.open_store import open_store
from orchestrator.log.verify import verify
from orchestrator.runtime.bootstrap import WITNESS_FILE

PAGE = 1_000


def counted(data_dir: Path, key_path: Path) -> tuple[int, list[str]]:
    """(acts, those done more than once or problems of the chain, in words) of a stopped server's log."""
    store, domain = open_store("sqlite", data_dir), muster_domain()
    store.open()
    try:
        problems = [str(problem) for problem in verify(store, load_key(key_path), data_dir / WITNESS_FILE).problems]
        acts, raised = Counter[str](), Counter[str]()
        after = 0
        while page := store.read(after, PAGE):
            for row in page:
                event = domain.events.decode(row.type, row.schema_version, row.payload)
                acts.update(_acts(event))
                if isinstance(event, e.AlertRaised):
                    raised[event.alert.alert_id] += 1
                # To set a reminder is no act but a state, and decide drops what says the state again.
                if row.principal.startswith("agent:") and not isinstance(event, ReminderSet):
                    round_ = raised[event.alert_id] if isinstance(event, e.AlertResolved) else 0
                    acts[f"{row.principal} {row.type} {row.payload!r}, round {round_}"] += 1
            after = page[-1].seq
        return acts.total(), problems + [f"{act}: {count} times" for act, count in acts.items() if count > 1]
    finally:
        store.close()


def _acts(event: object) -> Iterator[str]:
    match event:
        case e.OrderDelivered():
            yield f"delivered {event.order_id}"
        case e.TaskStarted():
            yield f"started {event.task_id}"
        case e.TaskFinished():
            yield f"finished {event.task_id}"
        case e.ProductionReleased():
            yield f"released {event.order.production_order_id}"
        case e.PurchasePlaced():
            yield f"placed {event.order.purchase_order_id}"
