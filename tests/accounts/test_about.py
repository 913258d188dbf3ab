"""What somebody's page says about them: bio, pronouns, links, and the mark that staff give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import ProfileLink, User
from accounts.services.about import change_about, clean_link, verify, withdraw_verification
from config.lib.errors import InvalidError

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

PAGE = "/settings/page/"
SITES = [f"https://site{number}.example.org" for number in range(6)]


def change(person: User, **changed: Any) -> User:
    return change_about(person, **({"bio": "", "pronouns": "", "links": []} | changed))


def links_of(person: User) -> list[str]:
    return list(person.links.order_by("position").values_list("url", flat=True))


def test_page_says_it_to_everybody(browser: Client, maiwenn: User) -> None:
    change(maiwenn, bio="Sea.\n<b>Weather</b>", pronouns="elle", links=["https://www.example.org/me/", SITES[1]])
    page = browser.get("/@Maiwenn/").content.decode()
    assert "Sea.<br>&lt;b&gt;Weather&lt;/b&gt;" in page
    assert '<span dir="auto">elle</span>' in page
    link = r'<a href="([^"]*)"\s+rel="me nofollow noopener"\s+target="_blank">.*?<span>(.*?)</span>'
    found = re.findall(link, page, re.DOTALL)
    assert found == [("https://www.example.org/me/", "example.org/me"), (SITES[1], "site1.example.org")]


def test_page_of_whoever_says_nothing_has_no_empty_part(browser: Client, maiwenn: User) -> None:
    assert 'class="about"' not in browser.get(f"/@{maiwenn.handle}/").content.decode()


def test_form_takes_it(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    sent = {"bio": "Sea\r\nand weather", "pronouns": " she / her ", "link_2": SITES[0], "link_5": SITES[1]}
    answer = browser.post(PAGE, sent)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    maiwenn.refresh_from_db()
    assert (maiwenn.bio, maiwenn.pronouns, links_of(maiwenn)) == ("Sea\nand weather", "she / her", SITES[:2])
    shown = browser.get(PAGE).context["form"].initial
    assert shown == {"bio": "Sea\nand weather", "pronouns": "she / her", "link_1": SITES[0], "link_2": SITES[1]}


def test_bad_input_loses_nothing(browser: Client, maiwenn: User) -> None:
    change(maiwenn, bio="Before", links=[SITES[0]])
    browser.force_login(maiwenn)
    sent = {"bio": "After", "link_1": "http://example.org", "link_2": SITES[1]}
    page = browser.post(PAGE, sent, headers={"accept-language": "en"})
    text = "A link begins with https:// and leads to a site, such as https://example.org."
    assert (page.status_code, page.context["form"].errors) == (422, {"link_1": [text]})
    assert "http://example.org" in page.content.decode()
    maiwenn.refresh_from_db()
    assert (maiwenn.bio, links_of(maiwenn)) == ("Before", [SITES[0]])


def test_form_needs_a_login(browser: Client) -> None:
    assert browser.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


@pytest.mark.parametrize(("field", "most"), [("bio", 300), ("pronouns", 30)])
def test_texts_at_and_above_their_limit(maiwenn: User, field: str, most: int) -> None:
    for length in (most - 1, most):
        assert getattr(change(maiwenn, **{field: "é" * length}), field) == "é" * length
    with pytest.raises(InvalidError) as refused:
        change(maiwenn, **{field: "é" * (most + 1)})
    assert list(refused.value.errors) == [field]
    maiwenn.refresh_from_db()
    assert getattr(maiwenn, field) == "é" * most


def test_links_at_and_above_their_limit(maiwenn: User) -> None:
    change(maiwenn, links=SITES[:4])
    change(maiwenn, links=SITES[:5])
    assert links_of(maiwenn) == SITES[:5]
    with pytest.raises(InvalidError):
        change(maiwenn, links=SITES)
    assert links_of(maiwenn) == SITES[:5]
    change(maiwenn, links=["", SITES[2], " ", SITES[2]])
    assert links_of(maiwenn) == [SITES[2]]


def test_length_of_a_link_at_and_above_its_limit() -> None:
    longest = "https://example.org/" + "x" * 180
    assert clean_link(longest) == longest
    with pytest.raises(InvalidError):
        clean_link(longest + "x")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("HTTPS://Example.ORG", "https://example.org"),
        (" https://example.org/a?b=c#d ", "https://example.org/a?b=c#d"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://example.org/\u202egro.live", "https://example.org/%E2%80%AEgro.live"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_link_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert clean_link(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "http://example.org",
        "example.org",
        "//example.org",
        "javascript:alert(1)",
        "https://",
        "https://localhost",
        "https://bank.example@elsewhere.example",
        "https://example.org:99999",
        "https://exa mple.org",
        "https://[::1",
        "ftp://example.org",
        "https://.example.org",
        "https://" + "a" * 64 + ".org",
    ],
)
def test_link_that_leads_nowhere_good(typed: str) -> None:
    with pytest.raises(InvalidError):
        clean_link(typed)


@pytest.mark.parametrize(("position", "url"), [(5, SITES[0]), (1, "http://example.org"), (0, SITES[1])])
def test_database_refuses_what_no_service_writes(maiwenn: User, position: int, url: str) -> None:
    change(maiwenn, links=[SITES[0]])
    with pytest.raises(IntegrityError), transaction.atomic():
        ProfileLink.objects.create(person=maiwenn, position=position, url=url)


def test_mark_is_given_once_and_said_in_words(browser: Client, maiwenn: User) -> None:
    assert "Those who run this site know who this is." not in browser.get("/@Maiwenn/").content.decode()
    assert (verify(maiwenn), verify(maiwenn)) == (True, False)
    page = browser.get("/@Maiwenn/", headers={"accept-language": "en"}).content.decode()
    assert "Those who run this site know who this is." in page
    assert (withdraw_verification(maiwenn), withdraw_verification(maiwenn)) == (True, False)
    assert User.objects.get(pk=maiwenn.pk).verified_at is None


def test_staff_give_the_mark_and_it_is_written_down_who_did(browser: Client, maiwenn: User, yann: User) -> None:
    from django.contrib.admin.models import LogEntry

    root = User.objects.create_superuser("root", "root@example.org", "correct horse battery")
    browser.force_login(root)
    sent = {"action": "give_mark", "_selected_action": [maiwenn.pk, yann.pk]}
    browser.post("/staff/accounts/user/", sent)
    assert User.objects.filter(verified_at__isnull=False).count() == 2
    assert LogEntry.objects.filter(user=root).count() == 2
    browser.post("/staff/accounts/user/", sent | {"action": "take_mark"})
    assert User.objects.filter(verified_at__isnull=False).count() == 0


def test_mark_cannot_be_taken_by_oneself(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    browser.post(PAGE, {"bio": "x", "verified_at": "2026-01-01"})
    maiwenn.refresh_from_db()
    assert (maiwenn.bio, maiwenn.verified_at) == ("x", None)
