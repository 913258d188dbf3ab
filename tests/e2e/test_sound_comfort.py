"""Speaking and hearing in comfort: the check before, another microphone, holding to talk, what the system is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, choose, listen, microphone, press_microphone, wait_until_live
from tests.e2e.sounds import hears, wait_to_hear
from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.e2e

HELP = "#microphone"
SOUND = "#sound"
# A phone plays 10 ms at a time; a listener notices from about 40 ms on.
GAP_MS = 40
# What is still on its way, and the time that it takes to look.
SILENT_WITHIN = 1.0

# Counts what the page asks of its browser.
SPY = """
(() => {
  const asked = (window.asked = { microphone: 0, locks: 0, released: 0, sinks: [], types: [] });
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wanted) => { asked.microphone += 1; return ask(wanted); };
  Object.defineProperty(navigator, "wakeLock", { value: {
    request: async () => {
      asked.locks += 1;
      asked.lock = { released: false, async release() { asked.released += 1; this.released = true; } };
      return asked.lock;
    },
  } });
  let type = "auto";
  Object.defineProperty(navigator, "audioSession", { value: {
    get type() { return type; },
    set type(given) { type = given; asked.types.push(given); },
  } });
  const play = HTMLMediaElement.prototype.setSinkId;
  HTMLMediaElement.prototype.setSinkId = function (id) { asked.sinks.push(id); return play.call(this, id); };
})();
"""
# How long the longest silence was, in ms, among all that came from the one tone that is heard.
LISTEN_CLOSELY = """
async () => {
  const track = [...heardTracks].filter(({ readyState }) => readyState === "live")[SLOT];
  const context = new AudioContext({ sampleRate: 48000 });
  await context.resume();
  const processor = context.createScriptProcessor(512, 1, 1);
  context.createMediaStreamSource(new MediaStream([track])).connect(processor).connect(context.destination);
  window.longestGap = 0;
  window.heardSamples = 0;
  let silent = 0;
  processor.onaudioprocess = ({ inputBuffer }) => {
    for (const sample of inputBuffer.getChannelData(0)) {
      window.heardSamples += 1;
      silent = Math.abs(sample) < 0.003 ? silent + 1 : 0;
      window.longestGap = Math.max(window.longestGap, (silent / 48000) * 1000);
    }
  };
}
"""


def commands_of(page: Page) -> list[str]:
    """Return a list that grows with the commands that the page sends."""
    sent: list[str] = []

    def read(frame: str | bytes) -> None:
        kind = json.loads(frame).get("type", "")
        if kind.startswith("mic."):
            sent.append(kind)

    page.on("websocket", lambda socket: socket.on("framesent", read))
    return sent


def remember(page: Page, **wishes: object) -> None:
    """Let the page's browser remember how somebody speaks and hears, before it is opened."""
    stored = json.dumps(json.dumps({"checked": True, **wishes}))
    page.add_init_script(f"localStorage.getItem('wished') ?? localStorage.setItem('causerie.sound', {stored});")
    page.add_init_script("localStorage.setItem('wished', '1');")


def listen_closely(page: Page) -> Callable[[], float]:
    """Return a function that returns the longest silence since now, in ms, in what the page hears."""
    slots = page.evaluate("hear()")
    loud = next(index for index, one in enumerate(slots) if one["volume"] > 0.01)
    page.evaluate(LISTEN_CLOSELY.replace("SLOT", str(loud)))
    until(page, "heardSamples > 24000")
    page.evaluate("longestGap = 0")
    return lambda: float(page.evaluate("longestGap"))


def test_first_time_the_microphone_is_checked_and_never_again(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880, checked=False)
    listen(yara, host)
    bring_up(host, yara)
    press_microphone(yara)

    dialog = yara.locator(SOUND)
    expect(dialog.locator("[data-slot=verdict]")).to_have_text("We hear you well")
    expect(dialog.locator("[data-slot=input] option")).to_have_text(
        ["What your system has chosen", "Fake Audio Input 1", "Fake Audio Input 2"]
    )
    assert not hears(host, 880)
    dialog.locator("[data-slot=go]").click()
    expect(microphone(yara)).to_have_attribute("data-voice", "air")
    wait_to_hear(host, 880)

    yara.reload()
    wait_until_live(yara)
    press_microphone(yara)
    expect(microphone(yara)).to_have_attribute("data-voice", "air")
    expect(dialog).to_be_hidden()


def test_not_now_switches_nothing_on_and_asks_again(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880, checked=False)
    listen(yara, host)
    bring_up(host, yara)
    for _ in range(2):
        press_microphone(yara)
        yara.locator(f"{SOUND} [data-slot=later]").click()
        expect(yara.locator(SOUND)).to_be_hidden()
        expect(microphone(yara)).to_have_attribute("data-voice", "muted")


def test_invitation_checks_first_and_then_goes_on_stage(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880, checked=False)
    listen(yara, host)
    host.locator("#bar [data-slot=more-door]").click()
    host.locator("#more [data-tab=people]").click()
    host.locator("#people [data-slot=invite]:visible").first.click()
    yara.locator("#invitation [data-do='invitation.accept']").click()
    expect(yara.locator(SOUND)).to_be_visible()
    expect(yara.locator("#invitation")).to_be_visible()

    yara.locator(f"{SOUND} [data-slot=go]").click()

    expect(microphone(yara)).to_have_attribute("data-voice", "muted")
    press_microphone(yara)
    expect(microphone(yara)).to_have_attribute("data-voice", "air")


def test_one_hears_oneself_for_three_seconds(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880, checked=False)
    listen(yara, host)
    bring_up(host, yara)
    press_microphone(yara)
    sample = yara.locator(f"{SOUND} [data-slot=sample]")
    sample.click()
    expect(sample).to_have_attribute("data-doing", "records")
    expect(sample).to_have_attribute("data-doing", "plays", timeout=10_000)
    expect(sample).to_have_text("Hear yourself", timeout=10_000)


def test_another_microphone_on_the_air_keeps_role_air_and_tone(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter()
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)
    sent = commands_of(host)
    gap = listen_closely(guest)

    choose(host, "sound-settings")
    dialog = host.locator(SOUND)
    expect(dialog.locator("[data-slot=air]")).to_be_visible()
    for place in (2, 1, 0):
        dialog.locator("[data-slot=input]").select_option(index=place)
        host.wait_for_timeout(700)
    dialog.locator("summary").click()
    dialog.locator("[data-slot=noise]").uncheck()
    host.wait_for_timeout(700)
    dialog.locator("[data-slot=go]").click()

    assert gap() < GAP_MS
    expect(microphone(host)).to_have_attribute("data-voice", "air")
    assert (hears(guest, 440), sent) == (True, [])
    # Were there a gap, it would be seen.
    press_microphone(host)
    wait_until(lambda: gap() > GAP_MS, 5)


def test_remembered_devices_that_are_gone_are_said_to_be(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    remember(yara, microphone="gone", microphoneName="Old headset", output="gone", outputName="Old speakers")
    listen(yara, host)
    expect(yara.locator("#toasts")).to_contain_text("Old speakers is not there.")
    bring_up(host, yara)
    press_microphone(yara)
    expect(yara.locator("#toasts")).to_contain_text(
        "Old headset is not there. You speak through: Fake Default Audio Input"
    )
    wait_to_hear(host, 880)


def test_output_is_chosen_for_every_player_and_remembered(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter("yara")
    guest.add_init_script(SPY)
    listen(guest, host)
    choose(guest, "sound-settings")
    assert guest.evaluate("asked.microphone") == 0
    guest.locator(f"{SOUND} [data-slot=try]").click()
    guest.locator(f"{SOUND} [data-slot=output]").select_option(label="Fake Audio Output 2")
    until(guest, "asked.sinks.length >= 3")
    chosen = guest.evaluate("asked.sinks")
    assert len(set(chosen)) == 1
    guest.locator(f"{SOUND} [data-slot=go]").click()

    guest.reload()
    until(guest, "asked.sinks.length >= 3")
    assert guest.evaluate("asked.sinks") == chosen[:3]


def test_listening_alone_asks_for_no_microphone_and_is_playback(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter("yara", 880)
    guest.add_init_script(SPY)
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)
    expect_asked(guest, microphone=0, locks=0, types=["playback"])
    about = "[navigator.mediaSession.metadata.title, navigator.mediaSession.metadata.artist]"
    until(guest, "navigator.mediaSession.playbackState === 'playing'")
    assert guest.evaluate(about) == ["Tones", "Théo Lambert"]

    bring_up(host, guest)
    until(guest, "asked.locks === 1")
    press_microphone(guest)
    expect(microphone(guest)).to_have_attribute("data-voice", "air")
    expect_asked(guest, microphone=1, locks=1, types=["playback", "play-and-record"])

    choose(guest, "step-down")
    expect(microphone(guest)).to_be_hidden()
    until(guest, "asked.released === 1")
    expect_asked(guest, microphone=1, locks=1, types=["playback", "play-and-record", "playback"])


def test_screen_lock_is_asked_for_again_when_the_page_is_seen_again(host: Page, enter: Callable[..., Page]) -> None:
    yara = enter("yara", 880)
    yara.add_init_script(SPY)
    listen(yara, host)
    bring_up(host, yara)
    until(yara, "asked.locks === 1")
    show = """(state) => {
      asked.lock.released = true;
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    yara.evaluate(show, "hidden")
    assert yara.evaluate("asked.locks") == 1
    yara.evaluate(show, "visible")
    until(yara, "asked.locks === 2")


def test_only_while_the_key_is_held_one_is_heard(host: Page, enter: Callable[..., Page]) -> None:
    guest, yara = enter(), talker(host, enter)
    listen(guest, host)
    expect(microphone(yara)).to_contain_text("Hold to talk")
    yara.keyboard.down("Space")
    wait_to_hear(guest, 880)
    yara.keyboard.up("Space")
    assert wait_to_hear(guest, seconds=5) < SILENT_WITHIN
    yara.keyboard.down("Space")
    wait_to_hear(guest, 880)
    yara.keyboard.up("Space")
    wait_to_hear(guest)
    expect(microphone(yara)).to_have_attribute("data-voice", "muted")


def test_quick_taps_end_silent_and_do_not_flood(host: Page, enter: Callable[..., Page]) -> None:
    guest, yara = enter(), talker(host, enter)
    listen(guest, host)
    sent = commands_of(yara)
    yara.reload()
    expect(microphone(yara)).to_have_attribute("data-voice", "muted")
    for _ in range(25):
        yara.keyboard.press("Space", delay=40)
    expect(host.locator("#stage .seat", has_text="Yara").locator(".mark--muted")).to_be_visible()
    # Fifty changes; a slow machine may let some pauses last.
    assert len(sent) <= 10
    assert sent == ["mic.unmute", "mic.mute"] * (len(sent) // 2)
    assert sent
    wait_to_hear(guest)
    expect(yara.locator("#toasts .toast")).to_have_count(0)


@pytest.mark.parametrize("ends", ["blur", "hidden", "dialog"])
def test_whatever_takes_the_hands_away_ends_the_hold(host: Page, enter: Callable[..., Page], ends: str) -> None:
    yara = talker(host, enter)
    yara.keyboard.down("Space")
    wait_to_hear(host, 880)
    if ends == "blur":
        yara.evaluate("window.dispatchEvent(new Event('blur'))")
    elif ends == "hidden":
        yara.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    else:
        yara.evaluate("document.querySelector('#person').showModal()")
    wait_to_hear(host)
    expect(microphone(yara)).to_have_attribute("data-voice", "muted")
    yara.keyboard.up("Space")


def test_space_is_left_to_what_one_writes_and_to_buttons_reached_by_key(host: Page, enter: Callable[..., Page]) -> None:
    yara = talker(host, enter)
    sent = commands_of(yara)
    yara.evaluate(
        "document.querySelector('#stage').append(Object.assign(document.createElement('input'), {id: 'text'}))"
    )
    yara.locator("#text").focus()
    yara.keyboard.press("Space", delay=100)
    assert yara.locator("#text").input_value() == " "
    yara.locator("#bar [data-slot=react]").focus()
    yara.keyboard.press("Space", delay=100)
    expect(yara.locator("#reactions")).to_be_visible()
    assert sent == []


def test_pointer_on_the_button_holds_too_wherever_it_slides(host: Page, enter: Callable[..., Page]) -> None:
    yara = talker(host, enter)
    x, y = middle_of(microphone(yara))
    yara.mouse.move(x, y)
    yara.mouse.down()
    wait_to_hear(host, 880)
    yara.mouse.move(10, 10)
    assert hears(host, 880)
    yara.mouse.up()
    wait_to_hear(host)
    expect(microphone(yara)).to_have_attribute("data-voice", "muted")


def test_finger_on_a_phone_holds(host: Page, enter: Callable[..., Page]) -> None:
    yara = talker(host, enter, has_touch=True, viewport={"width": 390, "height": 844})
    x, y = middle_of(microphone(yara))
    phone = yara.context.new_cdp_session(yara)
    phone.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    wait_to_hear(host, 880)
    phone.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_to_hear(host)
    expect(microphone(yara)).to_have_attribute("data-voice", "muted")


def test_key_holds_from_the_dock_too(host: Page, enter: Callable[..., Page]) -> None:
    yara = talker(host, enter)
    yara.locator(".top a[href='/rooms/new/']").first.click()
    expect(yara.locator("#dock [data-slot=mic]")).to_be_visible()
    yara.locator("h1").click()
    yara.keyboard.down("Space")
    wait_to_hear(host, 880)
    expect(yara.locator("#dock [data-slot=mic]")).to_have_attribute("data-voice", "air")
    yara.keyboard.up("Space")
    wait_to_hear(host)


@pytest.fixture
def strict_browser(browser: Browser) -> Iterator[Browser]:
    """Return another Chromium, which gives the microphone only to whom it was told to."""
    flags = [flag for flag in chromium_flags() if flag != "--use-fake-ui-for-media-stream"]
    strict = browser.browser_type.launch(executable_path=find_chromium(), args=flags)
    yield strict
    strict.close()


def test_refusal_is_explained_and_ends_with_the_permission(
    host: Page, strict_browser: Browser, enter: Callable[..., Page]
) -> None:
    yara = enter("yara", browser=strict_browser, permissions=["geolocation"])
    listen(yara, host)
    bring_up(host, yara)
    press_microphone(yara)
    expect(yara.locator(f"{HELP} h2")).to_have_text("Your browser keeps the microphone closed")
    expect(yara.locator(f"{HELP} li")).to_have_count(3)

    yara.context.grant_permissions(["microphone"])

    expect(yara.locator(HELP)).to_be_hidden()
    expect(yara.locator("#toasts")).to_contain_text("The microphone is allowed now.")
    expect(microphone(yara)).to_have_attribute("data-voice", "air")


def test_sound_goes_on_after_the_system_took_it_away(host: Page, enter: Callable[..., Page]) -> None:
    guest = enter()
    listen(guest, host)
    press_microphone(host)
    wait_to_hear(guest, 440)
    guest.evaluate("document.querySelectorAll('audio').forEach((player) => player.pause())")
    expect(guest.locator("#listen")).to_be_visible()
    guest.locator("#listen button").click()
    expect(guest.locator("#listen")).to_be_hidden()
    assert guest.evaluate("[...document.querySelectorAll('audio')].every((player) => !player.paused)")

    guest.evaluate("document.querySelectorAll('audio').forEach((player) => player.pause())")
    expect(guest.locator("#listen")).to_be_visible()
    guest.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(guest.locator("#listen")).to_be_hidden()


def middle_of(element: Locator) -> tuple[float, float]:
    """Return where a finger would press."""
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def talker(host: Page, enter: Callable[..., Page], **context: object) -> Page:
    """Return Yara's page, on stage in the host's room, who holds to talk at 880 Hz."""
    page = enter("yara", 880, **context)
    remember(page, hold=True)
    listen(page, host)
    bring_up(host, page)
    expect(microphone(page)).to_be_visible()
    return page


def until(page: Page, expression: str) -> None:
    """Wait until an expression is true; Playwright's own wait would need a policy that allows eval."""
    wait_until(lambda: page.evaluate(expression), 10)


def expect_asked(page: Page, **asked: object) -> None:
    found = page.evaluate("asked")
    assert {name: found[name] for name in asked} == asked
