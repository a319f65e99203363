"""`python -m orchestrator.web.screenshot`: pictures of the dashboard's two pages, taken in chromium.

Without `--url` it starts a demo of its own, waits for the thick of the day and stops it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WIDTH, HEIGHT = 1440, 1020
READY_S_MAX, SETTLE_S = 90.0, 45.0
RENEW_MS = 4_000
INVENTORY = "inventory.png"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def take(url: str, out: Path) -> None:
    """Open both pages, wait until there is something on them, and save what one sees; the second beside the first."""
    from playwright.sync_api import sync_playwright

    out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(url)
        page.wait_for_selector(".m-map .vehicle", timeout=30_000)
        page.wait_for_selector(".m-tick", timeout=30_000)
        page.screenshot(path=out)
        page.goto(f"{url}/inventory")
        page.wait_for_selector(".m-outlook .band", timeout=30_000)
        page.wait_for_timeout(RENEW_MS)
        page.screenshot(path=out.with_name(INVENTORY))
        browser.close()


def take_from_demo(out: Path) -> None:
    """Run a demo, and take the picture in the middle of its morning."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "orchestrator.cli.main", "demo", "--stay", "--speed", "240"]
        command += ["--data-dir", str(Path(folder) / "data")]
        demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = _dashboard_of(Path(folder) / "data", demo)
            time.sleep(SETTLE_S)
            take(url, out)
        finally:
            demo.terminate()
            demo.wait(timeout=60)


def _dashboard_of(data_dir: Path, demo: subprocess.Popen[bytes]) -> str:
    import json

    deadline = time.monotonic() + READY_S_MAX
    endpoints = data_dir / "endpoints.json"
    while time.monotonic() < deadline and demo.poll() is None:
        if endpoints.exists() and json.loads(endpoints.read_text()).get("web"):
            return f"http://{json.loads(endpoints.read_text())['web']}"
        time.sleep(0.5)
    raise SystemExit("the demo did not start: run 'muster demo' to see why")


def main() -> None:
    """Read the flags and take the picture."""
    parser = argparse.ArgumentParser(description="Take a picture of the dashboard.")
    parser.add_argument("--url", default="", help="a running dashboard; none: start a demo")
    parser.add_argument("--out", type=Path, default=Path("deploy/dashboard.png"))
    flags = parser.parse_args()
    if flags.url:
        take(flags.url, flags.out)
    else:
        take_from_demo(flags.out)
    sys.stdout.write(f"{flags.out}\n")


if __name__ == "__main__":
    main()
