"""What the rings of thirteen speakers cost Chromium while all of them talk, ten levels a second each.

Work: the style guide's room with thirteen on the stage, at 1280 by 800, of which nothing is connected. In turn, window
by window: the page stands still, then its own `hearVoices` is called ten times a second with a fresh level for each of
the thirteen, as when a relay's levels come in (in a real room three are heard at a time). CPU seconds, user and system,
are what Chromium says of its own renderer and GPU processes; without a graphics card the latter draws in software, so
this is the dear case. The cost of the levels is the difference between a window and the still one before it.

The last line is one JSON object. Run: python -m tests.benchmarks.bench_rings --windows 5
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from config.embedded.demo import PASSWORD
from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.embedded import start_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, CDPSession, Page

ROOM = "/styleguide/rooms/listener-13-300/"
SEATS = 13
SETTLE_MS = 2_000
COUNTED = ("renderer", "GPU")
# The page's own module, whatever its address; levels wander as voices do, at ten a second.
SPEAK = """async () => {
  const found = performance.getEntriesByType("resource").map(({ name }) => name);
  const { hearVoices } = await import(found.find((name) => /\\/voices(\\.[0-9a-f]+)?\\.js$/.test(name)));
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const view = { seats: page.state.stage, you: null, phase: "live", page: { ...page, still: null } };
  let turn = 0;
  window.calls = 0;
  window.speaking = setInterval(() => {
    turn += 1;
    const level = (index) => 0.5 + 0.45 * Math.sin(turn * 1.7 + index * 2.1);
    hearVoices({ levels: new Map(view.seats.map(({ person }, index) => [person.id, level(index)])) }, view);
    window.calls += 1;
  }, 100);
}"""
HUSH = "() => { clearInterval(window.speaking); return window.calls; }"


@contextmanager
def product(folder: Path) -> Iterator[str]:
    """Start the embedded default and return its address."""
    started = start_embedded(folder / "var", environment={"SPEAK": "0"})
    try:
        started.wait_for_banner()
        started.wait_until_ready()
        yield started.url
    finally:
        started.stop()


def room_page(browser: Browser, url: str) -> Page:
    """Return the room, as staff sees it, with nobody talking."""
    page = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("sam")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], form.form button[type=submit]").first.click()
    page.wait_for_url(f"{url}/")
    page.goto(ROOM)
    page.locator("#live[data-phase=live]").wait_for()
    return page


def cpu_seconds(chromium: CDPSession) -> float:
    """Return what renderers and the GPU process have used so far."""
    processes = chromium.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(process["cpuTime"] for process in processes if process["type"] in COUNTED))


def window(page: Page, chromium: CDPSession, seconds: float) -> float:
    """Return the CPU seconds per second of one window."""
    page.wait_for_timeout(SETTLE_MS)
    before = cpu_seconds(chromium)
    page.wait_for_timeout(seconds * 1000)
    return (cpu_seconds(chromium) - before) / seconds


def pair(page: Page, chromium: CDPSession, seconds: float) -> tuple[float, float]:
    """Return a still window's share of a core and a talking one's."""
    still = window(page, chromium, seconds)
    page.evaluate(SPEAK)
    talking = window(page, chromium, seconds)
    rings = page.locator("#stage .seat.is-talking").count()
    calls = page.evaluate(HUSH)
    if rings != SEATS or calls < 8 * seconds:
        msg = f"{rings} rings moved, {calls} times in {seconds} s"
        raise RuntimeError(msg)
    return still, talking


def measure(windows: int, seconds: float) -> list[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder, product(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
        page = room_page(browser, url)
        page.evaluate(SPEAK)
        page.wait_for_timeout(SETTLE_MS)
        page.evaluate(HUSH)
        pairs = [pair(page, browser.new_browser_cdp_session(), seconds) for _ in range(windows)]
        browser.close()
    return pairs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    pairs = measure(options.windows, options.seconds)
    print(f"{'window':<10}{'still %':>10}{'talking %':>12}{'rings %':>10}")
    for number, (still, talking) in enumerate(pairs, start=1):
        print(f"{number:<10}{still * 100:>10.2f}{talking * 100:>12.2f}{(talking - still) * 100:>10.2f}")
    cost = statistics.median(talking - still for still, talking in pairs)
    print(f"median cost of the rings: {cost * 100:.2f} % of a core (machine's load before: {load:.1f})")
    print(json.dumps({"rings_percent_of_a_core": round(cost * 100, 2), "windows": len(pairs), "load": round(load, 1)}))


if __name__ == "__main__":
    main()
