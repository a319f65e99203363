"""What the core knows of telemetry: who is where, which ports are open, and sums that outlive bridges."""

from __future__ import annotations

import time

from agents.messages import AgentKind, AgentRef
from orchestrator.runtime.bridge_messages import HostStatus, Layout, Status
from orchestrator.runtime.telemetry_places import TelemetryPlaces
from orchestrator.telemetry.token import is_good

V1, V2 = AgentRef(AgentKind.VEHICLE, "V1"), AgentRef(AgentKind.VEHICLE, "V2")
LAYOUT = Layout((("vehicle-0", (V1,)), ("vehicle-1", (V2,))))


def host(name: str, address: str) -> HostStatus:
    return HostStatus(name, "vehicle", 1, bool(address), 0, 7, 0, address=address)


def test_an_agent_is_where_the_layout_says_as_long_as_that_host_has_a_port() -> None:
    places = TelemetryPlaces(b"k")
    assert places.port_of(V1) is None
    places.take_layout(LAYOUT)
    places.take_status(Status(True, (host("vehicle-0", "127.0.0.1:1"), host("vehicle-1", ""))))
    assert (places.port_of(V1), places.port_of(V2), places.ports()) == (("vehicle-0", "127.0.0.1:1"), None, 1)
    places.take_layout(Layout((("vehicle-0", (V2,)),)))
    assert (places.port_of(V1), places.port_of(V2)) == (None, ("vehicle-0", "127.0.0.1:1"))
    places.take_status(Status(False))
    assert places.port_of(V2) is None


def test_sums_go_on_when_a_bridge_begins_anew() -> None:
    places = TelemetryPlaces(b"k")
    for count in (5, 9, 2, 3):
        places.take_status(Status(True, readings=(("position", "accepted", count),)))
    assert places.counts() == {("position", "accepted"): 9 + 3}


def test_its_tokens_are_good_for_its_key() -> None:
    token, lifetime_s = TelemetryPlaces(b"k").new_token()
    assert lifetime_s > 0
    assert is_good(b"k", token, int(time.time()))
