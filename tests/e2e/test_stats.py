"""A host's figures in a browser: they come by themselves while the room is live, stay after it, and open as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, path_of, wait_until_live

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

# The job looks every 10 s, the page every 15 s.
RENEWED_MS = 60_000


def test_host_sees_the_figures_of_a_room_and_opens_them_in_a_spreadsheet(
    host: Page, open_page: Callable[..., Page]
) -> None:
    listener, room = open_page("yara"), path_of(host)
    listener.goto(room)
    wait_until_live(listener)
    # A listener is not shown the way, and finds the door closed.
    assert listener.goto(f"{room}stats/").status == 403  # type: ignore[union-attr]
    listener.goto(room)
    wait_until_live(listener)

    host.locator("[data-slot=more-door]").click()
    host.locator("#more a[href$='/stats/']").click()
    audience = host.locator("[data-part=audience] svg.chart")
    expect(audience).to_be_visible(timeout=RENEWED_MS)
    audience.press("End")
    expect(host.locator("[data-part=audience] [data-slot=value]")).to_contain_text("Dans le salon")
    host.locator("[data-part=audience] summary").click()
    expect(host.locator("[data-part=audience] tbody tr").last).to_be_visible()

    with host.expect_download() as download:
        host.get_by_role("link", name="Minute par minute").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header[1:5] == ["Avec un compte", "Sans compte", "Arrivées", "Départs"]
    assert max(int(row[1] or 0) for row in rows) >= 1

    host.goto(room)
    wait_until_live(host)
    end_room(host)
    host.goto(f"{room}stats/")
    expect(host.locator("[data-stats=still]")).to_be_visible()
    expect(host.locator("[data-part=sums]")).to_contain_text("Au plus fort")
