"""Draw the icons of the installed application from the mark: `python -m tests.tools.icons`, into site/icons."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.servers.chromium import chromium_flags, find_chromium

SITE = Path(__file__).resolve().parents[2] / "config" / "static" / "site"
# Systems cut a maskable icon to a circle of 80 % at least: its ground reaches the edges, and the mark stays inside.
PLUS = '<path d="M20 13v14M13 20h14" fill="none" stroke="#f6ae4a" stroke-width="3" stroke-linecap="round"/>'


def pictures() -> dict[str, tuple[str, int]]:
    """Return each icon's drawing and its size in pixels, by its file's name."""
    mark = (SITE / "mark.svg").read_text(encoding="utf-8")
    square = mark.replace(' rx="10"', "")
    start = re.sub(r"<g.*</g>", PLUS, mark)
    return {
        "icon-192": (mark, 192),
        "icon-512": (mark, 512),
        "maskable-192": (square, 192),
        "maskable-512": (square, 512),
        "apple-touch-180": (square, 180),
        "start-96": (start, 96),
    }


def draw(page: Page, name: str, drawing: str, size: int) -> int:
    """Write one picture and return how many bytes it has."""
    target = SITE / "icons" / f"{name}.png"
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}")
    page.screenshot(path=target, omit_background=True)
    return target.stat().st_size


def main() -> int:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=chromium_flags())
        page = browser.new_page()
        sizes = [draw(page, name, drawing, size) for name, (drawing, size) in pictures().items()]
        browser.close()
    print(f"{len(sizes)} icons, {sum(sizes)} bytes in {SITE / 'icons'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
