"""From an invitation to a room of one's own: sign up behind a closed door, confirm, follow, wait for staff, host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, microphone
from tests.e2e.test_hosting_policy import set_bar
from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

LETTER = re.compile(r"http://127\.0\.0\.1:\d+(/accounts/confirm-email/[^/\s]+/)")


def set_door(staff: Page, door: str) -> None:
    staff.goto("/staff/accounts/signuprules/")
    staff.locator("#result_list tbody a, .object-tools .addlink").last.click()
    staff.locator("[name=door]").select_option(door)
    staff.locator("[name=_save]").click()
    expect(staff.locator(".messagelist .success")).to_be_visible()


@pytest.fixture
def staff(open_page: Callable[..., Page]) -> Iterator[Page]:
    page = open_page("sam")
    yield page
    # The site goes on for other tests.
    set_door(page, "open")
    set_bar(page, "followers", "")


def confirmation_in_the_mail(running: Embedded) -> str:
    """Return the way to the page of the latest letter; mail is printed where nobody has set up a server for it."""

    def letters() -> list[str]:
        logs = (log.read_text(encoding="utf-8", errors="replace") for log in (running.var / "log").iterdir())
        return [found for log in logs for found in LETTER.findall(log.replace("=\n", ""))]

    wait_until(lambda: bool(letters()), 20)
    return letters()[-1]


def test_newcomer_comes_by_invitation_follows_and_hosts(
    embedded: Embedded, open_page: Callable[..., Page], staff: Page
) -> None:
    set_door(staff, "invitation")
    staff.goto("/settings/invitations/")
    staff.get_by_role("button", name="Make an invitation").click()
    link = staff.locator(".handout__link").first.inner_text()

    person = open_page()
    person.goto("/accounts/signup/")
    expect(person.locator("input[name=username]")).to_have_count(0)
    person.goto(link)
    person.goto("/accounts/signup/")
    person.locator("input[name=email]").fill("newcomer@example.org")
    person.locator("input[name=username]").fill("newcomer")
    person.locator("input[name=password1]").fill("a rather long sentence")
    person.locator("form.form button").last.click()
    person.wait_for_url("**/")
    person.goto(confirmation_in_the_mail(embedded))
    person.locator("main form button").first.click()
    person.goto("/accounts/email/")
    expect(person.locator(".tag--good")).to_have_text("confirmed")

    person.goto("/@ines/")
    person.locator(".follow button").first.click()
    expect(person.locator(".follow button").first).to_have_attribute("aria-pressed", "true")

    set_bar(staff, "followers", "600")
    person.goto("/rooms/new/")
    expect(person.locator(".refusal__rule p").first).to_contain_text("0 of 600 followers")
    set_bar(staff, "followers", "")
    person.reload()
    person.locator("input[name=title]").fill("My first room")
    person.locator("form.form button").last.click()
    expect(microphone(person)).to_be_visible()
    end_room(person)
    # The link has made its one account.
    late = open_page()
    late.goto(link)
    late.goto("/accounts/signup/")
    expect(late.locator("input[name=username]")).to_have_count(0)
