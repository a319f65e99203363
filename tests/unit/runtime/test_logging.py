"""Log lines: structured, on one stream, and without what must not be in a log."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from orchestrator.runtime.logging import REDACTED, setup_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield io.StringIO()
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_process_time_and_level(stream: io.StringIO) -> None:
    setup_logging("core", as_json=True, stream=stream)
    structlog.get_logger("log").info("appended", records=3)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "appended", "level": "info", "logger": "log", "process": "core", "records": 3}


def test_a_librarys_lines_take_the_same_road(stream: io.StringIO) -> None:
    setup_logging("core", as_json=True, stream=stream)
    logging.getLogger("grpc").warning("lost %s", "peer")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("lost peer", "grpc", "warning")


def test_payloads_and_secrets_are_withheld_at_any_depth(stream: io.StringIO) -> None:
    setup_logging("core", as_json=True, stream=stream)
    structlog.get_logger("x").info(
        "call",
        payload="order of Mrs Example",
        partner_token="t0k",
        call={"headers": [{"Authorization": "Bearer t0k"}], "raw": b"t0k", "size": 3},
        request_id="r-1",
    )
    (line,) = lines(stream)
    assert "t0k" not in stream.getvalue()
    assert "Example" not in stream.getvalue()
    assert line["payload"] == line["partner_token"] == REDACTED
    assert line["call"] == {"headers": [{"Authorization": REDACTED}], "raw": REDACTED, "size": 3}
    assert line["request_id"] == "r-1"


def test_an_error_comes_with_its_traceback(stream: io.StringIO) -> None:
    setup_logging("core", as_json=True, stream=stream)
    try:
        raise KeyError("missing")
    except KeyError:
        structlog.get_logger("x").exception("failed")
    (line,) = lines(stream)
    assert "KeyError: 'missing'" in line["exception"]


def test_the_level_holds_and_a_second_set_up_replaces_the_first(stream: io.StringIO) -> None:
    setup_logging("core", as_json=True, stream=stream)
    setup_logging("bridge", level="WARNING", as_json=True, stream=stream)
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    (line,) = lines(stream)
    assert (line["event"], line["process"]) == ("loud", "bridge")


def test_people_get_text(stream: io.StringIO) -> None:
    setup_logging("core", stream=stream)
    structlog.get_logger("x").info("ready", port=7400)
    assert "ready" in stream.getvalue()
    assert "port=7400" in stream.getvalue()


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        setup_logging("core", level="loud")
