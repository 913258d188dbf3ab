"""Making an account, through the pages."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.urls import reverse

from accounts.errors import EmailTakenError, HandleTakenError
from accounts.models import User
from accounts.services.signup import register

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


def form(**changed: str) -> dict[str, str]:
    return {
        "email": "soizic@example.org",
        "username": "Soizic",
        "display_name": "Soizic Kerbrat",
        "password1": "correct horse battery",
    } | changed


def sign_up(browser: Client, **changed: str) -> Any:
    return browser.post(reverse("account_signup"), form(**changed))


def errors_of(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def test_signup_makes_a_person_and_logs_them_in(browser: Client) -> None:
    response = sign_up(browser)

    assert (response.status_code, response["Location"]) == (302, reverse("rooms:hallway"))
    person = User.objects.get()
    assert (person.handle, person.display_name, person.email) == ("Soizic", "Soizic Kerbrat", "soizic@example.org")
    assert list(EmailAddress.objects.values_list("user", "email", "primary", "verified")) == [
        (person.pk, "soizic@example.org", True, False)
    ]
    assert browser.session["_auth_user_id"] == str(person.pk)
    assert person.check_password("correct horse battery")


def test_signup_without_a_name_is_shown_by_handle(browser: Client) -> None:
    sign_up(browser, display_name="")
    assert User.objects.get().shown_name == "Soizic"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_signup_keeps_the_language_of_the_page(browser: Client, language: str) -> None:
    browser.post(reverse("account_signup"), form(), headers={"accept-language": language})
    assert User.objects.get().language == language


@pytest.mark.parametrize(
    ("handle", "text"),
    [
        ("ab", "A handle has 3 to 30 letters (a-z), digits or underscores."),
        ("so-so", "A handle has 3 to 30 letters (a-z), digits or underscores."),
        ("Admin", "This handle is kept for the site itself. Choose another."),
        ("maiwenn", "Somebody else has this handle. Choose another."),
    ],
)
@pytest.mark.usefixtures("maiwenn")
def test_signup_with_a_handle_that_cannot_be(browser: Client, handle: str, text: str) -> None:
    response = sign_up(browser, username=handle)
    assert (response.status_code, errors_of(response)) == (200, {"username": [text]})
    assert User.objects.count() == 1


def test_signup_with_a_weak_password(browser: Client) -> None:
    response = sign_up(browser, password1="12345678")
    assert list(errors_of(response)) == ["password1"]
    assert User.objects.count() == 0


@pytest.mark.usefixtures("maiwenn")
def test_signup_with_a_taken_email_where_mail_is_optional(browser: Client) -> None:
    response = sign_up(browser, email="MAIWENN@example.org")
    assert list(errors_of(response)) == ["email"]
    assert User.objects.count() == 1


def test_signup_does_not_tell_whether_an_email_has_an_account(
    make_browser: Callable[[], Client], maiwenn: User, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    fresh = f"{secrets.token_hex(6)}@example.org"
    maiwenn.email = f"{secrets.token_hex(6)}@example.org"
    maiwenn.save()

    unknown = sign_up(make_browser(), email=fresh)
    known = sign_up(make_browser(), email=maiwenn.email, username="another")

    assert (unknown.status_code, unknown["Location"]) == (302, reverse("account_email_verification_sent"))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.count() == 2
    assert [message.to for message in mail.outbox] == [[fresh], [maiwenn.email]]


def test_signup_waits_for_the_email_where_that_is_mandatory(browser: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    address = f"{secrets.token_hex(6)}@example.org"
    sign_up(browser, email=address)
    assert "_auth_user_id" not in browser.session

    link = next(word for word in str(mail.outbox[0].body).split() if "/accounts/confirm-email/" in word)
    browser.post(link.removeprefix("http://testserver"))
    assert EmailAddress.objects.get().verified

    response = browser.post(reverse("account_login"), {"login": address, "password": "correct horse battery"})
    assert (response.status_code, response["Location"]) == (302, reverse("rooms:hallway"))


def test_signup_loses_the_race_for_a_handle(maiwenn: User) -> None:
    rival = User(handle=maiwenn.handle.upper(), email="rival@example.org")
    with pytest.raises(HandleTakenError):
        register(rival, display_name="")


def test_signup_loses_the_race_for_an_email(maiwenn: User) -> None:
    rival = User(handle="rival", email=maiwenn.email.upper())
    with pytest.raises(EmailTakenError):
        register(rival, display_name="")


def test_signup_is_limited_by_address(browser: Client) -> None:
    statuses = [browser.post(reverse("account_signup"), {}).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


@pytest.mark.usefixtures("maiwenn")
def test_signup_takes_as_long_for_an_email_that_has_an_account(
    make_browser: Callable[[], Client], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing a password is nearly all of the time: 250 of 260 ms. Without a guard a known address has none."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    hasher, hashed = type(get_hasher()), []
    encode = hasher.encode

    def counted(self: Any, password: str, *args: Any, **options: Any) -> str:
        hashed.append(password)
        return encode(self, password, *args, **options)

    monkeypatch.setattr(hasher, "encode", counted)
    for address, handle in (("fresh@example.org", "Soizic"), ("maiwenn@example.org", "another")):
        sign_up(make_browser(), email=address, username=handle)
    assert hashed == ["correct horse battery"] * 2
