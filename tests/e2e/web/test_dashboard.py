"""The dashboard in a real browser: offline, live, and its clicks do what they say."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from orchestrator.web.screenshot import FLAGS
from protos.muster.operator.v1 import agent_service_pb2 as agent_pb
from tests.e2e.web.fake_server import FakeOperatorPort
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def free_port() -> int:
    """A port that nobody uses right now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something listens there."""
    with closing(socket.socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Seen:
    """A page, and what it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeOperatorPort]:
    fake = FakeOperatorPort()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def url(server: FakeOperatorPort) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "orchestrator.web", "--operator", server.address, "--port", str(port)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "NICEGUI_"))}
    web = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean)
    try:
        wait_until(lambda: answers(port), "the dashboard listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        web.terminate()
        web.wait(timeout=20)


@pytest.fixture(scope="module")
def seen(url: str, chromium: str) -> Iterator[Seen]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        seen = Seen(browser.new_page(viewport={"width": 1440, "height": 1000}))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.goto(url)
        expect(seen.page.locator(".m-map .vehicle")).to_have_count(12)
        yield seen
        browser.close()


def test_the_page_is_whole_and_asks_nobody_but_its_server(seen: Seen, url: str) -> None:
    expect(seen.page.locator(".m-tile")).to_have_count(8)
    expect(seen.page.locator(".m-gantt .bar").first).to_be_visible()
    expect(seen.page.locator(".m-tick").first).to_contain_text("vehicle V3 down")
    expect(seen.page.get_by_text("Isar Möbel & <Söhne>")).to_be_visible()
    assert seen.requests
    host = url.removeprefix("http")
    assert [asked for asked in seen.requests if host not in asked and not asked.startswith("data:")] == []
    assert seen.errors == []


def test_what_changes_on_the_server_appears(seen: Seen, server: FakeOperatorPort) -> None:
    marker = seen.page.locator('.m-map .vehicle[data-vehicle="V1"]')
    before = marker.get_attribute("style")
    server.shown.vehicles[0].place.lat_e7 += 100_000
    server.shown.revision = 58
    expect(seen.page.get_by_text("revision 58", exact=True)).to_be_visible()
    wait_until(lambda: marker.get_attribute("style") != before, "the vehicle's marker has moved")


def test_the_rows_behind_a_figure(seen: Seen) -> None:
    seen.page.locator(".m-tile", has_text="Late risk").click()
    expect(seen.page.get_by_text("acme/104: 15 min late. behind a breakdown")).to_be_visible()
    seen.page.get_by_role("button", name="Close").click()
    expect(seen.page.get_by_text("acme/104: 15 min late. behind a breakdown")).to_be_hidden()


def test_an_alert_is_seen_with_one_click(seen: Seen, server: FakeOperatorPort) -> None:
    seen.page.locator(".m-row", has_text="vehicle down").get_by_role("button", name="Seen").click()
    expect(seen.page.locator(".m-row.acknowledged")).to_have_count(1)
    assert server.acknowledged == ["VEHICLE_DOWN:V3"]


def test_an_order_is_explained_previewed_and_assigned(seen: Seen, server: FakeOperatorPort) -> None:
    page = seen.page
    page.locator(".m-row", has_text="acme/990").get_by_role("button", name="Explain").click()
    expect(page.get_by_text("Order acme/990 fits nowhere in time.")).to_be_visible()
    page.get_by_label("Put it on a vehicle").click()
    page.get_by_role("option", name="V1").click()
    expect(page.get_by_text("Cost 7.40 €")).to_be_visible()
    page.get_by_label("Reason").fill("the customer accepts")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("muster undo ov-1")).to_be_visible()
    (created,) = server.created
    assert (created.order_id, created.vehicle_id, created.reason) == ("acme/990", "V1", "the customer accepts")


def test_what_would_let_an_order_in_is_a_click_away(seen: Seen, server: FakeOperatorPort) -> None:
    page = seen.page
    page.locator(".m-row", has_text="acme/990").get_by_role("button", name="Explain").click()
    expect(page.get_by_text("V2 carries 40000 g more · +3.10 €")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Give a reason first.")).to_be_visible()
    page.get_by_label("Why").fill("one more box")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Done: V2 carries 40000 g more")).to_be_visible()
    (allowed,) = server.allowed
    assert (allowed.vehicle_id, allowed.amount, allowed.reason) == ("V2", 40_000, "one more box")
    assert allowed.request_id


def test_the_inventory_page_shows_the_band_and_a_proposal_is_approved_and_put_off(
    seen: Seen, server: FakeOperatorPort, url: str
) -> None:
    browser = seen.page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("link", name="Inventory").click()
    expect(page.locator(".m-outlook .band")).to_have_count(1)
    expect(page.get_by_text("FILTER-4 at W1")).to_be_visible()
    expect(page.get_by_text("cheaper, but 30 % come late <b>")).to_be_visible()
    expect(page.get_by_text("Schlauch & <Lechner>")).to_be_visible()
    page.locator("tr", has_text="VALVE-1").click()
    expect(page.get_by_text("VALVE-1 at W2")).to_be_visible()
    page.get_by_role("button", name="Snooze").click()
    wait_until(lambda: bool(server.stock.snoozed), "the proposal was put off")
    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Quantity").fill("80")
    page.get_by_label("Reason").fill("room is tight")
    page.get_by_role("button", name="Order it").click()
    expect(page.get_by_text("muster stock cancel RP-000001")).to_be_visible()
    (released,) = server.stock.released
    assert (released.proposal_id, released.quantity, released.reason) == ("FILTER-4@W1", 80, "room is tight")
    expect(page.get_by_text("Nothing to order now.")).to_be_visible()
    page.close()


def test_the_agents_page_shows_hosts_in_trouble_and_their_return(
    seen: Seen, server: FakeOperatorPort, url: str
) -> None:
    browser = seen.page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("link", name="Agents").click()
    expect(page.locator(".m-tile.bad")).to_contain_text("10 / 20")
    expect(page.get_by_text("Last trouble: hosts away: vehicle-1.")).to_be_visible()
    expect(page.locator("tr.bad", has_text="vehicle-1")).to_contain_text("2.5 s")
    expect(page.locator("tr", has_text="solver-0")).to_contain_text("routing")
    for host in server.hosts.shown.hosts:
        host.alive, host.mailbox, host.mailbox_age_ms = True, 0, 0
    server.hosts.shown.kinds[0].held = 20
    expect(page.locator("tr.bad")).to_have_count(0)
    expect(page.locator(".m-tile")).to_contain_text("20 / 20")
    page.close()


def test_negotiations_tell_their_story_and_resources_are_drained_and_put_back(
    seen: Seen, server: FakeOperatorPort, url: str
) -> None:
    browser = seen.page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.goto(f"{url}/agents")
    expect(page.get_by_text("rapid for 42.00 €: 40.00 € below the next")).to_be_visible()
    page.get_by_role("button", name="Story").click()
    expect(page.get_by_text("rapid bids 42.00 € for acme/990")).to_be_visible()
    expect(page.get_by_text("muster negotiation show N-000001")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("ada: new floor")).to_be_visible()
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("Nothing is cordoned.")).to_be_visible()
    assert [one.resource_id for one in server.agents.put_back] == ["L1"]
    page.get_by_role("button", name="Drain…").click()
    page.get_by_label("Its id").fill("V3")
    page.get_by_label("Reason").fill("brakes")
    page.get_by_role("button", name="Drain it").click()
    expect(page.get_by_text("muster uncordon vehicle V3")).to_be_visible()
    (drained,) = server.agents.drained
    assert (drained.resource_id, drained.reason) == ("V3", "brakes")
    page.get_by_role("button", name="Drain…").click()
    page.get_by_label("What").click()
    page.get_by_role("option", name="dock").click()
    page.get_by_label("Its id").fill("WH-1")
    page.get_by_label("How many docks").fill("2")
    page.get_by_label("Reason").fill("ice")
    page.get_by_role("button", name="Drain it").click()
    expect(page.get_by_text("muster uncordon dock WH-1")).to_be_visible()
    closed = server.agents.drained[-1]
    assert (closed.resource_id, closed.docks, closed.policy) == ("WH-1", 2, agent_pb.DRAIN_POLICY_COMPLETE)
    page.close()


def test_a_server_away_is_said_and_the_last_plan_can_be_printed(seen: Seen, server: FakeOperatorPort) -> None:
    with seen.page.context.expect_page() as opened:
        server.stop()
        expect(seen.page.get_by_text("server away")).to_be_visible(timeout=15_000)
        seen.page.get_by_role("link", name="Print the run sheets").click()
    paper = opened.value
    expect(paper.locator("section")).to_have_count(sum(bool(vehicle.stops) for vehicle in server.shown.vehicles))
    expect(paper.locator("section").first).to_contain_text("2 × PUMP-1")
    expect(paper.locator("section").first).to_contain_text("server away")
