"""How soon somebody with a slow telephone can use a page: when it is painted, and when a tap on it is answered.

Work: hallway, room and profile of the demo with the assets of production, 390 by 844, nothing cached, Chromium at a
quarter of this machine's speed (what Lighthouse takes for a slow telephone), on Chromium's own profiles of networks.
*Painted* is the first contentful paint. *Modules* is when every module has run: what takes pages along without a
reload, and in the room everything live. *Answered*: somebody taps a link one second after the page was asked for; that
long it takes until the next page is asked for.

The last line is one JSON object. Run: python -m tests.benchmarks.bench_pages --rounds 5
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.deployed import Deployed
from tests.tools.lighthouse import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, Request

SLOWER = 4
TAP_MS = 1_000
PATIENCE_S = 20
# Round trip in ms and bytes a second, as the developer tools of Chromium have them.
NETWORKS = {"Wi-Fi": None, "fast 4G": (60, 9e6 / 8), "slow 4G": (150, 1.6e6 / 8)}
# What a thumb meets first on each page.
LINKS = {"hallway": ".room-card h3 a", "room": "#page a[href='/']", "profile": ".top a"}
TIMES = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
]"""


class Times(NamedTuple):
    """Milliseconds: the first two from the start of the navigation, the last from the tap."""

    painted: float
    modules: float
    answered: float


def measure(browser: Browser, url: str, link: str, network: tuple[int, float] | None) -> Times:
    """Load the page twice in contexts of their own: once undisturbed, once with a tap."""
    painted, modules, place = _load(browser, url, link, network)
    return Times(painted, modules, _tap(browser, url, place, network))


def _load(
    browser: Browser, url: str, link: str, network: tuple[int, float] | None
) -> tuple[float, float, tuple[float, float]]:
    """Return when the page was painted, when its modules had run, and where the link is."""
    page, _session = _slow_page(browser, network)
    page.goto(url)
    page.wait_for_timeout(500)
    painted, modules = page.evaluate(TIMES)
    box = page.locator(link).locator("visible=true").first.bounding_box()
    assert box
    page.context.close()
    return painted, modules, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _tap(browser: Browser, url: str, place: tuple[float, float], network: tuple[int, float] | None) -> float:
    page, session = _slow_page(browser, network)
    asked: list[float] = []
    page.on("request", lambda request: asked.append(time.monotonic()) if _is_page(request, url) else None)
    began = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_timeout(max(0, TAP_MS - (time.monotonic() - began) * 1000))
    tapped = time.monotonic()
    spot = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
    session.send("Input.dispatchMouseEvent", {"type": "mousePressed", **spot})
    session.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **spot})
    while not asked and time.monotonic() < tapped + PATIENCE_S:
        page.wait_for_timeout(1)
    page.context.close()
    if not asked:
        sys.exit(f"A tap on {url} was not answered.")
    return (asked[0] - tapped) * 1000


def _is_page(request: Request, url: str) -> bool:
    """Whether another page is asked for, by the browser or by htmx."""
    asks = request.is_navigation_request() or "hx-request" in request.headers
    return asks and request.url != url


def _slow_page(browser: Browser, network: tuple[int, float] | None) -> tuple[Page, CDPSession]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if network:
        latency, speed = network
        session.send("Network.enable")
        limits = {"latency": latency, "downloadThroughput": speed, "uploadThroughput": speed}
        session.send("Network.emulateNetworkConditions", {"offline": False, **limits})
    return page, session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    figures = {}
    with tempfile.TemporaryDirectory(prefix="causerie-pages-") as folder, sync_playwright() as playwright:
        site = Deployed(Path(folder) / "var")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
        try:
            for name, url in pages(site).items():
                for network, limits in NETWORKS.items():
                    runs = [measure(browser, url, LINKS[name], limits) for _ in range(rounds)]
                    median = Times(*(round(statistics.median(times)) for times in zip(*runs, strict=True)))
                    print(
                        f"{name:<8} {network:<8} painted {median.painted:>5} ms, modules {median.modules:>5} ms; "
                        f"a tap at {TAP_MS} ms answered after {median.answered:>4} ms"
                    )
                    figures[f"{name}, {network}"] = median._asdict()
        finally:
            browser.close()
            site.stop()
    print(json.dumps({"load": load, "rounds": rounds, "ms": figures}))


if __name__ == "__main__":
    main()
