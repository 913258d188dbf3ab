"""Hosting is closed to somebody, who reads why; staff lower the bar; the person hosts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.actions import end_room, microphone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.e2e

FOLLOWERS = 412


@pytest.fixture
def followed(embedded: Embedded) -> None:
    """Let Yara have 412 followers, without 412 sign-ups."""
    with closing(sqlite3.connect(embedded.var / "causerie.sqlite3", timeout=20)) as database, database:
        (yara,) = database.execute("SELECT id FROM accounts_user WHERE handle = 'yara'").fetchone()
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(accounts_user)") if name != "id"]
        own = {"handle": "'bulk' || n", "email": "'bulk' || n || '@example.org'", "public_id": "printf('bulk%010d', n)"}
        database.execute(
            f"""INSERT INTO accounts_user ({", ".join(columns)})
            WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {FOLLOWERS})
            SELECT {", ".join(own.get(name, name) for name in columns)}
            FROM accounts_user, counted WHERE accounts_user.handle = 'grace'"""  # noqa: S608 - names of our own columns
        )
        database.execute(
            """INSERT INTO accounts_follow (follower_id, followed_id, created_at)
            SELECT id, ?, date_joined FROM accounts_user WHERE handle LIKE 'bulk%'""",
            (yara,),
        )
        database.execute("UPDATE accounts_user SET follower_count = ? WHERE id = ?", (FOLLOWERS, yara))


def set_bar(staff: Page, field: str, least: str) -> None:
    """Let hosting ask for so much of that, and be sure of it."""
    staff.goto("/staff/accounts/policy/")
    staff.get_by_role("link", name="Open rooms").first.click()
    staff.locator(f"[name=ways-0-{field}]").fill(least)
    staff.locator("[name=_preview]").click()
    expect(staff.locator("#effect")).to_contain_text("accounts may now")
    staff.locator("[name=_save]").click()
    saved = staff.locator(".messagelist .success")
    expect(saved.or_(staff.locator("[name=sure]")).first).to_be_attached()
    if not saved.count():
        expect(staff.locator("#effect")).to_contain_text("more than a tenth")
        staff.locator("[name=_save]").click()
    expect(saved).to_be_visible()


@pytest.fixture
def staff(open_page: Callable[..., Page]) -> Iterator[Page]:
    page = open_page("sam")
    yield page
    # The site goes on for other tests.
    set_bar(page, "followers", "")
    set_bar(page, "age_days", "")


def read_why_and_host(person: Page, staff: Page, field: str, *, bars: tuple[str, str], told: str) -> None:
    set_bar(staff, field, bars[0])
    person.goto("/")
    person.locator("a[href='/rooms/new/']").locator("visible=true").first.click()
    expect(person.locator(".refusal h2")).to_have_text("You cannot open rooms yet.")
    expect(person.locator(".refusal__rule p")).to_contain_text(told)
    expect(person.locator("input[name=title]")).to_have_count(0)
    set_bar(staff, field, bars[1])
    person.reload()
    person.locator("input[name=title]").fill("The bar is lower")
    person.locator("form.form button").last.click()
    expect(microphone(person)).to_be_visible()
    end_room(person)


def test_person_with_few_followers_hosts_once_staff_lower_the_bar(
    followed: None, open_page: Callable[..., Page], staff: Page
) -> None:
    read_why_and_host(open_page("yara"), staff, "followers", bars=("600", "400"), told=f"{FOLLOWERS} of 600 followers")


def test_person_with_a_new_account_hosts_once_staff_lower_the_bar(open_page: Callable[..., Page], staff: Page) -> None:
    read_why_and_host(open_page("yara"), staff, "age_days", bars=("3000", ""), told="of 3,000 days with an account")
