"""The gauges look at a server and say what they see; a count that starts anew never lowers what only rises."""

from types import SimpleNamespace
from typing import Any

from orchestrator.domain.state import State
from orchestrator.runtime.clock import ManualClock
from orchestrator.runtime.gauges import Gauges, Growth
from orchestrator.runtime.metrics import Metrics
from tests.waiting import wait_for


class FakeCore:
    """What gauges ask a core for."""

    def __init__(self) -> None:
        self.queue_length, self.durable_seq = 3, 41
        self.stats = SimpleNamespace(refusals=2, batches=0, append_ns=0)
        self.listeners: list[Any] = []

    def add_listener(self, listener: Any) -> None:
        self.listeners.append(listener)

    def batch(self, *events: object, append_ns: int) -> None:
        """One durable batch, as the core tells its listeners."""
        self.stats.batches += 1
        self.stats.append_ns = append_ns
        for listener in self.listeners:
            for event in events:
                listener(1, 2, event)


def host(name: str, kind: str, restarts: int) -> SimpleNamespace:
    return SimpleNamespace(name=name, kind=kind, restarts=restarts, mailbox_age_s=1.5)


def desk_of(bridge: Any, telemetry: Any = None) -> Any:
    return SimpleNamespace(
        state=State(), clock=ManualClock(), bridge=bridge, telemetry=telemetry, planner=None, watchers=lambda: 4
    )


class FakeBridge:
    """A bridge whose health is set by hand."""

    def __init__(self) -> None:
        self.host_list = (host("vehicles-0", "vehicle", 1),)

    def health(self) -> SimpleNamespace:
        return SimpleNamespace(
            connected=True,
            phase="ready",
            last_error="",
            hosts=1,
            hosts_away=0,
            agents={"vehicle": 12},
            solvers=1,
            host_list=self.host_list,
            outstanding=3,
            instructions={"executed": 9, "twice": 0},
        )


def test_growth_counts_from_zero_after_a_fresh_start() -> None:
    growth = Growth()
    assert [growth.of("a", count) for count in (2, 5, 5, 1, 3)] == [2, 3, 0, 1, 2]
    assert growth.of("b", 7) == 7


async def test_they_show_queue_log_watchers_agents_and_restarts() -> None:
    metrics, core, bridge = Metrics(), FakeCore(), FakeBridge()
    value = metrics.registry.get_sample_value
    gauges = Gauges(metrics, core, desk_of(bridge))
    gauges.start()
    try:
        await wait_for(lambda: value("muster_agents", {"kind": "vehicle"}) == 12, "a first look")
        assert value("muster_queue_depth") == 3
        assert value("muster_log_last_seq") == 41
        assert value("muster_queue_refusals_total") == 2
        assert value("muster_watch_subscribers") == 4
        assert value("muster_agent_restarts_total", {"kind": "vehicle"}) == 1
        bridge.host_list = (host("vehicles-0", "vehicle", 3),)
        await wait_for(lambda: value("muster_agent_restarts_total", {"kind": "vehicle"}) == 3, "a second look")
        assert value("muster_queue_refusals_total") == 2
    finally:
        await gauges.stop()


async def test_they_show_telemetry_by_kind_and_outcome() -> None:
    metrics, counts = Metrics(), {("position", "accepted"): 5, ("", "refused"): 1}
    value = metrics.registry.get_sample_value
    gauges = Gauges(metrics, FakeCore(), desk_of(None, SimpleNamespace(ports=lambda: 2, counts=lambda: counts)))
    gauges.start()
    try:
        await wait_for(lambda: value("muster_telemetry_ports") == 2, "a first look")
        name = "muster_telemetry_readings_total"
        assert value(name, {"kind": "unknown", "outcome": "refused"}) == 1
        counts["position", "accepted"] = 8
        await wait_for(lambda: value(name, {"kind": "position", "outcome": "accepted"}) == 8, "a second look")
    finally:
        await gauges.stop()


def test_each_batch_is_one_append_however_many_events_it_holds() -> None:
    metrics, core = Metrics(), FakeCore()
    Gauges(metrics, core, desk_of(None))
    core.batch("one", "two", append_ns=2_000_000)
    core.batch("three", append_ns=4_000_000)
    assert metrics.registry.get_sample_value("muster_log_append_seconds_count") == 2
    assert metrics.registry.get_sample_value("muster_log_append_seconds_sum") == 0.006
    assert metrics.registry.get_sample_value("muster_events_ingested_total", {"type": "str", "source": "core"}) == 3
