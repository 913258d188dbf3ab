"""The room's page: whole before its script, still while people come and go; its reactions, keys and soft sounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import bring_up, choose, listen, microphone, move_down, path_of, wait_until_live
from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

GUIDE = "/styleguide/rooms/"
STAGES = (1, 5, 6, 13)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}
BAR = "#bar > :not([hidden])"
# What must not move: the caption, the audience's head and crowd, the six places.
STILL = ".caption, .audience__count, .crowd > :first-child, #bar > :not([hidden])"
WHERE = """all => all.map(one => {
  const { x, y, width } = one.getBoundingClientRect();
  return [x, y, width].map(Math.round);
})"""
ROWS_ABOVE = """(all, end) => all.map(one => one.getBoundingClientRect()).filter(({ bottom }) => bottom <= end)
  .map(({ y, height }) => Math.round((y + height / 2) / 10))"""
# Who it is, what is marked, whether it is shown.
SEEN = """all => all.filter(one => !one.hidden).map(one => [
  one.dataset.key ?? one.dataset.slot ?? one.className,
  one.querySelector("button")?.getAttribute("aria-label") ?? "",
  [...one.querySelectorAll("[data-slot]:not([hidden])")].map(mark => mark.dataset.slot)
    .filter(name => !/mic-|-word|listening|ring|voice/.test(name)).join(),
])"""
# Counts what is struck, before the page's own script.
LISTENING = """
window.struck = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.struck += 1; return start.apply(this, given); };
"""
ONE_CHIME = 6
PATIENCE_SECONDS = 10


def scene(page: Page, name: str) -> Page:
    """Show a room of the style guide, as staff."""
    page.goto(f"{GUIDE}{name}/")
    wait_until_live(page)
    return page


def test_page_is_whole_before_its_script(open_page: Callable[..., Page], host: Page) -> None:
    silent = open_page("yara", java_script_enabled=False)
    silent.goto(path_of(host))
    expect(silent.locator("#stage .seat")).to_have_count(1)
    expect(silent.locator("#stage .seat__name")).to_have_text("Théo Lambert")
    expect(silent.locator("#stage [data-slot=muted]")).to_be_visible()
    expect(silent.locator("#audience [data-slot=count]")).to_have_text("Nobody is listening yet")
    expect(silent.locator("#bar [data-slot=hand]")).to_be_visible()
    expect(silent.locator("#bar [data-slot=mic]")).to_be_hidden()
    expect(silent.locator(BAR)).to_have_count(6)


def test_first_picture_is_what_the_script_shows(open_page: Callable[..., Page]) -> None:
    before = open_page("sam", java_script_enabled=False)
    after = open_page("sam")
    for name in ("listener-6-30000", "host-13-300", "speaker-5-3", "hand-up", "guest"):
        before.goto(f"{GUIDE}{name}/")
        scene(after, name)
        for part in (".seat", ".crowd > li", "#bar > *"):
            shown = [page.locator(part).evaluate_all(SEEN) for page in (before, after)]
            assert shown[0] == shown[1], (name, part)
        words = [
            page.locator("#audience .audience__count, #audience .audience__note:visible").all_inner_texts()
            for page in (before, after)
        ]
        assert words[0] == words[1], name


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_nothing_moves_however_many_are_on_the_stage(open_page: Callable[..., Page], viewport: Any) -> None:
    page = open_page("sam", viewport=viewport)
    found = [scene(page, f"host-{stage}-300").locator(STILL).evaluate_all(WHERE) for stage in STAGES]
    assert len(found[0]) == 9
    assert found == [found[0]] * len(STAGES)


@pytest.mark.parametrize("viewport", [NARROW, PHONE, DESKTOP])
def test_the_six_places_are_the_same_in_every_role(open_page: Callable[..., Page], viewport: Any) -> None:
    page = open_page("sam", viewport=viewport, locale="fr-FR")
    names = ("listener-6-300", "speaker-6-300", "host-6-300", "hand-up", "guest", "on-air")
    found = [scene(page, name).locator(BAR).evaluate_all(WHERE) for name in names]
    assert len(found[0]) == 6
    assert found == [found[0]] * len(names)
    assert all(width >= 44 for _, _, width in found[0])


def test_two_rows_of_the_crowd_stay_under_a_title_of_two_lines(open_page: Callable[..., Page]) -> None:
    page = scene(open_page("sam", viewport=DESKTOP), "long-title")
    title = page.locator(".stage__title").bounding_box()
    bar = page.locator("#bar").bounding_box()
    assert title is not None
    assert bar is not None
    assert title["height"] > 50
    rows = page.locator(".crowd > li").evaluate_all(ROWS_ABOVE, bar["y"])
    assert len(set(rows)) == 2


def test_phones_host_reads_how_to_stop_the_recording(open_page: Callable[..., Page]) -> None:
    page = scene(open_page("sam", viewport=PHONE, locale="en-GB"), "recorded-host")
    expect(page.locator("[data-slot=record-word]")).to_have_text("Stop recording")
    expect(page.locator("[data-slot=record-word]")).to_be_in_viewport(ratio=1)


def test_no_room_is_wider_than_a_small_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", viewport=NARROW, locale="fr-FR")
    page.goto(GUIDE)
    wide = []
    for path in page.locator("a[href*='/styleguide/rooms/']").evaluate_all("all => all.map(one => one.pathname)"):
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    assert wide == []


def test_reaction_rises_for_everybody_and_is_counted(open_page: Callable[..., Page], host: Page) -> None:
    yara, calm = open_page("yara"), open_page(reduced_motion="reduce")
    for page in (yara, calm):
        page.goto(path_of(host))
        wait_until_live(page)
    host.evaluate(
        """() => { window.risen = 0; new MutationObserver((all) => {
          for (const { addedNodes } of all) window.risen += addedNodes.length;
        }).observe(document.querySelector("[data-slot=rising]"), { childList: true }); }"""
    )
    yara.locator("#bar [data-slot=react]").click()
    for name in ("heart", "heart", "clap"):
        yara.locator(f"#reactions [data-react={name}]").click()
    for page in (host, yara, calm):
        expect(page.locator("#audience [data-slot=tally] [data-key=heart] [data-slot=count]")).to_have_text("2")
        expect(page.locator("#audience [data-slot=tally] [data-key=clap] [data-slot=count]")).to_have_text("1")
    assert host.evaluate("window.risen") == 3
    expect(calm.locator("[data-slot=rising] > *")).to_have_count(0)
    expect(host.locator("[data-slot=rising] > *")).to_have_count(0, timeout=8_000)


def test_guest_who_wants_to_react_is_led_to_log_in(open_page: Callable[..., Page], host: Page) -> None:
    guest = open_page()
    guest.goto(path_of(host))
    guest.get_by_role("link", name="Log in to react").click()
    expect(guest).to_have_url(re.compile(r"/accounts/login/\?next=" + re.escape(path_of(host))))


def test_keys_are_told_and_can_be_switched_off(open_page: Callable[..., Page], host: Page) -> None:
    yara = open_page("yara", locale="en-GB")
    yara.goto(path_of(host))
    wait_until_live(yara)
    hand, keys = yara.locator("#bar [data-slot=hand]"), yara.locator("#keys")
    yara.keyboard.press("h")
    expect(hand).to_have_attribute("aria-pressed", "true")
    yara.keyboard.press("r")
    expect(yara.locator("#reactions")).to_be_visible()
    yara.keyboard.press("Escape")

    yara.keyboard.press("?")
    expect(keys).to_be_visible()
    assert set(keys.locator("kbd").all_inner_texts()) >= {"M", "H", "R", "P", "?"}
    yara.keyboard.press("h")
    keys.locator("[data-slot=on]").click()
    keys.locator("[data-slot=close]").click()

    yara.reload()
    wait_until_live(yara)
    for key in ("h", "r", "?"):
        yara.keyboard.press(key)
    expect(hand).to_have_attribute("aria-pressed", "true")
    expect(yara.locator("#reactions")).to_be_hidden()
    expect(keys).to_be_hidden()
    yara.locator("#bar [data-slot=more-door]").click()
    yara.locator("#more [data-opens=keys]").click()
    expect(keys.locator("[data-slot=on]")).not_to_be_checked()
    keys.locator("[data-slot=on]").click()
    keys.locator("[data-slot=close]").click()
    yara.keyboard.press("h")
    expect(hand).to_have_attribute("aria-pressed", "false")


def test_microphone_calls_whoever_comes_up_until_it_is_used(open_page: Callable[..., Page], host: Page) -> None:
    yara = open_page("yara", locale="en-GB")
    yara.goto(path_of(host))
    wait_until_live(yara)
    bring_up(host, yara)
    expect(microphone(yara)).to_have_class(re.compile("is-called"))
    microphone(yara).click()
    expect(microphone(yara)).to_have_attribute("data-voice", "air")
    expect(microphone(yara)).not_to_have_class(re.compile("is-called"))
    move_down(host, "Yara")
    expect(yara.locator("#bar [data-slot=hand]")).to_be_visible()


def test_soft_sound_for_who_comes_unless_it_is_switched_off(open_page: Callable[..., Page], host: Page) -> None:
    malo = open_page("malo")
    malo.add_init_script(LISTENING)
    listen(malo, host)
    expect(malo.locator("#bar [data-slot=listening]")).to_have_attribute("data-voice", "listen")
    assert malo.evaluate("window.struck") == 0

    oliver = open_page("oliver")
    oliver.goto(path_of(host))
    wait_until(lambda: malo.evaluate("window.struck") == ONE_CHIME, PATIENCE_SECONDS)

    choose(malo, "sound-settings")
    malo.locator("#sound [data-slot=moments]").click()
    malo.locator("#sound [data-slot=close]").click()
    yara = open_page("yara")
    yara.goto(path_of(host))
    expect(malo.locator("#audience [data-slot=count]")).to_have_text(re.compile("^3"))
    assert malo.evaluate("window.struck") == ONE_CHIME
