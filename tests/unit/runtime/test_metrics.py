"""The metrics' names keep Prometheus' rules, and the endpoint serves them and goes away cleanly."""

import re
import socket
import urllib.request

import pytest

from orchestrator.runtime.metrics import Metrics, serve_metrics

#: The names other people's dashboards may rely on; taking one away is a breaking change.
PROMISED = {
    "muster_agent_restarts_total",
    "muster_agents",
    "muster_build_info",
    "muster_checker_rejections_total",
    "muster_core_loop_lag_seconds_bucket",
    "muster_degraded_level",
    "muster_event_to_plan_seconds_bucket",
    "muster_events_ingested_total",
    "muster_late_orders",
    "muster_log_append_seconds_bucket",
    "muster_overrides_active",
    "muster_plan_revisions_total",
    "muster_queue_depth",
    "muster_solve_duration_seconds_bucket",
    "muster_unplanned_orders",
}


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def test_the_promised_names_are_there() -> None:
    assert Metrics().sample_names() >= PROMISED


def test_names_have_the_prefix_and_no_label_could_name_a_person_or_a_thing() -> None:
    for family in Metrics().registry.collect():
        assert re.fullmatch(r"muster_[a-z_]+", family.name)
        assert family.documentation
        labels = {label for sample in family.samples for label in sample.labels}
        assert not labels & {"order", "vehicle", "partner", "customer", "item", "site"}


def test_two_servers_in_one_process_do_not_share_counts() -> None:
    one, other = Metrics(), Metrics()
    one.queue_refusals.inc()
    assert other.registry.get_sample_value("muster_queue_refusals_total") == 0.0


def test_the_endpoint_serves_what_was_observed() -> None:
    metrics = Metrics(version="9.9")
    metrics.event_to_plan.observe(0.007)
    metrics.events_ingested.labels(type="OrderReceived", source="partner").inc(3)
    endpoint = serve_metrics(metrics, "127.0.0.1", 0)
    try:
        text = fetch(endpoint.port)
    finally:
        endpoint.close()
    assert 'muster_event_to_plan_seconds_bucket{le="0.01"} 1.0' in text
    assert 'muster_events_ingested_total{source="partner",type="OrderReceived"} 3.0' in text
    assert 'muster_build_info{version="9.9"} 1.0' in text


def test_closing_frees_the_port() -> None:
    first = serve_metrics(Metrics(), "127.0.0.1", 0)
    first.close()
    second = serve_metrics(Metrics(), "127.0.0.1", first.port)
    second.close()


def test_a_port_in_use_is_an_os_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            serve_metrics(Metrics(), "127.0.0.1", taken.getsockname()[1])
