"""The mails about accounts: each as text and as HTML, in the language of whoever gets it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from accounts.models import User
from config.styleguide.mail import LETTERS, OUR_LETTERS
from tests.factories.people import person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(browser: Client) -> Client:
    """Return the browser of somebody who may see the style guide."""
    browser.force_login(person("nolwenn", is_staff=True))
    return browser


def sent() -> EmailMultiAlternatives:
    (letter,) = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    return letter


def html_of(letter: EmailMultiAlternatives) -> str:
    ((content, kind),) = letter.alternatives
    assert kind == "text/html"
    return str(content)


@pytest.mark.parametrize(
    ("language", "subject", "heading"),
    [
        ("fr", "Choisissez un nouveau mot de passe pour Causerie", '<html lang="fr">'),
        ("en", "Choose a new password for Causerie", '<html lang="en">'),
    ],
)
def test_letter_is_in_the_language_of_whoever_gets_it(
    browser: Client, maiwenn: User, language: str, subject: str, heading: str
) -> None:
    User.objects.filter(pk=maiwenn.pk).update(language=language)
    # Whoever asks reads another one.
    asks_in = {"fr": "en", "en": "fr"}[language]
    browser.post(reverse("account_reset_password"), {"email": maiwenn.email}, headers={"accept-language": asks_in})
    assert (sent().subject, heading in html_of(sent())) == (subject, True)


def test_letter_to_an_address_that_is_not_the_main_one_is_in_the_persons_language(
    browser: Client, maiwenn: User
) -> None:
    User.objects.filter(pk=maiwenn.pk).update(language="fr")
    EmailAddress.objects.create(user=maiwenn, email="other@example.org", verified=True)
    browser.post(reverse("account_reset_password"), {"email": "other@example.org"}, headers={"accept-language": "en"})
    assert (sent().to, '<html lang="fr">' in html_of(sent())) == (["other@example.org"], True)


def test_letter_to_a_stranger_is_in_the_language_of_the_page(browser: Client) -> None:
    stranger = {"email": "stranger@example.org"}
    browser.post(reverse("account_reset_password"), stranger, headers={"accept-language": "fr"})
    assert '<html lang="fr">' in html_of(sent())


@pytest.mark.usefixtures("maiwenn")
def test_letter_has_the_link_in_both_and_no_answer_from_machines(browser: Client) -> None:
    browser.post(reverse("account_reset_password"), {"email": "maiwenn@example.org"})
    letter = sent()
    (link,) = re.findall(r"http://testserver/accounts/password/reset/key/\S+/", str(letter.body))
    # Once in the button, once as the address of the second link, once as its words.
    assert html_of(letter).count(link) == 3
    assert letter.extra_headers == {"Auto-Submitted": "auto-generated"}


def test_name_in_a_letter_is_text(browser: Client, maiwenn: User) -> None:
    User.objects.filter(pk=maiwenn.pk).update(display_name='<a href="//x">Maï & co</a>')
    browser.post(reverse("account_reset_password"), {"email": maiwenn.email}, headers={"accept-language": "en"})
    assert 'Hello <a href="//x">Maï & co</a>,' in str(sent().body)
    assert "Hello &lt;a href=&quot;//x&quot;&gt;Maï &amp; co&lt;/a&gt;," in html_of(sent())


def test_new_account_is_welcomed(make_browser: Callable[[], Client], settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    form = {"email": "soizic@example.org", "username": "Soizic", "display_name": "", "password1": "correct horse"}
    make_browser().post(reverse("account_signup"), form, headers={"accept-language": "en"})
    assert sent().subject == "Welcome to Causerie: confirm your e-mail address"
    assert "Hello Soizic," in str(sent().body)


@pytest.mark.parametrize("name", [*LETTERS, *OUR_LETTERS])
def test_style_guide_shows_each_letter(staff: Client, name: str) -> None:
    page = staff.get(reverse("styleguide:mail", args=[name]))
    text = staff.get(reverse("styleguide:mail", args=[name]), {"as": "text"})
    assert (page["Content-Type"], text["Content-Type"]) == ("text/html; charset=utf-8", "text/plain; charset=utf-8")
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "unsafe" not in staff.get(reverse("styleguide:mails"))["Content-Security-Policy"]
    (button,) = re.findall(r'<a href="([^"]+)"\s+style="display: inline-block', page.content.decode())
    assert button in text.content.decode()
    # A letter asks nobody for a picture, a font or a script.
    assert not re.search(r"<img|<script|<link|@import|url\(", page.content.decode())


def test_letters_are_no_strangers_business(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    names = [*LETTERS, *OUR_LETTERS]
    assert {browser.get(reverse("styleguide:mail", args=[name])).status_code for name in names} == {404}
    assert browser.get(reverse("styleguide:mails")).status_code == 404


def test_letter_that_there_is_not(staff: Client) -> None:
    assert staff.get(reverse("styleguide:mail", args=["base_message"])).status_code == 404
    assert staff.get(reverse("styleguide:mails")).status_code == 200
