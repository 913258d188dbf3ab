"""How long it takes from the click on "Listen" to the first audible sample in Chromium, and where that time goes.

Work: Causerie as `make run` starts it; a host whose microphone hears a steady tone, in a Chromium of their own; then
one listener after the other in a fresh context: the page is loaded and idle, the button is clicked. All times are the
page's own clock. *Packet* is the newest packet when the statistics first show one, which may be one or two later than
the first. *Audible* is the first sample above a hundredth of full scale at an `AudioContext` that is fed with the
tracks beside the page's own players and begins at the click: what the loudspeaker adds is left out. Over loopback: a
real network adds its round trips.

The last line is one JSON object. Run: python -m tests.benchmarks.bench_join --joins 25
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
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from config.embedded.demo import PASSWORD
from tests.benchmarks.join.hook import HOOK
from tests.e2e.sounds import write_tone
from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.embedded import start_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserType, Page

HZ = 440
WARM = 2
# What the page notes, in order; each part runs from the one before it.
STEPS = ("opened", "offer", "answer", "connected", "packet", "audible")
HEARD_MS = 10_000
ASK_MS = 200


@contextmanager
def product(folder: Path) -> Iterator[str]:
    """Start the embedded default and return its address."""
    started = start_embedded(folder / "var")
    try:
        started.wait_for_banner()
        started.wait_until_ready()
        yield started.url
    finally:
        started.stop()


def launch(chromium: BrowserType, *flags: str) -> Browser:
    return chromium.launch(executable_path=find_chromium(), args=[*chromium_flags(), *flags])


def host_page(browser: Browser, url: str) -> Page:
    """Log a demo person in, open a room and switch the microphone on."""
    page = browser.new_context(base_url=url, permissions=["microphone"]).new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("theo")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], form.form button[type=submit]").first.click()
    page.wait_for_url(f"{url}/")
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Benchmark")
    page.locator("form.form button").last.click()
    page.locator("#bar [data-slot=mic]").click()
    page.locator("#sound [data-slot=go]").click()
    page.locator("#bar [data-slot=mic][data-voice=air]").wait_for()
    return page


def join(browser: Browser, url: str) -> dict[str, float]:
    """Click "Listen" in a fresh context; return when each step was reached, in ms since the click."""
    context = browser.new_context()
    context.add_init_script(HOOK)
    page = context.new_page()
    page.goto(url)
    page.locator("#bar [data-slot=listening]").wait_for()
    # Idle: the socket has greeted, and the page has found out that it needs a click.
    page.locator("#listen [data-slot=listen]").wait_for()
    page.wait_for_load_state("networkidle")
    page.locator("#listen [data-slot=listen]").click()
    noted = await_sound(page)
    context.close()
    return {step: noted[step] - noted["click"] for step in STEPS}


def await_sound(page: Page) -> dict[str, float]:
    """Return what the page has noted once it hears something; ask seldom, which costs the page time too."""
    for _ in range(HEARD_MS // ASK_MS):
        page.wait_for_timeout(ASK_MS)
        noted: dict[str, float] = page.evaluate("noted")
        if noted.keys() >= set(STEPS):
            return noted
    msg = f"nothing was heard within {HEARD_MS} ms"
    raise TimeoutError(msg)


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def row(name: str, values: list[float]) -> str:
    shown = "".join(f"{quantile(values, percent):>9.0f}" for percent in (50, 95))
    return f"{name:<24}{shown}{max(values):>9.0f}"


def show(joins: list[dict[str, float]]) -> None:
    """Print each part, and the whole."""
    print(f"{'part':<24}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    before = "click"
    for step in STEPS:
        print(row(f"{before} -> {step}", [one[step] - one.get(before, 0.0) for one in joins]))
        before = step
    print(row("click -> audible", [one["audible"] for one in joins]))


def measure(count: int) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder, product(Path(folder)) as url, sync_playwright() as playwright:
        tone = write_tone(Path(folder) / "tone.wav", HZ)
        speaking = launch(playwright.chromium, f"--use-file-for-fake-audio-capture={tone}")
        listening = launch(playwright.chromium)
        room = url + urlsplit(host_page(speaking, url).url).path
        joins = [join(listening, room) for _ in range(WARM + count)][WARM:]
        listening.close()
        speaking.close()
    return joins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--joins", type=int, default=25, help=f"how many are counted, after {WARM} that are not")
    joins = measure(parser.parse_args().joins)
    print(f"load average {os.getloadavg()[0]:.2f}")
    show(joins)
    audible = [one["audible"] for one in joins]
    print(json.dumps({"join_ms_p50": round(quantile(audible, 50)), "join_ms_p95": round(quantile(audible, 95))}))


if __name__ == "__main__":
    main()
