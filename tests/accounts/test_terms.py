"""The terms of a site: agreed to with the account, and again when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Consent, User
from accounts.services.consents import withdraw_consent

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

TERMS, NOTICE = "https://example.org/terms", "https://example.org/data"
FORM = {"email": "soizic@example.org", "username": "Soizic", "display_name": "", "password1": "correct horse battery"}
ASKED = "Do you agree to the terms of this site?"


@pytest.fixture
def terms(settings: Settings) -> None:
    settings.TERMS_URL, settings.TERMS_WORDS, settings.PRIVACY_NOTICE_URL = TERMS, "2026-11", NOTICE


def agreed() -> list[tuple[str, str, str, bool]]:
    rows = Consent.objects.order_by("pk")
    return [(row.person.handle, row.kind, row.words, row.withdrawn_at is None) for row in rows]


def agree(browser: Client, words: str, **more: str) -> Any:
    return browser.post(reverse("accounts:agree"), {"words": words, **more})


def asks(browser: Client) -> bool:
    return ASKED in browser.get("/").content.decode()


def test_site_without_terms_asks_nothing(browser: Client) -> None:
    page = browser.get(reverse("account_signup"))
    assert "agree" not in page.context["form"].fields
    browser.post(reverse("account_signup"), FORM)
    assert (User.objects.count(), agreed(), asks(browser)) == (1, [], False)


@pytest.mark.usefixtures("terms")
def test_account_is_made_with_agreement_only(browser: Client) -> None:
    refused = browser.post(reverse("account_signup"), FORM)
    assert (refused.status_code, User.objects.count()) == (200, 0)
    assert refused.context["form"].errors == {"agree": ["Nobody can have an account without that."]}
    # What was typed is still there.
    assert refused.context["form"]["username"].value() == "Soizic"

    browser.post(reverse("account_signup"), FORM | {"agree": "on"})
    assert agreed() == [("Soizic", "terms", "2026-11", True)]
    assert not asks(browser)


@pytest.mark.usefixtures("terms")
def test_sentence_leads_to_both_pages(browser: Client, settings: Settings) -> None:
    label = browser.get(reverse("account_signup")).context["form"].fields["agree"].label
    assert TERMS in label
    assert NOTICE in label
    settings.PRIVACY_NOTICE_URL = ""
    assert NOTICE not in browser.get(reverse("account_signup")).context["form"].fields["agree"].label


@pytest.mark.usefixtures("terms")
def test_whoever_has_an_account_is_asked_once_for_each_version(
    browser: Client, maiwenn: User, settings: Settings
) -> None:
    assert not asks(browser)
    browser.force_login(maiwenn)
    assert asks(browser)
    answer = agree(browser, "2026-11", next="/settings/")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    assert not asks(browser)

    settings.TERMS_WORDS = "2027-01"
    assert asks(browser)
    agree(browser, "2027-01")
    assert agreed() == [("Maiwenn", "terms", "2026-11", True), ("Maiwenn", "terms", "2027-01", True)]


@pytest.mark.usefixtures("terms")
def test_agreement_to_words_that_were_replaced_meanwhile_is_none(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    agree(browser, "2025-01")
    assert (agreed(), asks(browser)) == ([], True)


@pytest.mark.usefixtures("terms")
def test_agreement_leads_nowhere_else(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    assert agree(browser, "2026-11", next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.usefixtures("terms")
def test_agreement_needs_a_login(browser: Client) -> None:
    assert agree(browser, "2026-11")["Location"].startswith(reverse("account_login"))


@pytest.mark.usefixtures("terms")
def test_whoever_agreed_costs_no_query(browser: Client, maiwenn: User, settings: Settings) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get("/")
        return len(asked)

    browser.force_login(maiwenn)
    agree(browser, "2026-11")
    queries()
    with_terms = queries()
    settings.TERMS_URL = ""
    assert with_terms == queries()


@pytest.mark.usefixtures("terms")
def test_what_was_agreed_to_is_listed(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    agree(browser, "2026-11")
    assert "Terms of this site (2026-11)" in browser.get(reverse("accounts:data")).content.decode()
    withdraw_consent(maiwenn, kind="terms")
    assert "taken back" in browser.get(reverse("accounts:data")).content.decode()
