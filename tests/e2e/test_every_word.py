"""Every word that people read or hear comes from a catalogue, and a language needs nothing but its catalogue."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from config.embedded.demo import CROWD, PASSWORD, PEOPLE, REPLAYS, ROOMS, VOICES
from config.styleguide.rooms import DESCRIPTION, REASONS, TITLE
from config.styleguide.samples import LONG_NAME, LONG_TITLE, NAMES
from tests.e2e.actions import microphone, path_of, prove, wait_until_live
from tests.e2e.addresses import FRESH_PAGES, GUEST_PAGES, OWN_PAGES
from tests.servers.pseudo import CLOSE, LANGUAGE, OPEN, start_pseudo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e

# What is read, and what is heard; patterns that scripts copy count too. What is in another language says so.
READ = """
(language) => {
  // Zones, languages and countries are called as CLDR has it.
  const named = "select:is([name=time_zone], [name=language], [name=country])";
  const skipped = `script, style, noscript, kbd, time, code, ${named}`;
  const spoken = ["aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"];
  const found = [];
  const walk = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return root.data;
    if (root.nodeType === Node.ELEMENT_NODE) {
      if (root.matches(skipped) || (root.lang && root.lang !== language)) return " ";
      for (const name of spoken) if (root.hasAttribute(name)) found.push(root.getAttribute(name));
    }
    const inside = root instanceof HTMLTemplateElement ? root.content : root;
    return [...inside.childNodes].map(walk).join("");
  };
  found.push(walk(document.body), document.title);
  for (const meta of document.querySelectorAll('meta[name=description], meta[property="og:description"]')) {
    found.push(meta.content);
  }
  return found;
}
"""
# How languages are called, what a password must be, how a list ends; and a microphone that a test has.
KNOWN_BY_DJANGO_AND_THE_BROWSER = (
    "Deutsch",
    "Englisch",
    "Französisch",
    "Das Passwort darf nicht zu ähnlich zu anderen persönlichen Informationen sein.",
    "Das Passwort muss mindestens 8 Zeichen enthalten.",
    "Das Passwort darf nicht allgemein üblich sein.",
    "Das Passwort darf nicht komplett aus Ziffern bestehen.",
    " und ",
    "Fake Audio Input",
    "Fake Audio Output",
)
# What the demo's people have written, and what they and the site are called; the longest first.
GIVEN = sorted(
    {
        "Causerie",
        *KNOWN_BY_DJANGO_AND_THE_BROWSER,
        LONG_NAME,
        LONG_TITLE,
        TITLE,
        DESCRIPTION,
        *REASONS,
        *NAMES,
        *(
            name
            for person in (*PEOPLE, *VOICES, *CROWD)
            for name in (person.name, f"@{person.handle}", f"{person.handle}@example.org")
        ),
        *(words for room in (*ROOMS, *REPLAYS) for words in (room.title, room.description)),
        # What staff call topics is in the database, in two languages.
        *(name for _, *names in import_module("rooms.migrations.0010_found").TOPICS for name in names),
    },
    key=len,
    reverse=True,
)
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Causerie in marks."""
    started = start_pseudo(tmp_path_factory.mktemp("pseudo"))
    try:
        started.wait_for_banner()
        started.wait_until_ready()
        yield started.url
    finally:
        started.stop()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Return a page whose browser asks for that language."""
    context = browser.new_context(base_url=address, locale=LANGUAGE, permissions=["microphone"])
    yield context.new_page()
    context.close()


def unmarked(page: Page) -> list[str]:
    """Return what is read or heard on the page and is in no catalogue."""
    texts: list[str] = page.evaluate(READ, LANGUAGE)
    return [left for text in texts if (left := _without_marks(text))]


def _without_marks(text: str) -> str:
    for given in GIVEN:
        text = text.replace(given, "")
    while MARKED.search(text):
        text = MARKED.sub("", text)
    return " ".join(text.split()) if WORD.search(text) else ""


def log_in(page: Page, handle: str) -> None:
    """Log in, and choose the language, which that person's account has otherwise."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(handle)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form.form button").last.click()
    page.wait_for_url("**/")
    page.goto("/settings/")
    page.locator("select[name=language]").select_option(LANGUAGE)
    page.locator("main form", has=page.locator("select[name=language]")).locator("button").last.click()
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{OPEN}Hello{CLOSE}", ""),
        (f"{OPEN}Hello {OPEN}you{CLOSE}{CLOSE} · 12", ""),
        (f"{OPEN}Hello{CLOSE} you", "you"),
        ("Causerie", ""),
        ("Sign up", "Sign up"),
    ],
)
def test_word_without_marks_is_found(text: str, left: str) -> None:
    assert _without_marks(text) == left


def test_every_word_for_guests(page: Page) -> None:
    found = {}
    for path in (*GUEST_PAGES, f"/offline/{LANGUAGE}/"):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == LANGUAGE, path
        found[path] = unmarked(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_every_word_for_people(page: Page) -> None:
    log_in(page, "sam")
    found = {}
    for path in OWN_PAGES:
        page.goto(path)
        found[path] = unmarked(page)
    prove(page)
    for path in FRESH_PAGES:
        page.goto(path)
        assert path_of(page) == path
        found[path] = unmarked(page)
    page.goto("/styleguide/")
    rooms: list[str] = page.eval_on_selector_all(
        "main a[href^='/styleguide/rooms/']:not([href='/styleguide/rooms/'])",
        "(links) => links.map((link) => link.pathname)",
    )
    assert len(rooms) > 20
    for path in rooms:
        page.goto(path)
        found[path] = unmarked(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_every_word_of_a_room(page: Page) -> None:
    log_in(page, "sam")
    page.goto("/rooms/new/")
    page.locator("input[name=title]").fill("Sam Whitfield")
    page.locator("form.form button").last.click()
    expect(microphone(page)).to_be_visible()
    wait_until_live(page)
    found = {"room": unmarked(page)}
    page.keyboard.press("?")
    found["keys"] = unmarked(page)
    page.keyboard.press("Escape")
    microphone(page).click()
    expect(page.locator("dialog[open]")).to_be_visible()
    found["sound"] = unmarked(page)
    page.keyboard.press("Escape")
    page.locator(".top a").first.click()
    expect(page.locator("#dock")).to_be_visible()
    found["dock"] = unmarked(page)
    assert {path: some for path, some in found.items() if some} == {}
