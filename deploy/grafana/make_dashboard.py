"""Write `muster.json`, the Grafana dashboard, from the table of panels below.

Promises that every metric it draws is defined in `orchestrator/runtime/metrics.py`: an unknown name stops it. Started
by `make dashboard`; `--check` exits 1 when the committed file is not what this would write, which a test asks.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.runtime.metrics import Metrics

TARGET = Path(__file__).with_name("muster.json")
METRIC = re.compile(r"\bmuster_[a-z_]+")
WIDTH, HEIGHT, COLUMNS = 12, 8, 2


@dataclass(frozen=True)
class Panel:
    """One panel: a question somebody asks, and the queries (legend, expression) that answer it."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"


def quantile(of: float, metric: str, by: str = "") -> str:
    """The quantile of a histogram over five minutes, by further labels."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({of}, sum by ({labels}) (rate({metric}_bucket[5m])))"


def per_second(metric: str, by: str) -> str:
    """The rate of a counter, by label."""
    return f"sum by ({by}) (rate({metric}[1m]))"


PANELS = (
    Panel(
        "How fast is the plan right again?",
        "s",
        (
            ("p50", quantile(0.5, "muster_event_to_plan_seconds")),
            ("p99", quantile(0.99, "muster_event_to_plan_seconds")),
        ),
    ),
    Panel("Is it whole? (0 all well … 4 accepting only)", "none", (("level", "muster_degraded_level"),), "stat"),
    Panel("What happens?", "ops", (("{{type}}", per_second("muster_events_ingested_total", "type")),)),
    Panel("Why was the plan changed?", "ops", (("{{cause}}", per_second("muster_plan_revisions_total", "cause")),)),
    Panel(
        "Which orders are in trouble?",
        "none",
        (("unplanned: {{reason}}", "muster_unplanned_orders"), ("late", "muster_late_orders")),
    ),
    Panel(
        "What do people and the checker stop?",
        "none",
        (
            ("override: {{kind}}", "muster_overrides_active"),
            ("checker, 1 h: {{problem}}", "increase(muster_checker_rejections_total[1h])"),
        ),
    ),
    Panel(
        "How long do solves take? (p95)",
        "s",
        (("{{problem}}, {{outcome}}", quantile(0.95, "muster_solve_duration_seconds", "problem, outcome")),),
    ),
    Panel(
        "Is the core free? (p99)",
        "s",
        (
            ("loop lag", quantile(0.99, "muster_core_loop_lag_seconds")),
            ("log append", quantile(0.99, "muster_log_append_seconds")),
        ),
    ),
    Panel(
        "Is work waiting or refused?",
        "none",
        (("queue", "muster_queue_depth"), ("refused, 5 min", "increase(muster_queue_refusals_total[5m])")),
    ),
    Panel(
        "Are the agents there?",
        "none",
        (("{{kind}}", "muster_agents"), ("restarts, 15 min: {{kind}}", "increase(muster_agent_restarts_total[15m])")),
    ),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana's JSON model. A metric that does not exist is a SystemExit."""
    unknown = {name for panel in PANELS for _, query in panel.queries for name in METRIC.findall(query)}
    unknown -= Metrics().sample_names()
    if unknown:
        raise SystemExit(f"not in orchestrator/runtime/metrics.py: {', '.join(sorted(unknown))}")
    return {
        "uid": "muster",
        "title": "Muster",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "5s",
        "time": {"from": "now-1h", "to": "now"},
        "tags": ["muster"],
        "panels": [panel_json(number, panel) for number, panel in enumerate(PANELS)],
    }


def panel_json(number: int, panel: Panel) -> dict[str, Any]:
    """One panel in the grid."""
    source = {"type": "prometheus", "uid": "prometheus"}
    row, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": source, "expr": query, "legendFormat": legend}
            for place, (legend, query) in enumerate(panel.queries)
        ],
    }


def main(arguments: list[str]) -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description="Make Muster's Grafana dashboard.")
    parser.add_argument("--check", action="store_true", help="exit 1 when the committed file is out of date")
    text = json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"
    if parser.parse_args(arguments).check:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET.name}: out of date, run `make dashboard`", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
