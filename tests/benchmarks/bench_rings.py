"""What the rings of thirteen speakers cost Chromium, ten levels a second each.

Work: the style guide's room with thirteen on the stage, at 1280 by 800, of which nothing is connected. In turn, window
by window: the page stands still, then its own `hearVoices` is called ten times a second with a fresh level for each
who talks: three, which is as many as a relay lets through at a time, then all thirteen, which no room does. CPU time,
user and system, are what Chromium says of its own renderer and GPU processes; without a graphics card the latter draws
in software, so this is the dear case. The cost of the levels is the difference to the still window of the same round.
*Bare* is the least that any page pays for thirteen discs that change: they and nothing else, on a blank page.

The last line is one JSON object. Run: python -m tests.benchmarks.bench_rings --rounds 5
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
HEARD_AT_ONCE = 3
SETTLE_MS = 2_000
COUNTED = ("renderer", "GPU")
# The page's own module, whatever its address; levels wander as voices do, at ten a second.
SPEAK = """async (talking) => {
  const found = performance.getEntriesByType("resource").map(({ name }) => name);
  const { hearVoices } = await import(found.find((name) => /\\/voices(\\.[0-9a-f]+)?\\.js$/.test(name)));
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const view = { seats: page.state.stage, you: null, phase: "live", page: { ...page, still: null } };
  const people = view.seats.slice(0, talking).map(({ person }) => person.id);
  let turn = 0;
  window.calls = 0;
  window.speaking = setInterval(() => {
    turn += 1;
    const level = (index) => 0.5 + 0.45 * Math.sin(turn * 1.7 + index * 2.1);
    hearVoices({ levels: new Map(people.map((id, index) => [id, level(index)])) }, view);
    window.calls += 1;
  }, 100);
}"""
BARE_PAGE = """<style>
  b { position: absolute; inline-size: 100px; block-size: 100px; border-radius: 50%; background: orange }
  b { will-change: transform }
</style>"""
SPEAK_BARE = """() => {
  const discs = [...document.querySelectorAll("b")];
  let turn = 0;
  window.calls = 0;
  window.speaking = setInterval(() => {
    turn += 1;
    const scale = (index) => 1.08 + 0.07 * Math.sin(turn * 1.7 + index * 2.1);
    discs.forEach((disc, index) => { disc.style.transform = `scale(${scale(index).toFixed(2)})`; });
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


def talk(page: Page, chromium: CDPSession, seconds: float, talking: int) -> float:
    """Return the share of a core while so many talk."""
    page.evaluate(SPEAK, talking)
    used = window(page, chromium, seconds)
    rings = page.locator("#stage .seat.is-talking").count()
    calls = page.evaluate(HUSH)
    if rings != talking or calls < 8 * seconds:
        msg = f"{rings} rings moved, {calls} times in {seconds} s"
        raise RuntimeError(msg)
    # The last ring has gone out when the next window begins.
    page.wait_for_timeout(SETTLE_MS)
    return used


def turns(page: Page, chromium: CDPSession, seconds: float) -> dict[str, float]:
    """Return one round's shares of a core, less what the still page takes."""
    still = window(page, chromium, seconds)
    three = talk(page, chromium, seconds, HEARD_AT_ONCE) - still
    return {"still": still, "three": three, "thirteen": talk(page, chromium, seconds, SEATS) - still}


def bare(browser: Browser, seconds: float) -> float:
    """Return what thirteen discs cost on a blank page."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    discs = "".join(f"<b style='left:{20 + at % 7 * 110}px;top:{20 + at // 7 * 150}px'></b>" for at in range(SEATS))
    page.set_content(BARE_PAGE + discs)
    chromium = browser.new_browser_cdp_session()
    still = window(page, chromium, seconds)
    page.evaluate(SPEAK_BARE)
    used = window(page, chromium, seconds)
    page.close()
    return used - still


def measure(rounds: int, seconds: float) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder, product(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
        page = room_page(browser, url)
        talk(page, browser.new_browser_cdp_session(), 1, SEATS)
        found = []
        for _ in range(rounds):
            found.append(turns(page, browser.new_browser_cdp_session(), seconds))
            # The room's page is not drawn while another is in front.
            found[-1]["bare"] = bare(browser, seconds)
            page.bring_to_front()
        browser.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rounds = measure(options.rounds, options.seconds)
    names = ("still", "three", "thirteen", "bare")
    print(f"{'% of a core':<12}" + "".join(f"{name:>10}" for name in names))
    for number, one in enumerate(rounds, start=1):
        print(f"{number:<12}" + "".join(f"{one[name] * 100:>10.2f}" for name in names))
    medians = {name: round(statistics.median(one[name] for one in rounds) * 100, 2) for name in names}
    print(f"{'median':<12}" + "".join(f"{medians[name]:>10.2f}" for name in names))
    print(json.dumps({"percent_of_a_core": medians, "rounds": len(rounds), "load": round(load, 1)}))


if __name__ == "__main__":
    main()
