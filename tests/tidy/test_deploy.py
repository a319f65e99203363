"""The deploy files: they parse, they name only settings and metrics that exist, and they open no door by accident."""

import configparser
import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from orchestrator.runtime.config import ENV_PREFIX, ServerConfig
from orchestrator.runtime.metrics import Metrics
from tests.tidy.sources import ROOT, Source, text_files

DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bmuster_[a-z_]+")
TIMING = re.compile(r'RAY_((?:health|gcs)[a-z_]+)(?:=|: "|, value: ")(\d+)')
SETTING = re.compile(rf"\b{ENV_PREFIX}([A-Z_]+)\b")


def deploy_files(*endings: str) -> list[Source]:
    """The deploy files we write by hand or generate, without the sample company's data."""
    return [
        source
        for source in text_files()
        if source.path.startswith("deploy/") and source.path.endswith(endings) and "sample_company" not in source.path
    ]


def metrics_in(text: str) -> set[str]:
    return set(METRIC.findall(text))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def test_every_yaml_and_json_file_parses() -> None:
    for source in deploy_files(".yaml", ".yml"):
        assert all(document for document in yaml.safe_load_all(source.text)), source.path
    for source in deploy_files(".json"):
        assert json.loads(source.text), source.path


@pytest.mark.parametrize("name", ["prometheus/rules.yml", "grafana/muster.json"])
def test_every_metric_in_use_exists(name: str) -> None:
    used = metrics_in((DEPLOY / name).read_text())
    assert used
    assert used <= Metrics().sample_names()


def test_a_metric_that_does_not_exist_would_be_seen() -> None:
    assert not metrics_in("rate(muster_no_such_thing_total[5m])") <= Metrics().sample_names()


def test_the_dashboard_is_what_the_script_writes() -> None:
    command = [sys.executable, str(DEPLOY / "grafana" / "make_dashboard.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_setting_in_use_exists() -> None:
    known = {name.upper() for name in ServerConfig.model_fields}
    for source in deploy_files("Dockerfile", ".yaml", ".service", ".conf"):
        assert set(SETTING.findall(source.text)) <= known, source.path


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["annotations"].keys() >= {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "warn", "info"), rule["alert"]


def test_compose_publishes_on_loopback_only_and_never_the_operator_port() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("7400" in port for port in ports)


def test_compose_services_are_read_only_and_without_rights() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name


def test_nothing_listens_on_every_address() -> None:
    for source in deploy_files("Dockerfile", ".yaml", ".service", ".conf"):
        assert not re.search(r"0\.0\.0\.0(?!/)|\[::\]", source.text), source.path
        assert "OPERATOR_HOST" not in source.text, source.path


def test_every_ray_that_others_reach_asks_for_a_token() -> None:
    cluster = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text())
    nodes = {name: service for name, service in cluster["services"].items() if name.startswith("ray-")}
    assert nodes.keys() == {"ray-head", "ray-node"}
    for name, service in nodes.items():
        assert service["environment"]["RAY_AUTH_MODE"] == "token", name
        assert service["secrets"] == ["ray_token"], name
        assert "ports" not in service, name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
    for unit in sorted((DEPLOY / "systemd").glob("muster-ray-*.service")):
        text = unit.read_text()
        assert "Environment=RAY_AUTH_MODE=token\n" in text, unit
        assert "IPAddressDeny=any\n" in text, unit
        assert "Restart=always\n" in text, unit


def test_every_ray_finds_what_is_lost_within_seconds() -> None:
    for path in (
        "compose.cluster.yaml",
        "kuberay.yaml",
        *(f"systemd/muster-ray-{kind}.service" for kind in ("head", "node")),
    ):
        said = dict(TIMING.findall((DEPLOY / path).read_text()))
        assert said == {
            "health_check_period_ms": "1000",
            "health_check_timeout_ms": "2000",
            "health_check_failure_threshold": "3",
            "gcs_rpc_server_reconnect_timeout_s": "5",
        }, path


def test_the_core_of_a_cluster_has_the_token_and_lets_in_private_addresses_only() -> None:
    text = (DEPLOY / "systemd" / "muster-cluster.conf").read_text()
    nodes = (DEPLOY / "systemd" / "muster-ray-node.service").read_text()
    for word in ("LoadCredential", "Environment=RAY_AUTH_MODE", "Environment=RAY_AUTH_TOKEN_PATH", "IPAddress"):
        lines = [line for line in text.splitlines() if line.startswith(word)]
        assert lines, word
        assert lines == [line for line in nodes.splitlines() if line.startswith(word)], word


def test_the_core_beside_the_ray_head_has_the_token_and_a_log_that_outlives_it() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text()))
    (cluster,) = (document for document in documents if document["kind"] == "RayCluster")
    (core,) = (
        container
        for container in cluster["spec"]["headGroupSpec"]["template"]["spec"]["containers"]
        if container["name"] == "muster"
    )
    env = {one["name"]: one.get("value") or one["valueFrom"] for one in core["env"]}
    assert env["RAY_AUTH_MODE"] == "token"
    assert env["RAY_AUTH_TOKEN"]["secretKeyRef"] == {"name": cluster["metadata"]["name"], "key": "auth_token"}
    assert env["MUSTER_LOG_URL"]["secretKeyRef"]["name"] == "muster-log"
    assert env["MUSTER_PARTNER_HOST"] == {"fieldRef": {"fieldPath": "status.podIP"}}


def test_the_image_runs_without_rights_from_hashed_packages() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER muster$", text, re.MULTILINE)
    assert "--require-hashes" in text


def test_the_ray_head_takes_no_work_and_asks_for_a_token() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text()))
    (cluster,) = (document for document in documents if document["kind"] == "RayCluster")
    assert cluster["spec"]["authOptions"]["mode"] == "token"
    assert cluster["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert any(document["kind"] == "NetworkPolicy" for document in documents)


def test_the_unit_restarts_and_cannot_write_elsewhere() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "systemd" / "muster.service")
    assert unit["Service"]["Restart"] == "always"
    assert unit["Service"]["ProtectSystem"] == "strict"
