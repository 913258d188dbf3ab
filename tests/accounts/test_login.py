"""Logging in and out, and asking for a new password."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def log_in(browser: Client, login: str, password: str = PASSWORD) -> Any:
    return browser.post(reverse("account_login"), {"login": login, "password": password})


def show_password(browser: Client, password: str = PASSWORD) -> Any:
    """Show once more that it is oneself, as what is delicate asks for."""
    return browser.post(reverse("account_reauthenticate"), {"password": password})


@pytest.fixture
def person() -> User:
    """Somebody new each time: wrong passwords are counted by handle and e-mail, for all tests together."""
    name = f"Person_{secrets.token_hex(4)}"
    return User.objects.create_user(name, f"{name}@example.org".lower(), PASSWORD)


@pytest.mark.parametrize("by", ["handle", "HANDLE", "email", "EMAIL"])
def test_login_by_handle_or_email_whatever_the_case(browser: Client, person: User, by: str) -> None:
    value = str(getattr(person, by.lower()))
    response = log_in(browser, value.upper() if by.isupper() else value)
    assert (response.status_code, response["Location"]) == (302, reverse("rooms:hallway"))
    assert browser.session["_auth_user_id"] == str(person.pk)


def test_login_says_the_same_of_a_wrong_password_and_of_nobody(
    make_browser: Callable[[], Client], person: User
) -> None:
    nobody = f"{secrets.token_hex(6)}@example.org"
    wrong = log_in(make_browser(), person.email, "wrong")
    unknown = log_in(make_browser(), nobody)
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert list(wrong.context["form"].errors) == ["__all__"]


def test_login_is_refused_after_five_wrong_passwords(make_browser: Callable[[], Client], person: User) -> None:
    def answer(password: str) -> list[str]:
        return [
            str(error) for error in log_in(make_browser(), person.handle, password).context["form"].errors["__all__"]
        ]

    mismatch = ["The handle or the password is not right."]
    too_many = ["There were too many wrong passwords. Wait a quarter of an hour, or ask for a new one."]
    assert [answer("wrong") for _ in range(6)] == [mismatch] * 5 + [too_many]
    assert answer(PASSWORD) == too_many


def test_login_of_a_closed_account(browser: Client, person: User) -> None:
    person.is_active = False
    person.save()
    response = log_in(browser, person.handle)
    assert (response.status_code, response["Location"]) == (302, reverse("account_inactive"))
    assert "_auth_user_id" not in browser.session


def test_session_of_an_account_closed_meanwhile(browser: Client, person: User) -> None:
    browser.force_login(person)
    person.is_active = False
    person.save()
    response = browser.get(reverse("accounts:settings"))
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/settings/")


def test_logout_needs_a_post(browser: Client, person: User) -> None:
    browser.force_login(person)
    assert browser.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in browser.session
    response = browser.post(reverse("account_logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("rooms:hallway"))
    assert "_auth_user_id" not in browser.session


def test_password_reset_by_the_link_in_the_mail(browser: Client, person: User) -> None:
    asked = browser.post(reverse("account_reset_password"), {"email": person.email})
    assert (asked.status_code, asked["Location"]) == (302, reverse("account_reset_password_done"))
    link = next(word for word in str(mail.outbox[0].body).split() if "/accounts/password/reset/key/" in word)

    page = browser.get(link.removeprefix("http://testserver"), follow=True)
    assert page.status_code == 200
    new = "a wholly different sentence"
    done = browser.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert (done.status_code, done["Location"]) == (302, reverse("account_reset_password_from_key_done"))
    assert browser.get(done["Location"]).status_code == 200

    person.refresh_from_db()
    assert person.check_password(new)


def test_password_reset_says_the_same_of_nobody(make_browser: Callable[[], Client], person: User) -> None:
    nobody = f"{secrets.token_hex(6)}@example.org"
    known = make_browser().post(reverse("account_reset_password"), {"email": person.email})
    unknown = make_browser().post(reverse("account_reset_password"), {"email": nobody})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [[person.email], [nobody]]


def test_wrong_passwords_count_for_a_quarter_of_an_hour() -> None:
    from allauth.account import app_settings
    from allauth.core.internal.ratelimit import parse_rates

    assert [
        (rate.amount, rate.duration, rate.per) for rate in parse_rates(app_settings.RATE_LIMITS["login_failed"])
    ] == [
        (10, 60, "ip"),
        (5, 900, "key"),
    ]
