"""Writing in a room and hanging things up beside its stage, as three people see it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.actions import end_room, path_of, wait_until_live
from tests.servers.pages import Pages, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from tests.e2e.line import Line

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def host(open_page: Callable[..., Page]) -> Iterator[Page]:
    """Return Théo's page, who reads French, in a room that he has just opened; it is ended afterwards."""
    made = open_page("theo", viewport={"width": 1280, "height": 800})
    made.goto("/rooms/new/")
    made.locator("input[name=title]").fill("Pen and paper")
    made.locator("form.form button").last.click()
    wait_until_live(made)
    yield made
    if made.locator("#ended").is_hidden():
        end_room(made)


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.close()


def open_tab(who: Page, name: str) -> None:
    """Open a part of the sheet, by its tab or, on a phone, by its door."""
    tab = who.locator(f"#tab-{name}")
    (tab if tab.is_visible() else who.locator(f".audience__doors [data-tab={name}]")).click()
    expect(who.locator(f"#{name}")).to_be_visible()


def enter(who: Page, host: Page) -> Page:
    who.goto(path_of(host))
    wait_until_live(who)
    return who


def texts(who: Page) -> Locator:
    return who.locator("#chat .message__text")


def write(who: Page, text: str) -> None:
    field = who.locator("#chat-text")
    field.fill(text)
    field.press("Enter")


def say(who: Page, text: str) -> None:
    write(who, text)
    expect(who.locator("#chat-text")).to_have_value("")


def test_three_people_write_and_the_host_keeps_order(open_page: Callable[..., Page], host: Page) -> None:
    yara = enter(open_page("yara", viewport=PHONE), host)
    guest = enter(open_page(), host)
    open_tab(host, "chat")
    open_tab(guest, "chat")
    expect(guest.locator("#chat .composer a")).to_have_text("Log in to write")

    say(host, "Bonsoir https://example.org/rue.")
    # Her sheet is closed: its door says that there is something new.
    expect(yara.locator(".audience__doors [data-new=chat]")).to_have_class(re.compile("is-new"))
    open_tab(yara, "chat")
    expect(yara.locator(".audience__doors [data-new=chat]")).not_to_have_class(re.compile("is-new"))
    say(yara, "<b>Hello</b>")
    for who in (host, yara, guest):
        expect(texts(who)).to_have_text(["Bonsoir https://example.org/rue.", "<b>Hello</b>"])
    link = guest.locator("#chat .message__text a")
    assert [link.get_attribute(name) for name in ("href", "rel", "target")] == [
        "https://example.org/rue",
        "noopener nofollow ugc",
        "_blank",
    ]

    # One message every ten seconds, and she has just written.
    host.locator("#chat [data-slot=tools-door]").click()
    host.locator("#chat-slow").select_option("10")
    expect(yara.locator("#chat [data-slot=wait]")).to_have_text(re.compile("write again in \\d+ second"))
    write(yara, "Too soon")
    expect(yara.locator("#chat-text")).to_have_value("Too soon")
    host.locator("#chat-slow").select_option("0")
    expect(yara.locator("#chat [data-slot=wait]")).to_have_text("")
    yara.locator("#chat-text").press("Enter")
    expect(texts(guest)).to_have_text([re.compile("Bonsoir"), "<b>Hello</b>", "Too soon"])

    # Taken away by the host, from the message's own menu: gone for everybody.
    row = host.locator("#chat .message", has_text="Too soon")
    row.hover()
    row.locator("[data-slot=more]").click()
    expect(host.locator("#message-menu [role=menuitem]:visible")).to_have_text(["Signaler", "Retirer le message"])
    host.locator("#message-menu [data-slot=unsay]").click()
    for who in (yara, guest):
        expect(texts(who).last).to_have_text("This message was removed.")
    expect(texts(host).last).to_have_text("Ce message a été retiré.")
    expect(row.locator("[data-slot=more]")).to_be_hidden()
    expect(guest.locator("#message-menu")).to_have_count(0)

    # Closed: she can only read.
    host.locator("#chat-open").click()
    expect(yara.locator("#chat-text")).to_be_disabled()
    expect(yara.locator("#chat [data-slot=note]")).to_have_text(re.compile("closed the chat"))
    say(host, "La suite dans cinq minutes")
    expect(texts(guest).last).to_have_text("La suite dans cinq minutes")


def test_word_that_the_host_refuses_is_not_sent(open_page: Callable[..., Page], host: Page) -> None:
    yara = enter(open_page("yara"), host)
    open_tab(host, "chat")
    open_tab(yara, "chat")
    host.locator("#chat [data-slot=tools-door]").click()
    host.locator("#chat-tools a").click()
    host.locator("textarea[name=words]").fill("Zut\nflûte")
    host.get_by_role("button", name="Enregistrer").click()
    expect(host.locator(".notice, .toast").first).to_be_visible()

    write(yara, "Oh, FLUTE!")

    expect(yara.locator("#chat [data-slot=error]")).to_have_text(re.compile("does not want to read"))
    expect(yara.locator("#chat-text")).to_have_value("Oh, FLUTE!")
    say(yara, "Oh, flutes!")
    expect(texts(yara)).to_have_text(["Oh, flutes!"])
    host.locator("textarea[name=words]").fill("")
    host.get_by_role("button", name="Enregistrer").click()
    host.goto(path_of(yara))
    wait_until_live(host)


def test_what_was_written_outlives_a_line_that_drops(open_page: Callable[..., Page], host: Page, line: Line) -> None:
    yara = enter(open_page("yara", base_url=line.url), host)
    open_tab(yara, "chat")
    open_tab(host, "chat")
    line.cut()
    expect(yara.locator("#chat [data-slot=note]")).to_have_text(re.compile("The line dropped"), timeout=20_000)
    yara.locator("#chat-text").fill("Still here")
    yara.locator("#chat-text").press("Enter")
    expect(yara.locator("#chat-text")).to_have_value("Still here")
    say(host, "Anybody?")
    line.mend()

    expect(yara.locator("#chat [data-slot=note]")).to_be_hidden(timeout=20_000)
    expect(texts(yara)).to_have_text(["Anybody?"])
    yara.locator("#chat-text").press("Enter")
    expect(texts(host)).to_have_text(["Anybody?", "Still here"])


def test_message_is_reported_with_its_words(open_page: Callable[..., Page], host: Page) -> None:
    yara = enter(open_page("yara", viewport=PHONE), host)
    for who in (host, yara):
        open_tab(who, "chat")
    say(host, "Quelle bande d’imbéciles")
    say(yara, "Pardon?")
    mine = yara.locator("#chat .message--mine [data-slot=more]")
    mine.click()
    expect(yara.locator("#message-menu [role=menuitem]:visible")).to_have_text(["Remove the message"])
    yara.keyboard.press("Escape")
    expect(mine).to_be_focused()
    yara.locator("#chat .message", has_text="Quelle bande").locator("[data-slot=more]").click()
    yara.locator("#message-menu [data-slot=report]").click()

    expect(yara.locator("blockquote")).to_have_text("Quelle bande d’imbéciles")
    yara.locator("select[name=category]").select_option("harassment")
    yara.get_by_role("button", name="Send the report").click()

    expect(yara.locator("#toasts")).to_contain_text("Staff look at it")
    wait_until_live(yara)


def test_neither_of_two_who_are_apart_sees_what_the_other_writes(open_page: Callable[..., Page], host: Page) -> None:
    yara, malo = enter(open_page("yara"), host), enter(open_page("malo"), host)
    for who in (yara, malo, host):
        open_tab(who, "chat")
    say(yara, "Seen by all")
    expect(texts(malo)).to_have_text(["Seen by all"])
    other = open_page("malo")
    other.goto("/@yara/block/")
    other.locator("main form button[type=submit], form.form button[type=submit]").first.click()
    try:
        expect(texts(malo)).to_have_count(0)
        say(yara, "Seen by some")
        expect(texts(host)).to_have_text(["Seen by all", "Seen by some"])
        say(malo, "Mine")
        expect(texts(malo)).to_have_text(["Mine"])
        expect(texts(host)).to_have_text(["Seen by all", "Seen by some", "Mine"])
        expect(texts(yara)).to_have_text(["Seen by all", "Seen by some"])
    finally:
        other.goto("/settings/blocked/")
        other.locator("main form button").first.click()
    for who in (malo, yara):
        expect(texts(who)).to_have_text(["Seen by all", "Seen by some", "Mine"])


def test_link_on_the_board_shows_what_it_leads_to(open_page: Callable[..., Page], host: Page, pages: Pages) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 420), "teal").save(picture, "JPEG")
    pages.says["/card.jpg"] = page(picture.getvalue(), kind="image/jpeg")
    pages.says["/map"] = page(
        b'<title>Night noise map</title><meta property="og:site_name" content="Bruit">'
        b'<meta property="og:image" content="/card.jpg">'
    )
    guest = enter(open_page(viewport=PHONE), host)
    open_tab(guest, "board")
    open_tab(host, "board")
    expect(guest.locator("#board [data-slot=empty]")).to_be_visible()
    expect(guest.locator("#board-text")).to_have_count(0)

    field = host.locator("#board-text")
    for text in (f"{pages.url}/map", "Questions at ten past nine"):
        field.fill(text)
        field.press("Enter")
        expect(field).to_have_value("")

    card = guest.locator("#board .pinup[data-state=ready]", has_text="Night noise map")
    expect(card).to_be_visible(timeout=20_000)
    expect(card.locator("[data-slot=site]")).to_have_text("Bruit")
    expect(card.locator("a")).to_have_attribute("href", f"{pages.url}/map")
    expect(card.locator("img")).to_have_js_property("complete", value=True)
    assert card.locator("img").evaluate("picture => picture.naturalWidth") == 640
    # The latest leads until another is pinned.
    cards = guest.locator("#board .pinup")
    expect(cards).to_have_text([re.compile("Questions"), re.compile("Night")])
    host.locator("#board .pinup", has_text="Night").locator("[data-slot=pin]").click()
    expect(cards).to_have_text([re.compile("Pinned.*Night", re.DOTALL), re.compile("Questions")])

    host.locator("#board .pinup", has_text="Questions").locator("[data-slot=remove]").click()
    expect(cards).to_have_count(1)
    host.get_by_role("button", name="Annuler").click()
    expect(cards).to_have_count(2)
    # Nobody but us was asked by whoever looks.
    assert {path for _host, path in pages.asked} == {"/map", "/card.jpg"}
    assert len(pages.asked) == 2
