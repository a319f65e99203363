"""Every metric Muster exports, and the http endpoint that serves them.

Promises the Prometheus rules: prefix `muster_`, base units, `_total` on counters, and low cardinality; no
order, vehicle or partner name is ever a label. Each server builds one `Metrics` with a registry of its own
(so tests can build many); rooms are handed the object and only observe. Alert rules and the dashboard in
`deploy/` may only use names that are defined here; a test holds that.
"""

import socket
import threading
from dataclasses import dataclass
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

#: The promise is p50 ≤ 10 ms and p99 ≤ 50 ms, so the buckets are dense there.
PLAN_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
IO_BUCKETS_S = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
#: The promise is p99 ≤ 20 ms, so a reader must be able to tell 20 from 50.
LAG_BUCKETS_S = (0.001, 0.002, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 1.0)
SOLVE_BUCKETS_S = (0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The metrics of one server, as attributes named as in Prometheus without `muster_` and unit suffix."""

    def __init__(self, version: str = "0.1.0") -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._define_flow()
        self._define_planning()
        self._define_fleet()
        self._define_stock()
        self.build_info = self._gauge("muster_build_info", "Always 1; the version is the label.", "version")
        self.build_info.labels(version=version).set(1)

    def _define_flow(self) -> None:
        """Ingest, core loop and log."""
        self.events_ingested = self._counter("muster_events_ingested_total", "Events made durable.", "type", "source")
        self.queue_depth = self._gauge("muster_queue_depth", "Commands waiting for the core.")
        self.queue_refusals = self._counter(
            "muster_queue_refusals_total", "Commands refused because the queue was full or draining."
        )
        self.rejections = self._counter(
            "muster_rejections_total", "Commands refused by a rule, by reason of the catalogue.", "reason"
        )
        self.rpc_duration = self._histogram(
            "muster_rpc_duration_seconds", "Unary calls answered.", IO_BUCKETS_S, "method", "code"
        )
        self.core_loop_lag = self._histogram(
            "muster_core_loop_lag_seconds", "How late the core's event loop woke up.", LAG_BUCKETS_S
        )
        self.log_append = self._histogram("muster_log_append_seconds", "One batch appended and fsynced.", IO_BUCKETS_S)
        self.log_last_seq = self._gauge("muster_log_last_seq", "Number of the last durable record.")
        self.watch_subscribers = self._gauge("muster_watch_subscribers", "Open Watch streams.")

    def _define_planning(self) -> None:
        """Plans, solves and what the plan could not do."""
        self.event_to_plan = self._histogram(
            "muster_event_to_plan_seconds",
            "From an event's arrival to the published plan that answers it. The headline.",
            PLAN_BUCKETS_S,
        )
        self.solve_duration = self._histogram(
            "muster_solve_duration_seconds", "One solve.", SOLVE_BUCKETS_S, "problem", "outcome"
        )
        self.plan_revisions = self._counter("muster_plan_revisions_total", "Published plan revisions.", "cause")
        self.plan_revision = self._gauge("muster_plan_revision", "Number of the active plan revision.")
        self.checker_rejections = self._counter(
            "muster_checker_rejections_total", "Plans the independent checker stopped.", "problem"
        )
        self.unplanned_orders = self._gauge(
            "muster_unplanned_orders", "Open orders without a place in the plan.", "reason"
        )
        self.late_orders = self._gauge("muster_late_orders", "Open orders planned after their window.")
        self.overrides_active = self._gauge("muster_overrides_active", "Overrides in force.", "kind")

    def _define_stock(self) -> None:
        """What was learned about demand and suppliers, and what waits for a person."""
        self.forecast_error_ratio = self._gauge(
            "muster_forecast_error_ratio", "Absolute error of the forecasts, one day ahead, over all demand."
        )
        self.forecast_bias_ratio = self._gauge(
            "muster_forecast_bias_ratio", "Forecast less demand, one day ahead, over all demand."
        )
        self.forecast_coverage_ratio = self._gauge(
            "muster_forecast_coverage_ratio", "Share of days inside the 90 % interval of their forecast."
        )
        self.learning_version = self._gauge("muster_learning_version", "Version of what was learned.")
        self.learning_drifts = self._gauge("muster_learning_drifts", "Items and suppliers that have changed lately.")
        self.items_out_of_stock = self._gauge("muster_items_out_of_stock", "Items at sites with nothing on hand.")
        self.proposals_waiting = self._gauge("muster_proposals_waiting", "Proposals that a person has to decide about.")
        self.purchases_written_off = self._counter(
            "muster_purchases_written_off_total", "Purchase orders that are not counted on any more."
        )

    def _define_fleet(self) -> None:
        """Agents and the degradation ladder."""
        self.agents = self._gauge("muster_agents", "Agents alive.", "kind")
        self.agent_restarts = self._counter(
            "muster_agent_restarts_total", "Agent hosts brought back after they died.", "kind"
        )
        self.instruction_confirm = self._histogram(
            "muster_instruction_confirm_seconds",
            "From an instruction's sending to the agent's confirmation that it was executed.",
            IO_BUCKETS_S,
        )
        self.instructions_outstanding = self._gauge(
            "muster_instructions_outstanding", "Instructions that no agent has confirmed yet."
        )
        self.instructions = self._gauge(
            "muster_instructions",
            "Instructions since the start: executed; repeated, so not executed again; twice, which is a defect.",
            "outcome",
        )
        self.mailbox_age = self._gauge(
            "muster_mailbox_age_seconds", "Age of the oldest message that a host has not answered.", "kind"
        )
        self.telemetry_readings = self._counter(
            "muster_telemetry_readings_total",
            "Telemetry at the hosts' ports, by kind and what became of it; superseded are of the accepted.",
            "kind",
            "outcome",
        )
        self.telemetry_ports = self._gauge("muster_telemetry_ports", "Hosts with an open telemetry port.")
        self.degraded_level = self._gauge(
            "muster_degraded_level",
            "0 full; 1 improve only in the core; 2 repair by auction; 3 hold the last plan; 4 accept and log only.",
        )
        self.degraded_steps = self._counter("muster_degraded_steps_total", "Times each level was entered.", "level")
        self.degraded_seconds = self._counter("muster_degraded_seconds_total", "Real seconds at each level.", "level")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def sample_names(self) -> frozenset[str]:
        """Every name a Prometheus query may use, with `_total`, `_bucket`, `_sum` and `_count` spelt out."""
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        return frozenset(
            family.name + ending for family in self.registry.collect() for ending in endings.get(family.type, ("",))
        )


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """A running /metrics server; `port` is the real one also when 0 was asked for."""

    host: str
    port: int
    _server: WSGIServer
    _thread: threading.Thread

    def close(self) -> None:
        """Stop answering, free the port and wait for the thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_metrics(metrics: Metrics, host: str, port: int) -> MetricsEndpoint:
    """Serve `metrics` on http://host:port/metrics in a daemon thread. An address in use raises `OSError`."""
    try:
        server, thread = start_http_server(port, addr=host, registry=metrics.registry)
    except socket.gaierror as error:
        raise OSError(f"metrics_host {host!r} cannot be resolved: {error}") from error
    return MetricsEndpoint(host, server.server_port, server, thread)
