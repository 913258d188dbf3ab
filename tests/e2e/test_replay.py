"""A recorded room from the switch to its replay: who was told, who agreed, and which tone is where."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, end_room, listen, path_of, press_microphone
from tests.e2e.sounds import wait_to_hear
from tests.factories.sound import sound_of, spans

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.e2e

# Clicks, signalling and the way of the sound lie between what this test notes and what the file says.
WITHIN_SECONDS = 1.0
# Over a live way a frame of 20 ms may come late and be left out; that does not make two of what was said.
SHORT_SECONDS = 0.05
READY_MS = 60_000


def test_replay_has_the_tones_of_those_who_agreed(host: Page, enter: Callable[..., Page], tmp_path: Path) -> None:
    yara = enter("yara", 880)
    listen(yara, host)
    press_microphone(host)
    wait_to_hear(yara, 440)

    host.locator("[data-slot=record]").click()
    host.locator("#record [data-slot=yes]").click()
    began = time.monotonic()
    expect(yara.locator("[data-slot=recording]")).to_be_visible()

    bring_up(host, yara)
    press_microphone(yara)
    expect(yara.locator("#consent")).to_be_visible()
    yara.locator("#consent [data-slot=no]").click()
    expect(yara.locator("#bar [data-slot=mic]")).to_have_attribute("data-voice", "muted")
    host.wait_for_timeout(2000)
    press_microphone(yara)
    yara.locator("#consent [data-slot=yes]").click()
    wait_to_hear(host, 880)
    agreed = time.monotonic() - began
    host.wait_for_timeout(2000)
    press_microphone(yara)
    silent = time.monotonic() - began
    host.wait_for_timeout(1000)

    room = path_of(host)
    end_room(host)
    ended = time.monotonic() - began
    yara.goto(room)
    play = yara.locator("[data-player] [data-slot=play]")
    expect(play).to_be_visible(timeout=READY_MS)
    player = yara.locator("[data-player] audio")
    sound = tmp_path / "replay.ogg"
    source = player.evaluate("(audio) => audio.currentSrc || audio.src")
    sound.write_bytes(fetch_whole(yara, source))

    samples = sound_of(sound)
    assert said(samples, 440) == [pytest.approx((0.0, ended), abs=WITHIN_SECONDS)]
    assert said(samples, 880) == [pytest.approx((agreed, silent), abs=WITHIN_SECONDS)]
    walk_through_the_player(yara, player, play)


def said(sound: NDArray[np.float32], hertz: float) -> list[tuple[float, float]]:
    """Return from when to when (s) a tone is in the replay, with what broke it for no more than a frame or two."""
    found: list[tuple[float, float]] = []
    for begin, end in spans(sound, hertz):
        goes_on = found and begin - found[-1][1] <= SHORT_SECONDS
        found.append((found.pop()[0] if goes_on else begin, end))
    return found


def walk_through_the_player(page: Page, player: Locator, play: Locator) -> None:
    """Hear the replay by keyboard alone, its end and its beginning, faster, until another page is shown."""
    seek = page.locator("[data-player] [data-slot=seek]")
    expect(play).to_have_accessible_name("Play")
    play.focus()
    page.keyboard.press("k")
    expect(play).to_have_accessible_name("Pause")
    page.wait_for_function("(audio) => audio.currentTime > 0.5", arg=player.element_handle())
    expect(seek).to_have_attribute("aria-valuetext", re.compile(r"^0:0\d of 0:\d\d$"))
    page.keyboard.press("k")
    expect(play).to_have_accessible_name("Play")

    length = int(player.evaluate("(audio) => Math.floor(audio.duration)"))
    page.keyboard.press("l")
    page.keyboard.press("l")
    assert player.evaluate("(audio) => Math.floor(audio.currentTime)") == length
    page.keyboard.press("j")
    assert player.evaluate("(audio) => Math.round(audio.currentTime)") == pytest.approx(max(0, length - 15), abs=1)
    seek.focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-player] [data-slot=at]")).to_have_text("0:00")

    page.locator("[data-player] [data-slot=speed]").select_option("2")
    assert player.evaluate("(audio) => audio.playbackRate") == 2
    play.click()
    expect(play).to_have_accessible_name("Pause")
    element = player.element_handle()
    page.locator(".wordmark").click()
    expect(page.get_by_role("heading", name="Open now")).to_be_visible()
    assert page.evaluate("(audio) => audio.paused", element)
    expect(page.locator(".again__title").first).to_have_text("Tones")


def fetch_whole(page: Page, address: str) -> bytes:
    """Return a file that is served in ranges, read the way a player does."""
    data = b""
    while True:
        answer = page.request.get(address, headers={"Range": f"bytes={len(data)}-"})
        assert answer.status == 206, answer.status
        data += answer.body()
        if len(data) >= int(answer.headers["content-range"].rpartition("/")[2]):
            return data
